//! The core's values as Python's, and Python's arguments as the core's.

use std::time::Duration;

use pyo3::Borrowed;
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::bus::decode::Build;
use crate::error::{Error, Kind, Result};
use crate::settings::Timeout;
use crate::unit::UnitName;
use crate::value::Value;

/// There may be no memory for longer texts than this.
const LONG: usize = 1 << 20;

/// Makes Python's objects out of a message's bytes.
pub(super) struct Objects<'py>(pub(super) Python<'py>);

pub(super) fn failed(error: &PyErr) -> Error {
    Error::new(Kind::Systemd, format!("a value cannot be given to Python: {error}"))
}

/// The same as bytes; want of memory is an error here, and not in all of PyO3's other ways.
fn bytes<'py>(py: Python<'py>, value: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    PyBytes::new_with(py, value.len(), |room| {
        room.copy_from_slice(value);
        Ok(())
    })
}

impl<'py> Build for Objects<'py> {
    type Item = Bound<'py, PyAny>;

    fn null(&self) -> Result<Self::Item> {
        Ok(self.0.None().into_bound(self.0))
    }
    fn boolean(&self, value: bool) -> Result<Self::Item> {
        Ok(PyBool::new(self.0, value).to_owned().into_any())
    }
    fn integer(&self, value: i64) -> Result<Self::Item> {
        Ok(PyInt::new(self.0, value).into_any())
    }
    fn unsigned(&self, value: u64) -> Result<Self::Item> {
        Ok(PyInt::new(self.0, value).into_any())
    }
    fn double(&self, value: f64) -> Result<Self::Item> {
        Ok(PyFloat::new(self.0, value).into_any())
    }
    fn text(&self, value: &str) -> Result<Self::Item> {
        if value.len() > LONG {
            let text = bytes(self.0, value.as_bytes()).and_then(|bytes| bytes.call_method0("decode"));
            return text.map_err(|error| failed(&error));
        }
        Ok(PyString::new(self.0, value).into_any())
    }
    fn bytes(&self, value: &[u8]) -> Result<Self::Item> {
        bytes(self.0, value).map(Bound::into_any).map_err(|error| failed(&error))
    }
    fn list(&self, items: Vec<Self::Item>) -> Result<Self::Item> {
        PyList::new(self.0, items).map(Bound::into_any).map_err(|error| failed(&error))
    }
    fn tuple(&self, items: Vec<Self::Item>) -> Result<Self::Item> {
        PyTuple::new(self.0, items).map(Bound::into_any).map_err(|error| failed(&error))
    }
    fn dict(&self, entries: Vec<(Self::Item, Self::Item)>) -> Result<Self::Item> {
        let dict = PyDict::new(self.0);
        for (key, value) in entries {
            dict.set_item(key, value).map_err(|error| failed(&error))?;
        }
        Ok(dict.into_any())
    }
}

/// A value of the core as one of Python's.
pub(super) fn object<'py>(objects: &Objects<'py>, value: &Value) -> Result<Bound<'py, PyAny>> {
    let all =
        |values: &[Value]| values.iter().map(|value| object(objects, value)).collect::<Result<Vec<_>>>();
    match value {
        Value::Null => objects.null(),
        Value::Boolean(value) => objects.boolean(*value),
        Value::Integer(value) => objects.integer(*value),
        Value::Unsigned(value) => objects.unsigned(*value),
        Value::Double(value) => objects.double(*value),
        Value::Text(value) => objects.text(value),
        Value::Bytes(value) => objects.bytes(value),
        Value::List(values) => objects.list(all(values)?),
        Value::Tuple(values) => objects.tuple(all(values)?),
        Value::Dict(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((object(objects, key)?, object(objects, value)?)))
                .collect::<Result<Vec<_>>>()?;
            objects.dict(entries)
        }
    }
}

/// A text argument. One that UTF-8 cannot carry (a lone surrogate) is a wrong value like any other.
pub(super) struct Text(pub(super) String);

impl Text {
    /// The text itself.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// The unit of that name; without a suffix it is a service.
    pub(super) fn into_unit(self) -> Result<UnitName> {
        UnitName::complete(&self.0)
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Text {
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = <String as FromPyObject<'a, 'py>>::INPUT_TYPE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        object.extract::<String>().map(Self).map_err(|error| {
            if !error.is_instance_of::<PyUnicodeEncodeError>(object.py()) {
                return error;
            }
            let shown = object.repr().map_or_else(|_| "a text".to_owned(), |shown| shown.to_string());
            Error::config(format!("{shown} cannot be written as UTF-8"))
                .with_hint("it has a lone surrogate; decode file names with os.fsencode() first")
                .into()
        })
    }
}

/// A timeout argument: seconds as a number (infinity for none), or a text such as `"1min 30s"`.
pub(super) fn timeout(argument: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Timeout>> {
    let Some(argument) = argument.filter(|argument| !argument.is_none()) else { return Ok(None) };
    if argument.is_instance_of::<PyString>() {
        return Ok(Some(argument.extract::<String>()?.parse::<Timeout>()?));
    }
    let Ok(seconds) = argument.extract::<f64>() else {
        let kind = argument.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "timeout is seconds or a text such as \"30s\", not {kind}"
        )));
    };
    if seconds == f64::INFINITY {
        return Ok(Some(Timeout::Never));
    }
    match duration(seconds) {
        Some(limit) if !limit.is_zero() => Ok(Some(Timeout::After(limit))),
        _ => Err(Error::config(format!("timeout is {seconds}"))
            .with_hint("give a number of seconds above 0, or infinity")
            .into()),
    }
}

/// Seconds as a duration; `None` if it cannot be one.
pub(super) fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
