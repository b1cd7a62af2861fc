//! Units without a file, as Python asks for them.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::convert::{Count, Seconds, Text};
use super::input::input;
use super::request::{Request, options, request, texts};
use crate::backend::JobOptions;
use crate::error::Result;
use crate::operation::{StartTransient, Triggered};
use crate::request;
use crate::unit::UnitType;

/// Start a unit that has no file: a service with a command and its variables, or a unit of any type with these properties;
/// and others that come with it.
#[pyfunction]
#[pyo3(signature = (name, properties, command, auxiliary, mode, settle, log_lines))]
pub(super) fn start_transient_unit(
    name: Text,
    properties: &Bound<'_, PyAny>,
    command: (Option<Vec<Text>>, Vec<(Text, Text)>),
    auxiliary: &Bound<'_, PyAny>,
    mode: Text,
    settle: Seconds<'_>,
    log_lines: Count<'_>,
) -> PyResult<Request> {
    let options = JobOptions { mode: mode.parse()?, ..options(settle, log_lines)? };
    let (argv, variables) = command;
    let (properties, auxiliary) = (input(properties)?, input(auxiliary)?);
    let start = StartTransient::new(name.into_unit()?, properties, argv.map(texts), auxiliary, options);
    asked(start.and_then(|start| start.with_variables(pairs(variables))))
}

/// Make a scope for processes; for this one without any.
#[pyfunction]
pub(super) fn start_scope(
    pids: &Bound<'_, PyTuple>,
    name: Option<Text>,
    properties: &Bound<'_, PyAny>,
) -> PyResult<Request> {
    let pids = pids.iter().map(|pid| input(&pid)).collect::<PyResult<_>>()?;
    let name = name.map(Text::into_text);
    asked(StartTransient::scope(pids, name.as_deref(), input(properties)?, JobOptions::default()))
}

/// Start a timer, a path or a socket with these properties: for the service of this name, or for one that is made of a
/// command and properties.
#[pyfunction]
pub(super) fn start_trigger(
    unit_type: &str,
    service: Option<Text>,
    argv: Vec<Text>,
    variables: Vec<(Text, Text)>,
    name: Option<Text>,
    own: &Bound<'_, PyAny>,
    properties: &Bound<'_, PyAny>,
) -> PyResult<Request> {
    let triggered = match service {
        Some(service) => Triggered::Service(service.into_unit()?),
        None => Triggered::Command(texts(argv)),
    };
    let unit_type = UnitType::from_suffix(unit_type).unwrap_or(UnitType::Timer);
    let name = name.map(Text::into_text);
    let (own, service) = (input(own)?, input(properties)?);
    let options = JobOptions::default();
    let start = StartTransient::trigger(unit_type, triggered, name.as_deref(), own, service, options);
    asked(start.and_then(|start| start.with_variables(pairs(variables))))
}

fn pairs(variables: Vec<(Text, Text)>) -> Vec<(String, String)> {
    variables.into_iter().map(|(name, value)| (name.0, value.0)).collect()
}

fn asked(start: Result<StartTransient>) -> PyResult<Request> {
    Ok(request(request::Request::StartTransient(Arc::new(start?))))
}
