//! An app that was checked, and how one is made of what Python gives.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};
use serde_json::Value as Json;

use super::call::call;
use super::convert::Objects;
use super::input::input;
use crate::app::{AppConfig, Machine, Warning, WarningKind};
use crate::bus::decode::Build as _;
use crate::error::Result;

/// What the caller is to be warned of: a text, and whether it is about a secret.
type Told = (String, bool);

/// An app that was checked: what `pm2go.AppConfig` holds.
#[pyclass(frozen, eq, hash, module = "pm2go._core")]
#[derive(Clone, PartialEq, Eq)]
pub(super) struct CheckedApp {
    pub(super) app: AppConfig,
}

/// Equal apps have equal names.
impl std::hash::Hash for CheckedApp {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.app.name.hash(state);
    }
}

#[pymethods]
impl CheckedApp {
    /// Checks a description with the keys of an app, and tells what to warn of.
    #[staticmethod]
    fn check(described: &Bound<'_, PyAny>) -> PyResult<(Self, Vec<Told>)> {
        told(AppConfig::check(input(described)?, &Machine))
    }

    /// Checks a description out of a file, which may have keys and times of PM2, and tells what to warn of.
    #[staticmethod]
    fn check_file(described: &Bound<'_, PyAny>) -> PyResult<(Self, Vec<Told>)> {
        told(AppConfig::check_file(input(described)?, &Machine))
    }

    /// The app that `described()` tells of, without a look at the machine.
    #[staticmethod]
    fn restore(described: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { app: AppConfig::restore(input(described)?)? })
    }

    /// The JSON Schema of what makes an app, as a text.
    #[staticmethod]
    fn schema() -> String {
        AppConfig::schema().to_string()
    }

    /// The values of all keys, in types that cannot be changed; times are seconds.
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        self.app
            .values()
            .into_iter()
            .map(|(key, value)| Ok((key, object(py, &value, As::Constants)?)))
            .collect()
    }

    /// What makes this app again, as `json.dumps` takes it: without what is not set. Secrets are in it.
    fn described<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        object(py, &Json::Object(self.app.described()), As::Copies)
    }
}

fn told(checked: Result<AppConfig>) -> PyResult<(CheckedApp, Vec<Told>)> {
    let app = checked?;
    let warnings = app.warnings(&Machine);
    Ok((CheckedApp { app }, notes(warnings)))
}

/// What the caller is to be warned of.
pub(super) fn notes(warnings: Vec<Warning>) -> Vec<Told> {
    let note = |warning: Warning| (warning.text, warning.kind == WarningKind::Secret);
    warnings.into_iter().map(note).collect()
}

/// What becomes of lists and tables.
#[derive(Clone, Copy)]
enum As {
    /// The caller's own, as `json.dumps` takes it.
    Copies,
    /// Nobody's to change.
    Constants,
}

/// The same in Python's types.
fn object<'py>(py: Python<'py>, value: &Json, kind: As) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Json::Array(items) => {
            let items = items.iter().map(|item| object(py, item, kind)).collect::<PyResult<Vec<_>>>()?;
            match kind {
                As::Copies => PyList::new(py, items)?.into_any(),
                As::Constants => PyTuple::new(py, items)?.into_any(),
            }
        }
        Json::Object(entries) => {
            let dict = PyDict::new(py);
            for (name, value) in entries {
                dict.set_item(name, object(py, value, kind)?)?;
            }
            match kind {
                As::Copies => dict.into_any(),
                As::Constants => read_only(py, dict)?,
            }
        }
        scalar => self::scalar(py, scalar)?,
    })
}

fn read_only<'py>(py: Python<'py>, dict: Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = CLASS
        .get_or_try_init(py, || py.import("pm2go._read_only")?.getattr("ReadOnlyDict").map(Bound::unbind))?;
    call(class.bind(py), (dict,))
}

fn scalar<'py>(py: Python<'py>, value: &Json) -> PyResult<Bound<'py, PyAny>> {
    let objects = Objects(py);
    Ok(match value {
        Json::Bool(value) => objects.boolean(*value)?,
        Json::Number(number) => match number.as_i64() {
            Some(number) => objects.integer(number)?,
            None => objects.double(number.as_f64().unwrap_or(f64::NAN))?,
        },
        Json::String(text) => objects.text(text)?,
        Json::Null | Json::Array(_) | Json::Object(_) => objects.null()?,
    })
}
