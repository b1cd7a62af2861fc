//! How a job's outcome is judged. "done" alone is no success: a service that fails right after its start is a
//! failed start.

use super::super::status;
use super::{JobEnd, JobVerb};
use crate::error::{Error, JobFacts, Kind, Result};
use crate::unit::{JobResult, UnitName, UnitStatus};
use crate::value::Value;

/// What is found of a unit after its job.
pub(in crate::backend) struct Found {
    status: UnitStatus,
    /// The service's `Type`.
    service_type: Option<String>,
    /// What is known of the unit's conditions.
    conditions: Conditions,
}

/// How a unit's conditions came out when it was started last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conditions {
    /// They held, or the unit has none.
    Held,
    /// They did not hold, so that nothing was started.
    Failed,
    /// systemd does not know any more: it forgets a unit that is down and that nothing refers to.
    Forgotten {
        /// Whether the unit has any.
        any: bool,
    },
}

impl Conditions {
    fn of<'a>(get: impl Fn(&str) -> Option<&'a Value>) -> Self {
        if get("ConditionResult").and_then(Value::as_boolean) != Some(false) {
            return Self::Held;
        }
        if get("ConditionTimestamp").and_then(Value::as_unsigned).is_some() {
            return Self::Failed;
        }
        let any = matches!(get(status::CONDITIONS), Some(Value::List(conditions)) if !conditions.is_empty());
        Self::Forgotten { any }
    }
}

impl Found {
    /// From the properties that `get` finds.
    pub(in crate::backend) fn new<'a>(
        unit: &UnitName,
        get: impl Fn(&str) -> Option<&'a Value>,
    ) -> Result<Self> {
        let service_type = get("Type").and_then(Value::as_text).map(str::to_owned);
        let conditions = Conditions::of(&get);
        let status = status::found(unit, status::assemble(unit, get))?;
        Ok(Self { status, service_type, conditions })
    }

    /// Whether systemd has forgotten the unit since, and with it how the conditions came out.
    pub(in crate::backend) fn is_forgotten(&self) -> bool {
        self.status.active_state == "inactive" && matches!(self.conditions, Conditions::Forgotten { .. })
    }

    /// Whether nothing was started because the unit's conditions did not hold.
    ///
    /// Of a forgotten unit with conditions nobody can tell. One that does its work and ends has done so; for
    /// any other it would be strange to be down.
    fn was_skipped(&self) -> bool {
        let stays_up = self.service_type.as_deref() != Some("oneshot");
        self.status.active_state == "inactive"
            && match self.conditions {
                Conditions::Held => false,
                Conditions::Failed => true,
                Conditions::Forgotten { any } => any && stays_up,
            }
    }

    /// The main process ended unasked, and systemd is about to start or has started another one.
    pub(in crate::backend) fn is_restarting(&self) -> bool {
        let status = &self.status;
        status.sub_state.starts_with("auto-restart") || status.n_restarts.is_some_and(|count| count > 0)
    }

    /// Whether "started" only means that there is a process.
    pub(super) fn may_fail_yet(&self) -> bool {
        matches!(self.service_type.as_deref(), Some("simple" | "exec" | "idle"))
            && matches!(self.status.active_state.as_str(), "active" | "activating")
    }

    /// The result that a job must have had of which nobody heard the end.
    fn presumed_result(&self, verb: JobVerb) -> &'static str {
        let is_down = matches!(self.status.active_state.as_str(), "inactive" | "failed");
        let is_done = match verb {
            JobVerb::Stop => is_down,
            // One that failed is judged as such; one that does its work and ends may be down again.
            JobVerb::Start | JobVerb::Restart => {
                self.status.active_state != "inactive" || self.service_type.as_deref() == Some("oneshot")
            }
        };
        if is_done { "done" } else { UNKNOWN }
    }
}

/// In the place of a job's result, where nobody heard it and the unit's state does not tell.
const UNKNOWN: &str = "unknown";

/// A job's outcome: a result, or the error that it amounts to.
pub(super) fn judge(verb: JobVerb, unit: &UnitName, end: &JobEnd, found: &Found) -> Result<JobResult> {
    let result = match end {
        JobEnd::Said(result) => result,
        JobEnd::Unheard => found.presumed_result(verb),
    };
    Ended { verb, unit, result, found }.judge()
}

