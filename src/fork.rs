//! Knows when this process is a forked child of the one that made something.
//!
//! A child shares its parent's sockets. It must neither use nor close down what the parent still uses, so
//! everything that owns a socket remembers the generation it was made in.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

static GENERATION: AtomicU64 = AtomicU64::new(1);
static REGISTERED: Once = Once::new();

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::SeqCst);
}

/// The number of forks between the process that first asked and this one, plus one.
#[must_use]
pub fn generation() -> u64 {
    REGISTERED.call_once(|| {
        // SAFETY: the handler only adds to an atomic, which is safe in a forked child of any process.
        #[expect(unsafe_code, reason = "the standard library has no way to be told of a fork")]
        let result = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        debug_assert_eq!(result, 0, "pthread_atfork fails only for want of memory");
    });
    GENERATION.load(Ordering::SeqCst)
}
