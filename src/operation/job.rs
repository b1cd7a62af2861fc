//! A job whose caller does not wait for its end, or not yet: many may wait for it, and each may give up.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;
use std::time::Instant;

use super::{RunJob, timed_out, told};
use crate::backend::{BegunJob, JobVerb};
use crate::client::{Client, Note};
use crate::error::hint::{call, text};
use crate::error::{Error, Kind, Result};
use crate::flow::joint::{Flow, JointFlow};
use crate::flow::notice::Notice;
use crate::flow::{Wait, wait_for, with_deadline};
use crate::settings::Timeout;
use crate::unit::{AffectedJob, JobResult, UnitName};

/// A job that was asked for by somebody who does not wait for its end, or not yet.
pub struct Job {
    shared: Arc<Shared>,
    flow: JointFlow,
    client: Arc<Client>,
    asked: RunJob,
}

/// What the job's flow tells and all who wait for it hear.
struct Shared {
    /// Its owner wants it canceled.
    unwanted: AtomicBool,
    /// It ends when the job has ended, or nobody has it any more.
    progress: Notice<Progress>,
}

#[derive(Default)]
struct Progress {
    /// systemd has taken it on.
    begun: bool,
    id: Option<u32>,
    affected: Option<Arc<[AffectedJob]>>,
    outcome: Option<Result<JobResult>>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Job({} {})", self.asked.verb.as_str(), self.asked.unit)
    }
}

impl Job {
    /// A job of a client's. Nothing happens until it is driven.
    #[must_use]
    pub fn new(client: Arc<Client>, asked: RunJob) -> Self {
        let progress = Notice::new(Progress::default());
        let shared = Arc::new(Shared { unwanted: AtomicBool::new(false), progress });
        let (teller, worker, job) = (Arc::clone(&shared), Arc::clone(&client), asked.clone());
        let flow = Box::pin(async move {
            let announce = |begun: &BegunJob| {
                teller.progress.tell(|progress| {
                    (progress.begun, progress.id) = (true, begun.id());
                    progress.affected = begun.affected().map(Arc::from);
                });
            };
            let outcome = worker.run_announced_job(&job, Some(announce)).await;
            let outcome = match outcome.map_err(|error| worker.with_scope(teller.as_wanted(error))) {
                Err(error) => Err(worker.with_reason(error, None).await),
                done => done,
            };
            let ended = outcome.as_ref().map(|job| job.result.as_str());
            worker.note(Note::debug(told(&job, ended)));
            teller.progress.end(|progress| progress.outcome = Some(outcome));
        });
        Self { shared, flow: JointFlow::new(flow), client, asked }
    }

    /// What was asked for.
    #[must_use]
    pub fn verb(&self) -> JobVerb {
        self.asked.verb
    }

    /// The unit that it was asked for.
    #[must_use]
    pub fn unit(&self) -> &UnitName {
        &self.asked.unit
    }

