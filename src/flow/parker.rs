//! How a thread sleeps in a driver, and what wakes it.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::Wake;
use std::time::Duration;

use super::Bell;
use crate::fork::OfThisProcess;
use crate::sync::{AtomicU32, Mutex, futex};

/// There is news for its flow, which is to be polled.
const NEWS: u32 = 1;
/// It is to take a seat, or to look again at what it does in it.
const CALLED: u32 = 1 << 1;
/// It sleeps, and waits for nothing but that.
const PARKED: u32 = 1 << 2;
/// It sleeps in poll(2), where it hears a bell.
const IN_POLL: u32 = 1 << 3;

/// What a thread was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// There is news for its flow.
    News,
    /// It is called to a seat.
    Called,
    /// Nothing: the time has passed, or a signal came.
    Nothing,
}

/// The place where one thread sleeps while its flow waits. As a waker it tells of news.
///
/// It holds no lock that a forked child could find taken: a thread may fork while it has a flow.
#[derive(Debug)]
pub struct Parker {
    state: AtomicU32,
    /// What to ring while it is in poll(2).
    bell: OfThisProcess<Mutex<Option<Bell>>>,
}

impl Parker {
    /// A place for the calling thread.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self { state: AtomicU32::new(0), bell: OfThisProcess::new(Mutex::new(None)) })
    }

    /// Has the thread take a seat that it waits for, or look again at what it does in it.
    pub fn call(&self) {
        self.tell(CALLED);
    }

    /// Whether it has been told of news, and not polled its flow since.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.state.load(SeqCst) & NEWS != 0
    }

    /// Whether it has been told anything.
    pub(crate) fn is_told(&self) -> bool {
        self.state.load(SeqCst) & (NEWS | CALLED) != 0
    }

    /// The thread is about to poll its flow: whatever it was told before will be seen. True says that this was news.
    pub(crate) fn forget(&self) -> bool {
        self.state.fetch_and(!(NEWS | CALLED), SeqCst) & NEWS != 0
    }

    /// Sleeps until it is told something, but no longer than that.
    pub(crate) fn park(&self, timeout: Option<Duration>) -> Told {
        if self.state.compare_exchange(0, PARKED, SeqCst, SeqCst).is_ok() {
            futex::wait(&self.state, PARKED, timeout);
            self.state.fetch_and(!PARKED, SeqCst);
        }
        self.told()
    }

    /// The thread is about to sleep in poll(2), where it hears this bell; false says that it has been told something
    /// and must not. Nobody else may sleep with the bell at the same time.
    pub(crate) fn begin_poll(&self, bell: Option<&Bell>) -> bool {
        if let Some(mut heard) = self.bell.lock()
            && heard.as_ref() != bell
        {
            *heard = bell.cloned();
        }
        self.state.compare_exchange(0, IN_POLL, SeqCst, SeqCst).is_ok()
    }

    /// It is awake again. The bell may still ring once: the next who sleeps with it looks up, and finds nothing.
    pub(crate) fn end_poll(&self) {
        self.state.fetch_and(!IN_POLL, SeqCst);
    }

    /// What it has been told. A call is told once.
    pub(crate) fn told(&self) -> Told {
        let state = self.state.fetch_and(!CALLED, SeqCst);
        if state & NEWS != 0 {
            Told::News
        } else if state & CALLED != 0 {
            Told::Called
        } else {
            Told::Nothing
        }
    }

    fn tell(&self, what: u32) {
        let before = self.state.fetch_or(what, SeqCst);
        if before & (NEWS | CALLED) != 0 {
            // Whoever told it that has woken it.
            return;
        }
        if before & PARKED != 0 {
            futex::wake(&self.state);
        } else if before & IN_POLL != 0
            && let Some(bell) = self.bell.lock()
            && let Some(bell) = &*bell
        {
            bell.ring();
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.tell(NEWS);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.tell(NEWS);
    }
}
