//! How units are, as far as they are watched: signals and looks go in, what changed comes out. No socket, no lock, no
//! clock.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::defect::{Defect, is_back};
use super::event::{EventKind, UnitEvent, UnitState};
use super::looked::Looked;
use super::signal::{Signal, TOLD, apply};
use crate::value::Value;

/// The units that somebody watches, and their jobs.
#[derive(Debug, Default)]
pub(super) struct Model {
    units: HashMap<Arc<str>, Unit>,
    /// What was found of units whose details have not come yet: nothing is told that never was.
    looked: HashMap<Arc<str>, Looked>,
    /// The jobs that were told of as new, and not yet as removed: a reload announces all jobs anew.
    jobs: HashSet<u32>,
    /// Signals were missed since the last look: the first half of a change may be among them.
    may_lack_halves: bool,
    reloading: bool,
}

#[derive(Debug)]
struct Unit {
    name: Arc<str>,
    /// How it is, as told.
    told: Arc<UnitState>,
    /// What the unit type's interface has announced: the other half, of the Unit interface, follows.
    half: Option<UnitState>,
}

/// What comes of a signal.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    /// Nothing that anybody is told.
    Nothing,
    /// This is told.
    Event(UnitEvent),
    /// A unit changed that nobody has heard of: how things are has to be looked at.
    Look,
}

impl Model {
    /// How a unit is, as it was told.
    pub(super) fn get(&self, unit: &str) -> Option<&Arc<UnitState>> {
        self.units.get(unit).map(|unit| &unit.told)
    }

    /// All units, in no order.
    pub(super) fn units(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<UnitState>)> {
        self.units.iter().map(|(name, unit)| (name, &unit.told))
    }

    /// Whether the manager reads its unit files again at this moment.
    pub(super) fn is_reloading(&self) -> bool {
        self.reloading
    }

    /// Nobody watches this unit any more.
    pub(super) fn forget(&mut self, unit: &str) {
        self.units.remove(unit);
        self.looked.remove(unit);
    }

    /// Signals are missing: of jobs nobody knows which there are, second halves do not come any more, and
    /// what was found may be old.
    pub(super) fn miss(&mut self) {
        self.jobs.clear();
        self.looked.clear();
        self.drop_halves();
        self.may_lack_halves = true;
        self.reloading = false;
    }

    fn drop_halves(&mut self) {
        self.units.values_mut().for_each(|unit| unit.half = None);
    }

    /// Takes in a signal about something that is watched.
    pub(super) fn hear(&mut self, signal: Signal<'_>) -> Heard {
        match signal {
            Signal::Reloading(begins) => {
                self.reloading = begins;
                let kind = if begins { EventKind::Reloading } else { EventKind::Reloaded };
                Heard::Event(UnitEvent::new(kind, None))
            }
            // In a reload units are announced as gone and come; what became of them is seen after it.
            Signal::UnitNew(_) | Signal::UnitRemoved(_) if self.reloading => Heard::Nothing,
            Signal::UnitNew(unit) if self.units.contains_key(unit) => Heard::Nothing,
            // To read its properties could load it again, and so on for ever; a unit begins like this.
            Signal::UnitNew(unit) => Heard::Event(self.add(unit, UnitState::of_new_unit())),
            Signal::UnitRemoved(unit) => self.remove(unit).map_or(Heard::Nothing, Heard::Event),
            Signal::JobNew { id, unit } if self.jobs.insert(id) || is_back(Defect::JobsNewAgain) => {
                Heard::Event(self.job(EventKind::JobNew, id, unit))
            }
            Signal::JobNew { .. } => Heard::Nothing,
            Signal::JobRemoved { id, unit, result } => {
                self.jobs.remove(&id);
                let event = self.job(EventKind::JobRemoved, id, unit);
                Heard::Event(UnitEvent { job_result: Some(result.into()), ..event })
            }
            Signal::Changed { unit, is_last, values } if self.looked.contains_key(unit) => {
                let is_whole = self.looked.get_mut(unit).is_some_and(|looked| looked.hear(is_last, values));
                let event = if is_whole { self.conclude(unit) } else { None };
                event.map_or(Heard::Nothing, Heard::Event)
            }
            Signal::Changed { unit, is_last, values } => match self.units.get_mut(unit) {
                Some(found) if self.may_lack_halves && found.lacks_half(is_last) => Heard::Nothing,
                Some(found) => found.change(is_last, values).map_or(Heard::Nothing, Heard::Event),
                None if self.reloading => Heard::Nothing,
                None => Heard::Look,
            },
        }
    }