    /// Whether it is known how it ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.shared.progress.look(|progress| progress.outcome.is_some()).unwrap_or(false)
    }

    /// The job's number, once systemd has taken it on.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.shared.progress.look(|progress| progress.id)?
    }

    /// The other jobs that systemd has queued with it, by their numbers; `None` where it could not be asked for them.
    #[must_use]
    pub fn affected(&self) -> Option<Arc<[AffectedJob]>> {
        self.shared.progress.look(|progress| progress.affected.clone())?
    }

    /// Notes that its owner is about to have it canceled, and gives its number.
    #[must_use]
    pub fn cancel_is_next(&self) -> Option<u32> {
        self.shared.unwanted.store(true, Relaxed);
        self.id()
    }

    /// What has happened since the last time somebody asked.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Note> {
        self.client.take_notes()
    }

    /// Gives away the flow, for an event loop; `None` if it has been given away already.
    #[must_use]
    pub fn attach(&self) -> Option<Flow> {
        let mut flow = self.flow.take()?;
        let work = Work(Arc::clone(&self.shared));
        Some(Box::pin(async move {
            let mut ended = pin!(work.0.progress.ended());
            poll_fn(|context| match ended.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => flow.as_mut().poll(context),
            })
            .await;
        }))
    }

    /// Waits until systemd has taken it on; an error is what it answered instead. Another driver runs the flow.
    pub async fn begun(&self, timeout: Option<Timeout>) -> Result<()> {
        self.limited(timeout, self.shared.progress.hear(Progress::begun)).await
    }

    /// Waits until it has ended, and gives its outcome. Another driver runs the flow.
    pub async fn ended(&self, timeout: Option<Timeout>) -> Result<JobResult> {
        self.limited(timeout, self.shared.progress.hear(|progress| progress.outcome.clone())).await
    }

    /// Runs the flow until systemd has taken the job on: for a driver of one flow.
    pub async fn drive_until_begun(&self, timeout: Option<Timeout>) -> Result<()> {
        self.limited(timeout, self.drive(Progress::begun)).await
    }

    /// Runs the flow until the job has ended, and gives its outcome: for a driver of one flow.
    pub async fn drive_until_ended(&self, timeout: Option<Timeout>) -> Result<JobResult> {
        self.limited(timeout, self.drive(|progress| progress.outcome.clone())).await
    }

    /// A job that systemd has taken on, asked for by a task of a tokio runtime.
    #[cfg(feature = "tokio")]
    pub async fn begin(client: Arc<Client>, asked: RunJob, timeout: Option<Timeout>) -> Result<Self> {
        let job = Self::new(client, asked);
        crate::flow::tokio::drive(Box::pin(job.drive_until_begun(timeout))).await?;
        Ok(job)
    }

    /// Waits until it has ended, and gives its outcome: for any number of tasks of a tokio runtime.
    #[cfg(feature = "tokio")]
    pub async fn wait(&self, timeout: Option<Timeout>) -> Result<JobResult> {
        crate::flow::tokio::drive(Box::pin(self.drive_until_ended(timeout))).await
    }

    /// Takes in what has come without waiting for more, and tells whether the job has ended: for a driver of one
    /// flow.
    pub async fn glance(&self) -> Result<bool> {
        self.check_process()?;
        let mut has_looked = false;
        let look =
            |progress: &mut Progress| match (&progress.outcome, std::mem::replace(&mut has_looked, true)) {
                (Some(_), _) => Some(Ok(true)),
                (None, true) => Some(Ok(false)),
                (None, false) => {
                    // The driver waits for no time at all, and reads what is there.
                    wait_for(Wait::Until(Instant::now()));
                    None
                }
            };
        self.drive(look).await
    }

    async fn limited<T>(&self, timeout: Option<Timeout>, flow: impl Future<Output = Result<T>>) -> Result<T> {
        self.check_process()?;
        let timeout = timeout.unwrap_or(self.client.settings().timeout.value + self.asked.options.stop_time);
        let deadline = timeout.limit().and_then(|limit| Instant::now().checked_add(limit));
        with_deadline(deadline, flow).await.map_err(|error| match error.kind() {
            Kind::Timeout if error.facts().dbus_name.is_none() => timed_out(&self.asked, timeout),
            _ => error,
        })
    }

    async fn drive<T>(&self, find: impl FnMut(&mut Progress) -> Option<Result<T>>) -> Result<T> {
        let _reading = self.client.read();
        self.flow.drive(self.shared.progress.hear(find)).await
    }

    fn check_process(&self) -> Result<()> {
        if !self.shared.progress.is_inherited() {
            return Ok(());
        }
        Err(Error::new(Kind::ConnectionLost, "this job was begun by the parent process").with_hint([
            text("in the forked child "),
            call("get_unit_status"),
            text(" or "),
            call("wait_for_unit"),
            text(" tells what became of the unit"),
        ]))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.shared.progress.end(|_| ());
    }
}

impl Progress {
    fn begun(&mut self) -> Option<Result<()>> {
        match &self.outcome {
            // What systemd answered instead of a job; how a job ended is told to those who wait for that.
            Some(Err(error)) if !self.begun => Some(Err(error.clone())),
            _ => self.begun.then_some(Ok(())),
        }
    }
}

impl Shared {
    /// An error that says no more than that the job was canceled, where that was wanted.
    fn as_wanted(&self, error: Error) -> Error {
        if error.kind() != Kind::JobCanceled || !self.unwanted.load(Relaxed) {
            return error;
        }
        let job = error.facts().job.clone().unwrap_or_default();
        let (unit, state) = (error.facts().unit.clone().unwrap_or_default(), job.active_state.clone());
        let state = state.unwrap_or_else(|| "unknown".to_owned());
        Error::new(Kind::JobCanceled, format!("the job for {unit} was canceled, as you asked"))
            .with_hint(format!("the unit is {state}; what had begun goes on until it is stopped"))
            .with_unit(unit)
            .with_job(job)
    }
}

/// The flow on an event loop. If that is closed before the job has ended, all who wait hear of it.
struct Work(Arc<Shared>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.progress.end(|progress| {
            progress.outcome.get_or_insert_with(|| {
                Err(Error::new(Kind::ConnectionLost, "the client was closed before the job had ended")
                    .with_hint([
                        text("the job goes on; "),
                        call("get_unit_status"),
                        text(" tells what became of the unit"),
                    ]))
            });
        });
    }
}
