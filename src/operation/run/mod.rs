//! A command in a unit of its own, which is waited for: started, fed, read, and gone when it has ended.

mod streams;

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::program::{self, Variables};
use super::timed_out;
use crate::backend::{AskedJob, Backend, Dbus, JobOptions, JobVerb, OF_ENDED};
use crate::client::{Asked, Client, Left, is_lost};
use crate::error::{Error, Kind, Result};
use crate::flow::{Pauses, join_all, with_deadline};
use crate::location::Location;
use crate::process::stream::{Kept, write_all};
use crate::property::{Assignments, property};
use crate::settings::Timeout;
use crate::temporary::random_name;
use crate::unit::UnitName;
use crate::value::{Descriptor, Value};
use crate::verb::Repeat;
use crate::watch::Home;

pub use streams::Stream;
use streams::Streams;

/// A command that is run in a service of its own.
#[derive(Clone, Debug)]
pub struct Run {
    unit: UnitName,
    argv: Vec<String>,
    properties: Assignments,
    variables: Vec<(String, String)>,
    input: Option<Vec<u8>>,
    streams: [Stream; 3],
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// The service's name.
    pub unit: String,
    /// How it ended and what it used, by systemd's properties.
    pub ended: Vec<(&'static str, Value)>,
    /// What it wrote to its standard output and to its standard error, where that was wanted.
    pub output: [Option<Vec<u8>>; 2],
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
        Ok(Self { unit, argv, properties, variables, input, streams })
    }

    /// Runs it to its end within a time of its own; after that it is killed, and the error has what it wrote.
    pub(crate) async fn perform(&self, home: &Home, timeout: Option<Timeout>) -> Result<Ran> {
        let client = home.client();
        let kept = [Kept::default(), Kept::default()];
        let life = Life { dbus: Mutex::new(None), unit: &self.unit, home };
        let limit = timeout.and_then(Timeout::limit);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let error = match with_deadline(deadline, Box::pin(self.run(client, &life, &kept))).await {
            Err(error) => error,
            ran => return ran,
        };
        // Whoever hears of the error may end this process next.
        let _ = with_deadline(Some(Instant::now() + TIME_TO_REMOVE), life.end()).await;
        if error.kind() != Kind::Timeout || error.facts().dbus_name.is_some() {
            return Err(error);
        }
        let late = match (&error.facts().unit, timeout) {
            (None, Some(timeout)) => {
                timed_out(self, timeout).with_hint("it was killed; give it a longer timeout")
            }
            _ => error,
        };
        Err(late.with_unit(self.unit.as_str()).with_output(kept.map(|kept| kept.take())))
    }

    async fn run(&self, client: &Client, life: &Life<'_>, kept: &[Kept; 2]) -> Result<Ran> {
        let begun = self.start(client, life);
        let begun =
            with_deadline(client.deadline_of(None), begun).await.map_err(|error| match error.kind() {
                Kind::Timeout if error.facts().dbus_name.is_none() => {
                    timed_out(self, client.settings().timeout.value).with_unit(self.unit.as_str())
                }
                _ => error,
            });
        let [input, output, error] = begun?;
        let [has_output, has_error] = [output.is_some(), error.is_some()];
        let mut flows = self.exchange(input, [output, error], kept);
        // systemd has the other ends open, too, until the service is gone.
        flows.push(Box::pin(self.end(client, life)));
        let mut ended = Vec::new();
        for done in join_all(flows).await {
            ended.extend(OF_ENDED.into_iter().zip(done?));
        }
        let wrote = |has: bool, kept: &Kept| has.then(|| kept.take());
        Ok(Ran {
            unit: self.unit.as_str().to_owned(),
            ended,
            output: [wrote(has_output, &kept[0]), wrote(has_error, &kept[1])],
        })
    }

    /// Has systemd start it, and gives our ends of its pipes.
    async fn start(&self, client: &Client, life: &Life<'_>) -> Result<[Option<Descriptor>; 3]> {
        self.check_place(&client.whose().location)?;
        let lease = client.acquire().await?;
        let dbus = lease.backend().with_descriptors().await?;
        let streams = Streams::open(&self.streams[0], &self.streams[1], &self.streams[2])?;
        let variables = match &self.variables[..] {
            [] => None,
            some => Some(Variables::write(client, "pm2go-run-", some)?),
        };
        let mut properties = self.own_properties(variables.as_ref())?;
        properties.extend(streams.properties);
        properties.extend(self.properties.sent()?);
        let options = JobOptions { settle: Duration::ZERO, ..JobOptions::default() };
        let asked = AskedJob::now(JobVerb::Start, &self.unit, options).without_file(Value::List(properties));
        life.begin(dbus.clone());
        Backend::Dbus(dbus).start_without_file(&asked).await?;
        Ok([streams.input, streams.output, streams.error])
    }

