//! Who is told of which units: readers who want the same are one group.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::defect::{Defect, is_back};
use super::selection::Selection;
use crate::unit::UnitName;

/// The number of a reader.
pub(super) type ReaderId = u64;
/// The number of a group.
pub(super) type GroupId = u64;

/// All groups, and which of them want which of the units that there are.
#[derive(Debug, Default)]
pub(super) struct Audience {
    groups: BTreeMap<GroupId, Group>,
    last: GroupId,
    /// For the units that were found or heard of.
    by_unit: HashMap<Arc<str>, Vec<GroupId>>,
    /// The groups that are about a few names alone, by those names: a signal about any other unit need not ask each of them.
    by_name: HashMap<String, Vec<GroupId>>,
    /// The other groups.
    by_pattern: Vec<GroupId>,
}

/// Readers who want the same units.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) selection: Selection,
    pub(super) members: Vec<ReaderId>,
    /// For which units its names stand has been asked.
    pub(super) has_names: bool,
    /// How its units are has been looked at.
    pub(super) is_known: bool,
    /// Units that others know already, and that a name of its turned out to stand for: it is told of them after the look
    /// that is due then, as what others know may be old.
    pub(super) gained: BTreeSet<Arc<str>>,
}

impl Group {
    /// Whether it has to be asked for which units its names stand; at any rate where all is due.
    pub(super) fn needs_names(&self, is_due: bool) -> bool {
        let has_any = self.selection.names().next().is_some();
        has_any && (is_due || !self.has_names || self.selection.is_due())
    }
}

impl Audience {
    /// Lets a reader in.
    pub(super) fn join(&mut self, reader: ReaderId, selection: Selection) -> GroupId {
        let same = self.groups.iter_mut().find(|(_, group)| group.selection.is_about_the_same(&selection));
        if let Some((id, group)) = same {
            group.members.push(reader);
            return *id;
        }
        self.last += 1;
        let members = vec![reader];
        let group = Group { selection, members, has_names: false, is_known: false, gained: BTreeSet::new() };
        self.groups.insert(self.last, group);
        self.enter(self.last);
        self.last
    }

    /// Lets a reader go, and gives the units that nobody wants any more.
    pub(super) fn leave(&mut self, reader: ReaderId, id: GroupId) -> Vec<Arc<str>> {
        let Some(group) = self.groups.get_mut(&id) else { return Vec::new() };
        group.members.retain(|member| *member != reader);
        if !group.members.is_empty() {
            return Vec::new();
        }
        self.withdraw(id);
        self.groups.remove(&id);
        let mut unwanted = Vec::new();
        self.by_unit.retain(|unit, groups| {
            groups.retain(|group| *group != id);
            if groups.is_empty() {
                unwanted.push(Arc::clone(unit));
            }
            !groups.is_empty()
        });
        unwanted
    }

    /// The groups.
    pub(super) fn groups(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        self.groups.iter().map(|(id, group)| (*id, group))
    }

    pub(super) fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(&id)
    }

    /// The same, to change it; not what it wants.
    pub(super) fn group_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.groups.get_mut(&id)
    }

    /// Enters for which unit a name of a group's stands, and gives the units that are there and that it does not
    /// want any more.
    pub(super) fn resolve(&mut self, id: GroupId, name: &UnitName, unit: Option<UnitName>) -> Vec<Arc<str>> {
        let before: Vec<Arc<str>> = self.units_of(id);
        self.withdraw(id);
        if let Some(group) = self.groups.get_mut(&id) {
            group.selection.resolve(name, unit);
        }
        self.enter(id);
        let now = self.units_of(id);
        let Some(group) = self.groups.get_mut(&id) else { return Vec::new() };
        let (still, left): (Vec<_>, Vec<_>) = now.into_iter().partition(|unit| group.selection.wants(unit));
        group.gained.extend(still.into_iter().filter(|unit| !before.contains(unit)));
        for unit in &left {
            if let Some(groups) = self.by_unit.get_mut(unit) {
                groups.retain(|other| *other != id);
            }
        }
        left
    }

    /// The units that a group has still to be told of, although others know them: after a look.
    pub(super) fn take_gained(&mut self, id: GroupId) -> BTreeSet<Arc<str>> {
        self.groups.get_mut(&id).map(|group| std::mem::take(&mut group.gained)).unwrap_or_default()
    }

    /// The units that are there and that the group wants.
    fn units_of(&self, id: GroupId) -> Vec<Arc<str>> {
        self.by_unit
            .iter()
            .filter(|(_, groups)| groups.contains(&id))
            .map(|(unit, _)| Arc::clone(unit))
            .collect()
    }

    /// The groups that want this unit.
    pub(super) fn of(&self, unit: &str) -> Vec<GroupId> {
        if let Some(known) = self.by_unit.get(unit) {
            return known.clone();
        }
        let wants = |id: &&GroupId| self.groups.get(*id).is_some_and(|group| group.selection.wants(unit));
        let named = self.by_name.get(unit).into_iter().flatten().filter(wants);
        named.chain(self.by_pattern.iter().filter(wants)).copied().collect()
    }

    /// Whether somebody wants this unit.
    pub(super) fn is_wanted(&self, unit: &str) -> bool {
        // One that is there may be wanted by nobody any more: a name has turned out to stand for another one.
        let is_told = |groups: &Vec<GroupId>| !groups.is_empty() || is_back(Defect::WantedByNobody);
        self.by_unit.get(unit).map_or_else(|| !self.of(unit).is_empty(), is_told)
    }

    /// Whether a group knows of this unit, which is there.
    pub(super) fn is_told_of(&self, id: GroupId, unit: &str) -> bool {
        let is_wanted = self.by_unit.get(unit).is_some_and(|groups| groups.contains(&id));
        is_wanted && self.groups.get(&id).is_some_and(|group| !group.gained.contains(unit))
    }

    /// A unit has come; whether a name may stand for it, so that this has to be asked.
    pub(super) fn hear_of(&mut self, unit: &str) -> bool {
        let mut may_be = false;
        for group in self.groups.values_mut().filter(|group| !group.selection.wants(unit)) {
            group.selection.hear_of(unit);
            may_be |= group.selection.is_due();
        }
        may_be
    }

    /// This unit is there, and somebody wants it.
    pub(super) fn keep(&mut self, unit: &Arc<str>) {
        if !self.by_unit.contains_key(unit) {
            self.by_unit.insert(Arc::clone(unit), self.of(unit));
        }
    }

    /// This unit is not there any more.
    pub(super) fn drop_unit(&mut self, unit: &str) {
        for id in self.by_unit.remove(unit).into_iter().flatten() {
            if let Some(group) = self.groups.get_mut(&id) {
                group.gained.remove(unit);
            }
        }
    }

    fn enter(&mut self, id: GroupId) {
        let Some(group) = self.groups.get(&id) else { return };
        match group.selection.only_names() {
            Some(names) => {
                for name in names {
                    self.by_name.entry(name.to_owned()).or_default().push(id);
                }
            }
            None => self.by_pattern.push(id),
        }
        for (unit, groups) in &mut self.by_unit {
            if !groups.contains(&id) && group.selection.wants(unit) {
                groups.push(id);
            }
        }
    }

    fn withdraw(&mut self, id: GroupId) {
        self.by_pattern.retain(|other| *other != id);
        let Some(group) = self.groups.get(&id) else { return };
        for name in group.selection.only_names().into_iter().flatten() {
            if let Some(groups) = self.by_name.get_mut(name) {
                groups.retain(|other| *other != id);
                if groups.is_empty() {
                    self.by_name.remove(name);
                }
            }
        }
    }
}
