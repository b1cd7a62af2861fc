//! Which units a job would start and stop, without doing it: systemd has no such question, so its answer is worked out from
//! what it tells of the units.

mod facts;
mod transaction;

use crate::backend::{Backend, JobMode, JobVerb};
use crate::client::{Asked, Step};
use crate::error::{Error, Kind, Result};
use crate::unit::UnitName;
use crate::verb::Repeat;
use facts::{Facts, WANTED};
use transaction::{Transaction, Work};

/// The question for what a job would do.
#[derive(Clone, Debug)]
pub struct PlanJob {
    /// What would be done.
    pub verb: JobVerb,
    /// With which unit.
    pub unit: UnitName,
    /// What would happen to jobs that are in the way.
    pub mode: JobMode,
}

/// What a job would do, as far as that can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPlan {
    /// The unit's own name.
    pub unit: String,
    /// What would be done, in systemd's word.
    pub operation: &'static str,
    /// The units that would be started, by name.
    pub starts: Vec<String>,
    /// The units that would be stopped, by name; one that is restarted is in both.
    pub stops: Vec<String>,
    /// Nothing is left to systemd's choice.
    pub exact: bool,
}

impl Asked for PlanJob {
    fn what(&self) -> String {
        format!("plan for the {} of {}", self.verb.as_str(), self.unit)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for PlanJob {
    type Answer = JobPlan;

    async fn over(&self, backend: &Backend) -> Result<JobPlan> {
        let is_alone = matches!(self.mode, JobMode::IgnoreDependencies | JobMode::IgnoreRequirements);
        let mut transaction = Transaction::new(is_alone);
        let mut found = read(backend, std::slice::from_ref(&self.unit)).await?;
        let (name, facts) = found.pop().ok_or_else(|| not_told(&self.unit))?;
        let facts = facts?;
        self.check(&facts)?;
        let (unit, work) = (facts.id.clone(), self.work(&facts));
        transaction.tell(name, facts);
        if let Some(work) = work {
            transaction.demand(self.unit.as_str(), work, true);
            self.complete(backend, &mut transaction).await?;
            if self.mode == JobMode::Isolate {
                self.isolate(backend, &mut transaction).await?;
            }
        }
        let outcome = transaction.outcome(&self.unit)?;
        let (starts, stops) = (outcome.starts, outcome.stops);
        Ok(JobPlan { unit, operation: self.verb.as_str(), starts, stops, exact: outcome.exact })
    }
}

impl PlanJob {
    /// What it amounts to for a unit as it is; nothing where that is neither started nor stopped.
    fn work(&self, facts: &Facts) -> Option<Work> {
        let reloads = facts.can_reload && facts.is_up();
        match self.verb {
            JobVerb::Start => Some(Work::Start),
            JobVerb::Stop => Some(Work::Stop),
            JobVerb::Restart => Some(Work::Restart),
            JobVerb::TryRestart => (!facts.is_ending()).then_some(Work::Restart),
            JobVerb::Reload => None,
            JobVerb::ReloadOrRestart => (!reloads).then_some(Work::Restart),
            JobVerb::ReloadOrTryRestart => (!reloads && !facts.is_ending()).then_some(Work::Restart),
        }
    }

    /// What systemd refuses of the unit itself.
    fn check(&self, facts: &Facts) -> Result<()> {
        if self.verb != JobVerb::Stop || facts.is_down() {
            facts.check_exists(&self.unit)?;
        }
        let refused = |message: String, hint: &'static str| {
            Err(Error::new(Kind::JobRefused, message).with_unit(&facts.id).with_hint(hint))
        };
        let by_dependency = match self.verb {
            JobVerb::Start => facts.refuses_start,
            JobVerb::Stop => facts.refuses_stop,
            _ => facts.refuses_start || facts.refuses_stop,
        };
        if by_dependency {
            let message =
                format!("cannot {} {}: only other units may ask for it", self.verb.as_str(), facts.id);
            return refused(message, "start or stop one that needs it");
        }
        if self.mode == JobMode::Isolate && !(facts.allows_isolation && self.verb == JobVerb::Start) {
            let message = format!("{} cannot be isolated", facts.id);
            return refused(message, "set AllowIsolate=yes in its [Unit], and start it; or use another mode");
        }
        Ok(())
    }

    /// Takes in all that what was asked for brings along.
    async fn complete(&self, backend: &Backend, transaction: &mut Transaction) -> Result<()> {
        loop {
            let missing = transaction.unknown(&self.unit)?;
            if missing.is_empty() {
                return Ok(());
            }
            let named: Vec<UnitName> = missing.iter().filter_map(|name| name.parse().ok()).collect();
            for (name, facts) in read(backend, &named).await? {
                if facts.is_err() {
                    transaction.open();
                }
                transaction.tell(name, facts.unwrap_or_default());
            }
            for name in missing.into_iter().filter(|name| name.parse::<UnitName>().is_err()) {
                transaction.open();
                transaction.tell(name, Facts::default());
            }
        }
    }

    /// The same for the stop of everything else.
    async fn isolate(&self, backend: &Backend, transaction: &mut Transaction) -> Result<()> {
        let units = backend.list_units(&[]).await?.into_iter();
        let up = units.filter(|unit| !matches!(unit.active_state.as_str(), "inactive" | "failed"));
        let names: Vec<UnitName> = up.filter_map(|unit| unit.name.parse().ok()).collect();
        let found = read(backend, &names).await?;
        transaction.isolate(found.into_iter().filter_map(|(name, facts)| Some((name, facts.ok()?))));
        self.complete(backend, transaction).await
    }
}

/// What is known of each, with the name that it was asked for.
async fn read(backend: &Backend, units: &[UnitName]) -> Result<Vec<(String, Result<Facts>)>> {
    let found = backend.read_of_each(units, &WANTED).await?;
    let facts = units.iter().zip(found).map(|(unit, properties)| {
        let facts = properties.map(|properties| Facts::new(unit.as_str(), &properties));
        (unit.as_str().to_owned(), facts)
    });
    Ok(facts.collect())
}

fn not_told(unit: &UnitName) -> Error {
    Error::new(Kind::Systemd, format!("systemd tells nothing of {unit}")).with_unit(unit.as_str())
}
