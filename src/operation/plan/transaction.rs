//! The jobs that come with one, by the dependencies of units: as systemd puts a transaction together
//! (`transaction_add_job_and_dependencies` in its src/core/transaction.c). Pure: whoever has a manager tells the facts.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::error::{Error, Kind, Result};
use crate::unit::UnitName;

/// What is to be done to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    Start,
    Stop,
    Restart,
    /// It has to be up; nothing is done for that.
    Verify,
}

/// Whether what was asked for fails without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Optional,
    Needed,
}

/// Something to do, as somebody asks for it.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    unit: String,
    work: Work,
    weight: Weight,
    /// It is what the caller asked for.
    is_anchor: bool,
}

/// A job, with those that it brings along.
#[derive(Debug)]
struct Job {
    weight: Weight,
    pulls: Vec<(String, Work)>,
}

/// Jobs for units, by their names.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    facts: BTreeMap<String, Facts>,
    jobs: BTreeMap<(String, Work), Job>,
    demands: Vec<Demand>,
    anchor: Option<(String, Work)>,
    /// Nothing comes with what was asked for.
    is_alone: bool,
    /// Also what comes with units that stay as they are is kept.
    keeps_all: bool,
    /// Something was left to systemd's choice.
    is_open: bool,
}

/// What comes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) starts: Vec<String>,
    pub(super) stops: Vec<String>,
    pub(super) exact: bool,
}

impl Transaction {
    /// One in which units bring their dependencies along; or alone, without those.
    pub(super) fn new(is_alone: bool) -> Self {
        Self { is_alone, ..Self::default() }
    }

    /// Has something done to a unit, whatever else that takes.
    pub(super) fn demand(&mut self, unit: &str, work: Work, is_anchor: bool) {
        self.demands.push(Demand { unit: unit.to_owned(), work, weight: Weight::Needed, is_anchor });
    }

    /// The units of which it has to know something before it can go on; none when it is complete.
    pub(super) fn unknown(&mut self, asked: &UnitName) -> Result<BTreeSet<String>> {
        let mut missing = BTreeSet::new();
        let mut left = Vec::new();
        while let Some(demand) = self.demands.pop() {
            if let Some(facts) = self.facts.get(&demand.unit) {
                self.take_up(&demand, &facts.clone(), asked)?;
            } else {
                missing.insert(demand.unit.clone());
                left.push(demand);
            }
        }
        self.demands = left;
        Ok(missing)
    }

    /// What it could not know makes it a guess.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    /// Tells of a unit, by the name that it was asked for.
    pub(super) fn tell(&mut self, name: String, facts: Facts) {
        self.facts.insert(name, facts);
    }

    fn take_up(&mut self, demand: &Demand, facts: &Facts, asked: &UnitName) -> Result<()> {
        let &Demand { work, weight, is_anchor, .. } = demand;
        if work != Work::Stop
            && let Err(error) = facts.check_loaded(asked)
        {
            // What is only wanted may be missing. (What that in turn needs is systemd's own affair.)
            return if weight == Weight::Needed || is_anchor { Err(error) } else { Ok(()) };
        }
        if work == Work::Restart && !is_anchor && facts.is_ending() {
            return Ok(());
        }
        let is_possible = match work {
            Work::Start | Work::Restart | Work::Verify => facts.can_start,
            Work::Stop => facts.can_stop,
        };
        if !is_possible {
            let message = format!("unit {} cannot be started or stopped by hand", facts.id);
            return if is_anchor {
                Err(Error::new(Kind::Unsupported, message)
                    .with_unit(&facts.id)
                    .with_hint("it comes and goes with what it stands for"))
            } else {
                Ok(())
            };
        }
        let key = (facts.id.clone(), work);
        if is_anchor {
            self.anchor = Some(key.clone());
        }
        if self.jobs.get(&key).is_some_and(|known| known.weight >= weight) {
            return Ok(());
        }
        let pulled = if self.is_alone { Vec::new() } else { pulled_in(facts, work, weight) };
        // Whether a restart stops these has changed with systemd 253 (https://github.com/systemd/systemd/pull/25977); systemd
        // 257 lets them be where the stop comes with another job, such as a start that conflicts. 252 and 262 do not.
        let is_unclear = work == Work::Restart || work == Work::Stop && !is_anchor;
        let may_propagate = is_unclear && facts.related(&["PropagatesStopTo"]).next().is_some();
        self.is_open |= may_propagate && !self.is_alone;
        let pulls = pulled.iter().map(|demand| (demand.unit.clone(), demand.work)).collect();
        self.jobs.insert(key, Job { weight, pulls });
        self.demands.extend(pulled);
        Ok(())
    }

    /// What comes of it; an error is what systemd refuses.
    pub(super) fn outcome(&self, asked: &UnitName) -> Result<Outcome> {
        let mut outcome = Outcome { exact: !self.is_open, ..Outcome::default() };
        for (unit, works) in self.kept() {
            let Some(facts) = self.facts_of(unit) else { continue };
            outcome.exact &= !facts.has_job;
            let work = settled(unit, &works, asked, &mut outcome.exact)?;
            if work.is_started && (work.is_restarted || !facts.is_up()) {
                outcome.starts.push(unit.to_owned());
            }
            if work.is_stopped && !facts.is_down() {
                outcome.stops.push(unit.to_owned());
            }
            // It fails where it is not up, which only its job will tell.
            outcome.exact &= !works.contains_key(&Work::Verify) || facts.is_up();
        }
        Ok(outcome)
    }

