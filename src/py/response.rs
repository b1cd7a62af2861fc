//! Responses as Python's objects.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::app::{CheckedApp, notes};
use super::call::call;
use super::convert::{self, Objects, object};
use super::figures;
use super::names::Names;
use super::run_command;
use super::running::Run;
use super::unit_info::unit_infos;
use super::unit_text::text_answer;
use crate::backend::{Answer, Chosen, Property};
use crate::bus::decode;
use crate::manager::{Deployed, Description};
use crate::operation::{UnitDetails, UnitsProperties, failure_of_many};
use crate::request::Response;
use crate::unit::{JobResult, ManagerStatus, UnitStatus};

/// A response as plain objects; the classes of `pm2go.models` are made of them.
pub(super) fn response(py: Python<'_>, response: Response) -> PyResult<Bound<'_, PyAny>> {
    Ok(match response {
        Response::Done => py.None().into_bound(py),
        Response::Job(job) => job_result(py, job)?,
        Response::Plan(plan) => {
            (plan.unit, plan.operation, plan.starts, plan.stops, plan.exact).into_pyobject(py)?.into_any()
        }
        Response::StartTimes(rows) => {
            let told = rows.into_iter().map(|row| (row.unit, row.time, row.begun, row.up, row.depth));
            told.collect::<Vec<_>>().into_pyobject(py)?.into_any()
        }
        Response::Jobs(verb, outcomes) => {
            let failure = failure_of_many(verb, &outcomes);
            let told = outcomes.into_iter().map(|outcome| match outcome {
                Ok(job) => job_result(py, job),
                Err(error) => Ok(PyErr::from(error).into_value(py).into_bound(py).into_any()),
            });
            (failure, told.collect::<PyResult<Vec<_>>>()?).into_pyobject(py)?.into_any()
        }
        Response::Changes(changes) => {
            let links =
                changes.changes.into_iter().map(|change| (change.kind, change.path, change.destination));
            let links = links.collect::<Vec<_>>();
            (changes.carries_install_info, links, changes.notes).into_pyobject(py)?.into_any()
        }
        Response::Units(found) => unit_infos(py, &found)?.into_any(),
        Response::Status(found) => status(py, &found)?.into_any(),
        Response::Details(found) => details(py, &found)?.into_any(),
        Response::ManagerStatus(found) => manager_status(py, &found)?.into_any(),
        Response::Properties(answer) => properties(py, answer)?.into_any(),
        Response::UnitsProperties(found) => units_properties(py, found)?.into_any(),
        Response::Property(name, Property::Message(message)) => {
            decode::property(&message, &name, &Objects(py))?
        }
        Response::Value(value) | Response::Property(_, Property::Value(value)) => {
            object(&Objects(py), &value)?
        }
        Response::Prepared(verb, unit, stop_time) => {
            let seconds = stop_time.limit().map_or(f64::INFINITY, |limit| limit.as_secs_f64());
            (verb.as_str(), unit.as_str(), seconds).into_pyobject(py)?.into_any()
        }
        Response::Deployed(unit, deployed) => {
            let Deployed { action, written, autostart } = deployed;
            (unit.as_str(), action.as_str(), written.as_str(), autostart.as_str())
                .into_pyobject(py)?
                .into_any()
        }
        Response::Left(lines) | Response::Names(lines) => lines.into_pyobject(py)?,
        Response::Apps(apps) => {
            let rows: PyResult<Vec<_>> =
                apps.iter().map(|app| Ok((&app.name, status(py, &app.status)?, app.stopped))).collect();
            PyList::new(py, rows?)?.into_any()
        }
        Response::Checked(app, warnings) => {
            (CheckedApp { app: *app }, notes(warnings)).into_pyobject(py)?.into_any()
        }
        Response::Figures(rows) => figures::rows(py, &rows)?.into_any(),
        Response::Ran(found) => run_command::ran(py, *found)?,
        Response::Spawned(inner) => Run { inner }.into_pyobject(py)?.into_any(),
        Response::Description(found) => description(py, &found)?.into_any(),
        Response::Text(answer) => text_answer(py, answer)?,
    })
}

/// The fields of `pm2go.JobResult`.
pub(super) fn job_result(py: Python<'_>, job: JobResult) -> PyResult<Bound<'_, PyAny>> {
    Ok((job.unit, job.operation, job.result, job.changed, job.notes).into_pyobject(py)?.into_any())
}

/// The fields of `pm2go.UnitStatus`; times are microseconds since the epoch.
fn status<'py>(py: Python<'py>, status: &UnitStatus) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item(intern!(py, "name"), &status.name)?;
    fields.set_item(intern!(py, "description"), &status.description)?;
    fields.set_item(intern!(py, "load_state"), &status.load_state)?;
    fields.set_item(intern!(py, "active_state"), &status.active_state)?;
    fields.set_item(intern!(py, "sub_state"), &status.sub_state)?;
    fields.set_item(intern!(py, "unit_file_state"), &status.unit_file_state)?;
    fields.set_item(intern!(py, "result"), &status.result)?;
    fields.set_item(intern!(py, "main_pid"), status.main_pid)?;
    fields.set_item(intern!(py, "exec_main_pid"), status.exec_main_pid)?;
    fields.set_item(intern!(py, "exec_main_code"), status.exec_main_code)?;
    fields.set_item(intern!(py, "exec_main_status"), status.exec_main_status)?;
    fields.set_item(intern!(py, "n_restarts"), status.n_restarts)?;
    fields.set_item(intern!(py, "memory_current"), status.memory_current)?;
    fields.set_item(intern!(py, "cpu_usage_nsec"), status.cpu_usage_nsec)?;
    fields.set_item(intern!(py, "tasks_current"), status.tasks_current)?;
    fields.set_item(intern!(py, "active_enter_timestamp"), status.active_enter_timestamp)?;
    fields.set_item(intern!(py, "exec_main_start_timestamp"), status.exec_main_start_timestamp)?;
    fields.set_item(intern!(py, "state_change_timestamp"), status.state_change_timestamp)?;
    fields.set_item(intern!(py, "fragment_path"), &status.fragment_path)?;
    fields.set_item(intern!(py, "drop_in_paths"), &status.drop_in_paths)?;
    fields.set_item(intern!(py, "need_daemon_reload"), status.need_daemon_reload)?;
    fields.set_item(intern!(py, "invocation_id"), &status.invocation_id)?;
    fields.set_item(intern!(py, "control_group"), &status.control_group)?;
    Ok(fields)
}

