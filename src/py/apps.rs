//! The class under `pm2go.Manager`, and the check of an app's configuration.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::client::{Client, settle_of};
use super::convert;
use super::run::run;
use crate::app::{AppConfig, AppSettings, Extra, KEYS, Machine};
use crate::backend::{Backend, JobOptions};
use crate::client::Operation;
use crate::error::Error;
use crate::manager::Manager;
use crate::unit::JobResult;

/// The apps of a client's scope.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Apps {
    client: Py<Client>,
    manager: Manager,
}

type Job = (String, String, String);

fn job(result: JobResult) -> Job {
    (result.unit, result.operation, result.result)
}

#[pymethods]
impl Apps {
    #[new]
    #[pyo3(signature = (client, *, prefix=None, unit_dir=None))]
    fn new(client: Py<Client>, prefix: Option<String>, unit_dir: Option<PathBuf>) -> PyResult<Self> {
        let scope = client.get().inner.scope();
        let manager = Manager::new(scope, prefix, unit_dir, |name| std::env::var_os(name))?;
        Ok(Self { client, manager })
    }

    /// Deploys an app and gives its unit and what was done.
    #[pyo3(signature = (app, settle, log_lines, timeout=None))]
    fn start(
        &self,
        py: Python<'_>,
        app: &Bound<'_, PyDict>,
        settle: f64,
        log_lines: usize,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(String, &'static str)> {
        let app = AppConfig::check(app_settings(app)?, &Machine)?;
        let options = JobOptions { settle: settle_of(settle)?, log_lines, ..JobOptions::default() };
        let what = format!("start of app {}", app.name);
        let operation = Operation { what: &what, reads: false };
        let flow = async |backend: &Backend| self.manager.start(backend, &app, options).await;
        let (unit, action) = run(py, &self.client.get().inner, operation, convert::timeout(timeout)?, flow)?;
        Ok((unit.as_str().to_owned(), action.as_str()))
    }

    /// Stops an app.
    #[pyo3(signature = (name, log_lines, timeout=None))]
    fn stop(
        &self,
        py: Python<'_>,
        name: &str,
        log_lines: usize,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Job> {
        let options = JobOptions { log_lines, ..JobOptions::default() };
        let what = format!("stop of app {name}");
        let operation = Operation { what: &what, reads: false };
        let flow = async |backend: &Backend| self.manager.stop(backend, name, options).await;
        run(py, &self.client.get().inner, operation, convert::timeout(timeout)?, flow).map(job)
    }

    /// Restarts an app.
    #[pyo3(signature = (name, settle, log_lines, timeout=None))]
    fn restart(
        &self,
        py: Python<'_>,
        name: &str,
        settle: f64,
        log_lines: usize,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Job> {
        let options = JobOptions { settle: settle_of(settle)?, log_lines, ..JobOptions::default() };
        let what = format!("restart of app {name}");
        let operation = Operation { what: &what, reads: false };
        let flow = async |backend: &Backend| self.manager.restart(backend, name, options).await;
        run(py, &self.client.get().inner, operation, convert::timeout(timeout)?, flow).map(job)
    }

    /// Deletes an app and gives the paths that were left in place because they are not ours.
    #[pyo3(signature = (name, timeout=None))]
    fn delete(
        &self,
        py: Python<'_>,
        name: &str,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<String>> {
        let what = format!("deletion of app {name}");
        let operation = Operation { what: &what, reads: false };
        let flow = async |backend: &Backend| self.manager.delete(backend, name, JobOptions::default()).await;
        let left = run(py, &self.client.get().inner, operation, convert::timeout(timeout)?, flow)?;
        Ok(left.into_iter().map(|path| path.display().to_string()).collect())
    }

    /// The apps and what they are doing.
    #[pyo3(signature = (timeout=None))]
    fn list<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Vec<(String, Bound<'py, PyDict>)>> {
        let operation = Operation { what: "list of apps", reads: true };
        let flow = async |backend: &Backend| self.manager.list(backend).await;
        let apps = run(py, &self.client.get().inner, operation, convert::timeout(timeout)?, flow)?;
        apps.into_iter().map(|(name, status)| Ok((name, convert::status(py, &status)?))).collect()
    }

    /// An app in detail: configuration, status, program, environment, working directory, unit file.
    #[pyo3(signature = (name, timeout=None))]
    fn describe<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let what = format!("description of app {name}");
        let operation = Operation { what: &what, reads: true };
        let flow = async |backend: &Backend| self.manager.describe(backend, name).await;
        let found = run(py, &self.client.get().inner, operation, convert::timeout(timeout)?, flow)?;
        let fields = PyDict::new(py);
        fields.set_item("app", app_dict(py, &found.app)?)?;
        fields.set_item("status", convert::status(py, &found.status)?)?;
        fields.set_item("exec_start", found.exec_start)?;
        fields.set_item("environment", found.environment)?;
        fields.set_item("working_directory", found.working_directory)?;
        fields.set_item("unit_path", found.unit_path)?;
        Ok(fields)
    }

    /// The last lines that an app logged.
    #[pyo3(signature = (name, lines, timeout=None))]
    fn logs(
        &self,
        py: Python<'_>,
        name: &str,
        lines: usize,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<String>> {
        let what = format!("log of app {name}");
        let operation = Operation { what: &what, reads: true };
        let flow = async |_: &Backend| self.manager.logs(name, lines).await;
        run(py, &self.client.get().inner, operation, convert::timeout(timeout)?, flow)
    }
}

/// Checks an app's configuration and gives it with all defaults and absolute paths, and what to warn of.
#[pyfunction]
pub(super) fn check_app<'py>(
    py: Python<'py>,
    app: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyDict>, Vec<String>)> {
    let app = AppConfig::check(app_settings(app)?, &Machine)?;
    Ok((app_dict(py, &app)?, app.warnings()))
}

/// The settings of an app from a dict of Python; an unknown key is an error.
fn app_settings(app: &Bound<'_, PyDict>) -> PyResult<AppSettings> {
    let mut settings = AppSettings::default();
    for (key, value) in app.iter() {
        if value.is_none() {
            continue;
        }
        let key: String = key.extract()?;
        let wrong = |_: PyErr| -> PyErr {
            let kind = value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
            Error::config(format!("{key} has the wrong type: {kind}"))
                .with_hint("see pm2go.AppConfig for what it takes")
                .into()
        };
        match key.as_str() {
            "name" => settings.name = value.extract().map_err(wrong)?,
            "script" => settings.script = value.extract().map_err(wrong)?,
            "command" => settings.command = value.extract().map_err(wrong)?,
            "interpreter" => settings.interpreter = value.extract().map_err(wrong)?,
            "interpreter_args" => settings.interpreter_args = value.extract().map_err(wrong)?,
            "args" => settings.args = value.extract().map_err(wrong)?,
            "cwd" => settings.cwd = value.extract().map_err(wrong)?,
            "env" => settings.env = value.extract().map_err(wrong)?,
            "environment_file" => settings.environment_file = value.extract().map_err(wrong)?,
            "user" => settings.user = value.extract().map_err(wrong)?,
            "group" => settings.group = value.extract().map_err(wrong)?,
            "restart" => settings.restart = value.extract().map_err(wrong)?,
            "restart_delay" => settings.restart_delay = value.extract().map_err(wrong)?,
            "max_restarts" => settings.max_restarts = value.extract().map_err(wrong)?,
            "min_uptime" => settings.min_uptime = value.extract().map_err(wrong)?,
            "kill_signal" => settings.kill_signal = value.extract().map_err(wrong)?,
            "kill_timeout" => settings.kill_timeout = value.extract().map_err(wrong)?,
            "description" => settings.description = value.extract().map_err(wrong)?,
            "autostart" => settings.autostart = value.extract().map_err(wrong)?,
            "extra" => settings.extra = Some(value.extract::<Extra>().map_err(wrong)?),
            _ => {
                let hint = format!("the settings of an app are {}", KEYS.join(", "));
                return Err(Error::config(format!("an app has no setting {key:?}")).with_hint(hint).into());
            }
        }
    }
    Ok(settings)
}

/// An app's settings as a dict of Python.
fn app_dict<'py>(py: Python<'py>, app: &AppConfig) -> PyResult<Bound<'py, PyDict>> {
    let settings = app.settings();
    let dict = PyDict::new(py);
    dict.set_item("name", settings.name)?;
    dict.set_item("script", settings.script)?;
    dict.set_item("command", settings.command)?;
    dict.set_item("interpreter", settings.interpreter)?;
    dict.set_item("interpreter_args", settings.interpreter_args)?;
    dict.set_item("args", settings.args)?;
    dict.set_item("cwd", settings.cwd)?;
    dict.set_item("env", settings.env)?;
    dict.set_item("environment_file", settings.environment_file)?;
    dict.set_item("user", settings.user)?;
    dict.set_item("group", settings.group)?;
    dict.set_item("restart", settings.restart)?;
    dict.set_item("restart_delay", settings.restart_delay)?;
    dict.set_item("max_restarts", settings.max_restarts)?;
    dict.set_item("min_uptime", settings.min_uptime)?;
    dict.set_item("kill_signal", settings.kill_signal)?;
    dict.set_item("kill_timeout", settings.kill_timeout)?;
    dict.set_item("description", settings.description)?;
    dict.set_item("autostart", settings.autostart)?;
    dict.set_item("extra", settings.extra)?;
    Ok(dict)
}
