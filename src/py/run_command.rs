//! Commands that are run in units of their own: what Python asks for, and what it is given.

use std::os::fd::RawFd;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use super::convert::{Objects, Text, bytes, object, wrong_type};
use super::input::input;
use crate::error::Error;
use crate::operation::{Ran, Run, Stream};
use crate::property::Assignments;
use crate::value::{Descriptor, Value};

/// The numbers of `subprocess.PIPE`, `subprocess.STDOUT` and `subprocess.DEVNULL`.
const PIPE: i64 = -1;
const STDOUT: i64 = -2;
const DEVNULL: i64 = -3;

/// A command of Python's: its arguments, settings, environment, what it reads, and its three streams.
pub(super) fn run_command(
    argv: Vec<Text>,
    properties: &Bound<'_, PyAny>,
    variables: Vec<(Text, Text)>,
    data: Option<&Bound<'_, PyBytes>>,
    streams: &[(&'static str, &Bound<'_, PyAny>); 3],
) -> PyResult<Run> {
    let [(_, stdin), ..] = streams;
    let [stdin, stdout, stderr] = match data {
        Some(_) if is_terminal(stdin) => {
            [Ok(Stream::Terminal), stream(streams[1], true), stream(streams[2], true)]
        }
        Some(_) if !stdin.is_none() && !is_number(stdin, PIPE) => {
            let error = Error::config("both stdin and input are given");
            return Err(error.with_hint("leave one of them out").into());
        }
        Some(_) => [Ok(Stream::Pipe), stream(streams[1], true), stream(streams[2], true)],
        None => [stream(streams[0], false), stream(streams[1], true), stream(streams[2], true)],
    };
    let argv = argv.into_iter().map(Text::into_text).collect();
    let variables = variables.into_iter().map(|(name, value)| (name.0, value.0)).collect();
    let data = data.map(|data| data.as_bytes().to_vec());
    Ok(Run::new(argv, Assignments::read(input(properties)?)?, variables, data, [stdin?, stdout?, stderr?])?)
}

fn is_terminal(value: &Bound<'_, PyAny>) -> bool {
    value.cast::<PyString>().is_ok_and(|word| word == "pty")
}

fn is_number(value: &Bound<'_, PyAny>, number: i64) -> bool {
    value.extract::<i64>().is_ok_and(|found| found == number)
}

/// Where one leads; output that nothing is said of is read.
fn stream((name, value): (&'static str, &Bound<'_, PyAny>), is_output: bool) -> PyResult<Stream> {
    let wrong = || {
        let hint = "give PIPE, DEVNULL or STDOUT of subprocess, \"journal\", \"pty\", or an open file";
        Err(wrong_type(name, value, hint))
    };
    if value.is_none() {
        return Ok(if is_output { Stream::Pipe } else { Stream::Null });
    }
    if is_terminal(value) {
        return Ok(Stream::Terminal);
    }
    if let Ok(word) = value.cast::<PyString>() {
        return if is_output && word == "journal" { Ok(Stream::Journal) } else { wrong() };
    }
    if value.is_instance_of::<PyBool>() {
        return wrong();
    }
    let number = match value.extract::<i64>() {
        Ok(number) => number,
        Err(_) if value.hasattr(intern!(value.py(), "fileno"))? => {
            super::call::call_method(value, intern!(value.py(), "fileno"), ())?.extract()?
        }
        Err(_) => return wrong(),
    };
    match number {
        PIPE => Ok(Stream::Pipe),
        DEVNULL => Ok(Stream::Null),
        STDOUT if name == "stderr" => Ok(Stream::Output),
        _ => match RawFd::try_from(number) {
            Ok(number) if number >= 0 => Ok(Stream::File(duplicate(name, number)?)),
            _ => wrong(),
        },
    }
}

/// A descriptor of the same open file, which stays open as long as it is needed.
fn duplicate(name: &str, number: RawFd) -> PyResult<Descriptor> {
    let this = pidfd_open(getpid(), PidfdFlags::empty());
    let file = this.and_then(|this| pidfd_getfd(this, number, PidfdGetfdFlags::empty()));
    let file = file.map_err(|errno| {
        Error::config(format!("{name} is no open file: {errno}")).with_hint("give one that is open")
    })?;
    Ok(file.into())
}

/// The fields of `pm2go.RunResult` by their names, its unit, and what it wrote.
pub(super) fn ran(py: Python<'_>, ran: Ran) -> PyResult<Bound<'_, PyAny>> {
    let fields = fields(py, &ran.ended)?;
    let [stdout, stderr] = ran.output.map(|output| output.map(|output| bytes(py, &output)).transpose());
    Ok((ran.unit, fields, stdout?, stderr?).into_pyobject(py)?.into_any())
}

/// How a command ended, by the names of the fields of `pm2go.RunResult`.
pub(super) fn fields<'py>(py: Python<'py>, ended: &[(&'static str, Value)]) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    for (name, value) in ended {
        fields.set_item(name, object(&Objects(py), value)?)?;
    }
    Ok(fields)
}