    /// Takes in how the units are that `concerns` names: what is told of them is the difference to what was known. Of those
    /// that have details `missing` nothing is told until so many have come.
    pub(super) fn look(
        &mut self,
        found: BTreeMap<String, UnitState>,
        missing: &[Arc<str>],
        concerns: impl Fn(&str) -> bool,
    ) -> Vec<UnitEvent> {
        self.looked.clear();
        self.may_lack_halves = false;
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for unit in missing {
            *counts.entry(unit).or_default() += 1;
        }
        self.drop_halves();
        let is_gone = |unit: &&Arc<str>| concerns(unit) && !found.contains_key(&***unit);
        let mut gone: Vec<Arc<str>> = self.units.keys().filter(is_gone).cloned().collect();
        gone.sort_unstable();
        let mut events: Vec<_> = gone.iter().filter_map(|unit| self.remove(unit)).collect();
        for (unit, state) in found {
            match counts.get(unit.as_str()) {
                Some(count) => drop(self.looked.insert(unit.into(), Looked::new(state, *count))),
                None => events.extend(self.find(&unit, state)),
            }
        }
        events
    }

    /// Takes in a detail of a unit that was found.
    pub(super) fn learn(&mut self, unit: &str, told: Option<&(&'static str, Value)>) -> Option<UnitEvent> {
        let is_whole = self.looked.get_mut(unit)?.learn(told);
        if is_whole { self.conclude(unit) } else { None }
    }

    /// All is known of a unit that was found.
    fn conclude(&mut self, unit: &str) -> Option<UnitEvent> {
        let state = self.looked.remove(unit)?.into_state();
        match self.units.get_mut(unit) {
            Some(known) => known.turn(state),
            None => Some(self.add(unit, state)),
        }
    }

    /// It was found like this, and no details follow.
    fn find(&mut self, unit: &str, found: UnitState) -> Option<UnitEvent> {
        match self.units.get_mut(unit) {
            Some(known) => known.turn(with_details(found, &known.told)),
            None => Some(self.add(unit, found)),
        }
    }

    fn add(&mut self, unit: &str, state: UnitState) -> UnitEvent {
        let (name, told): (Arc<str>, _) = (unit.into(), Arc::new(state));
        let event = UnitEvent {
            unit: Some(Arc::clone(&name)),
            new: Some(Arc::clone(&told)),
            ..UnitEvent::new(EventKind::Added, None)
        };
        self.units.insert(Arc::clone(&name), Unit { name, told, half: None });
        event
    }

    fn remove(&mut self, unit: &str) -> Option<UnitEvent> {
        self.looked.remove(unit);
        let Unit { name, told, .. } = self.units.remove(unit)?;
        Some(UnitEvent { unit: Some(name), old: Some(told), ..UnitEvent::new(EventKind::Removed, None) })
    }

    fn job(&self, kind: EventKind, id: u32, unit: &str) -> UnitEvent {
        let new = self.get(unit).cloned();
        UnitEvent { new, job_id: Some(id), ..UnitEvent::new(kind, Some(unit)) }
    }
}

impl Unit {
    /// Whether the first half of a change was missed; a look tells it whole.
    fn lacks_half(&self, is_last: bool) -> bool {
        is_last && self.half.is_none() && self.name.ends_with(".service") && !is_back(Defect::HalfOfAChange)
    }

    /// Both halves of a change are one event.
    fn change(&mut self, is_last: bool, values: &[(usize, Value)]) -> Option<UnitEvent> {
        let half = self.half.take();
        let is_whole = half.is_none();
        let mut state = half.unwrap_or_else(|| (*self.told).clone());
        for (place, value) in values {
            apply(&mut state, TOLD[*place], value);
        }
        // A look tells the details of services alone: those of others are heard of first when something changes.
        if is_whole && !self.name.ends_with(".service") && self.told.lacks_only_details_of(&state) {
            self.told = Arc::new(state);
            return None;
        }
        if !is_last {
            self.half = Some(state);
            return None;
        }
        self.turn(state)
    }

    /// It is like this now.
    fn turn(&mut self, state: UnitState) -> Option<UnitEvent> {
        if state == *self.told {
            return None;
        }
        let new = Arc::new(state);
        let old = std::mem::replace(&mut self.told, Arc::clone(&new));
        let unit = Some(Arc::clone(&self.name));
        Some(UnitEvent { unit, old: Some(old), new: Some(new), ..UnitEvent::new(EventKind::Changed, None) })
    }
}

/// A listing does not tell the details of a unit that is down, and that stays as it was.
pub(super) fn with_details(found: UnitState, old: &UnitState) -> UnitState {
    let UnitState { load_state, active_state, sub_state, .. } = &found;
    if active_state != "inactive" || old.active_state != "inactive" {
        return found;
    }
    let (load_state, active_state, sub_state) = (load_state.clone(), active_state.clone(), sub_state.clone());
    UnitState { load_state, active_state, sub_state, ..old.clone() }
}