/// What is known when a job has ended.
struct Ended<'a> {
    verb: JobVerb,
    unit: &'a UnitName,
    /// The job's result as systemd gave it.
    result: &'a str,
    /// What was found of the unit afterwards.
    found: &'a Found,
}

/// A job that did what it should.
pub(super) fn done(verb: JobVerb, unit: &UnitName) -> JobResult {
    JobResult {
        unit: unit.as_str().to_owned(),
        operation: verb.as_str().to_owned(),
        result: "done".to_owned(),
    }
}

impl Ended<'_> {
    fn judge(&self) -> Result<JobResult> {
        if !matches!(self.result, "done" | "skipped") {
            return Err(self.failure(self.kind()));
        }
        let done = done(self.verb, self.unit);
        let active_state = self.found.status.active_state.as_str();
        if self.verb == JobVerb::Stop {
            return Ok(done);
        }
        if active_state == "failed" || self.found.is_restarting() {
            return Err(self.failure(Kind::JobFailed));
        }
        let skipped = self.result == "skipped" || self.found.was_skipped();
        Ok(if skipped { JobResult { result: "skipped".to_owned(), ..done } } else { done })
    }

    fn kind(&self) -> Kind {
        match self.result {
            "failed" => Kind::JobFailed,
            "canceled" => Kind::JobCanceled,
            "timeout" => Kind::JobTimeout,
            "dependency" => Kind::DependencyFailed,
            _ => Kind::Job,
        }
    }

    fn failure(&self, kind: Kind) -> Error {
        let status = &self.found.status;
        // CLD_EXITED is 1; everything else is a signal, with or without a core dump.
        let (exit_code, signal) = match (status.exec_main_code, status.exec_main_status) {
            (Some(1), Some(code)) => (Some(code), None),
            (Some(2 | 3), Some(number)) => (None, Some(number)),
            _ => (None, None),
        };
        let result = if kind == Kind::JobFailed { "failed" } else { self.result };
        let facts = JobFacts {
            result: result.to_owned(),
            active_state: Some(status.active_state.clone()),
            sub_state: Some(status.sub_state.clone()),
            unit_result: status.result.clone(),
            exit_code,
            signal,
            log: Vec::new(),
        };
        Error::new(kind, self.message(kind, &facts))
            .with_unit(self.unit.as_str())
            .with_hint(self.hint(kind))
            .with_job(facts)
    }

    fn message(&self, kind: Kind, facts: &JobFacts) -> String {
        let subject = format!("{} of {}", self.verb.as_str(), self.unit);
        match kind {
            Kind::JobCanceled => return format!("{subject} was canceled"),
            Kind::JobTimeout => return format!("{subject} ran into the unit's own time limit"),
            Kind::DependencyFailed => return format!("{subject} failed because a dependency failed"),
            Kind::Job if self.result == UNKNOWN => {
                let state = &self.found.status.active_state;
                return format!("nobody heard how the {subject} ended, and the unit is {state}");
            }
            Kind::Job => return format!("{subject} ended with the result {}", self.result),
            _ => {}
        }
        let cause = match (facts.exit_code, facts.signal) {
            (Some(203), _) => "its program could not be executed (exit code 203)".to_owned(),
            (Some(200), _) => "its working directory could not be entered (exit code 200)".to_owned(),
            (Some(217), _) => "its user does not exist (exit code 217)".to_owned(),
            (Some(code), _) => format!("its main process exited with code {code}"),
            (None, Some(number)) => format!("its main process was ended by signal {number}"),
            (None, None) if self.found.is_restarting() => {
                "its main process ended, and systemd started another one".to_owned()
            }
            (None, None) => format!("its result is {}", facts.unit_result.as_deref().unwrap_or("unknown")),
        };
        match facts.unit_result.as_deref() {
            Some("start-limit-hit") => format!("{subject} failed: it was started too often in a short time"),
            _ => format!("{subject} failed: {cause}"),
        }
    }

    fn hint(&self, kind: Kind) -> String {
        match kind {
            Kind::JobCanceled => "another job replaced it; ask again when that has ended".to_owned(),
            Kind::JobTimeout => "raise TimeoutStartSec= or find out why it does not get ready".to_owned(),
            Kind::DependencyFailed => {
                format!("`systemctl list-dependencies {}` shows which one", self.unit)
            }
            _ => format!("`journalctl -u {}` may say more", self.unit),
        }
    }
}
