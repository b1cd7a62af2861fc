//! In the place of src/flow/mod.rs: the files of the library, bells that threads of shuttle hear, and a driver for them.

#[path = "glance.rs"]
mod glance;
#[path = "../../src/flow/joint.rs"]
pub(crate) mod joint;
#[path = "../../src/flow/notice.rs"]
pub(crate) mod notice;
#[path = "../../src/flow/parker.rs"]
pub(crate) mod parker;
#[path = "../../src/flow/readers.rs"]
mod readers;
#[path = "../../src/flow/seat.rs"]
pub(crate) mod seat;
#[path = "../../src/flow/step.rs"]
pub(crate) mod step;

use std::cell::RefCell;
use std::collections::HashMap;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use shuttle::sync::{Condvar, Mutex};

pub(crate) use parker::Parker;
use step::{Awaited, Descriptor};

use crate::error::Kind;

/// Rings until it is silenced. Who listens while a flow is polled waits for it afterwards, as a driver does in poll(2).
#[derive(Clone, Debug)]
pub(crate) struct Bell(Arc<Clapper>);

#[derive(Debug)]
pub(crate) struct Clapper {
    rings: AtomicBool,
    number: RawFd,
}

/// What rings when something can be read and when something can be written, by number.
type Numbers = HashMap<RawFd, [Bell; 2]>;

shuttle::lazy_static! {
    /// Bells ring, and are heard, one after the other.
    static ref KERNEL: (Mutex<Numbers>, Condvar) = (Mutex::default(), Condvar::new());
}

impl Default for Bell {
    fn default() -> Self {
        static LAST: AtomicI32 = AtomicI32::new(0);
        let number = LAST.fetch_add(1, Relaxed);
        let bell = Self(Arc::new(Clapper { rings: AtomicBool::new(false), number }));
        register(number, [bell.clone(), bell.clone()]);
        bell
    }
}

impl AsRawFd for Clapper {
    fn as_raw_fd(&self) -> RawFd {
        self.number
    }
}

/// What stands behind a number.
pub(crate) fn register(number: RawFd, bells: [Bell; 2]) {
    KERNEL.0.lock().unwrap().insert(number, bells);
}

impl Bell {
    #[expect(clippy::unnecessary_wraps, reason = "the library's own is a descriptor")]
    pub(crate) fn new(_kind: Kind, _purpose: &str) -> Result<Self, ()> {
        Ok(Self::default())
    }

    pub(crate) fn ring(&self) {
        let _turn = KERNEL.0.lock().unwrap();
        self.0.rings.store(true, Relaxed);
        KERNEL.1.notify_all();
    }

    pub(crate) fn has_rung(&self) -> bool {
        let _turn = KERNEL.0.lock().unwrap();
        self.0.rings.load(Relaxed)
    }

    pub(crate) fn silence(&self) {
        let _turn = KERNEL.0.lock().unwrap();
        self.0.rings.store(false, Relaxed);
    }

    pub(crate) fn descriptor(&self) -> &Arc<Clapper> {
        &self.0
    }
}

impl PartialEq for Bell {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Waits for any of them, and tells which ring.
pub(crate) fn poll(bells: &[&Bell]) -> Vec<bool> {
    poll_each(|_| bells.iter().map(|bell| bell.0.rings.load(Relaxed)).collect())
}

/// Waits for any of several greenlets to have something to do, and tells which have.
pub(crate) fn select(awaited: &[&Awaited]) -> Vec<bool> {
    poll_each(|numbers| {
        let is_ready = |descriptor: &Descriptor| {
            let [reads, writes] = &numbers[&descriptor.number];
            descriptor.reads && reads.0.rings.load(Relaxed)
                || descriptor.writes && writes.0.rings.load(Relaxed)
        };
        awaited.iter().map(|awaited| awaited.descriptors.iter().any(is_ready)).collect()
    })
}

fn poll_each(look: impl Fn(&Numbers) -> Vec<bool>) -> Vec<bool> {
    let mut turn = KERNEL.0.lock().unwrap();
    loop {
        let ringing = look(&turn);
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

/// What can come of a descriptor.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Interest {
    Read,
    Write,
}

/// A connection that flows of one thread wait for.
pub(crate) trait Source: Send + Sync {
    fn number(&self) -> RawFd;
    fn wants_write(&self) -> bool;
    fn pump_unless_led(&self, ticket: &mut Option<u64>, waker: &Waker) -> bool;
    fn leave(&self, ticket: u64);
}

/// What a flow waits for.
pub(crate) enum Wait {
    Source {
        source: Arc<dyn Source>,
    },
    #[expect(dead_code, reason = "no flow here has one")]
    Descriptor {
        descriptor: Arc<Clapper>,
        interest: Interest,
    },
    #[expect(dead_code, reason = "no time passes here")]
    Until(Instant),
    Work(Arc<dyn Work>),
}

shuttle::thread_local! {
    static WAITS: RefCell<Vec<Wait>> = const { RefCell::new(Vec::new()) };
    static BLOCKED: RefCell<Option<Arc<Parker>>> = const { RefCell::new(None) };
}

pub(crate) fn wait_for(wait: Wait) {
    WAITS.with(|waits| waits.borrow_mut().push(wait));
}

pub(crate) fn poll_once<F: Future + ?Sized>(
    flow: Pin<&mut F>,
    waker: &Waker,
    waits: &mut Vec<Wait>,
) -> Poll<F::Output> {
    let result = flow.poll(&mut Context::from_waker(waker));
    *waits = WAITS.with(|waits| std::mem::take(&mut *waits.borrow_mut()));
    result
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
        for wait in WAITS.with(|waits| std::mem::take(&mut *waits.borrow_mut())) {
            if let Wait::Work(work) = wait {
                work.give_up();
            }
        }
        away();
    }
}
