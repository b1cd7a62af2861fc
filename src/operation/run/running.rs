//! A command that was started: who has it waits for its end, feeds it and reads it, in parts and as often as he likes.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use super::command::Run;
use super::input::Input;
use super::kept::place;
use super::life::Life;
use super::output::Output;
use super::result;
use crate::backend::{Backend, Dbus};
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::store::{KeptFolder, OUTPUTS};
use crate::unit::UnitName;
use crate::value::{Descriptor, Value};

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// The service's name.
    pub unit: String,
    /// How it ended and what it used, by the names of a result.
    pub ended: Vec<(&'static str, Value)>,
    /// What it wrote to its standard output and to its standard error, where that was wanted.
    pub output: [Option<Vec<u8>>; 2],
}

/// A command that was started, in a service that ends with this.
#[derive(Debug)]
pub struct Running {
    pub(super) life: Life,
    pub(super) input: Input,
    pub(super) outputs: [Output; 2],
    pub(super) ended: OnceLock<Vec<Value>>,
    pid: OnceLock<u32>,
    /// Our end of its terminal, if it has one.
    pub(super) terminal: OnceLock<Descriptor>,
    /// Of a named one: where what it writes is kept.
    folder: OnceLock<KeptFolder>,
}

/// A part of an exchange.
type Part<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

impl Running {
    /// Nothing has begun.
    pub(super) fn new(run: &Run, client: &Arc<Client>) -> Self {
        Self::of(Life::new(run.unit.clone(), client, run.is_named))
    }

    fn of(life: Life) -> Self {
        Self {
            life,
            input: Input::default(),
            outputs: [Output::default(), Output::default()],
            ended: OnceLock::new(),
            pid: OnceLock::new(),
            terminal: OnceLock::new(),
            folder: OnceLock::new(),
        }
    }

