//! Which units a stream is about, and what it knows of them.

use std::collections::BTreeMap;

use super::WatchOptions;
use super::event::{EventKind, UnitEvent, UnitState};
use super::pattern::Pattern;
use super::queue::{Queue, Table};
use crate::error::{Error, Result};
use crate::unit::UnitType;

/// Which units a stream is about.
pub(super) struct Selection {
    patterns: Vec<Pattern>,
    types: Vec<String>,
}

impl Selection {
    /// The units of these patterns and types; a wrong one is an error.
    pub(super) fn new(options: &WatchOptions) -> Result<Self> {
        let patterns =
            options.patterns.iter().map(|pattern| Pattern::parse(pattern)).collect::<Result<_>>()?;
        for name in &options.types {
            if UnitType::from_suffix(name).is_none() {
                let known: Vec<_> = UnitType::ALL.iter().map(|known| known.as_str()).collect();
                return Err(Error::config(format!("there is no unit type {name:?}"))
                    .with_hint(format!("the types are {}", known.join(", "))));
            }
        }
        Ok(Self { patterns, types: options.types.clone() })
    }

    /// Whether the stream is about units of this name.
    pub(super) fn wants(&self, unit: &str) -> bool {
        (self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(unit)))
            && (self.types.is_empty()
                || unit
                    .rsplit_once('.')
                    .is_some_and(|(_, suffix)| self.types.iter().any(|name| name == suffix)))
    }
}

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
        self.look(|table| table.known.get(unit).cloned())
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
        let known: Vec<String> = self.look(|table| table.known.keys().cloned().collect());
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
