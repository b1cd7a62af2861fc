//! The core's part of what `pm2go.journal` tells of the journal as a whole, and has done with it.

use std::path::PathBuf;
use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use super::convert::{self, Count, Seconds, Text, wrong_type};
use super::journal_entry::{FieldValue, value_in};
use super::run::wait;
use crate::journal::{Asked, Journals, Room, Task, ask, field_names, field_values, usage, vacuum};
use crate::settings::Timeout;

/// The names of all fields.
#[pyfunction]
pub(super) fn journal_fields(
    py: Python<'_>,
    folder: Option<PathBuf>,
    namespace: Option<Text>,
) -> PyResult<Vec<String>> {
    Ok(py.detach(|| field_names(&journals(folder, namespace)?))?)
}

/// All values of a field.
#[pyfunction]
pub(super) fn journal_field_values(
    py: Python<'_>,
    name: Text,
    folder: Option<PathBuf>,
    namespace: Option<Text>,
) -> PyResult<Vec<FieldValue<'_>>> {
    let name = name.into_text();
    let values = py.detach(|| field_values(&journals(folder, namespace)?, &name))?;
    values.iter().map(|value| value_in(py, value)).collect()
}

/// How many bytes of the disk the files have.
#[pyfunction]
pub(super) fn journal_usage(
    py: Python<'_>,
    folder: Option<PathBuf>,
    namespace: Option<Text>,
) -> PyResult<u64> {
    Ok(py.detach(|| usage(&journals(folder, namespace)?))?)
}

/// Removes old files. Gives those, and how many bytes of the disk they had.
#[pyfunction]
#[pyo3(signature = (size: "int | str | None", time, files, folder, namespace))]
pub(super) fn vacuum_journal(
    py: Python<'_>,
    #[pyo3(from_py_with = size_of)] size: Option<u64>,
    time: Option<Seconds<'_>>,
    files: Option<Count<'_>>,
    folder: Option<PathBuf>,
    namespace: Option<Text>,
) -> PyResult<(Vec<String>, u64)> {
    let room = Room {
        size,
        age: time.map(|time| time.span("time")).transpose()?,
        files: files.map(|files| files.named("files")).transpose()?.map(|files| files as u64),
    };
    let done = py.detach(|| vacuum(&journals(folder, namespace)?, &room))?;
    let removed = done.removed.iter().map(|path| path.to_string_lossy().into_owned());
    Ok((removed.collect(), done.freed))
}

/// Has journald do something: `rotate`, `sync` or `flush`.
#[pyfunction]
pub(super) fn ask_journald(
    py: Python<'_>,
    task: Text,
    namespace: Option<Text>,
    timeout: Option<Seconds<'_>>,
) -> PyResult<()> {
    let limit = convert::timeout(timeout)?.and_then(Timeout::limit);
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let task: Task = task.parse()?;
    let namespace = namespace.map(Text::into_text);
    wait(py, ask(task, namespace.as_deref(), deadline))
}

fn journals(folder: Option<PathBuf>, namespace: Option<Text>) -> crate::error::Result<Journals> {
    Asked { folder, namespace: namespace.map(Text::into_text), ..Asked::default() }.journals()
}

/// A number of bytes, or a text such as `"512M"`.
fn size_of(given: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    let wrong = || wrong_type("size", given, "give a number of bytes, or a text such as \"512M\"");
    if given.is_none() {
        return Ok(None);
    }
    if given.is_instance_of::<PyString>() {
        return Ok(Some(crate::journal::parse_size(&given.extract::<Text>()?.into_text())?));
    }
    match given.extract() {
        Ok(size) if !given.is_instance_of::<PyBool>() => Ok(Some(size)),
        _ => Err(wrong()),
    }
}
