//! In the place of src/sync.rs.

pub(crate) use shuttle::sync::atomic::AtomicU32;
pub(crate) use shuttle::sync::{Mutex, MutexGuard};
pub(crate) use shuttle::thread::JoinHandle;
pub(crate) use shuttle::thread_local;
pub(crate) use std::sync::PoisonError;

pub(crate) mod futex {
    use std::collections::HashSet;
    use std::sync::atomic::Ordering::SeqCst;
    use std::time::Duration;

    use shuttle::sync::{Condvar, Mutex};

    use super::AtomicU32;

    shuttle::lazy_static! {
        /// The numbers whose sleepers have been woken.
        static ref WOKEN: (Mutex<HashSet<usize>>, Condvar) = (Mutex::new(HashSet::new()), Condvar::new());
    }

    /// Sleeps until somebody wakes it: that the number has changed is not enough. No time passes here.
    pub(crate) fn wait(number: &AtomicU32, expected: u32, _timeout: Option<Duration>) {
        let place = std::ptr::from_ref(number).addr();
        let mut woken = WOKEN.0.lock().unwrap();
        woken.remove(&place);
        if number.load(SeqCst) != expected {
            return;
        }
        while !woken.remove(&place) {
            woken = WOKEN.1.wait(woken).unwrap();
        }
    }

    pub(crate) fn wake(number: &AtomicU32) {
        WOKEN.0.lock().unwrap().insert(std::ptr::from_ref(number).addr());
        WOKEN.1.notify_all();
    }
}
