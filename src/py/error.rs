//! Errors as exceptions: the one place that maps kinds to the classes of `pm2go.exceptions`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule, PyTuple, PyType};

use super::call::call_with;
use super::convert::bytes;
use super::hint::in_python;
use crate::error::{Error, Facts, Kind, Problem};

/// The name of the exception class that stands for a kind.
fn class_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Config => "ConfigError",
        Kind::Unavailable => "UnavailableError",
        Kind::ConnectionLost => "ConnectionLostError",
        Kind::Timeout => "OperationTimeoutError",
        Kind::NotBegun => "WatchNotBegunError",
        Kind::PermissionDenied => "PermissionDeniedError",
        Kind::AuthorizationRequired => "AuthorizationRequiredError",
        Kind::UnitNotFound => "UnitNotFoundError",
        Kind::UnitExists => "UnitExistsError",
        Kind::UnitMasked => "UnitMaskedError",
        Kind::UnitLoad => "UnitLoadError",
        Kind::NotOwned => "NotOwnedError",
        Kind::JobFailed => "JobFailedError",
        Kind::JobCanceled => "JobCanceledError",
        Kind::JobTimeout => "JobTimeoutError",
        Kind::DependencyFailed => "DependencyFailedError",
        Kind::JobRefused => "JobRefusedError",
        Kind::Job => "JobError",
        Kind::MonitoringUnavailable => "MonitoringUnavailableError",
        Kind::Unsupported => "UnsupportedError",
        // The driver raises the exception of the signal handler itself; this is for a wait that was ended
        // without one.
        Kind::Systemd | Kind::Interrupted => "SystemdError",
        Kind::Storage => "StorageError",
    }
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| match exception(py, &error) {
            Ok(exception) => Self::from_value(exception),
            Err(failure) => failure,
        })
    }
}

fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || py.import("pm2go.exceptions").map(Bound::unbind))?;
    let facts = error.facts();
    let class = module.bind(py).getattr(class_name(facts.kind))?.cast_into::<PyType>()?;
    let exception = call_with(&class, (facts.message.as_str(),), Some(&attributes(py, facts)?))?;
    if !facts.done.is_empty() {
        exception.setattr("done", PyTuple::new(py, &facts.done)?)?;
    }
    if let Some([stdout, stderr]) = &facts.output {
        exception.setattr("stdout", bytes(py, stdout)?)?;
        exception.setattr("stderr", bytes(py, stderr)?)?;
    }
    if !facts.problems.is_empty() {
        exception.setattr("_problems", problems(py, &facts.problems)?)?;
    }
    Ok(exception)
}

fn attributes<'py>(py: Python<'py>, facts: &Facts) -> PyResult<Bound<'py, PyDict>> {
    let attributes = PyDict::new(py);
    attributes.set_item("unit", facts.unit.as_deref())?;
    attributes.set_item("dbus_name", facts.dbus_name.as_deref())?;
    if let Some(culprit) = &facts.culprit {
        attributes.set_item("culprit", culprit)?;
    }
    attributes.set_item("hint", facts.hint.as_ref().map(in_python))?;
    if let Some(path) = &facts.path {
        attributes.set_item("path", path.to_string_lossy())?;
    }
    if let Some(errno) = facts.errno {
        attributes.set_item("errno", errno)?;
    }
    if let Some((active, sub)) = &facts.state {
        attributes.set_item("active_state", active.as_str())?;
        attributes.set_item("sub_state", sub.as_str())?;
    }
    if let Some(job) = &facts.job {
        attributes.set_item("result", job.result.as_str())?;
        attributes.set_item("active_state", job.active_state.as_deref())?;
        attributes.set_item("sub_state", job.sub_state.as_deref())?;
        attributes.set_item("unit_result", job.unit_result.as_deref())?;
        attributes.set_item("command", job.command.as_deref())?;
        attributes.set_item("exit_code", job.exit_code)?;
        attributes.set_item("signal", job.signal)?;
        attributes.set_item("log", job.log.as_slice())?;
    }
    Ok(attributes)
}

/// Each as its app, its key, its message and its hint.
fn problems<'py>(py: Python<'py>, problems: &[Problem]) -> PyResult<Bound<'py, PyTuple>> {
    let problems = problems.iter().map(|problem| {
        let hint = problem.hint.as_ref().map(in_python);
        (problem.app.as_deref(), problem.key.as_str(), problem.message.as_str(), hint)
    });
    PyTuple::new(py, problems.collect::<Vec<_>>())
}
