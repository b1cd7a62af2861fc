//! Requests as Python makes them: arguments are checked here, before anything is sent.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::convert::{Count, Seconds, Text};
use super::verb::{plain, process, verb_call};
use crate::backend::{JobOptions, JobVerb};
use crate::client::Asked;
use crate::error::Error;
use crate::operation::{Power, Reexecute, RunJob, WaitForUnit};
use crate::request::{self, Call};
use crate::settings::Timeout;
use crate::unit::UnitPattern;
use crate::value::Value;

/// Something to ask of a client.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Request {
    pub(super) inner: request::Request,
}

pub(super) fn request(inner: request::Request) -> Request {
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

    /// Tell what is known of the manager.
    #[staticmethod]
    fn get_manager_status() -> Self {
        request(request::Request::Call(Call::GetManagerStatus))
    }

    /// Tell all properties of the manager.
    #[staticmethod]
    fn get_manager_properties() -> Self {
        request(request::Request::Call(Call::GetManagerProperties))
    }

    /// Tell one property of the manager.
    #[staticmethod]
    fn get_manager_property(name: Text) -> Self {
        request(request::Request::Call(Call::GetManagerProperty(name.into_text())))
    }

    /// Set a property of the manager.
    #[staticmethod]
    #[pyo3(signature = (name, value: "object") -> "Request")]
    fn set_manager_property(name: Text, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let value = plain("value", value)?;
        Ok(request(request::Request::Call(Call::set_manager_property(&name.into_text(), &value)?)))
    }

    /// Tell the variables that the manager gives to what it starts.
    #[staticmethod]
    fn get_environment() -> Self {
        request(request::Request::Call(Call::GetEnvironment))
    }

    /// End the manager or the machine, by the verb of this name.
    #[staticmethod]
    #[pyo3(signature = (verb: "str", *arguments: "str", confirm: "bool", force: "bool" = false, exit_code: "object" = None) -> "Request")]
    fn power(
        verb: &str,
        arguments: &Bound<'_, PyTuple>,
        confirm: bool,
        force: bool,
        exit_code: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let arguments: Vec<Text> = arguments.extract()?;
        let arguments = arguments.into_iter().map(|text| Value::Text(text.into_text())).collect();
        let exit_code = exit_code.map(|code| plain("exit_code", code)).transpose()?;
        Ok(request(request::Request::Power(Power::new(verb, confirm, force, arguments, exit_code)?)))
    }

    /// Have the manager execute itself again.
    #[staticmethod]
    fn reexecute() -> Self {
        request(request::Request::Reexecute(Reexecute))
    }

    fn __repr__(&self) -> String {
        format!("<Request: {}>", self.inner.what())
    }
}

pub(super) fn options(settle: Seconds<'_>, log_lines: Count<'_>) -> PyResult<JobOptions> {
    let (settle, log_lines) = (settle.span("settle")?, log_lines.named("log_lines")?);
    Ok(JobOptions { settle, log_lines, ..JobOptions::default() })
}
