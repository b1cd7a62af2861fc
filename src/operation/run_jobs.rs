//! The same job for several units at once: each is asked for, waited for and judged by itself.
//!
//! systemd 262 takes such jobs on together (`EnqueueUnitJobMany`), all of them or none: one unit that cannot be loaded would
//! keep the others down, and only its error would be told. So they are asked for one by one, all in flight at once.

use std::pin::pin;
use std::time::Instant;

use super::{RunJob, timed_out, told};
use crate::backend::{BackendKind, JobOptions, JobVerb};
use crate::client::{Asked, Client, Note, VerbCall};
use crate::error::{Error, Kind, Result};
use crate::flow::{join_within, with_deadline};
use crate::settings::Timeout;
use crate::unit::{JobResult, UnitName};
use crate::verb::{DAEMON_RELOAD, Repeat};

/// How many jobs are in flight at once: on a message bus no more may be (see `job_turn`), and beyond that nothing is won.
const MOST_JOBS: usize = 256;
/// The same over `systemctl`, where each is a process.
const MOST_PROCESSES: usize = 16;

/// The start, stop or restart of several units.
#[derive(Clone, Debug)]
pub struct RunJobs {
    /// What to do.
    pub verb: JobVerb,
    /// With which units.
    pub units: Vec<UnitName>,
    /// How.
    pub options: JobOptions,
}

impl Asked for RunJobs {
    fn what(&self) -> String {
        format!("{} of {} units", self.verb.as_str(), self.units.len())
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::UnlessHeard
    }
}

impl Client {
    /// Runs the jobs, and gives how each ended, in the order of the units. An error is about all of them: that nobody can
    /// be reached.
    pub(crate) async fn run_jobs(
        &self,
        jobs: &RunJobs,
        timeout: Option<Timeout>,
    ) -> Result<Vec<Result<JobResult>>> {
        let deadline = self.deadline_of(timeout);
        let most = with_deadline(deadline, self.prepare_jobs(jobs)).await.map_err(|error| {
            let is_late = error.kind() == Kind::Timeout && error.facts().dbus_name.is_none();
            if is_late { timed_out(jobs, self.or_default(timeout)) } else { self.with_scope(error) }
        })?;
        let options = JobOptions { daemon_reload: false, ..jobs.options };
        let job = |unit: &UnitName| RunJob { verb: jobs.verb, unit: unit.clone(), options };
        let flows = jobs.units.iter().map(|unit| self.run_one_of_many(job(unit), timeout, deadline));
        Ok(join_within(most, flows.collect()).await)
    }

    /// Connects, has unit files read again where that is wanted, and tells how many jobs may be in flight.
    async fn prepare_jobs(&self, jobs: &RunJobs) -> Result<usize> {
        if jobs.options.daemon_reload {
            self.attempt(&VerbCall { verb: &DAEMON_RELOAD, arguments: Vec::new() }).await?;
        }
        Ok(match self.acquire().await?.backend().kind() {
            BackendKind::Dbus => MOST_JOBS,
            BackendKind::Command => MOST_PROCESSES,
        })
    }

    async fn run_one_of_many(
        &self,
        job: RunJob,
        timeout: Option<Timeout>,
        deadline: Option<Instant>,
    ) -> Result<JobResult> {
        let flow = pin!(self.run_job_within(&job, timeout));
        let ended = with_deadline(deadline, flow).await;
        let ended = match ended.map_err(|error| self.explain_late(error, &job, timeout)) {
            Err(error) => Err(self.with_reason(error, deadline).await),
            done => done,
        };
        self.note(Note::debug(told(&job, ended.as_ref().map(|job| job.result.as_str()))));
        ended
    }

    fn explain_late(&self, error: Error, job: &RunJob, timeout: Option<Timeout>) -> Error {
        match error.kind() {
            Kind::Timeout if error.facts().dbus_name.is_none() && error.facts().hint.is_none() => {
                timed_out(job, self.or_default(timeout))
            }
            _ => self.with_scope(error),
        }
    }

    fn or_default(&self, timeout: Option<Timeout>) -> Timeout {
        timeout.unwrap_or(self.settings().timeout.value)
    }
}

/// What is wrong where not all jobs ended well, in one line.
#[must_use]
pub fn failure_of_many(verb: JobVerb, outcomes: &[Result<JobResult>]) -> Option<String> {
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    let done = match verb {
        JobVerb::Start => "started",
        JobVerb::Stop => "stopped",
        JobVerb::Restart | JobVerb::TryRestart => "restarted",
        JobVerb::Reload | JobVerb::ReloadOrRestart | JobVerb::ReloadOrTryRestart => "reloaded",
    };
    (failed > 0).then(|| format!("{failed} of {} units could not be {done}", outcomes.len()))
}
