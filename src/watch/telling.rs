//! How readers are told: who wants an event has it in his backlog, or counts it, and all of that is bounded.

use std::sync::Arc;

use super::audience::{GroupId, ReaderId};
use super::defect::{Defect, is_back};
use super::event::{EventKind, UnitEvent, UnitState};
use super::model::with_details;
use super::reader::Phase;
use super::room::Room;

/// So many bytes of events wait for all readers together.
const MOST_BYTES: usize = 64 << 20;

impl Room {
    /// Tells all who want it.
    pub(super) fn tell(&mut self, event: &UnitEvent, now: u64) {
        let groups = match &event.unit {
            Some(unit) => {
                let mut groups = self.audience.of(unit);
                match event.kind {
                    EventKind::Added => self.audience.keep(unit),
                    EventKind::Changed => groups.retain(|id| self.audience.is_told_of(*id, unit)),
                    EventKind::Removed => {
                        groups.retain(|id| self.audience.is_told_of(*id, unit));
                        self.audience.drop_unit(unit);
                    }
                    _ => {}
                }
                groups
            }
            None => self.audience.groups().map(|(id, _)| id).collect(),
        };
        self.tell_groups(event, &groups, now);
    }

    pub(super) fn tell_groups(&mut self, event: &UnitEvent, groups: &[GroupId], now: u64) {
        let members: Vec<ReaderId> = groups
            .iter()
            .filter_map(|id| self.audience.group(*id))
            .flat_map(|group| group.members.iter().copied())
            .collect();
        let share = event.weight() / members.len().max(1);
        for member in members {
            if self.readers.get(&member).is_some_and(|reader| reader.phase == Phase::Live) {
                self.push(member, event, share, now);
            }
        }
        self.keep_bound();
    }

    /// Tells a reader, if it wants that.
    pub(super) fn push(&mut self, id: ReaderId, event: &UnitEvent, share: usize, now: u64) {
        let Some(reader) = self.readers.get_mut(&id).filter(|reader| reader.wants(event)) else { return };
        if let Some(version) = &mut reader.live {
            *version += 1;
            self.rung.insert(id);
            return;
        }
        // Whoever hears of anything else hears of the next outage.
        reader.is_out &= event.kind == EventKind::Gap || is_back(Defect::OneGapForTwo);
        self.bytes -= reader.backlog.bytes();
        reader.backlog.push(event.clone(), share, now);
        self.bytes += reader.backlog.bytes();
        self.rung.insert(id);
    }

    /// Tells a reader how things are, however much that is.
    pub(super) fn add_all(&mut self, id: ReaderId, events: impl IntoIterator<Item = UnitEvent>, now: u64) {
        let Some(reader) = self.readers.get_mut(&id).filter(|reader| reader.live.is_none()) else { return };
        self.bytes -= reader.backlog.bytes();
        for event in events {
            if reader.wants(&event) {
                let share = event.weight();
                reader.backlog.add(event, share, now);
            }
        }
        self.bytes += reader.backlog.bytes();
        self.rung.insert(id);
    }

    /// How the units are that the reader wants.
    pub(super) fn push_snapshot(&mut self, id: ReaderId, now: u64) {
        let Some(group) = self.readers.get(&id).map(|reader| reader.group) else { return };
        let mut found: Vec<_> =
            self.model.units().filter(|(unit, _)| self.audience.is_told_of(group, unit)).collect();
        found.sort_unstable_by_key(|(unit, _)| *unit);
        let events: Vec<_> =
            found.into_iter().map(|(unit, state)| UnitEvent::snapshot(unit, state)).collect();
        self.add_all(id, events, now);
    }

    /// How the unit is otherwise than the reader knows.
    pub(super) fn push_difference(&mut self, id: ReaderId, unit: &str, known: UnitState, now: u64) {
        let name = Some(Arc::from(unit));
        let event = match self.model.get(unit) {
            None => UnitEvent {
                unit: name,
                old: Some(Arc::new(known)),
                ..UnitEvent::new(EventKind::Removed, None)
            },
            Some(state) => {
                let new = with_details((**state).clone(), &known);
                if new == known {
                    return;
                }
                let (old, new) = (Some(Arc::new(known)), Some(Arc::clone(state)));
                UnitEvent { unit: name, old, new, ..UnitEvent::new(EventKind::Changed, None) }
            }
        };
        self.push(id, &event, 0, now);
    }

    pub(super) fn each_live(&mut self, mut each: impl FnMut(&mut Self, ReaderId)) {
        let live = self.readers.iter().filter(|(_, reader)| reader.phase == Phase::Live);
        let live: Vec<ReaderId> = live.map(|(id, _)| *id).collect();
        for id in live {
            each(self, id);
        }
    }

    /// Who is furthest behind pays for all.
    fn keep_bound(&mut self) {
        while self.bytes > MOST_BYTES {
            let longest = self.readers.values_mut().max_by_key(|reader| reader.backlog.bytes());
            let Some(reader) = longest.filter(|reader| reader.backlog.bytes() > 0) else { return };
            self.bytes -= reader.backlog.bytes();
            reader.backlog.drop_all();
        }
    }
}
