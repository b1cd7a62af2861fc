//! How the keeper (`crate::bus::keeper`) comes back after a fork of a Python process.

use std::ffi::{c_int, c_void};
use std::ptr;

use pyo3::ffi;

use crate::bus::keeper;

/// Has Python call it back, in every fork from now on.
///
/// `os.fork()` looks, just before it returns, how many threads there are, and warns of more than one: a keeper that is
/// there again by then was sent away for nothing.
pub(super) fn prepare() {
    keeper::ask_after_forks(ask);
}

/// Has the main thread call the keeper back as soon as it is in Python again; false says that it has to come at once.
fn ask() -> bool {
    // Another thread may fork while the main one waits for it, and no Python runs there for long. Then this process has
    // several threads anyway.
    let is_main_thread = rustix::thread::gettid() == rustix::process::getpid();
    #[expect(unsafe_code, reason = "PyO3 has no safe name for it")]
    // SAFETY: both can be called from any thread without the GIL, as long as Python is initialized; what is called later
    // takes no argument.
    unsafe {
        is_main_thread
            && ffi::Py_IsInitialized() != 0
            && ffi::Py_AddPendingCall(Some(come_back), ptr::null_mut()) == 0
    }
}

/// Python calls it on the main thread, between two steps of a program.
extern "C" fn come_back(_: *mut c_void) -> c_int {
    keeper::come_back();
    0
}
