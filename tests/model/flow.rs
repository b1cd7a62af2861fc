//! In the place of src/flow/mod.rs: the files of the library, bells that threads of shuttle hear, and a driver for them.

#[path = "../../src/flow/joint.rs"]
pub(crate) mod joint;
#[path = "../../src/flow/notice.rs"]
pub(crate) mod notice;
#[path = "../../src/flow/parker.rs"]
pub(crate) mod parker;
#[path = "../../src/flow/seat.rs"]
pub(crate) mod seat;

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

use shuttle::sync::{Condvar, Mutex};

pub(crate) use parker::Parker;

use crate::error::Kind;

/// Rings until it is silenced. Who listens while a flow is polled waits for it afterwards, as a driver does in poll(2).
#[derive(Clone, Debug, Default)]
pub(crate) struct Bell(Arc<AtomicBool>);

shuttle::lazy_static! {
    /// Bells ring, and are heard, one after the other.
    static ref KERNEL: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
}

impl Bell {
    #[expect(clippy::unnecessary_wraps, reason = "the library's own is a descriptor")]
    pub(crate) fn new(_kind: Kind, _purpose: &str) -> Result<Self, ()> {
        Ok(Self::default())
    }

    pub(crate) fn ring(&self) {
        let _turn = KERNEL.0.lock().unwrap();
        self.0.store(true, Relaxed);
        KERNEL.1.notify_all();
    }

    pub(crate) fn has_rung(&self) -> bool {
        let _turn = KERNEL.0.lock().unwrap();
        self.0.load(Relaxed)
    }

    pub(crate) fn silence(&self) {
        let _turn = KERNEL.0.lock().unwrap();
        self.0.store(false, Relaxed);
    }
}

impl PartialEq for Bell {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Waits for any of them, and tells which ring.
pub(crate) fn poll(bells: &[&Bell]) -> Vec<bool> {
    let mut turn = KERNEL.0.lock().unwrap();
    loop {
        let ringing: Vec<_> = bells.iter().map(|bell| bell.0.load(Relaxed)).collect();
        if ringing.contains(&true) {
            return ringing;
        }
        turn = KERNEL.1.wait(turn).unwrap();
    }
}

/// A thread's part in a connection.
pub(crate) struct Turn {
    pub(crate) ticket: u64,
    pub(crate) lead: Option<Lead>,
}

/// How to lead it.
pub(crate) struct Lead {
    pub(crate) wants_write: bool,
    pub(crate) bell: Option<Bell>,
}

/// What others rely on.
pub(crate) trait Work: Send + Sync {
    fn give_up(&self);
}

/// What a flow waits for.
pub(crate) enum Wait {
    Work(Arc<dyn Work>),
}

shuttle::thread_local! {
    static WAITS: RefCell<Vec<Wait>> = const { RefCell::new(Vec::new()) };
    static BLOCKED: RefCell<Option<Arc<Parker>>> = const { RefCell::new(None) };
}

pub(crate) fn wait_for(wait: Wait) {
    WAITS.with(|waits| waits.borrow_mut().push(wait));
}

fn blocked_thread() -> Option<Arc<Parker>> {
    BLOCKED.with(|blocked| blocked.borrow().clone())
}

/// Runs a flow to its end as the blocking driver does. Before each wait `away` is asked, which may run for as long as it
/// likes.
pub(crate) fn block<F: Future>(flow: F, mut away: impl FnMut()) -> F::Output {
    let parker = Parker::new();
    let waker = Waker::from(Arc::clone(&parker));
    let mut flow = pin!(flow);
    loop {
        parker.forget();
        BLOCKED.with(|blocked| *blocked.borrow_mut() = Some(Arc::clone(&parker)));
        let polled = flow.as_mut().poll(&mut Context::from_waker(&waker));
        BLOCKED.with(|blocked| *blocked.borrow_mut() = None);
        if let Poll::Ready(result) = polled {
            return result;
        }
        parker.park(None);
        for Wait::Work(work) in WAITS.with(|waits| std::mem::take(&mut *waits.borrow_mut())) {
            work.give_up();
        }
        away();
    }
}
