//! Work that blocks, on a thread of its own: whoever waits for it hears of other things meanwhile.

use std::io;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::notice::Notice;
use crate::error::{Error, Kind, Result};

const STACK: usize = 256 << 10;

/// Does the work on a thread of its own, and gives its result. The thread knows nothing of Python and takes no signal.
///
/// Whoever does not wait for it any more leaves it to its end: what it has begun with it does not leave half done.
pub(crate) async fn on_own_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let done = Arc::new(Notice::new(None));
    let teller = Arc::clone(&done);
    start(name, STACK, move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        teller.end(|done| *done = Some(result));
    })
    .map_err(|error| not_started("cannot start a thread", &error).with_unsent(true))?;
    let result = done.hear(Option::take).await;
    Ok(result.unwrap_or_else(|panic| resume_unwind(panic)))
}

/// Starts a thread that takes no signal: handlers of the program's run elsewhere, as if it were not there.
pub(crate) fn start(
    name: &str,
    stack: usize,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(stack);
    with_signals_blocked(|| thread.spawn(work))
}

/// Tells that a thread could not be started, and what cannot be done without it.
pub(crate) fn not_started(purpose: &str, error: &io::Error) -> Error {
    Error::new(Kind::Unavailable, format!("{purpose}: {error}"))
        .with_errno(error.raw_os_error())
        .with_hint("this user has too many processes and threads; end some, or raise the limit (ulimit -u)")
}

fn with_signals_blocked<T>(work: impl FnOnce() -> T) -> T {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: both point to a zeroed `sigset_t`, for which all bits zero is a valid value.
    #[expect(unsafe_code, reason = "the standard library does not know of signal masks")]
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
    }
    let result = work();
    // SAFETY: `before` was filled by the call above.
    #[expect(unsafe_code, reason = "as above")]
    unsafe {
        libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut());
    }
    result
}
