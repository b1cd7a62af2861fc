//! The core's values as Python's, and Python's arguments as the core's.

use std::convert::Infallible;
use std::os::fd::AsFd;
use std::str::FromStr;
use std::time::Duration;

use pyo3::Borrowed;
use pyo3::exceptions::{PyOverflowError, PyUnicodeEncodeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDelta, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::call::call_method;
use crate::bus::decode::Build;
use crate::error::{Error, Kind, Result};
use crate::request::Request;
use crate::settings::{self, Given, Timeout};
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
pub(super) fn bytes<'py>(py: Python<'py>, value: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
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
            let text = bytes(self.0, value.as_bytes())
                .and_then(|bytes| call_method(&bytes, intern!(self.0, "decode"), ()));
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
        Value::Descriptor(descriptor) => objects.descriptor(descriptor.as_fd()),
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
        Value::Variant(_, value) => object(objects, value),
    }
}

/// A text argument. One that UTF-8 cannot carry (a lone surrogate) is a wrong value like any other.
pub(super) struct Text(pub(super) String);

impl Text {
    /// The text itself.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// What it is one of a few words for.
    pub(super) fn parse<T: FromStr<Err = Error>>(self) -> Result<T> {
        self.0.parse()
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
                return wrong_type(
                    "a text",
                    &object,
                    "give one text; to do it with several, call it for each of them",
                );
            }
            let shown = object.repr().map_or_else(|_| "a text".to_owned(), |shown| shown.to_string());
            Error::config(format!("{shown} cannot be written as UTF-8"))
                .with_hint("it has a lone surrogate; decode file names with os.fsencode() first")
                .into()
        })
    }
}

/// A time argument: a number of seconds, a text such as `"1min 30s"`, or a timedelta.
pub(super) struct Seconds<'py>(Bound<'py, PyAny>);

impl<'a, 'py> FromPyObject<'a, 'py> for Seconds<'py> {
    type Error = Infallible;

    #[cfg(feature = "stubs")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = pyo3::type_hint_identifier!("pm2go._types", "Seconds");

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(object.to_owned()))
    }
}

impl Seconds<'_> {
    /// How long something may take at most, as the argument of this name.
    pub(super) fn timeout(self, name: &str) -> PyResult<Timeout> {
        self.read(name, |given| settings::timeout(name, given))
    }

    /// The same for what must not take for ever.
    pub(super) fn limit(self, name: &str) -> PyResult<Duration> {
        self.read(name, |given| settings::limit(name, given))
    }

    /// How long something takes, as the argument of this name.
    pub(super) fn span(self, name: &str) -> PyResult<Duration> {
        self.read(name, |given| settings::span(name, given))
    }

    /// Has the core make sense of what was given.
    pub(super) fn read<T>(self, name: &str, read: impl Fn(Given<'_>) -> Result<T>) -> PyResult<T> {
        let value = &self.0;
        if let Ok(number) = value.cast::<PyFloat>() {
            return Ok(read(Given::Seconds(number.value()))?);
        }
        if value.is_instance_of::<PyString>() {
            return Ok(read(Given::Text(&value.extract::<Text>()?.0))?);
        }
        let wrong = || {
            wrong_type(name, value, "give a number of seconds, a timedelta, or a text such as \"1min 30s\"")
        };
        if value.is_instance_of::<PyBool>() {
            return Err(wrong());
        }
        let number = if value.is_instance_of::<PyDelta>() {
            call_method(value, intern!(value.py(), "total_seconds"), ())?.extract::<f64>()
        } else {
            value.extract::<f64>()
        };
        match number {
            Ok(seconds) => Ok(read(Given::Seconds(seconds))?),
            // A whole number with more than 308 digits.
            Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
                let seconds = if value.lt(0)? { f64::MIN } else { f64::MAX };
                Ok(read(Given::Seconds(seconds))?)
            }
            Err(_) => Err(wrong()),
        }
    }
}

/// An argument that counts something.
pub(super) struct Count<'py>(Bound<'py, PyAny>);

impl<'a, 'py> FromPyObject<'a, 'py> for Count<'py> {
    type Error = Infallible;

    #[cfg(feature = "stubs")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = <usize as FromPyObject<'a, 'py>>::INPUT_TYPE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(object.to_owned()))
    }
}

impl Count<'_> {
    /// The count, as the argument of this name.
    pub(super) fn named(self, name: &str) -> PyResult<usize> {
        let value = &self.0;
        let wrong = || wrong_type(name, value, "give a whole number");
        if value.is_instance_of::<PyBool>() {
            return Err(wrong());
        }
        let number = match value.extract::<i64>() {
            Ok(number) => Some(number),
            Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => None,
            Err(_) => return Err(wrong()),
        };
        Ok(settings::count(name, number)?)
    }
}

/// A call's timeout.
pub(super) fn timeout(argument: Option<Seconds<'_>>) -> PyResult<Option<Timeout>> {
    argument.map(|time| time.timeout("timeout")).transpose()
}

/// A request's timeout, which of a job can be the unit's own.
pub(super) fn timeout_of(request: &Request, argument: Option<Seconds<'_>>) -> PyResult<Option<Timeout>> {
    let Some(Seconds(value)) = &argument else { return Ok(None) };
    let word = value.cast::<PyString>().ok().and_then(|text| text.to_cow().ok());
    if word.as_deref() != Some("unit") {
        return timeout(argument);
    }
    if request.is_job() {
        return Ok(Some(Timeout::OfUnit));
    }
    Err(Error::config("timeout is \"unit\", and what is asked is no job of a unit's")
        .with_hint("give a time")
        .into())
}

/// Names the type and not the value, which may be secret.
pub(super) fn wrong_type(name: &str, value: &Bound<'_, PyAny>, hint: &'static str) -> PyErr {
    let kind = value.get_type().name().map_or_else(|_| "?".to_owned(), |kind| kind.to_string());
    Error::config(format!("{name} is of the type {kind}")).with_hint(hint).into()
}
