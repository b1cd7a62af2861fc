//! How `systemctl` is asked for what a row says, and how its answer is read.

use crate::error::{Error, Kind, Result};
use crate::value::Value;

/// The words of a command, without the options that all commands have.
pub type Words = fn(&[Value]) -> Vec<String>;

/// What the command has printed, as the value that D-Bus gives.
pub type Read = fn(&str) -> Result<Value>;

/// How `systemctl` does it.
#[derive(Clone, Copy)]
pub enum Systemctl {
    /// It cannot, and why: the message bus is asked then, by `busctl`.
    No(&'static str),
    /// By these words; that it ends well, or what it says of changes, is the answer.
    Words(Words),
    /// By these words, and what it prints is the answer.
    WordsAndAnswer(Words, Read),
    /// The same, where it prints an answer also when it ends as if it had failed.
    WordsAndAnyAnswer(Words, Read),
}

/// A word, options that are set, and the names that come last.
pub(super) struct Line(Vec<String>);

impl Line {
    pub(super) fn new(verb: &str) -> Self {
        Self(vec![verb.to_owned()])
    }

    /// An option that has a value.
    pub(super) fn option(mut self, option: &str, value: &Value) -> Self {
        self.0.push(format!("--{option}={}", written(value)));
        self
    }

    /// An option that is there or not.
    pub(super) fn flag(mut self, option: &str, value: &Value) -> Self {
        if *value == Value::Boolean(true) {
            self.0.push(format!("--{option}"));
        }
        self
    }

    /// The command, where it is about nothing in particular.
    pub(super) fn alone(self) -> Vec<String> {
        self.0
    }

    /// What the command is about.
    pub(super) fn about(mut self, names: &Value) -> Vec<String> {
        self.0.push("--".to_owned());
        match names {
            Value::List(items) => self.0.extend(items.iter().map(written)),
            name => self.0.push(written(name)),
        }
        self.0
    }
}

/// A value as commands take it.
fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::List(items) => items.iter().map(written).collect::<Vec<_>>().join(","),
        _ => String::new(),
    }
}

/// A single line.
pub(super) fn read_line(printed: &str) -> Result<Value> {
    match printed.trim_end_matches('\n') {
        "" => Err(Error::new(Kind::Systemd, "systemctl printed nothing")),
        line => Ok(Value::Text(line.to_owned())),
    }
}

/// The lines of `list-jobs`: number, unit, type, state. The object paths of D-Bus, which nobody needs, are left empty.
pub(super) fn read_jobs(printed: &str) -> Result<Value> {
    let mut jobs = Vec::new();
    for line in printed.lines() {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let [id, unit, kind, state] = words[..] else { return Err(unreadable(line)) };
        let id = id.parse().map_err(|_| unreadable(line))?;
        let text = |text: &str| Value::Text(text.to_owned());
        let fields = [Value::Unsigned(id), text(unit), text(kind), text(state), text(""), text("")];
        jobs.push(Value::Tuple(fields.to_vec()));
    }
    Ok(Value::List(jobs))
}

fn unreadable(line: &str) -> Error {
    Error::new(Kind::Systemd, format!("systemctl printed what is no job: {line:?}"))
}
