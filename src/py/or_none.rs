//! A field of a class that holds an object of one type, or `None`.

use std::marker::PhantomData;

use pyo3::PyTypeCheck;
use pyo3::prelude::*;
use pyo3::types::{PyNone, PyTuple};

/// What `Py<OrNone<T>>` refers to: an instance of `T`, or `None`.
///
/// A field of that type is read by Python itself, as one of `Option<Py<T>>` is not, and the stub tells its type.
pub(super) struct OrNone<T>(PhantomData<T>);

impl<T: PyTypeCheck> OrNone<T> {
    /// The object, or `None`.
    pub(super) fn new(py: Python<'_>, object: Option<Bound<'_, T>>) -> PyResult<Py<Self>> {
        let object = object.map_or_else(|| py.None().into_bound(py), Bound::into_any);
        Ok(object.cast_into::<Self>()?.unbind())
    }
}

// SAFETY: `Py<OrNone<T>>` is never used as anything but an object of Python.
#[expect(unsafe_code, reason = "there is no other way to name a union")]
unsafe impl<T: PyTypeCheck> PyTypeCheck for OrNone<T> {
    #[cfg(feature = "stubs")]
    const TYPE_HINT: pyo3::inspect::PyStaticExpr =
        <Option<Bound<'static, T>> as IntoPyObject<'static>>::OUTPUT_TYPE;

    fn type_check(object: &Bound<'_, PyAny>) -> bool {
        object.is_none() || T::type_check(object)
    }

    fn classinfo_object(py: Python<'_>) -> Bound<'_, PyAny> {
        let both = PyTuple::new(py, [T::classinfo_object(py), PyNone::classinfo_object(py)]);
        both.map_or_else(|_| T::classinfo_object(py), Bound::into_any)
    }
}