    /// What is left when systemd has dropped the jobs that would change nothing, and all that came with those alone
    /// (`transaction_drop_redundant`, `transaction_collect_garbage`).
    fn kept(&self) -> BTreeMap<&str, BTreeMap<Work, Weight>> {
        let mut kept: BTreeMap<&str, BTreeMap<Work, Weight>> = BTreeMap::new();
        let mut left: Vec<&(String, Work)> =
            if self.keeps_all { self.jobs.keys().collect() } else { self.anchor.iter().collect() };
        while let Some(key) = left.pop() {
            let Some((key, job)) = self.jobs.get_key_value(&self.own_name(key)) else { continue };
            let (unit, work) = (key.0.as_str(), key.1);
            let is_known = kept.get(unit).is_some_and(|works| works.contains_key(&work));
            if is_known || (Some(key) != self.anchor.as_ref() && self.is_redundant(unit)) {
                continue;
            }
            kept.entry(unit).or_default().insert(work, job.weight);
            left.extend(&job.pulls);
        }
        kept
    }

    /// Whether no job for the unit would change it.
    fn is_redundant(&self, unit: &str) -> bool {
        let Some(facts) = self.facts_of(unit) else { return true };
        let changes = |work| match work {
            Work::Start | Work::Verify => !facts.is_up(),
            Work::Stop => !facts.is_down(),
            Work::Restart => true,
        };
        !self.jobs.keys().any(|(name, work)| name == unit && changes(*work))
    }

    fn facts_of(&self, unit: &str) -> Option<&Facts> {
        self.facts.get(unit).or_else(|| self.facts.values().find(|facts| facts.id == unit))
    }

    /// The same for the unit's own name.
    fn own_name(&self, (name, work): &(String, Work)) -> (String, Work) {
        let own = self.facts.get(name).map_or(name, |facts| &facts.id);
        (own.clone(), *work)
    }
}

/// What comes with a job.
fn pulled_in(facts: &Facts, work: Work, weight: Weight) -> Vec<Demand> {
    let mut demands = Vec::new();
    let mut add = |relations: &[&str], work: Work, weight: Weight| {
        let demand = |unit: &str| Demand { unit: unit.to_owned(), work, weight, is_anchor: false };
        demands.extend(facts.related(relations).map(demand));
    };
    match work {
        Work::Start | Work::Restart => {
            add(&["Requires", "BindsTo"], Work::Start, weight);
            add(&["Wants", "Upholds"], Work::Start, Weight::Optional);
            add(&["Requisite"], Work::Verify, weight);
            add(&["Conflicts"], Work::Stop, weight);
            add(&["ConflictedBy"], Work::Stop, Weight::Optional);
        }
        Work::Stop => {
            let relations = ["RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo"];
            add(&relations, Work::Stop, weight);
        }
        Work::Verify => {}
    }
    if work == Work::Restart {
        add(&["RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf"], Work::Restart, weight);
    }
    demands
}

/// What is done to one unit in the end.
struct Settled {
    is_started: bool,
    is_stopped: bool,
    is_restarted: bool,
}

/// Makes one of all that is wanted of a unit. What needs no other wins against what is optional.
fn settled(
    unit: &str,
    works: &BTreeMap<Work, Weight>,
    asked: &UnitName,
    exact: &mut bool,
) -> Result<Settled> {
    let up = [Work::Start, Work::Restart, Work::Verify].iter().filter_map(|work| works.get(work)).max();
    let down = works.get(&Work::Stop);
    let is_restarted = works.contains_key(&Work::Restart);
    let starts = is_restarted || works.contains_key(&Work::Start);
    let up_wins = match (up, down) {
        (Some(Weight::Needed), Some(Weight::Needed)) => {
            let message = format!("the job for {asked} needs {unit} started and stopped");
            return Err(Error::new(Kind::JobRefused, message)
                .with_unit(asked.as_str())
                .with_hint("take a unit that conflicts with another one out of the dependencies"));
        }
        (Some(up), Some(down)) => {
            *exact = false;
            up >= down
        }
        (up, _) => up.is_some(),
    };
    Ok(Settled {
        is_started: up_wins && starts,
        is_stopped: if up_wins { is_restarted } else { down.is_some() },
        is_restarted: up_wins && is_restarted,
    })
}

impl Transaction {
    /// Stops all that is up, and in nothing that was asked for.
    pub(super) fn isolate(&mut self, units: impl Iterator<Item = (String, Facts)>) {
        self.keeps_all = true;
        for (name, facts) in units {
            let has_job = self.jobs.keys().any(|(unit, _)| *unit == facts.id);
            if !facts.ignores_isolation && !facts.is_down() && !has_job {
                self.demand(&name, Work::Stop, false);
            }
            self.tell(name, facts);
        }
    }
}
