//! Jobs: what is asked for, and how its outcome is judged. "done" alone is no success: a service that fails
//! right after its start is a failed start.

use std::str::FromStr;
use std::time::{Duration, Instant};

use super::{Backend, JobOptions, status};
use crate::error::{Error, JobFacts, Kind, Result};
use crate::flow::sleep_until;
use crate::journal;
use crate::unit::{JobResult, UnitName, UnitStatus};
use crate::value::Value;

/// The journal comes after the fact: lines may still be on their way to it. So long is the pause between two
/// looks, and so many there are at most.
const JOURNAL_PAUSE: Duration = Duration::from_millis(40);
const JOURNAL_LOOKS: usize = 5;

/// What is asked of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobVerb {
    /// `StartUnit`
    Start,
    /// `StopUnit`
    Stop,
    /// `RestartUnit`
    Restart,
}

impl JobVerb {
    /// The verb as `systemctl` spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    /// The manager's D-Bus method.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Start => "StartUnit",
            Self::Stop => "StopUnit",
            Self::Restart => "RestartUnit",
        }
    }
}

impl FromStr for JobVerb {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let verbs = [Self::Start, Self::Stop, Self::Restart];
        verbs.into_iter().find(|verb| verb.as_str() == text).ok_or_else(|| {
            Error::config(format!("the verb is {text:?}")).with_hint("use start, stop or restart")
        })
    }
}

/// What happens to jobs that are in the way; see `--job-mode=` in systemctl(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum JobMode {
    /// Cancel them.
    #[default]
    Replace,
    /// Fail.
    Fail,
    /// Cancel them, and let nothing cancel this one.
    ReplaceIrreversibly,
    /// Stop everything else.
    Isolate,
    /// Do not touch the units that this one depends on.
    IgnoreDependencies,
    /// Ask only for the order of dependencies.
    IgnoreRequirements,
}

const MODES: [(&str, JobMode); 6] = [
    ("replace", JobMode::Replace),
    ("fail", JobMode::Fail),
    ("replace-irreversibly", JobMode::ReplaceIrreversibly),
    ("isolate", JobMode::Isolate),
    ("ignore-dependencies", JobMode::IgnoreDependencies),
    ("ignore-requirements", JobMode::IgnoreRequirements),
];

impl JobMode {
    /// The mode as systemd spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        MODES.iter().find(|(_, mode)| *mode == self).map_or("replace", |(name, _)| name)
    }
}

impl FromStr for JobMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = MODES.iter().find(|(name, _)| *name == text);
        known.map(|(_, mode)| *mode).ok_or_else(|| {
            let names: Vec<_> = MODES.iter().map(|(name, _)| *name).collect();
            Error::config(format!("mode is {text:?}")).with_hint(format!("use one of {}", names.join(", ")))
        })
    }
}

/// What is found of a unit after its job.
pub(super) struct Found {
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
    pub(super) fn new<'a>(unit: &UnitName, get: impl Fn(&str) -> Option<&'a Value>) -> Result<Self> {
        let service_type = get("Type").and_then(Value::as_text).map(str::to_owned);
        let conditions = Conditions::of(&get);
        let status = status::found(unit, status::assemble(unit, get))?;
        Ok(Self { status, service_type, conditions })
    }

    /// Whether systemd has forgotten the unit since, and with it how the conditions came out.
    pub(super) fn is_forgotten(&self) -> bool {
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

    /// Whether "started" only means that there is a process.
    fn may_fail_yet(&self) -> bool {
        matches!(self.service_type.as_deref(), Some("simple" | "exec" | "idle"))
            && matches!(self.status.active_state.as_str(), "active" | "activating")
    }
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
fn done(verb: JobVerb, unit: &UnitName) -> JobResult {
    JobResult {
        unit: unit.as_str().to_owned(),
        operation: verb.as_str().to_owned(),
        result: "done".to_owned(),
    }
}

impl Ended<'_> {
    /// The job's outcome: a result, or the error that it amounts to.
    fn judge(&self) -> Result<JobResult> {
        if !matches!(self.result, "done" | "skipped") {
            return Err(self.failure(self.kind()));
        }
        let done = done(self.verb, self.unit);
        let active_state = self.found.status.active_state.as_str();
        if self.verb == JobVerb::Stop {
            return Ok(done);
        }
        if active_state == "failed" || self.is_restarting() {
            return Err(self.failure(Kind::JobFailed));
        }
        let skipped = self.result == "skipped" || self.found.was_skipped();
        Ok(if skipped { JobResult { result: "skipped".to_owned(), ..done } } else { done })
    }

    /// The main process ended unasked, and systemd is about to start or has started another one.
    fn is_restarting(&self) -> bool {
        let status = &self.found.status;
        status.sub_state.starts_with("auto-restart") || status.n_restarts.is_some_and(|count| count > 0)
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
            Kind::Job => return format!("{subject} ended with the result {}", self.result),
            _ => {}
        }
        let cause = match (facts.exit_code, facts.signal) {
            (Some(203), _) => "its program could not be executed (exit code 203)".to_owned(),
            (Some(200), _) => "its working directory could not be entered (exit code 200)".to_owned(),
            (Some(217), _) => "its user does not exist (exit code 217)".to_owned(),
            (Some(code), _) => format!("its main process exited with code {code}"),
            (None, Some(number)) => format!("its main process was ended by signal {number}"),
            (None, None) if self.is_restarting() => {
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

impl Backend {
    /// Starts, stops or restarts a unit, waits for the job and judges its outcome.
    ///
    /// A service that only has a process so far gets the time `options.settle` to fail.
    pub async fn run_job(&self, verb: JobVerb, unit: &UnitName, options: JobOptions) -> Result<JobResult> {
        let result = match self {
            Self::Dbus(dbus) => dbus.await_job(verb, unit, options.mode).await?,
            Self::Command(command) => command.await_job(verb, unit, options.mode).await?,
        };
        // The job was systemd's: no error may say from here on that nothing was sent.
        match self.judge(verb, unit, &result, options.settle).await.map_err(|error| error.with_unsent(false))
        {
            Err(error) if error.facts().job.is_some() && options.log_lines > 0 => {
                Err(self.with_log(error, unit, options.log_lines).await)
            }
            other => other,
        }
    }

    async fn judge(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        result: &str,
        settle: Duration,
    ) -> Result<JobResult> {
        if verb == JobVerb::Stop && result == "done" {
            return Ok(done(verb, unit));
        }
        let mut found = self.read_for_job(unit).await?;
        if result == "done" && !settle.is_zero() && found.may_fail_yet() {
            sleep_until(Instant::now() + settle).await;
            found = self.read_for_job(unit).await?;
        }
        Ended { verb, unit, result, found: &found }.judge()
    }

    async fn read_for_job(&self, unit: &UnitName) -> Result<Found> {
        match self {
            Self::Dbus(dbus) => dbus.read_for_job(unit).await,
            Self::Command(command) => command.read_for_job(unit).await,
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