    /// What is looked for, or written, on this machine in the caller's own name is of no use to somebody else's manager.
    fn check_place(&self, location: &Location) -> Result<()> {
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
        if !self.properties.has("SuccessExitStatus") {
            // What is killed at the end of a wait has not failed.
            let killed = Value::List(vec![Value::Integer(libc::SIGKILL.into())]);
            let statuses = Value::Tuple(vec![Value::List(Vec::new()), killed]);
            properties.push(property("SuccessExitStatus", "(aiai)", statuses));
        }
        if !self.properties.has("KillSignal") {
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

    /// Writes what it reads and reads what it writes, to the end of all of that: a flow for each, which gives nothing.
    fn exchange<'a>(
        &'a self,
        input: Option<Descriptor>,
        outputs: [Option<Descriptor>; 2],
        kept: &[Kept; 2],
    ) -> Vec<Part<'a>> {
        let failed = |error: std::io::Error| {
            let message = format!("cannot exchange data with {}: {error}", self.unit);
            Error::new(Kind::Unavailable, message).with_unit(self.unit.as_str())
        };
        let mut flows: Vec<Part<'a>> = Vec::new();
        if let Some(input) = input {
            let bytes = self.input.as_deref().unwrap_or_default();
            let flow = async move { write_all(input, bytes).await.map_err(failed).map(|()| Vec::new()) };
            flows.push(Box::pin(flow));
        }
        for (output, kept) in outputs.into_iter().zip(kept.clone()) {
            if let Some(output) = output {
                let flow = async move { kept.fill(output).await.map_err(failed).map(|()| Vec::new()) };
                flows.push(Box::pin(flow));
            }
        }
        flows
    }

    /// Waits for its end, on as many connections as it takes: systemd may execute itself anew meanwhile. Then it is removed.
    async fn end(&self, client: &Client, life: &Life<'_>) -> Result<Vec<Value>> {
        let mut pauses = Pauses::until_back();
        let mut deadline: Option<Instant> = None;
        loop {
            let ended = match life.dbus() {
                Some(dbus) => dbus.end_of_service(&self.unit).await,
                None => Err(Error::new(Kind::ConnectionLost, "the connection was lost")),
            };
            let lost = match ended {
                Err(error) if is_lost(&error) || error.kind() == Kind::Unavailable => error,
                Err(error) => return Err(error),
                Ok(ended) => {
                    life.end().await?;
                    return Ok(ended);
                }
            };
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + TIME_TO_COME_BACK);
            if Instant::now() >= deadline {
                return Err(lost.with_unit(self.unit.as_str()));
            }
            pauses.pause().await;
            if let Ok(lease) = client.acquire().await
                && let Ok(dbus) = lease.backend().with_descriptors().await
            {
                life.begin(dbus);
            }
        }
    }
}

/// A part of a run: that of its end tells what is known of that, and the others nothing.
type Part<'a> = Pin<Box<dyn Future<Output = Result<Vec<Value>>> + Send + 'a>>;

/// What a run decides itself.
const OURS: [&str; 6] =
    ["ExecStart", "RemainAfterExit", "Type", "StandardInput", "StandardOutput", "StandardError"];
/// How long systemd may be away.
const TIME_TO_COME_BACK: Duration = Duration::from_secs(30);
/// How long its removal may take after an error.
const TIME_TO_REMOVE: Duration = Duration::from_secs(2);

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

/// A service that ends with the wait for it, however that goes.
struct Life<'a> {
    /// Where it is to be ended, once it may have begun.
    dbus: Mutex<Option<Dbus>>,
    unit: &'a UnitName,
    home: &'a Home,
}

impl Life<'_> {
    fn dbus(&self) -> Option<Dbus> {
        self.dbus.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn begin(&self, dbus: Dbus) {
        *self.dbus.lock().unwrap_or_else(PoisonError::into_inner) = Some(dbus);
    }

    /// What is left of it is killed and removed.
    async fn end(&self) -> Result<()> {
        let Some(dbus) = self.dbus() else { return Ok(()) };
        dbus.remove_transient(self.unit).await?;
        self.dbus.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(())
    }
}

impl Drop for Life<'_> {
    fn drop(&mut self) {
        if let Some(dbus) = self.dbus() {
            dbus.kill_transient(self.unit);
            self.home.client().leave(Left { dbus, unit: self.unit.clone() });
        }
    }
}
