//! Requests as Python makes them: arguments are checked here, before anything is sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::app::app_settings;
use super::client::Client;
use super::convert;
use crate::app::{AppConfig, Machine};
use crate::backend::{JobOptions, JobVerb};
use crate::error::Error;
use crate::manager::Manager;
use crate::request::{self, AppRequest};
use crate::unit::UnitName;

/// Something to ask of a client.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Request {
    pub(super) inner: request::Request,
}

fn request(inner: request::Request) -> Request {
    Request { inner }
}

#[pymethods]
impl Request {
    /// Connect, if there is no connection.
    #[staticmethod]
    fn connect() -> Self {
        request(request::Request::Connect)
    }

    /// Run a job: `verb` is `start`, `stop` or `restart`.
    #[staticmethod]
    fn run_job(verb: &str, name: &str, mode: &str, settle: f64, log_lines: usize) -> PyResult<Self> {
        let verb: JobVerb = verb.parse()?;
        let unit = UnitName::complete(name)?;
        let options = JobOptions { mode: mode.parse()?, settle: seconds("settle", settle)?, log_lines };
        Ok(request(request::Request::RunJob { verb, unit, options }))
    }

    /// Make a unit start at boot.
    #[staticmethod]
    fn enable_unit(name: &str) -> PyResult<Self> {
        Ok(request(request::Request::EnableUnit(UnitName::complete(name)?)))
    }

    /// Make a unit no longer start at boot.
    #[staticmethod]
    fn disable_unit(name: &str) -> PyResult<Self> {
        Ok(request(request::Request::DisableUnit(UnitName::complete(name)?)))
    }

    /// List the loaded units whose names match one of the patterns.
    #[staticmethod]
    fn list_units(patterns: Vec<String>) -> Self {
        request(request::Request::ListUnits(patterns))
    }

    /// Tell what a unit is doing.
    #[staticmethod]
    fn get_unit_status(name: &str) -> PyResult<Self> {
        Ok(request(request::Request::GetUnitStatus(UnitName::complete(name)?)))
    }

    /// Tell all properties of a unit.
    #[staticmethod]
    fn get_unit_properties(name: &str) -> PyResult<Self> {
        Ok(request(request::Request::GetUnitProperties(UnitName::complete(name)?)))
    }

    /// Tell one property of a unit.
    #[staticmethod]
    fn get_unit_property(name: &str, property: String) -> PyResult<Self> {
        Ok(request(request::Request::GetUnitProperty(UnitName::complete(name)?, property)))
    }

    /// Wait until a unit is in one of these states, and stays so for `stable` seconds.
    #[staticmethod]
    fn wait_for(name: &str, states: Vec<String>, stable: f64) -> PyResult<Self> {
        if states.is_empty() {
            let error = Error::config("no state is given");
            return Err(error.with_hint("give one, such as \"active\" or \"failed\"").into());
        }
        let unit = UnitName::complete(name)?;
        Ok(request(request::Request::WaitFor { unit, states, stable: seconds("stable", stable)? }))
    }

    /// Read all unit files again.
    #[staticmethod]
    fn reload() -> Self {
        request(request::Request::Reload)
    }

    /// Clear a unit's failed state and restart counter.
    #[staticmethod]
    fn reset_failed_unit(name: &str) -> PyResult<Self> {
        Ok(request(request::Request::ResetFailedUnit(UnitName::complete(name)?)))
    }

    fn __repr__(&self) -> String {
        format!("<Request: {}>", self.inner.what())
    }
}

/// Makes requests about the apps of one scope.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Apps {
    manager: Arc<Manager>,
}

impl Apps {
    fn request(&self, inner: AppRequest) -> Request {
        request(request::Request::App(Arc::clone(&self.manager), inner))
    }
}

#[pymethods]
impl Apps {
    #[new]
    #[pyo3(signature = (client, *, prefix=None, unit_dir=None))]
    fn new(client: &Bound<'_, Client>, prefix: Option<String>, unit_dir: Option<PathBuf>) -> PyResult<Self> {
        let scope = client.get().inner.scope();
        let manager = Manager::new(scope, prefix, unit_dir, |name| std::env::var_os(name))?;
        Ok(Self { manager: Arc::new(manager) })
    }

    /// The unit of the app of this name.
    fn unit(&self, name: &str) -> PyResult<String> {
        Ok(self.manager.unit(name)?.as_str().to_owned())
    }

    /// Deploy an app.
    fn start(&self, app: &Bound<'_, PyDict>, settle: f64, log_lines: usize) -> PyResult<Request> {
        let app = AppConfig::check(app_settings(app)?, &Machine)?;
        Ok(self.request(AppRequest::Start(Box::new(app), options(settle, log_lines)?)))
    }

    /// Stop an app.
    fn stop(&self, name: String, log_lines: usize) -> PyResult<Request> {
        Ok(self.request(AppRequest::Stop(name, options(0.0, log_lines)?)))
    }

    /// Restart an app.
    fn restart(&self, name: String, settle: f64, log_lines: usize) -> PyResult<Request> {
        Ok(self.request(AppRequest::Restart(name, options(settle, log_lines)?)))
    }

    /// Delete an app.
    fn delete(&self, name: String) -> Request {
        self.request(AppRequest::Delete(name, JobOptions::default()))
    }

    /// List all apps.
    fn list(&self) -> Request {
        self.request(AppRequest::List)
    }

    /// Tell all about an app.
    fn describe(&self, name: String) -> Request {
        self.request(AppRequest::Describe(name))
    }

    /// The last lines that an app logged.
    fn logs(&self, name: String, lines: usize) -> Request {
        self.request(AppRequest::Logs(name, lines))
    }
}

fn options(settle: f64, log_lines: usize) -> PyResult<JobOptions> {
    Ok(JobOptions { settle: seconds("settle", settle)?, log_lines, ..JobOptions::default() })
}

fn seconds(name: &str, seconds: f64) -> PyResult<Duration> {
    convert::duration(seconds).ok_or_else(|| {
        Error::config(format!("{name} is {seconds}")).with_hint("give a number of seconds from 0 up").into()
    })
}
