//! What a live table shows of a room.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::unit::UnitName;
use crate::watch::audience::ReaderId;
use crate::watch::event::UnitState;
use crate::watch::reader::{Phase, Reader};
use crate::watch::room::{Room, Track};
use crate::watch::selection::Selection;

impl Room {
    /// Whether all that systemd has told is in the model, as far as it has come here: no connection is lost, and nothing
    /// is being looked at again.
    pub(in crate::watch) fn is_current(&self) -> bool {
        self.track == Track::Kept && !self.model.is_reloading()
    }

    /// Whether there is no connection.
    pub(in crate::watch) fn is_lost(&self) -> bool {
        self.track == Track::Lost
    }

    /// One of the tables that are filled.
    pub(in crate::watch) fn table_to_wait_with(&self) -> Option<ReaderId> {
        let is_filled = |reader: &Reader| reader.live.is_some() && reader.phase == Phase::Live;
        self.readers.iter().find(|(_, reader)| is_filled(reader)).map(|(id, _)| *id)
    }

    /// How often what a table shows has changed; none where it was closed.
    pub(in crate::watch) fn version_of(&self, table: ReaderId) -> Option<u64> {
        self.readers.get(&table)?.live
    }

    /// How a unit is that a table shows, by its own name.
    pub(in crate::watch) fn state_of(&self, table: ReaderId, unit: &str) -> Option<&Arc<UnitState>> {
        let reader = self.readers.get(&table)?;
        let state = self.model.get(unit)?;
        (self.audience.is_told_of(reader.group, unit) && reader.shows(state)).then_some(state)
    }

    /// The unit that a table's name stands for, if it is another one.
    pub(in crate::watch) fn unit_behind(&self, table: ReaderId, name: &UnitName) -> Option<&UnitName> {
        self.selection_of(table)?.unit_of(name)
    }

    /// All units that a table shows, by their names.
    pub(in crate::watch) fn units_of(&self, table: ReaderId) -> BTreeMap<&Arc<str>, &Arc<UnitState>> {
        let Some(reader) = self.readers.get(&table) else { return BTreeMap::new() };
        let shows = |(unit, state): &(&Arc<str>, &Arc<UnitState>)| {
            self.audience.is_told_of(reader.group, unit) && reader.shows(state)
        };
        self.model.units().filter(shows).collect()
    }

    /// The jobs in progress of the units that a table is about, by their units. A unit seldom has two: then it is the one
    /// that was queued last.
    pub(in crate::watch) fn jobs_of(&self, table: ReaderId) -> BTreeMap<&Arc<str>, u32> {
        let Some(selection) = self.selection_of(table) else { return BTreeMap::new() };
        let wanted = self.jobs.all().filter(|(_, unit)| selection.wants(unit));
        wanted.map(|(id, unit)| (unit, id)).collect()
    }

    fn selection_of(&self, table: ReaderId) -> Option<&Selection> {
        Some(&self.audience.group(self.readers.get(&table)?.group)?.selection)
    }

    /// What tables show has changed: those of one unit, or all.
    pub(in crate::watch) fn turn_tables(&mut self, unit: Option<&str>) {
        for (id, reader) in &mut self.readers {
            let Some(version) = &mut reader.live else { continue };
            let shows =
                |unit| self.audience.group(reader.group).is_some_and(|group| group.selection.wants(unit));
            if unit.is_none_or(shows) {
                *version += 1;
                self.rung.insert(*id);
            }
        }
    }

    /// Whoever waits with a table looks again.
    pub(in crate::watch) fn ring_tables(&mut self) {
        let tables = self.readers.iter().filter(|(_, reader)| reader.live.is_some());
        self.rung.extend(tables.map(|(id, _)| *id));
    }

    /// Wants to know when all has been heard that happened until now: [`Room::has_place`] says so of this number.
    pub(in crate::watch) fn want_place(&mut self) -> u64 {
        self.to_ask = true;
        self.places.want()
    }

    /// Whether all has been heard that had happened when this number was given.
    pub(in crate::watch) fn has_place(&self, number: u64) -> bool {
        self.places.has(number)
    }
}
