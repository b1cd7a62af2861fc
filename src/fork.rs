//! Knows when this process is a forked child of the one that made something.
//!
//! A child shares its parent's sockets. It must neither use nor close down what the parent still uses, so
//! everything that owns a socket is [`OfThisProcess`]; those of connections are [`Withheld`] from it.

mod each_process;
mod of_this_process;
mod withheld;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use each_process::EachProcess;
pub use of_this_process::OfThisProcess;
pub use withheld::Withheld;

static GENERATION: AtomicU64 = AtomicU64::new(1);
static REGISTERED: AtomicBool = AtomicBool::new(false);

extern "C" fn count() {
    GENERATION.fetch_add(1, Ordering::SeqCst);
}

/// A number that is another one in every forked child of the process that first asked for it.
#[must_use]
pub fn generation() -> u64 {
    // No lock: a thread that holds one at the moment of a fork does not exist in the child to release it. Two
    // threads may both register, and then a fork counts twice.
    if !REGISTERED.load(Ordering::SeqCst) {
        let registered = in_each_child(count);
        debug_assert!(registered, "it fails only for want of memory");
        REGISTERED.store(true, Ordering::SeqCst);
    }
    GENERATION.load(Ordering::SeqCst)
}

/// Has `hook` run first thing in every forked child, and in theirs. It must be async-signal-safe.
pub(crate) fn in_each_child(hook: unsafe extern "C" fn()) -> bool {
    register(None, None, hook)
}

/// Has hooks run around every fork of this process and of its forked children: on the thread that forks, before
/// and after, and first thing in the child, where it must be async-signal-safe.
pub(crate) fn around_each(
    before: unsafe extern "C" fn(),
    after: unsafe extern "C" fn(),
    in_child: unsafe extern "C" fn(),
) -> bool {
    register(Some(before), Some(after), in_child)
}

fn register(
    before: Option<unsafe extern "C" fn()>,
    after: Option<unsafe extern "C" fn()>,
    in_child: unsafe extern "C" fn(),
) -> bool {
    // SAFETY: in a forked child the handlers of this crate only change atomics and call what signal handlers may, which is
    // safe there whatever the parent's other threads did; those of the parent wait for no thread that waits for one that forks.
    #[expect(unsafe_code, reason = "the standard library has no way to be told of a fork")]
    let result = unsafe { libc::pthread_atfork(before, after, Some(in_child)) };
    result == 0
}
