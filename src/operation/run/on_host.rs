//! A command on another host. D-Bus over ssh carries no descriptors: a shell there starts systemd-run(1) with its own streams,
//! which OpenSSH's client makes ours. All the rest goes over D-Bus, as it does here.

mod script;
mod streams;

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::io::Errno;

use super::codes::{NO_PROGRAM, NO_VARIABLES, NOT_STARTED};
use super::command::Run;
use super::running::Running;
use super::session::Session;
use crate::backend::{AskedJob, Backend, Began, Dbus, JobOptions, JobVerb, said_by_systemd_run};
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::flow::{First, first, readable};
use crate::location::Location;
use crate::process::{LastWords, Streamed, read_to_end};
use crate::temporary::random_name;
use crate::value::Descriptor;

pub(super) use script::hold;
use streams::{Plan, pipes};

/// More than this no shell says before it is asked.
const MOST_WORDS: usize = 64 << 10;

impl Running {
    /// Has systemd on another host start it.
    pub(super) async fn begin_on_host(&self, run: &Run, client: &Client, dbus: &Dbus) -> Result<()> {
        let location = &client.whose().location;
        if run.is_named {
            let message = format!(
                "a command with a name cannot be run on {location}: what it writes is kept on this machine"
            );
            return Err(Error::new(Kind::Unsupported, message).with_hint("leave the name out"));
        }
        let plan = Plan::of(&run.streams)?;
        let mark = random_name("pm2go-mark-", "");
        let script = script::start(run, client.whose(), &plan, &mark)?;
        let (its, ours) = pipes()?;
        let line = location.command(&["sh", "-c", &script::reader(&mark)]);
        let ssh = Streamed::start(&line, its).map_err(|error| not_started(&line, &error))?;
        ssh.keep(ours.to_vec());
        let session = self.life.begin_on_host(dbus.clone(), Session::new(ssh, location));
        self.input.open(Some(ours[0].clone()));
        self.input.put(script.as_bytes());
        self.input.drain().await.map_err(|error| self.failed(&error))?;
        Start { run, location, plan: &plan, mark: &mark, ours: &ours }.see(&session.ssh, dbus).await?;
        let connected = plan.connect(&session.ssh, ours)?;
        session.begin(connected.copiers);
        let [input, output, error] = connected.ends;
        self.input.open(input);
        self.outputs[0].open(output);
        self.outputs[1].open(error);
        Ok(())
    }
}

/// A start on another host, of which the shell there has been told.
struct Start<'a> {
    run: &'a Run,
    location: &'a Location,
    plan: &'a Plan<'a>,
    mark: &'a str,
    /// Our ends of ssh's pipes.
    ours: &'a [Descriptor; 3],
}

impl Start<'_> {
    /// Reads up to the marks, and waits for its end.
    async fn see(&self, ssh: &Streamed, dbus: &Dbus) -> Result<()> {
        let [_, output, error] = self.ours;
        if self.up_to_mark(output).await?.is_some() {
            let words = self.read(error).await?;
            return Err(self.not_begun(ssh, &words).await);
        }
        if let Some(words) = self.up_to_mark(error).await? {
            return Err(self.not_begun(ssh, &words).await);
        }
        let unit = &self.run.unit;
        let began = match first(dbus.begin_of_service(unit), ssh.end()).await {
            First::One(began) => Some(began?),
            First::Other(_) => dbus.look_how_it_began(unit).await?,
        };
        match began {
            Some(Began::Well) => Ok(()),
            Some(Began::Badly) => {
                let options = JobOptions { settle: Duration::ZERO, ..JobOptions::default() };
                let asked = AskedJob::now(JobVerb::Start, unit, options).of_new_unit();
                Backend::Dbus(dbus.clone()).check_failed_start(&asked).await
            }
            None => {
                let words = self.read(&self.ours[1 + self.plan.complains_on()]).await?;
                Err(self.not_begun(ssh, &words).await)
            }
        }
    }

    /// Reads an output up to its mark; where that does not come, what came.
    async fn up_to_mark(&self, output: &Descriptor) -> Result<Option<Vec<u8>>> {
        let end = format!("{}\n", self.mark).into_bytes();
        let mut came = Vec::new();
        while !came.ends_with(&end) {
            readable(output.shared()).await;
            // What follows is the command's.
            let mut byte = [0];
            match rustix::io::read(output.shared().as_fd(), &mut byte[..]) {
                Ok(0) => return Ok(Some(came)),
                Ok(_) if came.len() < MOST_WORDS => came.push(byte[0]),
                Ok(_) => return Ok(Some(came)),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(errno) => return Err(self.unavailable(&errno)),
            }
        }
        Ok(None)
    }

    async fn read(&self, output: &Descriptor) -> Result<Vec<u8>> {
        read_to_end(output).await.map_err(|error| self.unavailable(&error))
    }

    /// Why there is no such unit after the end of the shell there.
    async fn not_begun(&self, ssh: &Streamed, words: &[u8]) -> Error {
        let status = ssh.end().await.ok().flatten();
        let words = String::from_utf8_lossy(words);
        let unit = &self.run.unit;
        match status.and_then(|status| status.code()) {
            Some(0) => {
                let message = format!("the start of {unit} was skipped: a condition does not hold");
                Error::new(Kind::Job, message)
            }
            Some(NOT_STARTED) => said_by_systemd_run(&words, unit),
            Some(NO_PROGRAM | NO_VARIABLES) => {
                let lines = words.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
                self.run.not_ready(self.location, &LastWords { lines: lines.collect(), status })
            }
            _ => {
                let last = words.lines().map(str::trim).rfind(|line| !line.is_empty());
                self.unavailable(&last.unwrap_or("it says nothing"))
            }
        }
        .with_unit(unit.as_str())
    }

    fn unavailable(&self, reason: &dyn std::fmt::Display) -> Error {
        let hint = match self.location.host() {
            Some(host) => format!("see that `ssh {host} systemd-run --version` works without a question"),
            None => String::new(),
        };
        Error::new(Kind::Unavailable, format!("cannot run a command on {}: {reason}", self.location))
            .with_hint(hint)
    }
}

fn not_started(line: &[String], error: &std::io::Error) -> Error {
    let name = line.first().map_or("", String::as_str);
    Error::new(Kind::Unavailable, format!("cannot start {name}: {error}"))
        .with_errno(error.raw_os_error())
        .with_unsent(true)
}
