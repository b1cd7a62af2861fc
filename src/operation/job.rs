//! A job whose caller does not wait for its end, or not yet: many may wait for it, and each may give up.

use std::future::{Future, poll_fn};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use rustix::event::{EventfdFlags, eventfd};

use super::{RunJob, timed_out, told};
use crate::backend::JobVerb;
use crate::client::{Client, Note};
use crate::error::{Error, Kind, Result};
use crate::flow::{Interest, Wait, wait_for, with_deadline};
use crate::fork;
use crate::settings::Timeout;
use crate::unit::{JobResult, UnitName};

/// A job that was asked for by somebody who does not wait for its end, or not yet.
pub struct Job {
    shared: Arc<Shared>,
    flow: Mutex<Option<Flow>>,
    client: Arc<Client>,
    asked: RunJob,
}

/// What waits for a job's end.
pub type Flow = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the job's flow tells and all who wait for it hear.
struct Shared {
    /// The fork generation that it was made in; in a forked child it belongs to the parent.
    generation: u64,
    /// Becomes readable when nothing follows: the job has ended, or nobody has it any more.
    bell: Arc<OwnedFd>,
    /// Its owner wants it canceled.
    unwanted: AtomicBool,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// systemd has taken it on.
    begun: bool,
    id: Option<u32>,
    outcome: Option<Result<JobResult>>,
    abandoned: bool,
    wakers: Vec<Waker>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Job({} {})", self.asked.verb.as_str(), self.asked.unit)
    }
}

impl Job {
    /// A job of a client's. Nothing happens until it is driven.
    pub fn new(client: Arc<Client>, asked: RunJob) -> Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|errno| {
            Error::new(Kind::Unavailable, format!("cannot wait for a job: {errno}"))
                .with_errno(Some(errno.raw_os_error()))
                .with_hint("this process has too many open files; close some, or raise its limit")
                .with_unsent(true)
        })?;
        let shared = Arc::new(Shared {
            generation: fork::generation(),
            bell: Arc::new(bell),
            unwanted: AtomicBool::new(false),
            progress: Mutex::default(),
        });
        let (teller, worker, job) = (Arc::clone(&shared), Arc::clone(&client), asked.clone());
        let flow = Box::pin(async move {
            let announce = |id| teller.tell(|progress| (progress.begun, progress.id) = (true, id));
            let outcome = worker.run_announced_job(&job, Some(announce)).await;
            let outcome = match outcome.map_err(|error| worker.with_scope(teller.as_wanted(error))) {
                Err(error) => Err(worker.with_reason(error, None).await),
                done => done,
            };
            let ended = outcome.as_ref().map(|job| job.result.as_str());
            worker.note(Note::debug(told(&job, ended)));
            teller.tell(|progress| progress.outcome = Some(outcome));
            teller.ring();
        });
        Ok(Self { shared, flow: Mutex::new(Some(flow)), client, asked })
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
        self.shared.generation == fork::generation() && self.shared.progress().outcome.is_some()
    }

    /// The job's number, once systemd has taken it on.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.shared.progress().id
    }

    /// Notes that its owner is about to have it canceled, and gives its number.
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
    pub fn attach(&self) -> Option<Flow> {
        let mut flow = self.flow().take()?;
        let work = Work(Arc::clone(&self.shared));
        Some(Box::pin(poll_fn(move |context| {
            if work.0.progress().abandoned {
                return Poll::Ready(());
            }
            wait_for(work.0.wait());
            flow.as_mut().poll(context)
        })))
    }

    /// Waits until systemd has taken it on; an error is what it answered instead. Another driver runs the flow.
    pub async fn begun(&self, timeout: Option<Timeout>) -> Result<()> {
        self.limited(timeout, self.hear(Progress::begun)).await
    }

    /// Waits until it has ended, and gives its outcome. Another driver runs the flow.
    pub async fn ended(&self, timeout: Option<Timeout>) -> Result<JobResult> {
        self.limited(timeout, self.hear(|progress| progress.outcome.clone())).await
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
        let job = Self::new(client, asked)?;
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
        let look = |progress: &Progress| match (&progress.outcome, std::mem::replace(&mut has_looked, true)) {
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

    async fn hear<T>(&self, mut find: impl FnMut(&Progress) -> Option<Result<T>>) -> Result<T> {
        let mut listener = Listener { shared: &self.shared, waker: None };
        poll_fn(|context| listener.poll(context, &mut find)).await
    }

    async fn drive<T>(&self, mut find: impl FnMut(&Progress) -> Option<Result<T>>) -> Result<T> {
        let _reading = self.client.read();
        let _hand_over = HandOver(&self.shared);
        let mut listener = Listener { shared: &self.shared, waker: None };
        poll_fn(|context| {
            let mut flow = self.flow();
            if let Some(running) = flow.as_mut()
                && running.as_mut().poll(context).is_ready()
            {
                *flow = None;
            }
            let found = listener.poll(context, &mut find);
            if found.is_pending() {
                wait_for(self.shared.wait());
            }
            found
        })
        .await
    }

    fn flow(&self) -> MutexGuard<'_, Option<Flow>> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_process(&self) -> Result<()> {
        if self.shared.generation == fork::generation() {
            return Ok(());
        }
        Err(Error::new(Kind::ConnectionLost, "this job was begun by the parent process").with_hint(
            "in the forked child get_unit_status() or wait_for_unit() tells what became of the unit",
        ))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.shared.generation == fork::generation() {
            self.shared.progress().abandoned = true;
            self.shared.ring();
        } else if let Ok(flow) = self.flow.get_mut() {
            // What it holds is the parent's.
            std::mem::forget(flow.take());
        }
    }
}

