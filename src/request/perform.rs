//! Doing what is asked: for each driver, within a deadline, with its words for the log.

use std::pin::pin;
use std::time::Instant;

use super::{AppRequest, Call, OfApps, Request, Response};
use crate::backend::Units;
use crate::client::{Asked, Note};
use crate::error::hint::{call, text};
use crate::error::{Error, Hint, Kind, Part, Result};
use crate::flow::block::{Interrupt, block};
use crate::flow::{tell, with_deadline};
use crate::operation::{timed_out, told};
use crate::settings::Timeout;
use crate::verb::Repeat;
use crate::watch::{Home, Listing};

impl Home {
    /// Does what is asked on the calling thread, until it is done, the deadline passes or `interrupt` ends it.
    pub fn run(
        &self,
        request: &Request,
        timeout: Option<Timeout>,
        interrupt: Option<Interrupt<'_>>,
    ) -> Result<Response> {
        let done = block(self.perform(request, timeout), interrupt).and_then(|done| done);
        if done.is_err() {
            self.client().remove_left();
        }
        done
    }

    /// Does what is asked within its deadline, awaited by a task of a tokio runtime (see
    /// [`drive`](crate::flow::tokio::drive)). Many may be awaited at once; they share one connection.
    ///
    /// Dropping the future forgets what was asked, which systemd may have begun. One that was begun has to be
    /// polled or dropped: while it connects, others wait for it.
    #[cfg(feature = "tokio")]
    pub async fn ask(&self, request: Request, timeout: Option<Timeout>) -> Result<Response> {
        crate::flow::tokio::drive(Box::pin(self.perform(&request, timeout))).await
    }

    /// Does what is asked within its deadline: a flow for any driver.
    pub async fn perform(&self, request: &Request, timeout: Option<Timeout>) -> Result<Response> {
        let client = self.client();
        request.check_manager(client.whose())?;
        let timeout = request.limit(timeout);
        let deadline = client.deadline_of(timeout);
        let _changing = request.may_change().then(|| self.changing());
        // Pinned where it is: whoever is given a flow by value keeps it a second time.
        let flow = pin!(self.perform_at_once(request, timeout, deadline));
        let outcome = match tell::collect(|text| client.note(Note::debug(text)), flow).await {
            Err(error) => Err(Box::pin(client.with_reason(error, deadline)).await),
            done => done,
        };
        if request.repeat() != Repeat::Always {
            let ended = outcome.as_ref().map(|response| match response {
                Response::Job(job) => job.result.as_str(),
                _ => "done",
            });
            client.note(Note::debug(told(request, ended)));
        }
        outcome
    }

    async fn perform_at_once(
        &self,
        request: &Request,
        timeout: Option<Timeout>,
        deadline: Option<Instant>,
    ) -> Result<Response> {
        let client = self.client();
        // What takes long is boxed, so that a short question is a small flow.
        let flow = pin!(async {
            match request {
                Request::Call(Call::ListUnits(patterns)) => Box::pin(self.list_units(patterns)).await,
                Request::Call(call) => client.attempt(call).await,
                Request::App(manager, AppRequest::Question(question)) => {
                    client.attempt(&OfApps(manager, question)).await
                }
                Request::App(manager, AppRequest::Check(check)) => {
                    Box::pin(OfApps(manager, check).perform()).await
                }
                Request::Question(question) => Box::pin(client.attempt(question)).await,
                Request::GetUnitByPid(process) => client.attempt(process).await.map(Response::Value),
                Request::WaitForUnit(wait) => {
                    let found = Box::pin(wait.perform(self, deadline)).await?;
                    Ok(Response::Status(Box::new(found)))
                }
                Request::Plan(call) => Box::pin(client.plan(call)).await.map(Response::Changes),
                Request::UnitText(text) => Box::pin(text.perform(client, deadline)).await.map(Response::Text),
                Request::PlanJob(plan) => Box::pin(client.attempt(plan)).await.map(Response::Plan),
                Request::StartTimes(times) => Box::pin(client.attempt(times)).await.map(Response::StartTimes),
                Request::Power(power) => client.attempt(power).await.map(|()| Response::Done),
                Request::RemoveLeft(_) => {
                    client.end_left().await;
                    Ok(Response::Done)
                }
                Request::Reexecute(_) => Box::pin(client.reexecute()).await.map(|()| Response::Done),
                Request::RunJob(job) => {
                    Box::pin(client.run_job_within(job, timeout)).await.map(Response::Job)
                }
                Request::RunJobs(jobs) => {
                    let ended = Box::pin(client.run_jobs(jobs, timeout)).await?;
                    Ok(Response::Jobs(jobs.verb, ended))
                }
                Request::StartTransient(start) => Box::pin(start.perform(client)).await.map(Response::Job),
                // It keeps to its deadline itself.
                Request::Run(run) => {
                    Box::pin(run.perform(self, timeout)).await.map(|ran| Response::Ran(Box::new(ran)))
                }
                Request::Spawn(spawn) => Box::pin(spawn.perform(self, timeout)).await.map(Response::Spawned),
                Request::Attach(attach) => Box::pin(attach.perform(self)).await.map(Response::Spawned),
                Request::Sample(sampler) => Box::pin(sampler.next(client)).await.map(Response::Figures),
                Request::OfRun(of_run) => Box::pin(of_run.perform(self)).await.map(Response::from),
                // It has a deadline for each of its steps.
                Request::App(manager, AppRequest::Work(work)) => {
                    Box::pin(OfApps(manager, work).perform(client, timeout)).await
                }
            }
        });
        let has_deadlines = matches!(
            request,
            Request::Run(_) | Request::Spawn(_) | Request::RunJobs(_) | Request::App(_, AppRequest::Work(_))
        );
        let done = with_deadline(deadline.filter(|_| !has_deadlines), flow).await;
        done.map_err(|error| match error.kind() {
            Kind::Timeout
                if error.facts().dbus_name.is_none()
                    && !has_deadlines
                    && timeout != Some(Timeout::OfUnit) =>
            {
                late(request, timeout.unwrap_or(client.settings().timeout.value), &error)
            }
            _ => client.with_scope(error),
        })
    }
}

impl Home {
    /// Out of a table that is open, or else from systemd; then the table has it for the next.
    async fn list_units(&self, patterns: &[String]) -> Result<Response> {
        let listing = self.listing(patterns).await?;
        if let Listing::Rows(rows) = listing {
            return Ok(Response::Units(Units::Values(rows)));
        }
        let response = self.client().attempt(&Call::ListUnits(patterns.to_vec())).await?;
        if let (Listing::Missing(missing), Response::Units(units)) = (listing, &response) {
            self.take_in_listing(missing, units.clone().decode()?.into_iter());
        }
        Ok(response)
    }
}

/// The error of a request that took too long: that of a wait tells what the unit does instead.
fn late(request: &Request, timeout: Timeout, error: &Error) -> Error {
    let late = timed_out(request, timeout);
    let longer = [text("to wait longer give "), Part::Argument("timeout")];
    match (&error.facts().state, request) {
        (Some((active, sub)), _) => {
            let message = format!("{}; it is {active} ({sub}) now", late.facts().message);
            late.with_message(message).with_hint(Hint::from(longer)).with_state(active, sub)
        }
        (None, Request::WaitForUnit(_)) => {
            late.with_hint(Hint::from([call("get_unit_status"), text(" tells its state; ")]).and(longer))
        }
        (None, Request::OfRun(_)) => late.with_hint(Hint::from([text("it goes on; ")]).and(longer)),
        (None, _) => late,
    }
}