/// The fields of `pm2go.ManagerStatus`; times and spans are microseconds.
fn manager_status<'py>(py: Python<'py>, status: &ManagerStatus) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("version", &status.version)?;
    fields.set_item("features", &status.features)?;
    fields.set_item("architecture", &status.architecture)?;
    fields.set_item("virtualization", &status.virtualization)?;
    fields.set_item("confidential_virtualization", &status.confidential_virtualization)?;
    fields.set_item("system_state", &status.system_state)?;
    fields.set_item("tainted", &status.tainted)?;
    fields.set_item("progress", status.progress)?;
    fields.set_item("kernel_timestamp", status.kernel_timestamp)?;
    fields.set_item("initrd_timestamp", status.initrd_timestamp)?;
    fields.set_item("userspace_timestamp", status.userspace_timestamp)?;
    fields.set_item("finish_timestamp", status.finish_timestamp)?;
    fields.set_item("units_load_timestamp", status.units_load_timestamp)?;
    fields.set_item("firmware_time", status.firmware_time)?;
    fields.set_item("loader_time", status.loader_time)?;
    fields.set_item("kernel_time", status.kernel_time)?;
    fields.set_item("initrd_time", status.initrd_time)?;
    fields.set_item("userspace_time", status.userspace_time)?;
    fields.set_item("startup_time", status.startup_time)?;
    fields.set_item("n_names", status.n_names)?;
    fields.set_item("n_jobs", status.n_jobs)?;
    fields.set_item("n_installed_jobs", status.n_installed_jobs)?;
    fields.set_item("n_failed_jobs", status.n_failed_jobs)?;
    fields.set_item("n_failed_units", status.n_failed_units)?;
    fields.set_item("reload_count", status.reload_count)?;
    fields.set_item("soft_reboots_count", status.soft_reboots_count)?;
    fields.set_item("unit_path", &status.unit_path)?;
    fields.set_item("control_group", &status.control_group)?;
    fields.set_item("log_level", &status.log_level)?;
    fields.set_item("log_target", &status.log_target)?;
    fields.set_item("default_timeout_start", status.default_timeout_start)?;
    fields.set_item("default_timeout_stop", status.default_timeout_stop)?;
    fields.set_item("default_restart_time", status.default_restart_time)?;
    fields.set_item("default_start_limit_interval", status.default_start_limit_interval)?;
    fields.set_item("default_start_limit_burst", status.default_start_limit_burst)?;
    fields.set_item("default_tasks_max", status.default_tasks_max)?;
    let limits = status.default_limits.iter().map(|limit| (limit.name, limit.soft, limit.hard));
    fields.set_item("default_limits", limits.collect::<Vec<_>>())?;
    Ok(fields)
}

