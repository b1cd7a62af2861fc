//! What a stream knows of the units that it is about.

use std::collections::BTreeMap;

use super::event::{EventKind, UnitEvent, UnitState};
use super::queue::{Queue, Table};

/// The states of the units that a stream is about.
#[derive(Default)]
pub struct UnitTable {
    /// The active states that events have to lead into; none means all.
    states: Vec<String>,
    known: BTreeMap<String, UnitState>,
}

impl Table for UnitTable {
    type Event = UnitEvent;

    fn gap(&self, reason: &str, dropped: Option<u64>) -> UnitEvent {
        let mut gap = UnitEvent::new(EventKind::Gap, None);
        gap.reason = Some(reason.to_owned());
        gap.dropped = dropped;
        gap
    }

    fn afresh(&self) -> Vec<UnitEvent> {
        let snapshot = |(unit, state): (&String, &UnitState)| {
            let mut event = UnitEvent::new(EventKind::Snapshot, Some(unit));
            event.new = Some(state.clone());
            event
        };
        self.known.iter().map(snapshot).collect()
    }

    fn wants(&self, event: &UnitEvent) -> bool {
        let leads_into = event.new.as_ref().or(event.old.as_ref());
        self.states.is_empty() || leads_into.is_none_or(|state| self.states.contains(&state.active_state))
    }
}

impl UnitTable {
    /// An empty table for events that lead into one of these states.
    pub(super) fn new(states: &[String]) -> Self {
        Self { states: states.to_vec(), known: BTreeMap::new() }
    }
}

impl Queue<UnitTable> {
    /// What is known of a unit.
    pub(super) fn known(&self, unit: &str) -> Option<UnitState> {
        self.look(|table| table.known.get(unit).cloned())?
    }

    /// Notes a unit's new state, and queues an event of that kind.
    pub(super) fn turn(&self, kind: EventKind, unit: &str, old: Option<UnitState>, new: UnitState) {
        self.change(|table| {
            table.known.insert(unit.to_owned(), new.clone());
            let mut event = UnitEvent::new(kind, Some(unit));
            event.old = old;
            event.new = Some(new);
            Some(event)
        });
    }

    /// Notes a unit's new state without an event.
    pub(super) fn note(&self, unit: &str, new: UnitState) {
        self.change(|table| {
            table.known.insert(unit.to_owned(), new);
            None
        });
    }

    /// Notes that a unit has gone.
    pub(super) fn remove(&self, unit: &str) {
        self.change(|table| {
            let old = table.known.remove(unit)?;
            let mut event = UnitEvent::new(EventKind::Removed, Some(unit));
            event.old = Some(old);
            Some(event)
        });
    }

    /// Takes in how all units are: as a first snapshot, or as the differences to what was known.
    pub(super) fn synchronize(&self, found: Vec<(String, UnitState)>, first: bool) {
        let found: BTreeMap<String, UnitState> = found.into_iter().collect();
        let known: Vec<String> = self.look(|table| table.known.keys().cloned().collect()).unwrap_or_default();
        for unit in known.iter().filter(|unit| !found.contains_key(*unit)) {
            self.remove(unit);
        }
        for (unit, state) in found {
            match self.known(&unit) {
                Some(old) => {
                    let state = with_details(state, &old);
                    if state != old {
                        self.turn(EventKind::Changed, &unit, Some(old), state);
                    }
                }
                None if first => self.turn(EventKind::Snapshot, &unit, None, state),
                None => self.turn(EventKind::Added, &unit, None, state),
            }
        }
    }
}

/// A listing does not tell the details of a unit that is down, and that stays as it was.
fn with_details(found: UnitState, old: &UnitState) -> UnitState {
    let UnitState { load_state, active_state, sub_state, .. } = &found;
    if active_state != "inactive" || old.active_state != "inactive" {
        return found;
    }
    let (load_state, active_state, sub_state) = (load_state.clone(), active_state.clone(), sub_state.clone());
    UnitState { load_state, active_state, sub_state, ..old.clone() }
}
