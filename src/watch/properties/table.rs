//! What a stream of one unit's properties knows of them.

use std::sync::Arc;

use super::event::PropertiesEvent;
use crate::value::Value;
use crate::watch::event::EventKind;

/// The values of the properties that are watched.
pub(super) struct PropertyTable {
    unit: Arc<str>,
    names: Arc<[String]>,
    /// By the places of their names; none before the first look.
    values: Arc<[Value]>,
    presence: Presence,
}

/// Whether systemd has the unit in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It has.
    Loaded,
    /// It has not, since before the stream began.
    Unloaded,
    /// It has not any more, and the reader was told.
    Removed,
}

impl PropertyTable {
    /// A table for these properties of a unit.
    pub(super) fn new(unit: &str, names: &[String]) -> Self {
        Self { unit: unit.into(), names: names.into(), values: Arc::new([]), presence: Presence::Unloaded }
    }

    pub(super) fn names(&self) -> Arc<[String]> {
        Arc::clone(&self.names)
    }

    pub(super) fn presence(&self) -> Presence {
        self.presence
    }

    /// Whether there was a first look.
    pub(super) fn has_begun(&self) -> bool {
        self.values.len() == self.names.len()
    }

    /// From now on it is about the unit of this name: the one that was asked for by an alias.
    pub(super) fn rename(&mut self, unit: &str) -> Option<PropertiesEvent> {
        if *self.unit != *unit {
            self.unit = unit.into();
        }
        None
    }

    /// Takes in all values, as found in the first look.
    pub(super) fn begin(&mut self, values: Vec<Value>, is_loaded: bool) -> PropertiesEvent {
        self.values = values.into();
        self.presence = if is_loaded { Presence::Loaded } else { Presence::Unloaded };
        self.event(EventKind::Snapshot, (0..self.values.len()).collect())
    }

    /// Takes in values of a unit that is loaded, by the places of their names; an event comes of those that are
    /// new, and of a unit that is back.
    pub(super) fn take_in(&mut self, found: Vec<(usize, Value)>) -> Option<PropertiesEvent> {
        let is_back = self.presence == Presence::Removed;
        self.presence = Presence::Loaded;
        let changed = self.replace(found);
        (is_back || !changed.is_empty()).then(|| self.event(EventKind::Changed, changed))
    }

    /// Takes in values of a unit whether it is loaded or not.
    pub(super) fn update(&mut self, found: Vec<(usize, Value)>) -> Option<PropertiesEvent> {
        let changed = self.replace(found);
        (!changed.is_empty()).then(|| self.event(EventKind::Changed, changed))
    }

    /// The places of those that are new, in order.
    fn replace(&mut self, found: Vec<(usize, Value)>) -> Vec<usize> {
        let mut changed = Vec::new();
        let mut values = None;
        for (place, value) in found {
            if self.values.get(place).is_none_or(|known| *known == value) {
                continue;
            }
            // The values that the events before this one tell stay as they are.
            values.get_or_insert_with(|| self.values.to_vec())[place] = value;
            changed.push(place);
        }
        if let Some(values) = values {
            self.values = values.into();
        }
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Notes that systemd has the unit in memory no longer.
    pub(super) fn remove(&mut self) -> Option<PropertiesEvent> {
        if self.presence != Presence::Loaded {
            return None;
        }
        self.presence = Presence::Removed;
        Some(self.event(EventKind::Removed, Vec::new()))
    }

    /// An event that says that others may be missing, and how many, where that is known.
    pub(super) fn gap(&self, reason: &str, dropped: Option<u64>) -> PropertiesEvent {
        PropertiesEvent { dropped, reason: Some(reason.to_owned()), ..self.event(EventKind::Gap, Vec::new()) }
    }

    /// How things are now, for a reader that missed events.
    pub(super) fn afresh(&self) -> Vec<PropertiesEvent> {
        let mut events = vec![self.event(EventKind::Snapshot, (0..self.values.len()).collect())];
        if self.presence == Presence::Removed {
            events.push(self.event(EventKind::Removed, Vec::new()));
        }
        events
    }

    fn event(&self, kind: EventKind, changed: Vec<usize>) -> PropertiesEvent {
        PropertiesEvent {
            sequence: 0,
            timestamp: 0,
            kind,
            unit: Arc::clone(&self.unit),
            dropped: None,
            reason: None,
            names: Arc::clone(&self.names),
            values: Arc::clone(&self.values),
            changed,
        }
    }
}
