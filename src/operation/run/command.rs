//! What is asked for: a command, the settings of its service, and where its streams lead.

use std::time::Duration;

use super::kept::KeptFolder;
use super::streams::{Stream, Streams};
use crate::backend::{AskedJob, JobOptions, JobVerb};
use crate::client::{Asked, Client};
use crate::error::{Error, Result};
use crate::location::Location;
use crate::operation::program::{self, Variables};
use crate::property::{Assignments, property};
use crate::temporary::random_name;
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
    argv: Vec<String>,
    properties: Assignments,
    variables: Vec<(String, String)>,
    pub(super) input: Option<Vec<u8>>,
    streams: [Stream; 3],
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
        let unit = UnitName::complete(&random_name(&format!("pm2go-run-{stem}-"), ".service"))?;
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
        if unit.unit_type() == UnitType::Service {
            return Ok(Self { unit, is_named: true, ..self });
        }
        Err(Error::config(format!("a command cannot be {unit}"))
            .with_unit(unit.as_str())
            .with_hint("it is a service: leave the suffix out"))
    }

    /// What is opened for its streams.
    pub(super) fn open_streams(&self, folder: Option<&KeptFolder>) -> Result<Streams> {
        Streams::open(&self.streams[0], &self.streams[1], &self.streams[2], folder)
    }

    /// The job that starts it, with the file that has to be there until it has started.
    pub(super) fn job(&self, client: &Client, streams: Vec<Value>) -> Result<(AskedJob, Option<Variables>)> {
        let variables = match &self.variables[..] {
            [] => None,
            some => Some(Variables::write(client, "pm2go-run-", some)?),
        };
        let mut properties = self.own_properties(variables.as_ref())?;
        properties.extend(streams);
        properties.extend(self.properties.sent()?);
        let options = JobOptions { settle: Duration::ZERO, ..JobOptions::default() };
        let asked = AskedJob::now(JobVerb::Start, &self.unit, options);
        Ok((asked.without_file(Value::List(properties)), variables))
    }

    /// What is looked for, or written, on this machine in the caller's own name is of no use to somebody else's manager.
    pub(super) fn check_place(&self, location: &Location) -> Result<()> {
        program::check_place(&self.argv[0], location)?;
        program::check_variables_place(&self.variables, location)
    }

    fn own_properties(&self, variables: Option<&Variables>) -> Result<Vec<Value>> {
        let text = |text: &str| Value::Text(text.to_owned());
        let search = self.variables.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str());
        let folder = self.properties.all().iter().find(|one| one.name == "WorkingDirectory");
        let folder = folder.map(|one| one.value.as_str());
        let path = program::path_of(&self.argv[0], folder, search)?;
        let argv = self.argv.iter().map(|argument| text(argument)).collect();
        let flags = Value::List(vec![text("no-env-expand")]);
        let command = Value::Tuple(vec![text(&path), Value::List(argv), flags]);
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
        if let Some(variables) = variables {
            let file = Value::Tuple(vec![text(&variables.path()), Value::Boolean(false)]);
            properties.push(property("EnvironmentFiles", "a(sb)", Value::List(vec![file])));
        }
        Ok(properties)
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
