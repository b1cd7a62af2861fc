//! Calls into Python, from which a thread may never come back.
//!
//! Up to Python 3.13 a thread that wants the GIL while the interpreter goes away is ended by `pthread_exit`
//! (<https://github.com/python/cpython/issues/87135>), deep inside the call. That unwinds its stack, and at the first
//! frame of Rust that does not expect it the process aborts. Here it is expected: the thread stays where it is for
//! ever, as in Python 3.14, and the process ends without it. (PyO3 does the same where it takes the GIL itself.)

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{IntoPyObject, IntoPyObjectExt};

/// Calls something.
pub(super) fn call<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: impl IntoPyObject<'py, Target = PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    call_with(callable, arguments, None)
}

/// Calls something, with keywords.
pub(super) fn call_with<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: impl IntoPyObject<'py, Target = PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = callable.py();
    let arguments = arguments.into_bound_py_any(py)?;
    let keywords = keywords.map_or(std::ptr::null_mut(), Bound::as_ptr);
    // SAFETY: the GIL is held, all three pointers are those of live objects or null where that is allowed, and what
    // comes back is a reference of our own, or null with an exception set. See `object_call` for the unwinding.
    #[expect(unsafe_code, reason = "PyO3 declares this function as one that does not unwind, and it does")]
    unsafe {
        let result = object_call(callable.as_ptr(), arguments.as_ptr(), keywords);
        Bound::from_owned_ptr_or_err(py, result)
    }
}

/// Calls a method.
pub(super) fn call_method<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    arguments: impl IntoPyObject<'py, Target = PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    call(&object.getattr(name)?, arguments)
}

/// `PyObject_Call` as it is: it may unwind.
type Call = unsafe extern "C-unwind" fn(
    *mut ffi::PyObject,
    *mut ffi::PyObject,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;

#[expect(unsafe_code, reason = "the declaration of a C function")]
unsafe extern "C-unwind" {
    fn PyObject_Call(
        callable: *mut ffi::PyObject,
        arguments: *mut ffi::PyObject,
        keywords: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
}

/// # Safety
///
/// As for `PyObject_Call`: the GIL is held, `callable` is an object, `arguments` a tuple, `keywords` a dict or null.
#[expect(unsafe_code, reason = "it hands on what `PyObject_Call` asks for")]
unsafe fn object_call(
    callable: *mut ffi::PyObject,
    arguments: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // Called by its name, it would not unwind for the compiler, which knows PyO3's declaration of it as well.
    let call: Call = std::hint::black_box(PyObject_Call);
    let guard = Stay;
    // SAFETY: the caller's promise. Should it unwind, `guard` keeps the thread in this frame.
    let result = unsafe { call(callable, arguments, keywords) };
    std::mem::forget(guard);
    result
}

/// Keeps a thread whose stack is unwound where it is.
struct Stay;

impl Drop for Stay {
    fn drop(&mut self) {
        loop {
            std::thread::park();
        }
    }
}
