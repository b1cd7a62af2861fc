//! A unit file's text, which Python reads and changes, and values quoted for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDelta, PyInt, PyMapping, PyString};

use super::call::call_method;
use super::convert::{Text, wrong_type};
use crate::error::Error;
use crate::unit_file;

/// The text of a unit file, line by line.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct UnitFileText {
    inner: Mutex<unit_file::UnitFile>,
}

impl UnitFileText {
    fn lock(&self) -> MutexGuard<'_, unit_file::UnitFile> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One assignment: its section, its setting, its value and its line.
type Told = (String, String, String, usize);

#[pymethods]
impl UnitFileText {
    #[new]
    #[pyo3(signature = (text: "str | bytes"))]
    fn new(text: &Bound<'_, PyAny>) -> PyResult<Self> {
        let parsed = match text.cast::<PyBytes>() {
            Ok(bytes) => unit_file::UnitFile::parse(bytes.as_bytes())?,
            Err(_) => unit_file::UnitFile::parse(text.extract::<Text>()?.0)?,
        };
        Ok(Self { inner: Mutex::new(parsed) })
    }

    /// The file of these sections, each a table of settings.
    #[staticmethod]
    #[pyo3(signature = (sections: "object"))]
    fn of(sections: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut file = unit_file::UnitFile::new();
        for (section, settings) in entries("the sections", sections)? {
            for (key, value) in entries(&section, &settings)? {
                file.set_all(&section, &key, &written(&key, &value)?)?;
            }
        }
        Ok(Self { inner: Mutex::new(file) })
    }

    /// The text.
    fn render(&self) -> String {
        self.lock().render()
    }

    /// The names of the sections.
    fn sections(&self) -> Vec<String> {
        self.lock().sections().into_iter().map(str::to_owned).collect()
    }

    /// All assignments.
    fn assignments(&self) -> Vec<Told> {
        let file = self.lock();
        let told = file.assignments().map(|assignment| {
            let unit_file::Assignment { section, key, value, line } = assignment;
            (section.to_owned(), key.to_owned(), value.to_owned(), line)
        });
        told.collect()
    }

    /// The lines that systemd skips: each its number and why.
    fn ignored(&self) -> Vec<(usize, &'static str)> {
        self.lock().ignored().into_iter().map(|line| (line.line, line.reason)).collect()
    }

    /// The value in force.
    fn get(&self, section: Text, key: Text) -> Option<String> {
        self.lock().get(&section.into_text(), &key.into_text()).map(str::to_owned)
    }

    /// The values in force of a list.
    fn get_all(&self, section: Text, key: Text) -> Vec<String> {
        self.lock().get_all(&section.into_text(), &key.into_text()).into_iter().map(str::to_owned).collect()
    }

    /// Makes these the setting's only values.
    #[pyo3(signature = (section, key, value: "object"))]
    fn set(&self, section: Text, key: Text, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (section, key) = (section.into_text(), key.into_text());
        let values = written(&key, value)?;
        Ok(self.lock().set_all(&section, &key, &values)?)
    }

    /// Adds values behind those that are there.
    #[pyo3(signature = (section, key, value: "object"))]
    fn add(&self, section: Text, key: Text, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (section, key) = (section.into_text(), key.into_text());
        let values = written(&key, value)?;
        Ok(self.lock().add_all(&section, &key, &values)?)
    }

    /// Removes a setting, and tells how many assignments it had.
    fn remove(&self, section: Text, key: Text) -> usize {
        self.lock().remove(&section.into_text(), &key.into_text())
    }
}

fn entries<'py>(what: &str, value: &Bound<'py, PyAny>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let Ok(table) = value.cast::<PyMapping>() else {
        return Err(wrong_type(what, value, "give a table of sections, each a table of settings"));
    };
    let entry = |entry: Bound<'py, PyAny>| {
        let (name, value): (Text, Bound<'py, PyAny>) = entry.extract()?;
        Ok((name.0, value))
    };
    table.items()?.iter().map(entry).collect()
}

/// The texts of one value or of several.
fn written(key: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if let Some(text) = written_one(key, value)? {
        return Ok(vec![text]);
    }
    let refuse = || {
        let key = unit_file::shown_name(key);
        wrong_type(&key, value, "give a text, a number, True or False, a timedelta, or a list of these")
    };
    if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyMapping>() {
        return Err(refuse());
    }
    let mut texts = Vec::new();
    for item in value.try_iter().map_err(|_| refuse())? {
        texts.push(written_one(key, &item?)?.ok_or_else(refuse)?);
    }
    Ok(texts)
}

/// The text of one value; none of what is something else.
fn written_one(key: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if value.is_instance_of::<PyString>() {
        return Ok(Some(value.extract::<Text>()?.0));
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Some(unit_file::boolean(flag.is_true()).to_owned()));
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(Some(value.str()?.extract::<Text>()?.0));
    }
    if value.is_instance_of::<PyDelta>() {
        let seconds = call_method(value, intern!(value.py(), "total_seconds"), ())?.extract::<f64>()?;
        let span = std::time::Duration::try_from_secs_f64(seconds)
            .map_err(|_| Error::config(format!("{} is a negative time", unit_file::shown_name(key))))?;
        return Ok(Some(unit_file::timespan(span)));
    }
    Ok(None)
}

/// The value of `ExecStart=` that starts a program with these arguments.
#[pyfunction]
pub(super) fn quote_command(argv: Vec<Text>) -> PyResult<String> {
    let argv: Vec<String> = argv.into_iter().map(Text::into_text).collect();
    Ok(unit_file::exec_command(&argv)?)
}

/// The change of a text, as `diff -u` shows it.
#[pyfunction]
pub(super) fn unified_diff(path: Text, before: Text, after: Text) -> String {
    unit_file::unified_diff(&path.into_text(), &before.into_text(), &after.into_text())
}

/// The prefixes, and the program with its arguments.
#[pyfunction]
pub(super) fn split_command(value: Text) -> PyResult<(String, Vec<String>)> {
    let command = unit_file::parse_exec_command(&value.into_text())?;
    Ok((command.prefixes, command.argv))
}

/// The value of `Environment=` that sets one variable.
#[pyfunction]
pub(super) fn quote_environment(name: Text, value: Text) -> PyResult<String> {
    Ok(unit_file::environment(&name.into_text(), &value.into_text())?)
}

/// The variables that a value of `Environment=` sets.
#[pyfunction]
pub(super) fn split_environment(value: Text) -> PyResult<Vec<(String, String)>> {
    Ok(unit_file::parse_environment(&value.into_text())?)
}

/// The value of a setting that is plain text.
#[pyfunction]
pub(super) fn quote_text(text: Text) -> PyResult<String> {
    Ok(unit_file::plain("the text", &text.into_text())?)
}

/// The value of a setting that is one absolute path.
#[pyfunction]
pub(super) fn quote_path(path: &Bound<'_, PyAny>) -> PyResult<String> {
    let path = super::verb::text_or_path(path)?;
    Ok(unit_file::path("the path", path.as_text().unwrap_or_default())?)
}