impl Progress {
    fn begun(&self) -> Option<Result<()>> {
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

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress();
        change(&mut progress);
        let wakers = std::mem::take(&mut progress.wakers);
        drop(progress);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn ring(&self) {
        // Nobody reads it, so it stays readable; an event descriptor that is rung twice at most takes this.
        let _ = rustix::io::write(&*self.bell, &1_u64.to_ne_bytes());
    }

    fn wait(&self) -> Wait {
        Wait::Descriptor { descriptor: Arc::clone(&self.bell), interest: Interest::Read }
    }
}

/// The flow knows only who polled it last: when that one goes, another has to poll it.
struct HandOver<'a>(&'a Shared);

impl Drop for HandOver<'_> {
    fn drop(&mut self) {
        if self.0.generation == fork::generation() {
            self.0.tell(|_| {});
        }
    }
}

/// The flow on an event loop. If that is closed before the job has ended, all who wait hear of it.
struct Work(Arc<Shared>);

impl Drop for Work {
    fn drop(&mut self) {
        if self.0.generation == fork::generation() {
            self.0.tell(|progress| {
                progress.outcome.get_or_insert_with(|| {
                    Err(Error::new(Kind::ConnectionLost, "the client was closed before the job had ended")
                        .with_hint("the job goes on; get_unit_status() tells what became of the unit"))
                });
            });
        }
    }
}

/// One that waits for progress; when it waits no more, it is forgotten.
struct Listener<'a> {
    shared: &'a Shared,
    waker: Option<Waker>,
}

impl Listener<'_> {
    fn poll<T>(
        &mut self,
        context: &Context<'_>,
        find: &mut impl FnMut(&Progress) -> Option<Result<T>>,
    ) -> Poll<Result<T>> {
        let mut progress = self.shared.progress();
        if let Some(found) = find(&progress) {
            return Poll::Ready(found);
        }
        progress.wakers.retain(|other| !other.will_wake(context.waker()));
        progress.wakers.push(context.waker().clone());
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        if let Some(waker) = self.waker.take()
            && self.shared.generation == fork::generation()
        {
            self.shared.progress().wakers.retain(|other| !other.will_wake(&waker));
        }
    }
}
