//! What can be asked of a command that was started.

use std::sync::Arc;

use super::command::Run;
use super::running::Running;
use crate::client::Asked;
use crate::error::Result;
use crate::settings::Timeout;
use crate::unit::UnitName;
use crate::value::Value;
use crate::verb::Repeat;
use crate::watch::Home;

/// A command that is started, and not waited for.
#[derive(Clone, Debug)]
pub struct Spawn(pub Arc<Run>);

impl Spawn {
    /// Starts it.
    pub(crate) async fn perform(&self, home: &Home, timeout: Option<Timeout>) -> Result<Arc<Running>> {
        let client = home.client();
        let running = Running::new(&self.0, client);
        match self.0.start(client, &running, timeout).await {
            Ok(()) => Ok(Arc::new(running)),
            Err(error) => {
                running.life.end_soon().await;
                running.clean(&error).await;
                Err(error)
            }
        }
    }
}

impl Asked for Spawn {
    fn what(&self) -> String {
        format!("start of the {}", self.0.what())
    }

    fn unit(&self) -> Option<UnitName> {
        self.0.unit()
    }

    fn repeat(&self) -> Repeat {
        Repeat::UnlessHeard
    }
}

/// What is asked of a command that was started.
#[derive(Clone, Debug)]
pub enum RunWork {
    /// Wait for its end.
    Wait,
    /// Tell whether it has ended.
    Look,
    /// Write what is left to be written, close its input, read all that it writes, and wait for its end.
    Exchange,
    /// Wait until its standard output (0) or its standard error (1) has something to take, or ends.
    More(usize),
    /// Write some of these bytes to its input, and tell how many.
    Write(Vec<u8>),
    /// Write all that waits to be written to its input; false says that nobody reads it.
    Drain,
    /// Send a signal to its main process, or to all of its processes.
    Signal(&'static str, i32),
    /// Kill and remove what is left of it.
    End,
    /// Remove a named one that has ended, and what it has written.
    Discard,
}

/// Something that is asked of a command that was started.
#[derive(Clone, Debug)]
pub struct OfRun {
    /// Which.
    pub running: Arc<Running>,
    /// What.
    pub work: RunWork,
}

/// What it answers.
#[derive(Debug)]
pub enum RunAnswer {
    /// It is done.
    Done,
    /// A value.
    Value(Value),
}

impl OfRun {
    /// Whether it may take as long as the command does.
    #[must_use]
    pub fn has_all_time(&self) -> bool {
        !matches!(self.work, RunWork::Look | RunWork::Signal(..) | RunWork::End | RunWork::Discard)
    }

    /// Whether it can change how units are.
    #[must_use]
    pub fn may_change(&self) -> bool {
        !matches!(self.work, RunWork::More(_) | RunWork::Write(_) | RunWork::Drain)
    }

    pub(crate) async fn perform(&self, home: &Home) -> Result<RunAnswer> {
        let client = home.client();
        let running = &*self.running;
        let failed = |error: std::io::Error| running.failed(&error);
        match &self.work {
            RunWork::Wait => running.end(client).await?,
            RunWork::Look => running.look(client).await?,
            RunWork::Exchange => running.exchange(client).await?,
            RunWork::Signal(whom, signal) => running.signal(whom, *signal, client).await?,
            RunWork::More(output) => running.more(*output, client).await?,
            RunWork::Write(bytes) => {
                let written = running.input.write(bytes).await.map_err(failed)?;
                return Ok(RunAnswer::Value(
                    written.map_or(Value::Null, |count| Value::Unsigned(count as u64)),
                ));
            }
            RunWork::Drain => {
                return running
                    .input
                    .drain()
                    .await
                    .map_err(failed)
                    .map(|read| RunAnswer::Value(Value::Boolean(read)));
            }
            RunWork::End => running.life.end().await?,
            RunWork::Discard => running.discard(home).await?,
        }
        Ok(RunAnswer::Done)
    }
}

impl Asked for OfRun {
    fn what(&self) -> String {
        let unit = self.running.unit();
        match self.work {
            RunWork::Wait | RunWork::Exchange => format!("wait for {unit}"),
            RunWork::Look => format!("look at {unit}"),
            RunWork::Signal(..) => format!("signal to {unit}"),
            RunWork::More(_) => format!("reading from {unit}"),
            RunWork::Write(_) | RunWork::Drain => format!("writing to {unit}"),
            RunWork::End | RunWork::Discard => format!("removal of {unit}"),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.running.unit().clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}
