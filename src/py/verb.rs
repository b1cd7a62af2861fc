//! The arguments of a row's verb as Python gives them: their shape is seen to here, and their meaning in the core.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyMapping, PyString, PyTuple};

use super::convert::{Text, wrong_type};
use super::input::input;
use crate::client::VerbCall;
use crate::error::Error;
use crate::operation::GetUnitByPid;
use crate::property::Assignments;
use crate::value::Value;
use crate::verb::{Argument, BY_HAND, Kind, PID, Systemctl, Verb, all, named};

/// The verb of this name with these arguments.
pub(super) fn verb_call(name: &str, arguments: &Bound<'_, PyTuple>) -> PyResult<VerbCall> {
    let takes = named(name).map_or(&[][..], |verb| verb.takes);
    if takes.len() != arguments.len() {
        return Err(Error::config(format!("{name} takes {} arguments", takes.len())).into());
    }
    let given = takes.iter().zip(arguments).map(|(argument, value)| given(argument, &value));
    Ok(VerbCall::new(name, given.collect::<PyResult<_>>()?)?)
}

/// The process of this number.
pub(super) fn process(pid: &Bound<'_, PyAny>) -> PyResult<GetUnitByPid> {
    Ok(GetUnitByPid::new(given(&PID, pid)?)?)
}

fn given(argument: &Argument, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let wrong = |hint| wrong_type(argument.name, value, hint);
    let whole = |hint| {
        if value.is_instance_of::<PyBool>() { None } else { value.extract::<i64>().ok() }
            .map(Value::Integer)
            .ok_or_else(|| wrong(hint))
    };
    match argument.kind {
        Kind::Unit
        | Kind::Target
        | Kind::Dependent
        | Kind::Scope
        | Kind::Subgroup
        | Kind::Text
        | Kind::Word(_)
        | Kind::Id => Ok(Value::Text(value.extract::<Text>()?.0)),
        Kind::Variables => variables(argument, value),
        Kind::Units | Kind::Texts | Kind::VariableNames => {
            let texts: Vec<Text> = value.extract()?;
            Ok(Value::List(texts.into_iter().map(|text| Value::Text(text.0)).collect()))
        }
        Kind::UnitFiles | Kind::Paths => {
            let items: Vec<Bound<'_, PyAny>> = value.extract()?;
            Ok(Value::List(items.iter().map(text_or_path).collect::<PyResult<_>>()?))
        }
        Kind::Flag => match value.cast::<PyBool>() {
            Ok(flag) => Ok(Value::Boolean(flag.is_true())),
            Err(_) => Err(wrong("give True or False")),
        },
        Kind::Signal if value.is_instance_of::<PyString>() => Ok(Value::Text(value.extract::<Text>()?.0)),
        Kind::Signal => whole("give a signal's name, such as \"SIGINT\", or its number"),
        Kind::Integer | Kind::Number | Kind::ExitCode => whole("give a whole number"),
        Kind::Numbers => {
            let items: Vec<Bound<'_, PyAny>> = value.extract().map_err(|_| wrong("give whole numbers"))?;
            let one = Argument { name: argument.name, kind: Kind::Number };
            Ok(Value::List(items.iter().map(|item| given(&one, item)).collect::<PyResult<_>>()?))
        }
        Kind::Descriptor => Err(wrong("no row of Python's takes a file descriptor")),
        Kind::Properties => Ok(Assignments::read(input(value)?)?.to_value()),
    }
}

/// A mapping from names to texts. What else a value is is named by its type.
fn variables(argument: &Argument, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let Ok(mapping) = value.cast::<PyMapping>() else {
        return Err(wrong_type(argument.name, value, "give a mapping from names to texts"));
    };
    let entry = |entry: Bound<'_, PyAny>| {
        let (name, value): (Text, Bound<'_, PyAny>) = entry.extract()?;
        if !value.is_instance_of::<PyString>() {
            return Err(wrong_type(&format!("the value of {}", name.0), &value, "give a text"));
        }
        let Ok(text) = value.extract::<String>() else {
            let error = Error::config(format!("the value of {} cannot be written as UTF-8", name.0));
            return Err(error.with_hint("decode file names with os.fsencode() first").into());
        };
        Ok((Value::Text(name.0), Value::Text(text)))
    };
    Ok(Value::Dict(mapping.items()?.iter().map(entry).collect::<PyResult<_>>()?))
}

/// A text, a whole number or a truth value.
pub(super) fn plain(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Value::Boolean(flag.is_true()));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Value::Text(value.extract::<Text>()?.0));
    }
    let wrong = || wrong_type(name, value, "give a text, a whole number, or True or False");
    let is_whole = value.is_instance_of::<PyInt>();
    match value.extract::<i64>() {
        Ok(number) if is_whole => Ok(Value::Integer(number)),
        Err(_) if is_whole => Ok(Value::Unsigned(value.extract::<u64>().map_err(|_| wrong())?)),
        _ => Err(wrong()),
    }
}

pub(super) fn text_or_path(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_instance_of::<PyString>() {
        return Ok(Value::Text(value.extract::<Text>()?.0));
    }
    let Ok(path) = value.extract::<PathBuf>() else {
        return Err(wrong_type("a name or path", value, "give a text or a pathlib.Path"));
    };
    let Some(text) = path.to_str() else {
        let error = Error::config(format!("the path {} is not UTF-8", path.display()));
        return Err(error.with_hint("systemd takes no other paths over D-Bus").into());
    };
    Ok(Value::Text(text.to_owned()))
}

/// All verbs that systemd answers in one call: each its name, its method, the D-Bus types of what it takes and gives, and the
/// version of systemd that it came with; and the methods that have a way of their own.
#[pyfunction]
pub(super) fn verbs() -> (Vec<Row>, Vec<(&'static str, &'static str, u16)>) {
    let row = |verb: &Verb| {
        let takes: String = verb.takes.iter().map(|argument| argument.kind.signature()).collect();
        (verb.name, verb.method, takes, verb.gives.signature(), verb.since)
    };
    (all().map(row).collect(), BY_HAND.to_vec())
}

/// The verbs that `systemctl` has nothing for, with the reason: `busctl` is asked then.
#[pyfunction]
pub(super) fn beyond_systemctl() -> Vec<(&'static str, &'static str)> {
    let reason = |verb: &'static Verb| match verb.systemctl {
        Systemctl::No(reason) => Some((verb.name, reason)),
        Systemctl::Words(_) | Systemctl::WordsAndAnswer(..) | Systemctl::WordsAndAnyAnswer(..) => None,
    };
    all().filter_map(reason).collect()
}

/// A verb as Python's tests look at it.
type Row = (&'static str, &'static str, String, &'static str, u16);
