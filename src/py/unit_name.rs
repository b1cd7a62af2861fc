//! Names of units as texts of Python: escaping, and the parts of a name.

use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use pyo3::IntoPyObjectExt as _;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::call::call_method;
use super::convert::{Text, wrong_type};
use crate::error::Error;
use crate::unit::{self, UnitName};

/// What is escaped: a text, bytes or a path. A text may have what `os.fsdecode` makes of bytes that are not UTF-8.
pub(super) struct Raw(Vec<u8>);

impl<'a, 'py> FromPyObject<'a, 'py> for Raw {
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = pyo3::type_hint_identifier!("pm2go._types", "Name");

    fn extract(object: pyo3::Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let value: &Bound<'py, PyAny> = &object;
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Ok(Self(bytes.as_bytes().to_vec()));
        }
        if let Ok(text) = value.cast::<PyString>() {
            return encoded(text).map(Self);
        }
        match value.extract::<PathBuf>() {
            Ok(path) => Ok(Self(path.into_os_string().into_vec())),
            Err(_) => Err(wrong_type("what is escaped", value, "give a text, bytes or a pathlib.Path")),
        }
    }
}

fn encoded(text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
    if let Ok(text) = text.to_cow() {
        return Ok(text.as_bytes().to_vec());
    }
    let bytes = call_method(text, intern!(text.py(), "encode"), ("utf-8", "surrogateescape"));
    match bytes {
        Ok(bytes) => Ok(bytes.cast::<PyBytes>()?.as_bytes().to_vec()),
        Err(_) => Err(Error::config(format!("{} cannot be written as UTF-8", text.repr()?))
            .with_hint("it has a lone surrogate that stands for no byte")
            .into()),
    }
}

/// The same the other way round.
fn decoded(py: Python<'_>, bytes: Vec<u8>) -> PyResult<Bound<'_, PyAny>> {
    match String::from_utf8(bytes) {
        Ok(text) => text.into_bound_py_any(py),
        Err(error) => {
            let bytes = PyBytes::new(py, error.as_bytes());
            call_method(&bytes, intern!(py, "decode"), ("utf-8", "surrogateescape"))
        }
    }
}

/// The text as a part of a unit's name.
#[pyfunction]
pub(super) fn escape(text: Raw) -> String {
    unit::escape(text.0)
}

/// What an escaped text stands for.
#[pyfunction]
#[pyo3(signature = (text) -> "str")]
pub(super) fn unescape(py: Python<'_>, text: Text) -> PyResult<Bound<'_, PyAny>> {
    decoded(py, unit::unescape(&text.into_text())?)
}

/// The path as a part of a unit's name.
#[pyfunction]
pub(super) fn escape_path(path: Raw) -> PyResult<String> {
    Ok(unit::escape_path(path.0)?)
}

/// The path that an escaped text stands for.
#[pyfunction]
#[pyo3(signature = (text) -> "str")]
pub(super) fn unescape_path(py: Python<'_>, text: Text) -> PyResult<Bound<'_, PyAny>> {
    decoded(py, unit::unescape_path(&text.into_text())?)
}

/// The whole name of a unit.
#[pyfunction]
pub(super) fn unit_name(name: Text) -> PyResult<String> {
    Ok(name.into_unit()?.as_str().to_owned())
}

/// What a whole name consists of: its prefix, its instance, its type, and the object path.
#[pyfunction]
pub(super) fn unit_name_parts(name: &str) -> PyResult<(String, Option<String>, String, String)> {
    let name: UnitName = name.parse()?;
    let instance = match name.instance() {
        None if name.is_template() => Some(String::new()),
        instance => instance.map(str::to_owned),
    };
    Ok((name.prefix().to_owned(), instance, name.unit_type().to_string(), name.object_path()))
}

/// The name of another instance of the same template.
#[pyfunction]
pub(super) fn unit_instance(name: &str, instance: Text) -> PyResult<String> {
    let name: UnitName = name.parse()?;
    Ok(name.with_instance(&instance.into_text())?.as_str().to_owned())
}

/// The unit of an object path.
#[pyfunction]
pub(super) fn unit_of_object_path(path: Text) -> PyResult<String> {
    Ok(UnitName::from_object_path(&path.into_text())?.as_str().to_owned())
}

/// The unit of this type that stands for a path.
#[pyfunction]
pub(super) fn unit_of_path(path: Raw, suffix: Text) -> PyResult<String> {
    let name: UnitName = format!("{}.{}", unit::escape_path(path.0)?, suffix.into_text()).parse()?;
    Ok(name.as_str().to_owned())
}