/// The fields of a status, and of `pm2go.UnitDetails`.
fn details<'py>(py: Python<'py>, found: &UnitDetails) -> PyResult<Bound<'py, PyTuple>> {
    let UnitDetails { status: known, exec_start, environment, working_directory, figures } = found;
    let figures = figures::rows(py, figures.as_slice())?;
    let fields = PyDict::new(py);
    fields.set_item("exec_start", exec_start)?;
    fields.set_item("environment", environment)?;
    fields.set_item("working_directory", working_directory)?;
    (status(py, known)?, fields, figures).into_pyobject(py)
}

/// An empty `pm2go.UnitProperties`.
fn no_properties(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = CLASS.get_or_try_init(py, || {
        py.import("pm2go.unit_properties")?.getattr("UnitProperties").map(Bound::unbind)
    })?;
    Ok(call(class.bind(py), ())?.cast_into::<PyDict>()?)
}

/// The properties of many units by their names.
fn units_properties(py: Python<'_>, found: UnitsProperties) -> PyResult<Bound<'_, PyDict>> {
    let all = PyDict::new(py);
    let names: Vec<_> = found.names.iter().map(|name| PyString::new(py, name)).collect();
    for (unit, chosen) in found.units {
        let properties = match chosen {
            Chosen::All(answer) => properties(py, answer)?,
            Chosen::Each(values) => {
                let properties = no_properties(py)?;
                for ((name, key), value) in found.names.iter().zip(&names).zip(values) {
                    properties.set_item(key, one_property(py, name, value)?)?;
                }
                properties
            }
        };
        all.set_item(unit.as_str(), properties)?;
    }
    Ok(all)
}

fn one_property<'py>(py: Python<'py>, name: &str, value: Option<Property>) -> PyResult<Bound<'py, PyAny>> {
    let objects = Objects(py);
    Ok(match value {
        None => py.None().into_bound(py),
        Some(Property::Message(message)) => decode::property(&message, name, &objects)?,
        Some(Property::Value(value)) => object(&objects, &value)?,
    })
}

fn properties(py: Python<'_>, answer: Answer) -> PyResult<Bound<'_, PyDict>> {
    let objects = Objects(py);
    let properties = no_properties(py)?;
    match answer {
        Answer::Message(message) => {
            let mut names = Names::new();
            decode::each_property(&message, &objects, |name, value| {
                properties.set_item(names.get(py, name), value).map_err(|error| convert::failed(&error))
            })?;
        }
        Answer::Values(values) => {
            for (name, value) in values {
                properties.set_item(name, object(&objects, &value)?)?;
            }
        }
    }
    Ok(properties)
}

fn description<'py>(py: Python<'py>, found: &Description) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("app", CheckedApp { app: found.app.clone() })?;
    fields.set_item("status", status(py, &found.status)?)?;
    fields.set_item("stopped", found.stopped)?;
    fields.set_item("exec_start", &found.exec_start)?;
    fields.set_item("environment", &found.environment)?;
    fields.set_item("working_directory", &found.working_directory)?;
    fields.set_item("unit_path", &found.unit_path)?;
    fields.set_item("log", &found.log)?;
    Ok(fields)
}
