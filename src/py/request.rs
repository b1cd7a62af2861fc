//! Requests as Python makes them: arguments are checked here, before anything is sent.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use super::convert::{Count, Seconds, Text};
use super::run_command::run_command;
use super::verb::{plain, process, verb_call};
use crate::backend::{JobOptions, JobVerb};
use crate::client::Asked;
use crate::error::Error;
use crate::operation::{
    Attach, CatUnit, CurrentUnit, GetUnitConfiguration, GetUnitDependencies, GetUnitProcesses,
    GetUnitsProperties, ListTriggers, ListUnitFiles, ListUnits, ListUnitsByNames, PlanJob, Power, Reexecute,
    RemoveLeft, RunJob, RunJobs, Spawn, StartTimes, Trigger, WaitForUnit,
};
use crate::request::{self, Call, Question};
use crate::settings::Timeout;
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

    /// The same; or, for a dry run of a change of unit files, what tells only what would change.
    fn planned(&self, dry_run: bool) -> Self {
        match &self.inner {
            request::Request::Call(Call::Verb(call)) if dry_run => {
                request(request::Request::Plan(call.clone()))
            }
            inner => request(inner.clone()),
        }
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

    /// Tell what a job would do.
    #[staticmethod]
    fn plan_job(verb: Text, name: Text, mode: Text) -> PyResult<Self> {
        let plan = PlanJob { verb: verb.parse()?, unit: name.into_unit()?, mode: mode.parse()? };
        Ok(request(request::Request::PlanJob(plan)))
    }

    /// Tell how long units took to start.
    #[staticmethod]
    fn blame() -> Self {
        request(request::Request::StartTimes(StartTimes::Blame))
    }

    /// Tell which units a unit waited for.
    #[staticmethod]
    fn critical_chain(name: Text) -> PyResult<Self> {
        Ok(request(request::Request::StartTimes(StartTimes::CriticalChain(name.into_unit()?))))
    }

    /// Run the same job of several units at once.
    #[staticmethod]
    #[pyo3(signature = (verb, names, mode, settle, log_lines, daemon_reload=false))]
    fn run_jobs(
        verb: Text,
        names: Vec<Text>,
        mode: Text,
        settle: Seconds<'_>,
        log_lines: Count<'_>,
        daemon_reload: bool,
    ) -> PyResult<Self> {
        let verb: JobVerb = verb.parse()?;
        let units = names.into_iter().map(Text::into_unit).collect::<Result<_, _>>()?;
        let options = JobOptions { mode: mode.parse()?, daemon_reload, ..options(settle, log_lines)? };
        Ok(request(request::Request::RunJobs(RunJobs { verb, units, options })))
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

    /// Run a command in a unit of its own, to its end.
    #[staticmethod]
    fn run(
        argv: Vec<Text>,
        properties: &Bound<'_, PyAny>,
        variables: Vec<(Text, Text)>,
        input: Option<&Bound<'_, PyBytes>>,
        stdin: &Bound<'_, PyAny>,
        stdout: &Bound<'_, PyAny>,
        stderr: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let streams = [("stdin", stdin), ("stdout", stdout), ("stderr", stderr)];
        let run = run_command(argv, properties, variables, input, &streams)?;
        Ok(request(request::Request::Run(Arc::new(run))))
    }

    /// Start a command in a unit of its own.
    #[staticmethod]
    fn spawn(
        argv: Vec<Text>,
        properties: &Bound<'_, PyAny>,
        variables: Vec<(Text, Text)>,
        stdin: &Bound<'_, PyAny>,
        stdout: &Bound<'_, PyAny>,
        stderr: &Bound<'_, PyAny>,
        name: Option<Text>,
    ) -> PyResult<Self> {
        let streams = [("stdin", stdin), ("stdout", stdout), ("stderr", stderr)];
        let run = run_command(argv, properties, variables, None, &streams)?;
        let run = match name {
            Some(name) => run.named(&name.into_text())?,
            None => run,
        };
        Ok(request(request::Request::Spawn(Spawn(Arc::new(run)))))
    }

    /// Find a named command again.
    #[staticmethod]
    fn attach(name: Text) -> PyResult<Self> {
        Ok(request(request::Request::Attach(Attach(name.into_unit()?))))
    }

    /// List units: those whose names match one of the patterns, in these states, of these types, in that slice, and also those
    /// that systemd does not have in memory.
    #[staticmethod]
    #[pyo3(signature = (patterns, states=Vec::new(), types=Vec::new(), slice=None, all_files=false))]
    fn list_units(
        patterns: Vec<Text>,
        states: Vec<Text>,
        types: Vec<Text>,
        slice: Option<Text>,
        all_files: bool,
    ) -> PyResult<Self> {
        let slice = slice.map(Text::into_text);
        let asked = ListUnits::new(texts(patterns), texts(states), texts(types), slice, all_files)?;
        Ok(match asked.only_patterns() {
            Some(patterns) => request(request::Request::Call(Call::ListUnits(patterns.to_vec()))),
            None => question(Question::ListUnits(asked)),
        })
    }

    /// List the units of these names, whether systemd has them in memory or not.
    #[staticmethod]
    fn list_units_by_names(names: Vec<Text>) -> PyResult<Self> {
        Ok(question(Question::ListUnitsByNames(ListUnitsByNames::new(&texts(names))?)))
    }

    /// List the unit files whose names match one of the patterns, in these states and of these types.
    #[staticmethod]
    fn list_unit_files(patterns: Vec<Text>, states: Vec<Text>, types: Vec<Text>) -> PyResult<Self> {
        let asked = ListUnitFiles::new(&texts(patterns), texts(states), texts(types))?;
        Ok(question(Question::ListUnitFiles(asked)))
    }

    /// List timers.
    #[staticmethod]
    fn list_timers(patterns: Vec<Text>) -> PyResult<Self> {
        triggers(Trigger::Timer, patterns)
    }

    /// List sockets.
    #[staticmethod]
    fn list_sockets(patterns: Vec<Text>) -> PyResult<Self> {
        triggers(Trigger::Socket, patterns)
    }

    /// List paths that are watched.
    #[staticmethod]
    fn list_paths(patterns: Vec<Text>) -> PyResult<Self> {
        triggers(Trigger::Path, patterns)
    }

    /// List automounts.
    #[staticmethod]
    fn list_automounts(patterns: Vec<Text>) -> PyResult<Self> {
        triggers(Trigger::Automount, patterns)
    }

    /// Tell these properties (all, without any) of many units.
    #[staticmethod]
    fn get_units_properties(units: Vec<Text>, names: Vec<Text>) -> PyResult<Self> {
        let asked = GetUnitsProperties::new(&texts(units), texts(names))?;
        Ok(question(Question::GetUnitsProperties(asked)))
    }

    /// List the processes of a unit.
    #[staticmethod]
    fn get_unit_processes(name: Text) -> PyResult<Self> {
        Ok(question(Question::GetUnitProcesses(GetUnitProcesses { unit: name.into_unit()? })))
    }

    /// Tell in which unit this program runs.
    #[staticmethod]
    fn current_unit() -> Self {
        question(Question::CurrentUnit(CurrentUnit))
    }

    /// Tell what a unit depends on.
    #[staticmethod]
    fn get_unit_dependencies(
        name: Text,
        kinds: Vec<Text>,
        reverse: bool,
        depth: Option<Count<'_>>,
    ) -> PyResult<Self> {
        let depth = depth.map(|depth| depth.named("depth")).transpose()?;
        let asked = GetUnitDependencies::new(name.into_unit()?, &texts(kinds), reverse, depth)?;
        Ok(question(Question::GetUnitDependencies(asked)))
    }

    /// Tell what a unit's files say.
    #[staticmethod]
    fn cat_unit(name: Text) -> PyResult<Self> {
        Ok(question(Question::CatUnit(CatUnit { unit: name.into_unit()? })))
    }

    /// Tell which of a unit's settings are in force.
    #[staticmethod]
    fn get_unit_configuration(name: Text) -> PyResult<Self> {
        let asked = GetUnitConfiguration { unit: name.into_unit()? };
        Ok(question(Question::GetUnitConfiguration(asked)))
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

    /// Remove what runs have left whose wait was given up.
    #[staticmethod]
    fn remove_left() -> Self {
        request(request::Request::RemoveLeft(RemoveLeft))
    }

    /// Whether something is left of it where its wait is given up.
    #[getter]
    fn leaves(&self) -> bool {
        matches!(self.inner, request::Request::Run(_) | request::Request::Spawn(_))
    }

    fn __repr__(&self) -> String {
        format!("<Request: {}>", self.inner.what())
    }
}

fn question(question: Question) -> Request {
    request(request::Request::Question(question))
}

fn triggers(kind: Trigger, patterns: Vec<Text>) -> PyResult<Request> {
    Ok(question(Question::ListTriggers(ListTriggers::new(kind, &texts(patterns))?)))
}

pub(super) fn texts(texts: Vec<Text>) -> Vec<String> {
    texts.into_iter().map(Text::into_text).collect()
}

pub(super) fn options(settle: Seconds<'_>, log_lines: Count<'_>) -> PyResult<JobOptions> {
    let (settle, log_lines) = (settle.span("settle")?, log_lines.named("log_lines")?);
    Ok(JobOptions { settle, log_lines, ..JobOptions::default() })
}
