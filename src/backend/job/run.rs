//! A job's way: it is asked for, systemd takes it on, it ends, and its outcome is judged.

use std::time::{Duration, Instant};

use super::outcome::{Found, done, judge};
use super::{JobMode, JobVerb};
use crate::backend::command::CommandJob;
use crate::backend::dbus::DbusJob;
use crate::backend::{Backend, JobOptions};
use crate::error::{Error, Result};
use crate::flow::sleep_until;
use crate::journal;
use crate::unit::{JobResult, UnitName};

/// The journal comes after the fact: lines may still be on their way to it. So long is the pause between two
/// looks, and so many there are at most.
const JOURNAL_PAUSE: Duration = Duration::from_millis(40);
const JOURNAL_LOOKS: usize = 5;

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// So systemd said.
    Said(String),
    /// It is gone, and nobody heard how: the unit's state has to tell.
    Unheard,
}

/// A job that systemd has taken on and that somebody listens for.
#[derive(Debug)]
pub enum BegunJob {
    /// Over D-Bus.
    Dbus(DbusJob),
    /// Over `systemctl`.
    Command(Box<CommandJob>),
}

impl BegunJob {
    /// The job's number, where it is known: `systemctl` tells it since systemd 242.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        match self {
            Self::Dbus(job) => Some(job.id()),
            Self::Command(job) => job.id(),
        }
    }

    /// Waits for its end.
    pub async fn end(self) -> Result<JobEnd> {
        match self {
            // The job was systemd's: no error may say that nothing was sent.
            Self::Dbus(job) => job.end().await.map_err(|error| error.with_unsent(false)),
            Self::Command(job) => job.end().await,
        }
    }
}

impl Backend {
    /// Starts, stops or restarts a unit, waits for the job and judges its outcome.
    ///
    /// A service that only has a process so far gets the time `options.settle` to fail.
    pub async fn run_job(&self, verb: JobVerb, unit: &UnitName, options: JobOptions) -> Result<JobResult> {
        let begun = self.begin_job(verb, unit, options.mode, false).await?;
        let end = begun.end().await?;
        self.judge_job(verb, unit, &end, options).await
    }

    /// Asks systemd for a job, and listens for its end. With `announced` it returns when systemd has taken the job
    /// on; without, `systemctl` may not have come so far.
    pub async fn begin_job(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        mode: JobMode,
        announced: bool,
    ) -> Result<BegunJob> {
        let job = match self {
            Self::Dbus(dbus) => return dbus.begin_job(verb, unit, mode).await.map(BegunJob::Dbus),
            Self::Command(command) if announced => command.begin_job(verb, unit, mode).await?,
            Self::Command(command) => command.run_job(verb, unit, mode)?,
        };
        Ok(BegunJob::Command(Box::new(job)))
    }

    /// What became of a job that ended.
    pub async fn judge_job(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        end: &JobEnd,
        options: JobOptions,
    ) -> Result<JobResult> {
        let outcome = self.look_and_judge(verb, unit, end, options.settle).await;
        match outcome.map_err(|error| error.with_unsent(false)) {
            Err(error) if error.facts().job.is_some() && options.log_lines > 0 => {
                Err(self.with_log(error, unit, options.log_lines).await)
            }
            other => other,
        }
    }

    async fn look_and_judge(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        end: &JobEnd,
        settle: Duration,
    ) -> Result<JobResult> {
        let is_done = matches!(end, JobEnd::Said(result) if result == "done");
        if verb == JobVerb::Stop && is_done {
            return Ok(done(verb, unit));
        }
        let succeeded = is_done || matches!(end, JobEnd::Said(result) if result == "skipped");
        let mut found = self.read_for_job(unit, succeeded).await?;
        if is_done && !settle.is_zero() && found.may_fail_yet() {
            sleep_until(Instant::now() + settle).await;
            found = self.read_for_job(unit, succeeded).await?;
        }
        judge(verb, unit, end, &found)
    }

    async fn read_for_job(&self, unit: &UnitName, succeeded: bool) -> Result<Found> {
        match self {
            Self::Dbus(dbus) => {
                if succeeded && let Some(found) = dbus.read_if_up(unit).await {
                    return Ok(found);
                }
                dbus.read_for_job(unit).await
            }
            Self::Command(command) => command.read_for_job(unit).await,
        }
    }

    /// Cancels a job; false says that it had ended already.
    pub async fn cancel_job(&self, id: u32) -> Result<bool> {
        let canceled = match self {
            Self::Dbus(dbus) => dbus.cancel_job(id).await,
            Self::Command(command) => command.cancel_job(id).await,
        };
        match canceled {
            Ok(()) => Ok(true),
            Err(error) if error.facts().dbus_name.as_deref() == Some(NO_SUCH_JOB) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Adds the unit's last journal lines; where they cannot be read the error stays as it is.
    async fn with_log(&self, error: Error, unit: &UnitName, lines: usize) -> Error {
        let Some(mut facts) = error.facts().job.clone() else { return error };
        let status = self.get_unit_status(unit).await.unwrap_or_default();
        let run = journal::Run {
            // After an automatic restart the lines that matter are those of the run before.
            invocation: status.invocation_id.filter(|_| status.n_restarts.unwrap_or(0) == 0),
            pid: status.exec_main_pid,
            started: status.exec_main_start_timestamp,
        };
        for _ in 0..JOURNAL_LOOKS {
            let log = journal::tail(self.scope(), unit, &run, lines).await.unwrap_or_default();
            if !log.is_empty() && log == facts.log {
                break;
            }
            facts.log = log;
            sleep_until(Instant::now() + JOURNAL_PAUSE).await;
        }
        error.with_job(facts)
    }
}

/// What systemd answers of a job that is gone.
const NO_SUCH_JOB: &str = "org.freedesktop.systemd1.NoSuchJob";
