//! A reader that has a live table, and what must be true of it.

use std::collections::BTreeMap;

use super::network::World;
use super::systemd::{Systemd, UNITS, change_of};
use super::watcher::{Asked, essence};
use crate::watch::desk::Desk;
use crate::watch::event::UnitState;
use crate::watch::reader::Wanted;

type Units = BTreeMap<String, UnitState>;
type Jobs = BTreeMap<String, u32>;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) id: u64,
    asked: Asked,
    /// How it was when it was looked at last, and of which version that was.
    seen: Option<(u64, bool, Units, Jobs)>,
    /// What it has to know after a change of its owner's.
    due: Option<Due>,
}

/// How things were when the owner of a table changed something.
#[derive(Debug)]
struct Due {
    /// The place after which it has to know.
    place: u64,
    changes: BTreeMap<String, u64>,
    last_change: u64,
}

impl Table {
    pub(super) fn wanted(asked: &Asked) -> Wanted {
        Wanted { capacity: 0, is_table: true, ..asked.wanted(None) }
    }

    pub(super) fn new(id: u64, asked: Asked) -> Self {
        Self { id, asked, seen: None, due: None }
    }

    fn shows(&self, unit: &str, state: &UnitState, systemd: &Systemd) -> bool {
        let is_in_state = self.asked.states.is_empty() || self.asked.states.contains(&&*state.active_state);
        self.asked.wants(unit, systemd) && is_in_state
    }

    /// Its owner has changed something, and reads it next.
    pub(super) fn owner_changes(&mut self, desk: &mut Desk, systemd: &Systemd) {
        if self.due.is_none() && desk.room.has_begun(self.id) {
            let changes = systemd.units.iter().map(|(unit, state)| (unit.clone(), change_of(state)));
            let (place, last_change) = (desk.room.want_place(), systemd.last_change());
            self.due = Some(Due { place, changes: changes.collect(), last_change });
        }
    }

    /// It is looked at: a change has another version.
    pub(super) fn look(&mut self, desk: &Desk, systemd: &Systemd) {
        let room = &desk.room;
        if !room.has_begun(self.id) {
            return;
        }
        let units: Units = room
            .units_of(self.id)
            .into_iter()
            .map(|(unit, state)| (unit.to_string(), essence(unit, state)))
            .collect();
        let jobs: Jobs = room.jobs_of(self.id).into_iter().map(|(unit, id)| (unit.to_string(), id)).collect();
        for (unit, state) in &units {
            assert_eq!(room.state_of(self.id, unit).map(|found| essence(unit, found)).as_ref(), Some(state));
        }
        let now = (room.version_of(self.id).unwrap(), room.is_current(), units, jobs);
        if let Some(before) = self.seen.as_ref().filter(|before| before.0 == now.0) {
            assert_eq!(*before, now, "it is another, and has no other version");
        }
        if let Some(due) = self.due.take_if(|due| room.has_place(due.place) && now.1) {
            self.check_changes(&now.2, &due, systemd);
        }
        self.seen = Some(now);
    }

    /// What says that it tells all that was signalled does: of a unit to which nothing happened since that moment it tells
    /// how it is.
    pub(super) fn check_current(&self, desk: &Desk, world: &World) {
        let is_plain = self.asked.states.is_empty() && !self.asked.patterns.contains(&"alias");
        let Some((_, true, units, _)) = self.seen.as_ref().filter(|_| is_plain) else { return };
        let Some(moment) = world.known_moment().filter(|_| desk.room.has_begun(self.id)) else { return };
        for (unit, standing) in UNITS.into_iter().zip(moment) {
            if self.asked.wants(unit, &world.systemd) && world.systemd.standing(unit) == *standing {
                let told = units.get(unit).map(change_of);
                assert_eq!(told, standing.1, "{unit} is told otherwise by a table that is current: {self:?}");
            }
        }
    }

    /// Who reads after a change of his own sees it, or a later one, and nothing that was over by then.
    fn check_changes(&self, units: &Units, due: &Due, systemd: &Systemd) {
        if !self.asked.states.is_empty() {
            return;
        }
        for (unit, found) in units {
            let least = due.changes.get(unit).copied().unwrap_or(due.last_change + 1);
            let is_new = change_of(found) == 0;
            assert!(change_of(found) >= least || is_new, "{unit} as before {due:?}: {found:?}");
        }
        for (unit, change) in due.changes.iter().filter(|(unit, _)| !units.contains_key(*unit)) {
            if self.asked.patterns.contains(&"alias") {
                continue;
            }
            // It may have gone, and come again since.
            let is_missing = systemd.units.get(unit).is_some_and(|state| {
                self.shows(unit, state, systemd) && change_of(state) == *change && *change > 0
            });
            assert!(!is_missing, "{unit} is missing after {due:?}");
        }
    }

    /// Everything has come: it equals what systemd would tell.
    pub(super) fn check(&mut self, desk: &Desk, systemd: &Systemd) {
        self.look(desk, systemd);
        assert!(self.due.is_none(), "it waits for its place: {self:?}");
        let (_, is_current, units, jobs) = self.seen.as_ref().unwrap();
        assert!(is_current, "all was told: {self:?}");
        let shown = systemd.units.iter().filter(|(unit, state)| self.shows(unit, state, systemd));
        let actual: Units = shown.map(|(unit, state)| (unit.clone(), essence(unit, state))).collect();
        assert_eq!(*units, actual, "{:?}", self.asked);
        let wanted = systemd.list_jobs().into_iter().filter(|(_, unit)| self.asked.wants(unit, systemd));
        let actual: Jobs = wanted.map(|(id, unit)| (unit, id)).collect();
        assert_eq!(*jobs, actual, "{:?}", self.asked);
    }
}
