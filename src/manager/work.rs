//! What is done with apps by a job: the steps before it, the job, and those after it. Each step is taken again where its
//! connection breaks, as when systemd executes itself anew: twice is as good as once.

use std::path::PathBuf;
use std::time::Instant;

use super::{Deployed, Ending, Manager, Preparation, Prepared};
use crate::app::AppConfig;
use crate::backend::{Backend, JobOptions, JobVerb};
use crate::client::{Asked, Client, Step};
use crate::error::{Kind, Result};
use crate::flow::with_deadline;
use crate::operation::{RunJob, timed_out};
use crate::settings::Timeout;
use crate::unit::{JobResult, UnitName};

/// How long it may take: as long as the caller said; else the client's time, and that which the unit has to stop.
#[derive(Clone, Copy)]
struct Limit {
    begin: Instant,
    timeout: Timeout,
    is_callers: bool,
}

impl Limit {
    fn new(client: &Client, timeout: Option<Timeout>) -> Self {
        let is_callers = timeout.is_some();
        let timeout = timeout.unwrap_or(client.settings().timeout.value);
        Self { begin: Instant::now(), timeout, is_callers }
    }

    fn deadline(&self) -> Option<Instant> {
        self.timeout.limit().and_then(|limit| self.begin.checked_add(limit))
    }

    fn add(&mut self, more: Timeout) {
        if !self.is_callers {
            self.timeout = self.timeout + more;
        }
    }
}

/// Something that is asked about an app, on its way.
pub(crate) struct Work<'a> {
    client: &'a Client,
    manager: &'a Manager,
    asked: &'a dyn Asked,
    limit: Limit,
}

impl<'a> Work<'a> {
    /// Begins; without a time-out the client's holds, longer by what the unit has to stop.
    pub(crate) fn new(
        client: &'a Client,
        manager: &'a Manager,
        asked: &'a dyn Asked,
        timeout: Option<Timeout>,
    ) -> Self {
        Self { client, manager, asked, limit: Limit::new(client, timeout) }
    }

    /// Deploys and starts; the answer tells what was done.
    pub(crate) async fn start(&mut self, app: &AppConfig, options: JobOptions) -> Result<Prepared> {
        let app = &self.limited(self.manager.check_again(app)).await?;
        // Of many who deploy the same app at once one does it, and the others find it done.
        let turn = self.manager.turn(app, self.limit.deadline()).await?;
        let started = self.start_in_turn(app, options).await;
        if let Some(turn) = turn {
            turn.end().await;
        }
        started
    }

    async fn start_in_turn(&mut self, app: &AppConfig, options: JobOptions) -> Result<Prepared> {
        let prepared = self.prepare(Preparation::Start(app)).await?;
        if let Some(verb) = prepared.verb
            && let Err(error) = self.run_job(verb, &prepared.unit, options).await
        {
            let done = prepared.deployed.as_ref().map(Deployed::done).unwrap_or_default();
            return Err(self.manager.diagnose(error, app).with_done(done));
        }
        Ok(prepared)
    }

    /// Deploys, and leaves the job to the caller.
    pub(crate) async fn deploy(&mut self, app: &AppConfig) -> Result<Prepared> {
        let app = self.limited(self.manager.check_again(app)).await?;
        self.prepare(Preparation::Start(&app)).await
    }

    /// Stops.
    pub(crate) async fn stop(&mut self, name: &str, options: JobOptions) -> Result<JobResult> {
        let unit = self.prepare(Preparation::Stop(name)).await?.unit;
        let result = self.run_job(JobVerb::Stop, &unit, options).await?;
        self.end(Ending::Stop(&unit)).await?;
        Ok(result)
    }

    /// Restarts.
    pub(crate) async fn restart(&mut self, name: &str, options: JobOptions) -> Result<JobResult> {
        let unit = self.prepare(Preparation::Restart(name)).await?.unit;
        match self.run_job(JobVerb::Restart, &unit, options).await {
            Err(error) => Err(self.manager.diagnose_deployed(error, &unit).await),
            done => done,
        }
    }

    /// Stops and deletes; gives the paths that were left in place.
    pub(crate) async fn delete(&mut self, name: &str, options: JobOptions) -> Result<Vec<PathBuf>> {
        let unit = self.prepare(Preparation::Delete(name)).await?.unit;
        match self.run_job(JobVerb::Stop, &unit, options).await {
            // systemd does not know it any more.
            Err(error) if error.kind() == Kind::UnitNotFound => {}
            other => drop(other?),
        }
        self.end(Ending::Delete(&unit)).await
    }

    /// Does what comes before the job.
    pub(crate) async fn prepare(&mut self, preparation: Preparation<'_>) -> Result<Prepared> {
        let step = Part { manager: self.manager, deadline: self.limit.deadline(), kind: preparation };
        let prepared = self.limited(self.client.insist(self.asked, &step)).await?;
        self.limit.add(prepared.stop_time);
        Ok(prepared)
    }

    async fn run_job(&self, verb: JobVerb, unit: &UnitName, options: JobOptions) -> Result<JobResult> {
        let job = RunJob { verb, unit: unit.clone(), options };
        self.limited(Box::pin(self.client.run_job(&job))).await
    }

    async fn end(&self, ending: Ending<'_>) -> Result<Vec<PathBuf>> {
        let step = Part { manager: self.manager, deadline: self.limit.deadline(), kind: ending };
        self.limited(self.client.insist(self.asked, &step)).await
    }

    async fn limited<T>(&self, flow: impl Future<Output = Result<T>>) -> Result<T> {
        with_deadline(self.limit.deadline(), flow).await.map_err(|error| match error.kind() {
            Kind::Timeout if error.facts().dbus_name.is_none() && error.facts().path.is_none() => {
                timed_out(self.asked, self.limit.timeout)
            }
            _ => error,
        })
    }
}

/// A part of the work that may be done twice.
struct Part<'a, K> {
    manager: &'a Manager,
    deadline: Option<Instant>,
    kind: K,
}

impl Step for Part<'_, Preparation<'_>> {
    type Answer = Prepared;

    async fn over(&self, backend: &Backend) -> Result<Prepared> {
        self.manager.prepare(backend, &self.kind, self.deadline).await
    }
}

impl Step for Part<'_, Ending<'_>> {
    type Answer = Vec<PathBuf>;

    async fn over(&self, backend: &Backend) -> Result<Vec<PathBuf>> {
        self.manager.end(backend, &self.kind, self.deadline).await
    }
}
