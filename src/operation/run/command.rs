//! What is asked for: a command, the settings of its service, and where its streams lead.

use std::time::Duration;

use super::orphans::name_of;
use super::ready::Ready;
use super::streams::{Stream, Streams};
use crate::backend::{AskedJob, JobOptions, JobVerb};
use crate::client::Asked;
use crate::error::{Error, Result};
use crate::operation::program;
use crate::property::{Assignments, property};
use crate::store::KeptFolder;
use crate::unit::{UnitName, UnitType};
use crate::value::Value;
use crate::verb::Repeat;

/// What a run decides itself.
const OURS: [&str; 6] =
    ["ExecStart", "RemainAfterExit", "Type", "StandardInput", "StandardOutput", "StandardError"];

/// A command that is run in a service of its own.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) unit: UnitName,
    pub(super) argv: Vec<String>,
    pub(super) properties: Assignments,
    pub(super) variables: Vec<(String, String)>,
    pub(super) input: Option<Vec<u8>>,
    pub(super) streams: [Stream; 3],
    /// It has a name of its caller's, and outlives him.
    pub(super) is_named: bool,
}

impl Run {
    /// A command: its program and its arguments, the settings of its service, its environment, what it reads, and where
    /// its streams lead.
    pub fn new(
        argv: Vec<String>,
        properties: Assignments,
        variables: Vec<(String, String)>,
        input: Option<Vec<u8>>,
        streams: [Stream; 3],
    ) -> Result<Self> {
        program::check_arguments(&argv)?;
        let last = argv[0].rsplit('/').next().unwrap_or_default();
        let stem: String =
            last.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(64).collect();
        let unit = UnitName::complete(&name_of(&stem))?;
        for name in OURS {
            if properties.has(name) {
                return Err(Error::config(format!("properties has {name}, which a run sets itself"))
                    .with_hint("leave it out"));
            }
        }
        Ok(Self { unit, argv, properties, variables, input, streams, is_named: false })
    }

    /// The same in a service of this name, which outlives its caller.
    pub fn named(self, name: &str) -> Result<Self> {
        let unit = UnitName::complete(name)?;
        if self.has_terminal() {
            let message =
                "a command with a name outlives its caller, but the terminal that it would have does not";
            return Err(Error::config(message)
                .with_unit(unit.as_str())
                .with_hint("leave the name or \"pty\" out"));
        }
        if unit.unit_type() == UnitType::Service {
            return Ok(Self { unit, is_named: true, ..self });
        }
        Err(Error::config(format!("a command cannot be {unit}"))
            .with_unit(unit.as_str())
            .with_hint("it is a service: leave the suffix out"))
    }

    /// What is opened for its streams.
    pub(super) fn open_streams(&self, folder: Option<&KeptFolder>) -> Result<Streams> {
        let terminal = if self.has_terminal() { Some(self.open_terminal()?) } else { None };
        Streams::open(&self.streams, folder, terminal)
    }

    /// The job that starts it, of what stands ready for it.
    pub(super) fn job(&self, ready: &Ready, streams: Vec<Value>) -> Result<AskedJob> {
        let mut properties = self.own_properties(ready);
        properties.extend(streams);
        properties.extend(self.properties.sent()?);
        let options = JobOptions { settle: Duration::ZERO, ..JobOptions::default() };
        let asked = AskedJob::now(JobVerb::Start, &self.unit, options);
        Ok(asked.without_file(Value::List(properties)))
    }

    /// The folder that it is to run in, where that was said.
    pub(super) fn folder(&self) -> Option<&str> {
        let folder = self.properties.all().iter().find(|one| one.name == "WorkingDirectory");
        folder.map(|one| one.value.as_str())
    }

    /// Where its program is to be looked for, where that was said.
    pub(super) fn search(&self) -> Option<&str> {
        self.variables.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str())
    }

    /// The settings of one without a name, as unit files have them.
    pub(super) fn settings(&self) -> Vec<String> {
        let description = format!("pm2go run {}", self.argv[0]).replace(['\n', '\r'], " ");
        [
            ("Description", &*description),
            // What is killed at the end of a wait has not failed.
            ("SuccessExitStatus", "SIGKILL"),
            ("KillSignal", "SIGKILL"),
            ("IgnoreSIGPIPE", "no"),
        ]
        .into_iter()
        .filter(|(name, _)| !self.properties.has(name))
        .map(|(name, value)| format!("{name}={value}"))
        .chain(self.properties.words())
        .collect()
    }

    fn own_properties(&self, ready: &Ready) -> Vec<Value> {
        let text = |text: &str| Value::Text(text.to_owned());
        let argv = self.argv.iter().map(|argument| text(argument)).collect();
        let flags = Value::List(vec![text("no-env-expand")]);
        let command = Value::Tuple(vec![text(&ready.program), Value::List(argv), flags]);
        let mut properties = vec![
            property("Type", "s", text("exec")),
            // It stays until somebody has read how it ended.
            property("RemainAfterExit", "b", Value::Boolean(true)),
            property("ExecStartEx", "a(sasas)", Value::List(vec![command])),
        ];
        if !self.properties.has("Description") {
            properties.push(property("Description", "s", text(&format!("pm2go run {}", self.argv[0]))));
        }
        if !self.is_named && !self.properties.has("SuccessExitStatus") {
            // What is killed at the end of a wait has not failed.
            let killed = Value::List(vec![Value::Integer(libc::SIGKILL.into())]);
            let statuses = Value::Tuple(vec![Value::List(Vec::new()), killed]);
            properties.push(property("SuccessExitStatus", "(aiai)", statuses));
        }
        if !self.is_named && !self.properties.has("KillSignal") {
            properties.push(property("KillSignal", "i", Value::Integer(libc::SIGKILL.into())));
        }
        if !self.properties.has("IgnoreSIGPIPE") {
            properties.push(property("IgnoreSIGPIPE", "b", Value::Boolean(false)));
        }
        properties.extend(self.terminal_type());
        if let Some(file) = &ready.variables {
            let file = Value::Tuple(vec![text(file), Value::Boolean(false)]);
            properties.push(property("EnvironmentFiles", "a(sb)", Value::List(vec![file])));
        }
        properties
    }
}

impl Asked for Run {
    fn what(&self) -> String {
        format!("run of {}", self.argv[0])
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::UnlessHeard
    }
}
