//! A job's deadline out of the unit's own time limits: as long as systemd itself gives it.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::{RunJob, timed_out};
use crate::backend::{Backend, Gave, JobVerb, find};
use crate::client::{Asked, Client, Step, VerbCall};
use crate::error::{Kind, Result};
use crate::flow::by;
use crate::settings::Timeout;
use crate::unit::{JobResult, UnitName};
use crate::value::Value;
use crate::verb::{LIST_JOBS, Repeat};

/// systemd's own limit shall come first: it says more.
const MARGIN: Duration = Duration::from_secs(5);
/// How often `TimeoutStopSec=` counts besides the commands: from the signal that asks the processes to end to the last
/// that kills what is left (`SERVICE_STOP_SIGTERM` to `SERVICE_FINAL_SIGKILL`).
const STEPS_OF_STOP: u32 = 4;

impl Client {
    /// Runs a job; where the time it has is the unit's own, no longer than systemd gives it. What it waits for others
    /// does not count.
    pub(crate) async fn run_job_within(&self, job: &RunJob, timeout: Option<Timeout>) -> Result<JobResult> {
        let limit = if timeout == Some(Timeout::OfUnit) { self.limit_of(job).await? } else { Timeout::Never };
        let mut flow = pin!(self.run_job(job));
        loop {
            let until = limit.limit().and_then(|limit| Instant::now().checked_add(limit));
            if let Some(ended) = by(until, flow.as_mut()).await {
                return ended;
            }
            if !self.is_waiting(job).await? {
                return Err(timed_out(job, limit));
            }
        }
    }

    async fn limit_of(&self, job: &RunJob) -> Result<Timeout> {
        match self.attempt(&Limit(job)).await {
            // The job itself says what is wrong.
            Err(error) if error.kind() == Kind::UnitNotFound => Ok(Timeout::Never),
            limit => limit,
        }
    }

    /// Whether the unit's job has not begun, as another's has to end first.
    async fn is_waiting(&self, job: &RunJob) -> Result<bool> {
        let jobs = match self.attempt(&VerbCall { verb: &LIST_JOBS, arguments: Vec::new() }).await? {
            Gave::Value(Value::List(jobs)) => jobs,
            Gave::Value(_) | Gave::Changes(_) => Vec::new(),
        };
        let is_it = |row: &Value| match row {
            Value::Tuple(fields) => {
                let is = |at: usize, word| fields.get(at).and_then(Value::as_text) == Some(word);
                is(1, job.unit.as_str()) && is(3, "waiting")
            }
            _ => false,
        };
        Ok(jobs.iter().any(is_it))
    }
}

/// How long systemd gives a unit for a job.
struct Limit<'a>(&'a RunJob);

impl Asked for Limit<'_> {
    fn what(&self) -> String {
        format!("time limits of {}", self.0.unit)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.0.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for Limit<'_> {
    type Answer = Timeout;

    async fn over(&self, backend: &Backend) -> Result<Timeout> {
        let properties = backend.get_unit_properties(&self.0.unit).await?;
        Ok(limit(self.0.verb, |name| find(&properties, name)))
    }
}

/// The sum of all steps that have a limit each, if that is what a unit of these properties does; a limit of the job as a
/// whole (`JobTimeoutSec=`) holds over it.
fn limit<'a>(verb: JobVerb, get: impl Fn(&str) -> Option<&'a Value>) -> Timeout {
    let time = |name: &str| match get(name) {
        Some(Value::Unsigned(microseconds)) => Some(Timeout::After(Duration::from_micros(*microseconds))),
        Some(_) => Some(Timeout::Never),
        None => None,
    };
    // All other types of units that have a limit have one for everything.
    let limit_of = |name| time(name).or_else(|| time("TimeoutUSec")).unwrap_or(Timeout::Never);
    let commands = |names: &[&str]| names.iter().map(|name| length(get(name))).sum::<u32>();
    let start = || {
        let steps = commands(&["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"]);
        times(limit_of("TimeoutStartUSec"), steps.max(1))
    };
    let stop = || {
        let steps = commands(&["ExecStop", "ExecStopPre", "ExecStopPost"]) + STEPS_OF_STOP;
        times(limit_of("TimeoutStopUSec"), steps)
    };
    let reload = || times(limit_of("TimeoutStartUSec"), commands(&["ExecReload"]).max(1));
    let of_steps = match verb {
        JobVerb::Start => start(),
        JobVerb::Stop => stop(),
        JobVerb::Restart | JobVerb::TryRestart => stop() + start(),
        JobVerb::Reload => reload(),
        JobVerb::ReloadOrRestart | JobVerb::ReloadOrTryRestart => reload() + stop() + start(),
    };
    let of_job =
        ["JobTimeoutUSec", "JobRunningTimeoutUSec"].into_iter().filter_map(|name| time(name)?.limit());
    let least = of_job.chain(of_steps.limit()).min();
    least.map_or(Timeout::Never, |least| Timeout::After(least.saturating_add(MARGIN)))
}

fn times(limit: Timeout, steps: u32) -> Timeout {
    limit.limit().map_or(Timeout::Never, |limit| Timeout::After(limit.saturating_mul(steps)))
}

fn length(list: Option<&Value>) -> u32 {
    match list {
        Some(Value::List(items)) => u32::try_from(items.len()).unwrap_or(u32::MAX),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_job_is_that_of_its_steps() {
        let commands = |count| Value::List(vec![Value::Null; count]);
        let service = [
            ("TimeoutStartUSec", Value::Unsigned(90_000_000)),
            ("TimeoutStopUSec", Value::Unsigned(1_000_000)),
            ("ExecStartPre", commands(2)),
            ("ExecStart", commands(1)),
            ("ExecStopPost", commands(1)),
            ("ExecReload", commands(1)),
            ("JobTimeoutUSec", Value::Null),
        ];
        let endless = [("TimeoutStartUSec", Value::Null), ("JobTimeoutUSec", Value::Null)];
        let limited = [("TimeoutStartUSec", Value::Null), ("JobTimeoutUSec", Value::Unsigned(7_000_000))];
        let mount = [("TimeoutUSec", Value::Unsigned(3_000_000))];
        for (verb, properties, seconds) in [
            (JobVerb::Start, &service[..], Some(275)),
            (JobVerb::Stop, &service, Some(10)),
            (JobVerb::Restart, &service, Some(280)),
            (JobVerb::Reload, &service, Some(95)),
            (JobVerb::ReloadOrRestart, &service, Some(370)),
            (JobVerb::Start, &endless, None),
            (JobVerb::Start, &limited, Some(12)),
            (JobVerb::Start, &mount, Some(8)),
            (JobVerb::Stop, &mount, Some(17)),
            (JobVerb::Start, &[], None),
        ] {
            let found = limit(verb, |wanted| {
                properties.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
            });
            assert_eq!(found.limit(), seconds.map(Duration::from_secs), "{verb:?} {properties:?}");
        }
    }
}
