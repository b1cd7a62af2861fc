//! Requests as Python makes them: arguments are checked here, before anything is sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::app::app_settings;
use super::client::Client;
use super::convert::{Count, Seconds, Text};
use super::verb::{process, verb_call};
use crate::app::{AppConfig, Machine};
use crate::backend::{JobOptions, JobVerb};
use crate::client::Asked;
use crate::error::Error;
use crate::manager::Manager;
use crate::operation::{RunJob, WaitForUnit};
use crate::request::{self, AppQuestion, AppRequest, AppWork, Call};
use crate::settings::Timeout;
use crate::unit::UnitPattern;

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
        request(request::Request::Call(Call::Connect))
    }

    /// What a row says: `verb` is its name, and the arguments are as there.
    #[staticmethod]
    #[pyo3(signature = (verb: "str", *arguments: "object") -> "Request")]
    fn call(verb: &str, arguments: &Bound<'_, PyTuple>) -> PyResult<Self> {
        Ok(request(request::Request::Call(Call::Verb(verb_call(verb, arguments)?))))
    }

    /// Tell which unit a process belongs to.
    #[staticmethod]
    #[pyo3(signature = (pid: "object") -> "Request")]
    fn get_unit_by_pid(pid: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(request(request::Request::GetUnitByPid(process(pid)?)))
    }

    /// Run a job: `verb` is systemd's word for it.
    #[staticmethod]
    #[pyo3(signature = (verb, name, mode, settle, log_lines, daemon_reload=false))]
    fn run_job(
        verb: Text,
        name: Text,
        mode: Text,
        settle: Seconds<'_>,
        log_lines: Count<'_>,
        daemon_reload: bool,
    ) -> PyResult<Self> {
        let verb: JobVerb = verb.parse()?;
        let unit = name.into_unit()?;
        let options = JobOptions { mode: mode.parse()?, daemon_reload, ..options(settle, log_lines)? };
        Ok(request(request::Request::RunJob(RunJob { verb, unit, options })))
    }

    /// Run the job that an app's unit needs, which may take `stop_time` seconds to stop.
    #[staticmethod]
    fn run_app_job(
        verb: &str,
        name: Text,
        settle: Seconds<'_>,
        log_lines: Count<'_>,
        stop_time: f64,
    ) -> PyResult<Self> {
        let stop_time = Duration::try_from_secs_f64(stop_time).map_or(Timeout::Never, Timeout::After);
        let options = JobOptions { stop_time, ..options(settle, log_lines)? };
        Ok(request(request::Request::RunJob(RunJob {
            verb: verb.parse()?,
            unit: name.into_unit()?,
            options,
        })))
    }

    /// List the loaded units whose names match one of the patterns.
    #[staticmethod]
    fn list_units(patterns: Vec<Text>) -> PyResult<Self> {
        let patterns: Vec<String> = patterns.into_iter().map(Text::into_text).collect();
        UnitPattern::parse_all(&patterns)?;
        Ok(request(request::Request::Call(Call::ListUnits(patterns))))
    }

    /// Tell what a unit is doing.
    #[staticmethod]
    fn get_unit_status(name: Text) -> PyResult<Self> {
        Ok(request(request::Request::Call(Call::GetUnitStatus(name.into_unit()?))))
    }

    /// Tell all properties of a unit.
    #[staticmethod]
    fn get_unit_properties(name: Text) -> PyResult<Self> {
        Ok(request(request::Request::Call(Call::GetUnitProperties(name.into_unit()?))))
    }

    /// Tell one property of a unit.
    #[staticmethod]
    fn get_unit_property(name: Text, property: Text) -> PyResult<Self> {
        Ok(request(request::Request::Call(Call::GetUnitProperty(name.into_unit()?, property.0))))
    }

    /// Wait until a unit is in one of these states, and stays so for `stable` seconds.
    #[staticmethod]
    fn wait_for_unit(name: Text, states: Vec<Text>, stable: Seconds<'_>) -> PyResult<Self> {
        if states.is_empty() {
            let error = Error::config("no state is given");
            return Err(error.with_hint("give one, such as \"active\" or \"failed\"").into());
        }
        let (unit, states) = (name.into_unit()?, states.into_iter().map(Text::into_text).collect());
        Ok(request(request::Request::WaitForUnit(WaitForUnit {
            unit,
            states,
            stable: stable.span("stable")?,
        })))
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
    fn work(&self, work: AppWork) -> Request {
        request(request::Request::App(Arc::clone(&self.manager), AppRequest::Work(work)))
    }

    fn question(&self, question: AppQuestion) -> Request {
        request(request::Request::App(Arc::clone(&self.manager), AppRequest::Question(question)))
    }
}

