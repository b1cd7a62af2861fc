//! What a room has to ask systemd for, and what becomes of the answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::audience::{GroupId, ReaderId};
use super::defect::{Defect, is_back};
use super::event::{EventKind, UnitEvent, UnitState};
use super::reader::Phase;
use super::room::{Room, Track};
use crate::unit::UnitName;
use crate::value::Value;

/// What has to be asked for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// For which units these names stand.
    Names(Vec<UnitName>),
    /// How the units of these groups are; the patterns are what to ask systemd for, none of them is everything.
    Look { groups: Vec<GroupId>, patterns: Vec<String> },
    /// Which jobs there are.
    Jobs,
    /// Nothing but the place of the answer: what happened before has been heard then.
    Place,
}

impl Room {
    /// What has to be asked for now, if anything has.
    pub(super) fn question(&mut self) -> Option<Question> {
        if !self.to_ask {
            return None;
        }
        let mut names = BTreeSet::new();
        for (_, group) in self.audience.groups() {
            if group.needs_names(self.is_due) {
                names.extend(group.selection.names().cloned());
            }
        }
        if !names.is_empty() {
            return Some(Question::Names(names.into_iter().collect()));
        }
        self.jobs_or_look()
    }

    /// The same, when it is known for which units the names stand. Who waits for a look has a table of all jobs then.
    fn jobs_or_look(&mut self) -> Option<Question> {
        if self.jobs.take_due() { Some(Question::Jobs) } else { self.look_or_place() }
    }

    /// The same, when it is known which jobs there are.
    fn look_or_place(&mut self) -> Option<Question> {
        let is_due = std::mem::take(&mut self.is_due);
        self.is_void = false;
        self.to_ask = false;
        let mut groups = Vec::new();
        let (mut patterns, mut is_everything) = (BTreeSet::new(), false);
        for (id, group) in self.audience.groups() {
            if group.needs_names(false) && !is_back(Defect::BeginsWithoutNames) {
                // It came while others' names were asked for.
                self.to_ask = true;
            } else if is_due || !group.is_known {
                groups.push(id);
                let asked_for = group.selection.asked_for();
                is_everything |= asked_for.is_empty();
                patterns.extend(asked_for);
            }
        }
        let is_waited_for = self.ask_for_newcomers() | self.places.ask();
        if groups.is_empty() {
            return is_waited_for.then_some(Question::Place);
        }
        if is_everything {
            patterns.clear();
        }
        Some(Question::Look { groups, patterns: patterns.into_iter().collect() })
    }

    /// Whoever waits is asked for, unless it has names that have to be asked for first; whether there is anybody.
    fn ask_for_newcomers(&mut self) -> bool {
        let mut is_any = false;
        for reader in self.readers.values_mut().filter(|reader| reader.phase == Phase::Waiting) {
            let has_names = self.audience.group(reader.group).is_some_and(|group| !group.needs_names(false));
            if has_names || is_back(Defect::BeginsWithoutNames) {
                reader.phase = Phase::Asked;
                is_any = true;
            }
        }
        is_any
    }

    /// Takes in for which units names stand, and says what to ask for next.
    pub(super) fn find_names(
        &mut self,
        found: &[(UnitName, Option<UnitName>)],
        now: u64,
    ) -> Option<Question> {
        let groups: Vec<GroupId> = self.audience.groups().map(|(id, _)| id).collect();
        for id in groups {
            for (name, unit) in found {
                self.find_name(id, name, unit.as_ref(), now);
            }
        }
        self.jobs_or_look()
    }

    fn find_name(&mut self, id: GroupId, name: &UnitName, unit: Option<&UnitName>, now: u64) {
        let Some(group) = self.audience.group(id) else { return };
        if !group.selection.names().any(|known| known == name) {
            return;
        }
        let is_other = group.selection.unit_of(name) != unit;
        if is_other {
            self.revision += 1;
            self.jobs.miss();
        }
        let left = self.audience.resolve(id, name, unit.cloned());
        if let Some(group) = self.audience.group_mut(id) {
            group.is_known &= !is_other;
            group.has_names = true;
        }
        if is_other {
            self.turn_tables(None);
        }
        for unit in left {
            self.take_away(id, &unit, now);
        }
        if is_back(Defect::OldNewsOfAnAlias) {
            self.tell_gained(id, now);
        }
    }

    /// Tells a group of the units that others know and that a name of its turned out to stand for.
    fn tell_gained(&mut self, id: GroupId, now: u64) {
        for unit in self.audience.take_gained(id) {
            if let Some(state) = self.model.get(&unit).filter(|_| !is_back(Defect::NothingOfAnAlias)) {
                let event = UnitEvent::snapshot(&unit, state);
                self.tell_groups(&UnitEvent { kind: EventKind::Added, ..event }, &[id], now);
            }
        }
    }

