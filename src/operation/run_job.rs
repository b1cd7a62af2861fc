//! Asking for a job and waiting for its end, also on another connection than the one that it was asked for on.

use std::time::Instant;

use super::own_end;
use crate::backend::dbus::DbusJob;
use crate::backend::{AskedJob, Backend, BegunJob, Dbus, JobEnd, JobOptions, JobVerb};
use crate::client::{Asked, Client, Lease, Note, VerbCall, is_lost};
use crate::error::{Error, Kind, Result};
use crate::flow::{Pauses, with_deadline};
use crate::settings::BackendChoice;
use crate::unit::{JobResult, UnitName};
use crate::verb::{DAEMON_RELOAD, Repeat};

/// The start, stop or restart of a unit.
#[derive(Clone, Debug)]
pub struct RunJob {
    /// What to do.
    pub verb: JobVerb,
    /// With which unit.
    pub unit: UnitName,
    /// How.
    pub options: JobOptions,
}

impl Asked for RunJob {
    fn what(&self) -> String {
        format!("{} of {}", self.verb.as_str(), self.unit)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::UnlessHeard
    }
}

impl Client {
    /// Asks for a job, waits until it has ended, and judges its outcome.
    pub(crate) async fn run_job(&self, job: &RunJob) -> Result<JobResult> {
        self.run_announced_job(job, None::<fn(&BegunJob)>).await
    }

    /// The same; `announce` hears when systemd has taken the job on. A connection that breaks after that is made
    /// again: the job is systemd's, and only what became of it is asked for.
    pub(super) async fn run_announced_job(
        &self,
        job: &RunJob,
        announce: Option<impl Fn(&BegunJob)>,
    ) -> Result<JobResult> {
        if job.options.daemon_reload {
            self.attempt(&VerbCall { verb: &DAEMON_RELOAD, arguments: Vec::new() }).await?;
        }
        self.run_asked_job(job, &AskedJob::now(job.verb, &job.unit, job.options), announce).await
    }

    /// The same for one that is made.
    pub(super) async fn run_asked_job(
        &self,
        job: &impl Asked,
        asked: &AskedJob,
        announce: Option<impl Fn(&BegunJob)>,
    ) -> Result<JobResult> {
        let ended = self.begin_and_end(job, asked, announce).await?;
        for note in &ended.notes {
            self.note(Note::info(note.clone()));
        }
        Ok(ended)
    }

    async fn begin_and_end(
        &self,
        job: &impl Asked,
        asked: &AskedJob,
        announce: Option<impl Fn(&BegunJob)>,
    ) -> Result<JobResult> {
        let mut lease = self.acquire().await?;
        if own_end::is_ended_by(asked, self.whose()) {
            return own_end::begin(lease.backend(), asked).await;
        }
        let begun = match lease.backend().begin_job(asked, announce.is_some()).await {
            Err(error) => {
                lease = self.acquire_after(error, lease, job).await?;
                lease.backend().begin_job(asked, announce.is_some()).await?
            }
            Ok(begun) => begun,
        };
        if let Some(announce) = announce {
            announce(&begun);
        }
        let id = begun.id();
        let (lost, heard) = match begun.end().await {
            Ok(end) => match lease.backend().judge_job(asked, &end).await {
                Err(error) if is_lost(&error) => (error, Some(end)),
                other => return other,
            },
            Err(error) if is_lost(&error) => (error, None),
            Err(error) => return Err(error),
        };
        lease.discard();
        let Some(id) = id.filter(|_| self.settings().backend.value != BackendChoice::Command) else {
            return Err(lost);
        };
        self.note(Note::info(format!("{}; connecting again to wait on", lost.facts().message)));
        self.wait_on(asked, id, lost, heard).await
    }

    /// Waits on for a job whose connection broke, on others, until one of them lasts long enough.
    async fn wait_on(
        &self,
        asked: &AskedJob,
        id: u32,
        lost: Error,
        heard: Option<JobEnd>,
    ) -> Result<JobResult> {
        let mut pauses = Pauses::until_back();
        let mut deadline = self.deadline_of(None);
        loop {
            let outcome = match with_deadline(deadline, self.find_job(asked, id)).await {
                Ok((lease, dbus, job)) => {
                    let outcome = end_and_judge(dbus, job, heard.clone(), asked).await;
                    drop(lease);
                    pauses.begin_anew();
                    deadline = self.deadline_of(None);
                    outcome
                }
                Err(error) => Err(error),
            };
            let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            match outcome {
                Err(error) if error.kind() == Kind::Timeout || may_come_back(&error) && is_late => {
                    return Err(lost);
                }
                Err(error) if may_come_back(&error) => {}
                other => return other,
            }
            pauses.pause().await;
        }
    }

    /// The job on a connection that there is again; none, if it has ended.
    async fn find_job(&self, asked: &AskedJob, id: u32) -> Result<(Lease<'_>, Dbus, Option<DbusJob>)> {
        let (lease, dbus) = self.acquire_to_watch().await?;
        let job = dbus.follow_job(asked, id).await?;
        Ok((lease, dbus, job))
    }
}

/// Waits for the job, unless it was heard before how it ended, and judges its outcome.
async fn end_and_judge(
    dbus: Dbus,
    job: Option<DbusJob>,
    heard: Option<JobEnd>,
    asked: &AskedJob,
) -> Result<JobResult> {
    let end = match (heard, job) {
        (Some(heard), _) => heard,
        (None, Some(job)) => job.end().await?,
        (None, None) => JobEnd::default(),
    };
    Backend::Dbus(dbus).judge_job(asked, &end).await
}

/// Whether the manager may be there again in a moment.
fn may_come_back(error: &Error) -> bool {
    matches!(error.kind(), Kind::ConnectionLost | Kind::Unavailable | Kind::MonitoringUnavailable)
}