#[pymethods]
impl Apps {
    #[new]
    #[pyo3(signature = (client, *, prefix=None, unit_dir=None))]
    fn new(client: &Bound<'_, Client>, prefix: Option<Text>, unit_dir: Option<PathBuf>) -> PyResult<Self> {
        let scope = client.get().inner.scope();
        let manager =
            Manager::new(scope, prefix.map(|prefix| prefix.0), unit_dir, |name| std::env::var_os(name))?;
        Ok(Self { manager: Arc::new(manager) })
    }

    /// The unit of the app of this name.
    fn unit(&self, name: Text) -> PyResult<String> {
        Ok(self.manager.unit(name.into_text().as_str())?.as_str().to_owned())
    }

    /// Deploy an app.
    fn start(&self, app: &Bound<'_, PyDict>, settle: Seconds<'_>, log_lines: Count<'_>) -> PyResult<Request> {
        let app = AppConfig::check(app_settings(app)?, &Machine)?;
        Ok(self.work(AppWork::Start(Box::new(app), options(settle, log_lines)?)))
    }

    /// Stop an app.
    fn stop(&self, name: Text, log_lines: Count<'_>) -> PyResult<Request> {
        let log_lines = log_lines.named("log_lines")?;
        let options = JobOptions { settle: Duration::ZERO, log_lines, ..JobOptions::default() };
        Ok(self.work(AppWork::Stop(name.0, options)))
    }

    /// Restart an app.
    fn restart(&self, name: Text, settle: Seconds<'_>, log_lines: Count<'_>) -> PyResult<Request> {
        Ok(self.work(AppWork::Restart(name.0, options(settle, log_lines)?)))
    }

    /// Do all of a start but the job.
    fn deploy(&self, app: &Bound<'_, PyDict>) -> PyResult<Request> {
        Ok(self.work(AppWork::Deploy(Box::new(AppConfig::check(app_settings(app)?, &Machine)?))))
    }

    /// Do all of a stop or a restart but the job.
    fn prepare(&self, verb: Text, name: Text) -> PyResult<Request> {
        let name = name.0;
        match verb.parse()? {
            JobVerb::Stop => Ok(self.work(AppWork::PrepareStop(name))),
            JobVerb::Restart => Ok(self.work(AppWork::PrepareRestart(name))),
            other => Err(Error::config(format!("there is no {} of an app by its name", other.as_str()))
                .with_hint("use stop or restart; or start, with the AppConfig")
                .into()),
        }
    }

    /// Delete an app.
    fn delete(&self, name: Text) -> Request {
        self.work(AppWork::Delete(name.0, JobOptions::default()))
    }

    /// List all apps.
    fn list(&self) -> Request {
        self.question(AppQuestion::List)
    }

    /// Tell all about an app.
    fn describe(&self, name: Text) -> Request {
        self.question(AppQuestion::Describe(name.0))
    }

    /// The last lines that an app logged.
    fn logs(&self, name: Text, lines: Count<'_>) -> PyResult<Request> {
        Ok(self.question(AppQuestion::Logs(name.0, lines.named("lines")?)))
    }
}

fn options(settle: Seconds<'_>, log_lines: Count<'_>) -> PyResult<JobOptions> {
    let (settle, log_lines) = (settle.span("settle")?, log_lines.named("log_lines")?);
    Ok(JobOptions { settle, log_lines, ..JobOptions::default() })
}
