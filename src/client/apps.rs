//! What is done with apps by a job: the steps before it, the job, and those after it. Each step is taken again where its
//! connection breaks, as when systemd executes itself anew: twice is as good as once.

use std::path::PathBuf;
use std::time::Instant;

use super::{Client, is_lost, timed_out};
use crate::app::AppConfig;
use crate::backend::{Backend, JobOptions, JobVerb};
use crate::error::{Error, Kind, Result};
use crate::flow::{Pauses, with_deadline};
use crate::manager::{Ending, Manager, Preparation, Prepared};
use crate::request::{AppRequest, Request, Response};
use crate::settings::Timeout;
use crate::unit::{JobResult, UnitName};

/// How often a step is taken before its connection counts as lost: for some seconds.
const ATTEMPTS: usize = 10;

impl Client {
    /// Does what is asked about an app, if it does not only read.
    pub(super) async fn perform_for_app(
        &self,
        request: &Request,
        manager: &Manager,
        app: &AppRequest,
        timeout: Option<Timeout>,
    ) -> Result<Response> {
        let mut work = Work { client: self, request, manager, limit: Limit::new(self, timeout) };
        let done = match app {
            AppRequest::Start(app, options) => work.start(app, *options).await,
            AppRequest::Stop(name, options) => work.stop(name, *options).await.map(Response::Job),
            AppRequest::Restart(name, options) => work.restart(name, *options).await.map(Response::Job),
            AppRequest::Delete(name, options) => work.delete(name, *options).await,
            AppRequest::Deploy(app) => work.prepare(Preparation::Start(app)).await.map(left_to_do),
            AppRequest::PrepareStop(name) => work.prepare(Preparation::Stop(name)).await.map(left_to_do),
            AppRequest::PrepareRestart(name) => {
                work.prepare(Preparation::Restart(name)).await.map(left_to_do)
            }
            AppRequest::List | AppRequest::Describe(_) | AppRequest::Logs(..) => self.attempt(request).await,
        };
        done.map_err(|error| self.with_scope(error))
    }
}

/// The job that a preparation leaves to the caller. (The start of what runs is done at once.)
fn left_to_do(prepared: Prepared) -> Response {
    Response::Prepared(prepared.verb.unwrap_or(JobVerb::Start), prepared.unit, prepared.stop_time)
}

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
        let timeout = timeout.unwrap_or(client.settings.timeout.value);
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
struct Work<'a> {
    client: &'a Client,
    request: &'a Request,
    manager: &'a Manager,
    limit: Limit,
}

impl Work<'_> {
    async fn start(&mut self, app: &AppConfig, options: JobOptions) -> Result<Response> {
        // Of many who deploy the same app at once one does it, and the others find it done.
        let _turn = self.manager.turn(app, self.limit.deadline()).await?;
        let prepared = self.prepare(Preparation::Start(app)).await?;
        let Some(deployed) = prepared.deployed else { return Ok(left_to_do(prepared)) };
        if let Some(verb) = prepared.verb
            && let Err(error) = self.run_job(verb, &prepared.unit, options).await
        {
            return Err(self.manager.diagnose(error, app).with_done(deployed.done()));
        }
        Ok(Response::Deployed(prepared.unit, deployed))
    }

    async fn stop(&mut self, name: &str, options: JobOptions) -> Result<JobResult> {
        let unit = self.prepare(Preparation::Stop(name)).await?.unit;
        let result = self.run_job(JobVerb::Stop, &unit, options).await?;
        self.end(Ending::Stop(&unit)).await?;
        Ok(result)
    }

    async fn restart(&mut self, name: &str, options: JobOptions) -> Result<JobResult> {
        let unit = self.prepare(Preparation::Restart(name)).await?.unit;
        let result = self.run_job(JobVerb::Restart, &unit, options).await;
        result.map_err(|error| self.manager.diagnose_deployed(error, &unit))
    }

    async fn delete(&mut self, name: &str, options: JobOptions) -> Result<Response> {
        let unit = self.prepare(Preparation::Delete(name)).await?.unit;
        match self.run_job(JobVerb::Stop, &unit, options).await {
            // systemd does not know it any more.
            Err(error) if error.kind() == Kind::UnitNotFound => {}
            other => drop(other?),
        }
        let left = self.end(Ending::Delete(&unit)).await?;
        Ok(Response::Left(left.into_iter().map(|path| path.display().to_string()).collect()))
    }

    async fn prepare(&mut self, preparation: Preparation<'_>) -> Result<Prepared> {
        let step = Step { manager: self.manager, deadline: self.limit.deadline(), kind: preparation };
        let prepared = self.limited(self.client.insist(self.request, &step)).await?;
        self.limit.add(prepared.stop_time);
        Ok(prepared)
    }

    async fn run_job(&self, verb: JobVerb, unit: &UnitName, options: JobOptions) -> Result<JobResult> {
        self.limited(self.client.run_job(verb, unit, options)).await
    }

    async fn end(&self, ending: Ending<'_>) -> Result<Vec<PathBuf>> {
        let step = Step { manager: self.manager, deadline: self.limit.deadline(), kind: ending };
        self.limited(self.client.insist(self.request, &step)).await
    }

    async fn limited<T>(&self, flow: impl Future<Output = Result<T>>) -> Result<T> {
        with_deadline(self.limit.deadline(), flow).await.map_err(|error| match error.kind() {
            Kind::Timeout if error.facts().dbus_name.is_none() && error.facts().path.is_none() => {
                timed_out(self.request, self.limit.timeout)
            }
            _ => error,
        })
    }
}

/// A part of the work that may be done twice.
struct Step<'a, K> {
    manager: &'a Manager,
    deadline: Option<Instant>,
    kind: K,
}

trait Attempt {
    type Answer;
    fn over(&self, backend: &Backend) -> impl Future<Output = Result<Self::Answer>> + Send;
}

impl Attempt for Step<'_, Preparation<'_>> {
    type Answer = Prepared;

    async fn over(&self, backend: &Backend) -> Result<Prepared> {
        self.manager.prepare(backend, &self.kind, self.deadline).await
    }
}

impl Attempt for Step<'_, Ending<'_>> {
    type Answer = Vec<PathBuf>;

    async fn over(&self, backend: &Backend) -> Result<Vec<PathBuf>> {
        self.manager.end(backend, &self.kind, self.deadline).await
    }
}

impl Client {
    /// Takes a step, and takes it again while connections break under it.
    async fn insist<A: Attempt>(&self, request: &Request, step: &A) -> Result<A::Answer> {
        let mut pauses = Pauses::until_back();
        let mut lost: Option<Error> = None;
        for _ in 0..ATTEMPTS {
            let error = match self.acquire().await {
                Ok(lease) => match step.over(lease.backend()).await {
                    Err(error) if is_lost(&error) => {
                        lease.discard();
                        error
                    }
                    done => return done,
                },
                // It is not there again yet.
                Err(error) if error.kind() == Kind::Unavailable && lost.is_some() => error,
                Err(error) => return Err(error),
            };
            let message = &error.facts().message;
            self.slots.current().note(format!("{message}; connecting again for the {}", request.what()));
            lost.get_or_insert(error);
            pauses.pause().await;
        }
        let lost = lost.unwrap_or_else(|| Error::new(Kind::ConnectionLost, "the connection was lost"));
        Err(lost.with_hint(format!("the {} was not finished; ask again", request.what())))
    }
}
