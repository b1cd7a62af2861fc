//! Locks, in one place: `tests/model` puts shuttle's under the same code and looks through the orders of threads.

pub(crate) use std::sync::atomic::AtomicU32;
pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};
pub(crate) use std::thread::JoinHandle;
pub(crate) use std::thread_local;

/// Sleep until a number changes.
pub(crate) mod futex {
    use std::time::Duration;

    use rustix::event::Timespec;
    use rustix::thread::futex;

    use super::AtomicU32;

    /// Sleeps while the number is this one, but no longer than that; it may end before, as when a signal comes.
    pub(crate) fn wait(number: &AtomicU32, expected: u32, timeout: Option<Duration>) {
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        // However it ends, the caller looks again.
        let _ = futex::wait(number, futex::Flags::PRIVATE, expected, timeout.as_ref());
    }

    /// Wakes the one that sleeps on the number.
    pub(crate) fn wake(number: &AtomicU32) {
        // It fails only for a wrong address.
        let _ = futex::wake(number, futex::Flags::PRIVATE, 1);
    }
}