    /// A named one that somebody has started.
    pub(super) fn found(life: Life, pid: Option<u64>, folder: KeptFolder) -> Result<Self> {
        let running = Self::of(life);
        if let Some(pid) = pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid != 0) {
            running.pid.get_or_init(|| pid);
        }
        running.open_files(&folder)?;
        running.folder.get_or_init(|| folder);
        Ok(running)
    }

    /// Of a named one: where what it writes is kept.
    pub(super) fn folder(&self) -> Option<&KeptFolder> {
        self.folder.get()
    }

    fn open_files(&self, folder: &KeptFolder) -> Result<()> {
        for (output, name) in self.outputs.iter().zip(OUTPUTS) {
            output.open_file(folder.open(name)?);
        }
        Ok(())
    }

    /// Has systemd start it.
    pub(super) async fn begin(&self, run: &Run, client: &Client) -> Result<()> {
        run.check_place(&client.whose().location)?;
        run.check_terminal_place(&client.whose().location)?;
        let lease = client.acquire().await?;
        let dbus = lease.backend().to_run().await?;
        self.life.listen(&dbus).await?;
        client.remove_orphans(&dbus).await;
        if dbus.connection().carries_descriptors() {
            self.begin_here(run, client, &dbus).await?;
        } else {
            self.begin_on_host(run, client, &dbus).await?;
        }
        if let Some(pid) = dbus.read_main_pid(self.unit()).await? {
            self.pid.get_or_init(|| pid);
        }
        Ok(())
    }

    async fn begin_here(&self, run: &Run, client: &Client, dbus: &Dbus) -> Result<()> {
        let folder = if run.is_named { Some(KeptFolder::make(&place(client)?, self.unit())?) } else { None };
        let folder = folder.map(|folder| self.folder.get_or_init(|| folder));
        let ready = run.ready(client).await?;
        let streams = run.open_streams(folder)?;
        let asked = run.job(&ready, streams.properties)?;
        self.life.begin(dbus.clone());
        Backend::Dbus(dbus.clone()).start_without_file(&asked).await?;
        self.input.open(streams.input);
        if let Some(folder) = folder {
            return self.open_files(folder);
        }
        self.outputs[0].open(streams.output);
        self.outputs[1].open(streams.error);
        if let Some(terminal) = streams.terminal {
            self.open_terminal(run, terminal);
        }
        Ok(())
    }

    /// Its service.
    #[must_use]
    pub fn unit(&self) -> &UnitName {
        &self.life.unit
    }

    /// Its process, which may have ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.pid.get().copied()
    }

    /// How it ended and what it used, by the names of a result; none as far as nobody has waited for that.
    #[must_use]
    pub fn ended(&self) -> Option<Vec<(&'static str, Value)>> {
        self.ended.get().map(|ended| result::fields(ended))
    }

    /// Its exit code, or the number of the signal that ended it below zero; none as far as that is not known.
    #[must_use]
    pub fn returncode(&self) -> Option<i64> {
        result::returncode(self.ended.get()?)
    }

    /// Whether there is something of it that ends with this.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.life.ends()
    }

    /// The descriptors of our ends of its input and its outputs.
    #[must_use]
    pub fn descriptors(&self) -> [Option<Descriptor>; 3] {
        [self.input.descriptor(), self.outputs[0].descriptor(), self.outputs[1].descriptor()]
    }

    /// Has this written next to its input.
    pub fn put(&self, bytes: &[u8]) {
        self.input.put(bytes);
    }

    /// Whether something waits to be written to its input.
    #[must_use]
    pub fn has_to_write(&self) -> bool {
        self.input.waits()
    }

    /// Closes its input, of which nothing more is written.
    pub fn close_input(&self) {
        self.input.close();
    }

    /// Takes so much at most of what was read from its standard output (0) or its standard error (1).
    #[must_use]
    pub fn take(&self, output: usize, most: usize) -> Vec<u8> {
        self.outputs[output].take(most)
    }

    /// Reads no more of its standard output (0) or its standard error (1).
    pub fn close_output(&self, output: usize) {
        self.outputs[output].close();
    }

    /// Kills and removes, on the calling thread, what is left of it.
    pub fn end_now(&self) {
        self.life.end_now();
    }

    /// What is known of it, with what was read and nobody has taken.
    pub(super) fn take_ran(&self) -> Ran {
        Ran {
            unit: self.unit().as_str().to_owned(),
            ended: self.ended().unwrap_or_default(),
            output: [self.outputs[0].take_all(), self.outputs[1].take_all()],
        }
    }

    /// Writes what waits to be written, closes its input, reads what it writes, and waits for its end.
    pub(super) async fn exchange(&self, client: &Client) -> Result<()> {
        let [stdout, stderr] = &self.outputs;
        let end = async {
            self.end(client).await?;
            // Files have no other end.
            self.outputs.iter().for_each(Output::finish);
            Ok(())
        };
        let feed = async { self.input.finish().await.map_err(|error| self.failed(&error)) };
        // systemd has the other ends open, too, until the service is gone.
        let mut flows: Vec<Part<'_>> = vec![Box::pin(feed), Box::pin(end)];
        if self.life.outlives {
            all(flows).await?;
            flows = Vec::new();
        }
        for output in [stdout, stderr] {
            flows.push(Box::pin(async { output.all().await.map_err(|error| self.failed(&error)) }));
        }
        all(flows).await
    }

    /// Waits until some output is there to be taken, or nothing more comes.
    pub(super) async fn more(&self, output: usize, client: &Client) -> Result<()> {
        let output = &self.outputs[output];
        if output.has_some().map_err(|error| self.failed(&error))? {
            return Ok(());
        }
        // As above: while the service is there, its output does not end.
        let mut some = pin!(output.some());
        let mut end = pin!(self.end(client));
        let is_there = poll_fn(|context| {
            if let Poll::Ready(done) = some.as_mut().poll(context) {
                return Poll::Ready(done.map_err(|error| self.failed(&error)).map(|()| true));
            }
            end.as_mut().poll(context).map_ok(|()| false)
        });
        if is_there.await? {
            return Ok(());
        }
        output.finish();
        output.some().await.map_err(|error| self.failed(&error))
    }

    pub(super) fn failed(&self, error: &std::io::Error) -> Error {
        let message = format!("cannot exchange data with {}: {error}", self.unit());
        Error::new(Kind::Unavailable, message)
            .with_unit(self.unit().as_str())
            .with_errno(error.raw_os_error())
    }
}

/// Goes all ways to their ends, unless one fails.
async fn all(mut flows: Vec<Part<'_>>) -> Result<()> {
    poll_fn(|context| {
        let mut failed = None;
        flows.retain_mut(|flow| match flow.as_mut().poll(context) {
            Poll::Ready(done) => {
                failed = failed.take().or(done.err());
                false
            }
            Poll::Pending => true,
        });
        match failed {
            Some(error) => Poll::Ready(Err(error)),
            None if flows.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    })
    .await
}