    /// A group's name does not stand for this unit any more.
    fn take_away(&mut self, id: GroupId, unit: &Arc<str>, now: u64) {
        let was_told = self.audience.group_mut(id).is_some_and(|group| !group.gained.remove(unit));
        if let Some(old) = self.model.get(unit).filter(|_| was_told).cloned() {
            let event = UnitEvent {
                unit: Some(Arc::clone(unit)),
                old: Some(old),
                ..UnitEvent::new(EventKind::Removed, None)
            };
            self.tell_groups(&event, &[id], now);
        }
        if !self.audience.is_wanted(unit) {
            self.audience.drop_unit(unit);
            self.model.forget(unit);
        }
    }

    /// Takes in which jobs there were, and for which units, at the place of the answer.
    pub(super) fn find_jobs(&mut self, found: Vec<(u32, String)>) {
        let audience = &self.audience;
        if self.jobs.find(found.into_iter().filter(|(_, unit)| audience.is_wanted(unit))) {
            self.turn_tables(None);
        }
    }

    /// Takes in how the units of these groups were found, at the place of the answer: what came before has been heard. Of some
    /// units there are details `missing`. Where signals were missed since it was asked for nobody knows whether those came
    /// before: it is asked for once more.
    pub(super) fn find(
        &mut self,
        groups: &[GroupId],
        found: Vec<(String, UnitState)>,
        missing: &[Arc<str>],
        now: u64,
    ) {
        if self.is_void {
            return;
        }
        let found = found.into_iter().filter(|(unit, _)| self.audience.is_wanted(unit)).collect();
        let audience = &self.audience;
        let concerns = |unit: &str| {
            groups.iter().any(|id| audience.group(*id).is_some_and(|group| group.selection.wants(unit)))
        };
        let events = self.model.look(found, missing, concerns);
        for event in events {
            self.tell_found(event, now);
        }
        self.revision += 1;
    }

    /// Takes in a detail of a unit that was found, at its place.
    pub(super) fn find_detail(&mut self, unit: &str, told: Option<&(&'static str, Value)>, now: u64) {
        if !self.audience.is_wanted(unit) {
            self.model.forget(unit);
            return;
        }
        if let Some(event) = self.model.learn(unit, told) {
            self.revision += 1;
            self.tell_found(event, now);
        }
    }

    fn tell_found(&mut self, mut event: UnitEvent, now: u64) {
        if event.kind == EventKind::Added && is_back(Defect::SnapshotForAdded) {
            event.kind = EventKind::Snapshot;
        }
        self.tell(&event, now);
    }

    /// All has come that was asked for of these groups. Who waits begins after a look that is due by now.
    pub(super) fn settle(&mut self, groups: &[GroupId], now: u64) {
        if self.is_void {
            return;
        }
        for id in groups {
            self.tell_gained(*id, now);
            if let Some(group) = self.audience.group_mut(*id) {
                group.is_known = true;
            }
        }
        self.revision += 1;
        if self.track == Track::Behind && !self.is_due {
            self.track = Track::Kept;
            self.turn_tables(None);
        }
        self.begin_at_place(now);
    }

    /// The answer has come to a question for its place alone: who waited for it begins, unless something has been heard
    /// meanwhile that has to be looked at first.
    pub(super) fn begin_at_place(&mut self, now: u64) {
        let has_old_news = is_back(Defect::BeginsWithOldNews) || is_back(Defect::BeginsBeforeTheLook);
        if self.is_due && !has_old_news {
            self.wait_again();
        }
        self.begin(now);
    }

    /// Those whose question has left wait for another one.
    pub(super) fn wait_again(&mut self) {
        for reader in self.readers.values_mut().filter(|reader| reader.phase == Phase::Asked) {
            reader.phase = Phase::Waiting;
        }
    }

    /// All has been heard until the answer to a question: who waited for it begins.
    fn begin(&mut self, now: u64) {
        let newcomers: Vec<ReaderId> = self
            .readers
            .iter()
            .filter(|(_, reader)| reader.phase == Phase::Asked)
            .map(|(id, _)| *id)
            .collect();
        for id in newcomers {
            let Some(reader) = self.readers.get_mut(&id) else { continue };
            reader.phase = Phase::Live;
            self.rung.insert(id);
            match reader.known.take() {
                Some((unit, state)) => self.push_difference(id, &unit, state, now),
                None => self.push_snapshot(id, now),
            }
        }
        for reader in self.readers.values_mut() {
            reader.is_out = false;
        }
        if self.places.arrive() {
            self.ring_tables();
        }
    }
}
