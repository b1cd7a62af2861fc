//! What the classes of results have in common: fields in a fixed order, by which they are told, pickled and compared.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDateTime, PyDict, PyInt, PyModule, PyString, PyTuple, PyType};
use pyo3::{IntoPyObjectExt, PyClass};

use super::call::call_method;
use crate::error::{Error, Result};
use crate::watch::EventKind;

/// A class whose objects are values.
pub(super) trait Record {
    /// Names for Python.
    type Names: for<'py> IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>;

    /// The names of its fields, in the order of the constructor's arguments.
    const NAMES: Self::Names;

    /// Their values.
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>>;

    /// All of them as a dict that `json.dumps` takes, a time in ISO 8601.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>>;
}

/// Says what the fields of a class are called and what they are, in the order of the constructor's arguments; some need the
/// interpreter to be made.
macro_rules! record {
    ($class:ty, $record:ident, { $($fields:tt)+ }) => {
        $crate::py::record::record!($class, $record, _py, { $($fields)+ });
    };
    ($class:ty, $record:ident, $py:ident, { $($name:ident: $value:expr),+ $(,)? }) => {
        impl $crate::py::record::Record for $class {
            type Names = ($($crate::py::record::record!(@text $name),)+);

            const NAMES: Self::Names = ($(stringify!($name),)+);

            fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                let ($record, $py) = (self, py);
                ($($value,)+).into_pyobject(py)
            }

            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let ($record, $py) = (self, py);
                let dict = PyDict::new(py);
                $($crate::py::record::tell(&dict, stringify!($name), $value)?;)+
                Ok(dict)
            }
        }
    };
    (@text $name:ident) => { &'static str };
}
pub(super) use record;

/// Tells one field in a dict that `json.dumps` takes.
pub(super) fn tell<'py>(
    dict: &Bound<'py, PyDict>,
    name: &str,
    value: impl IntoPyObject<'py>,
) -> PyResult<()> {
    let py = dict.py();
    let value = value.into_bound_py_any(py)?;
    if name == "timestamp_usec" {
        let time = moment(py, value.extract()?)?;
        return dict.set_item("timestamp", call_method(&time, intern!(py, "isoformat"), ())?);
    }
    dict.set_item(name, plain(value)?)
}

/// What makes it again: for pickle and for copies.
pub(super) fn reduce<'py, T: Record + PyClass>(
    record: &Bound<'py, T>,
) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
    Ok((record.as_any().get_type(), record.borrow().values(record.py())?))
}

/// The hash of some of the fields.
pub(super) fn hash(fields: &impl std::hash::Hash) -> u64 {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::default().hash_one(fields)
}

/// The kind of event of this name.
pub(super) fn event_kind(name: &str) -> Result<EventKind> {
    EventKind::from_name(name).ok_or_else(|| {
        let kinds = EventKind::ALL.map(EventKind::as_str).join(", ");
        Error::config(format!("there is no kind of event {name:?}"))
            .with_hint(format!("the kinds are {kinds}"))
    })
}

/// The time that is so many microseconds after the epoch.
pub(super) fn moment(py: Python<'_>, microseconds: u64) -> PyResult<Bound<'_, PyDateTime>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || py.import("pm2go.models").map(Bound::unbind))?;
    Ok(call_method(module.bind(py), intern!(py, "moment"), (microseconds,))?
        .cast_into()
        .map_err(|_| Error::config("the event's time is beyond the year 9999"))?)
}

/// A value in JSON's types.
fn plain(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    if value.is_none() || value.is_exact_instance_of::<PyString>() || value.is_exact_instance_of::<PyInt>() {
        return Ok(value);
    }
    let py = value.py();
    if !value.is_instance_of::<PyDict>() {
        return call_method(&value, intern!(py, "to_dict"), ());
    }
    let module = MODULE.get_or_try_init(py, || py.import("pm2go._plain").map(Bound::unbind))?;
    call_method(module.bind(py), intern!(py, "plain"), (value,))
}
