//! The class under `pm2go.Systemd`.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::convert::{self, Changes, Objects, Row};
use super::run::run;
use crate::backend::{Answer, Backend, JobOptions, JobVerb};
use crate::bus::decode;
use crate::client::{self, Operation, Options};
use crate::error::Error;
use crate::settings::{Arguments, Settings};
use crate::unit::UnitName;

/// A client of one manager.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Client {
    pub(super) inner: client::Client,
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (*, scope=None, backend=None, address=None, timeout=None, monitoring=None, runtime_dir=None, interactive=false))]
    fn new(
        scope: Option<&str>,
        backend: Option<&str>,
        address: Option<String>,
        timeout: Option<&Bound<'_, PyAny>>,
        monitoring: Option<bool>,
        runtime_dir: Option<PathBuf>,
        interactive: bool,
    ) -> PyResult<Self> {
        let arguments = Arguments {
            backend: backend.map(str::parse).transpose()?,
            timeout: convert::timeout(timeout)?,
            monitoring,
        };
        let options = Options {
            scope: scope.map(str::parse).transpose()?,
            settings: Settings::resolve(&arguments, |name| std::env::var_os(name))?,
            address,
            runtime_folder: runtime_dir,
            interactive,
        };
        Ok(Self { inner: client::Client::new(&options)? })
    }

    /// `system` or `user`.
    #[getter]
    fn scope(&self) -> &'static str {
        self.inner.scope().as_str()
    }

    /// The backend in use, `dbus` or `command`; `None` before the first call.
    #[getter]
    fn backend(&self) -> Option<String> {
        self.inner.chosen().map(|chosen| chosen.kind.to_string())
    }

    /// Where the D-Bus connection leads.
    #[getter]
    fn endpoint(&self) -> Option<String> {
        self.inner.chosen()?.endpoint.map(|endpoint| endpoint.to_string())
    }

    /// Why this backend was chosen.
    #[getter]
    fn reason(&self) -> Option<String> {
        self.inner.chosen().map(|chosen| chosen.reason)
    }

    /// The settings and where they came from.
    #[getter]
    fn settings(&self) -> String {
        self.inner.settings().to_string()
    }

    /// Whether watching is allowed.
    #[getter]
    fn monitoring(&self) -> bool {
        self.inner.settings().monitoring.value
    }

    /// How long a call may take, in seconds; `None` for as long as it takes.
    #[getter]
    fn timeout(&self) -> Option<f64> {
        self.inner.settings().timeout.value.limit().map(|limit| limit.as_secs_f64())
    }

    /// Connects, if there is no connection.
    #[pyo3(signature = (timeout=None))]
    fn connect(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let operation = Operation { what: "connection", reads: true };
        run(py, &self.inner, operation, convert::timeout(timeout)?, async |_| Ok(()))
    }

    /// Runs a job: `verb` is `start`, `stop` or `restart`.
    #[pyo3(signature = (verb, name, mode, settle, log_lines, timeout=None))]
    #[expect(clippy::too_many_arguments, reason = "the options of a job")]
    fn run_job(
        &self,
        py: Python<'_>,
        verb: &str,
        name: &str,
        mode: &str,
        settle: f64,
        log_lines: usize,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(String, String, String)> {
        let verb: JobVerb = verb.parse()?;
        let unit = UnitName::complete(name)?;
        let options = JobOptions { mode: mode.parse()?, settle: settle_of(settle)?, log_lines };
        let what = format!("{} of {unit}", verb.as_str());
        let operation = Operation { what: &what, reads: false };
        let result =
            run(py, &self.inner, operation, convert::timeout(timeout)?, async |backend: &Backend| {
                backend.run_job(verb, &unit, options).await
            })?;
        Ok((result.unit, result.operation, result.result))
    }

    /// Enables a unit.
    #[pyo3(signature = (name, timeout=None))]
    fn enable_unit(
        &self,
        py: Python<'_>,
        name: &str,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Changes> {
        let unit = UnitName::complete(name)?;
        let what = format!("enabling of {unit}");
        let operation = Operation { what: &what, reads: false };
        let changes =
            run(py, &self.inner, operation, convert::timeout(timeout)?, async |backend: &Backend| {
                backend.enable_unit(&unit).await
            })?;
        Ok(convert::changes(changes))
    }

    /// Disables a unit.
    #[pyo3(signature = (name, timeout=None))]
    fn disable_unit(
        &self,
        py: Python<'_>,
        name: &str,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Changes> {
        let unit = UnitName::complete(name)?;
        let what = format!("disabling of {unit}");
        let operation = Operation { what: &what, reads: false };
        let changes =
            run(py, &self.inner, operation, convert::timeout(timeout)?, async |backend: &Backend| {
                backend.disable_unit(&unit).await
            })?;
        Ok(convert::changes(changes))
    }

    /// The loaded units whose names match one of the patterns.
    #[pyo3(signature = (patterns, timeout=None))]
    #[expect(clippy::needless_pass_by_value, reason = "what Python gives is taken")]
    fn list_units(
        &self,
        py: Python<'_>,
        patterns: Vec<String>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Row>> {
        let operation = Operation { what: "list of units", reads: true };
        let units =
            run(py, &self.inner, operation, convert::timeout(timeout)?, async |backend: &Backend| {
                backend.list_units(&patterns).await
            })?;
        Ok(units.into_iter().map(convert::row).collect())
    }

    /// What a unit is doing.
    #[pyo3(signature = (name, timeout=None))]
    fn get_unit_status<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let unit = UnitName::complete(name)?;
        let what = format!("status of {unit}");
        let operation = Operation { what: &what, reads: true };
        let status =
            run(py, &self.inner, operation, convert::timeout(timeout)?, async |backend: &Backend| {
                backend.get_unit_status(&unit).await
            })?;
        convert::status(py, &status)
    }

    /// All properties of a unit.
    #[pyo3(signature = (name, timeout=None))]
    fn get_unit_properties<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let unit = UnitName::complete(name)?;
        let what = format!("properties of {unit}");
        let operation = Operation { what: &what, reads: true };
        let answer =
            run(py, &self.inner, operation, convert::timeout(timeout)?, async |backend: &Backend| {
                backend.ask_unit_properties(&unit).await
            })?;
        let objects = Objects(py);
        let properties = PyDict::new(py);
        match answer {
            Answer::Message(message) => {
                for (name, value) in decode::properties(&message, &objects)? {
                    properties.set_item(name, value)?;
                }
            }
            Answer::Values(values) => {
                for (name, value) in values {
                    properties.set_item(name, convert::object(&objects, &value)?)?;
                }
            }
        }
        Ok(properties)
    }

    /// Has the manager read all unit files again.
    #[pyo3(signature = (timeout=None))]
    fn reload(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let operation = Operation { what: "reload", reads: false };
        run(py, &self.inner, operation, convert::timeout(timeout)?, async |backend: &Backend| {
            backend.reload().await
        })
    }

    /// Clears a unit's failed state and restart counter.
    #[pyo3(signature = (name, timeout=None))]
    fn reset_failed_unit(
        &self,
        py: Python<'_>,
        name: &str,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let unit = UnitName::complete(name)?;
        let what = format!("reset of {unit}");
        let operation = Operation { what: &what, reads: false };
        run(py, &self.inner, operation, convert::timeout(timeout)?, async |backend: &Backend| {
            backend.reset_failed_unit(&unit).await
        })
    }

    /// Closes the connection; a later call opens a new one.
    fn close(&self) {
        self.inner.close();
    }
}

/// The settle time of a job.
pub(super) fn settle_of(seconds: f64) -> PyResult<std::time::Duration> {
    convert::duration(seconds).ok_or_else(|| {
        Error::config(format!("settle is {seconds}")).with_hint("give a number of seconds from 0 up").into()
    })
}
