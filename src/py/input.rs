//! What a caller describes an app with, out of Python's values.

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDelta, PyFloat, PyInt, PyMapping, PyString};

use super::call::call_method;
use crate::app::Input;

/// How deep tables and lists may be in each other; nothing of an app's is half as deep.
const DEEPEST: usize = 16;

/// The value as the core reads it. What it cannot be is named by its type and refused there, with its key.
pub(super) fn input(value: &Bound<'_, PyAny>) -> PyResult<Input> {
    within(value, &mut Vec::new())
}

/// The same for what lies in other lists and tables, which it must not be again.
fn within<'py>(value: &Bound<'py, PyAny>, above: &mut Vec<Bound<'py, PyAny>>) -> PyResult<Input> {
    let py = value.py();
    if value.is_none() {
        return Ok(Input::Null);
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Input::Boolean(flag.is_true()));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text_of(text));
    }
    if value.is_instance_of::<PyInt>() {
        return whole(value);
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return Ok(Input::Number(number.value(), value.str()?.to_string()));
    }
    if value.is_instance_of::<PyDelta>() {
        let seconds = call_method(value, intern!(py, "total_seconds"), ())?.extract()?;
        return Ok(Input::Span(seconds));
    }
    if value.is_instance_of::<PyBytes>() {
        return Ok(other(value));
    }
    if value.hasattr(intern!(py, "__fspath__"))? {
        let path = call_method(value, intern!(py, "__fspath__"), ())?;
        return Ok(path.cast::<PyString>().map_or_else(|_| other(value), text_of));
    }
    let is_table = value.is_instance_of::<PyMapping>();
    if !is_table && !value.hasattr(intern!(py, "__iter__"))? {
        return number_like(value);
    }
    if above.len() == DEEPEST || above.iter().any(|outer| outer.is(value)) {
        return Ok(other(value));
    }
    above.push(value.clone());
    let inner = if is_table { table(value, above) } else { list(value, above) };
    above.pop();
    inner
}

fn table<'py>(value: &Bound<'py, PyAny>, above: &mut Vec<Bound<'py, PyAny>>) -> PyResult<Input> {
    let entries = value.cast::<PyMapping>()?.items()?;
    let entry = |entry: Bound<'py, PyAny>| {
        let (name, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = entry.extract()?;
        let name = if let Ok(name) = name.cast::<PyString>() { text_of(name) } else { other(&name) };
        Ok((name, within(&value, above)?))
    };
    entries.iter().map(entry).collect::<PyResult<_>>().map(Input::Table)
}

fn list<'py>(value: &Bound<'py, PyAny>, above: &mut Vec<Bound<'py, PyAny>>) -> PyResult<Input> {
    let items = value.try_iter()?.map(|item| within(&item?, above));
    items.collect::<PyResult<_>>().map(Input::List)
}

fn text_of(text: &Bound<'_, PyString>) -> Input {
    // What comes from a file name that is not UTF-8 has lone surrogates.
    text.to_cow().map_or(Input::NotUtf8, |text| Input::Text(text.into_owned()))
}

fn other(value: &Bound<'_, PyAny>) -> Input {
    let kind = value.get_type().name();
    Input::Other(kind.map_or_else(|_| "?".to_owned(), |kind| kind.to_string()))
}

/// A whole number; one that 64 bits do not hold is as large as a number can be.
fn whole(value: &Bound<'_, PyAny>) -> PyResult<Input> {
    if let Ok(number) = value.extract::<i64>() {
        return Ok(Input::Whole(number));
    }
    let largest = if value.lt(0)? { f64::MIN } else { f64::MAX };
    match value.str() {
        Ok(written) => Ok(Input::Number(largest, written.to_string())),
        // Python does not write numbers of more than 4300 digits.
        Err(error) if error.is_instance_of::<PyValueError>(value.py()) => Ok(other(value)),
        Err(error) => Err(error),
    }
}

/// Numbers of other libraries: `decimal.Decimal`, `fractions.Fraction`, those of numpy.
fn number_like(value: &Bound<'_, PyAny>) -> PyResult<Input> {
    let py = value.py();
    if value.hasattr(intern!(py, "__index__"))? {
        return whole(&call_method(value, intern!(py, "__index__"), ())?);
    }
    if value.hasattr(intern!(py, "__float__"))? {
        return Ok(Input::Number(value.extract()?, value.str()?.to_string()));
    }
    Ok(other(value))
}
