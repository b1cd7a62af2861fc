//! A reader, and what must be true of what it is told.

use std::collections::{BTreeMap, BTreeSet};

use super::systemd::{ALIAS, Sent, Systemd, change_of};
use crate::watch::event::{EventKind, UnitEvent, UnitState};
use crate::watch::reader::Wanted;
use crate::watch::selection::Selection;

/// What a reader asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) patterns: &'static [&'static str],
    pub(super) types: &'static [&'static str],
    pub(super) states: &'static [&'static str],
    pub(super) capacity: usize,
}

/// What it has to be told, unless it is told that something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Change(u64),
    JobEnd(u32),
}

/// What keeps a reader from knowing everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    None,
    /// There was an outage: what it did not know of is told by a look.
    Unsettled,
    /// A single signal was dropped: the beginning of a reload, perhaps, in which nothing that is told of units counts.
    Misled,
}

#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) id: u64,
    asked: Asked,
    /// As the reader sees it: what all events add up to.
    table: BTreeMap<String, UnitState>,
    /// How the units were when it joined: it must not be told of less.
    at_joining: BTreeMap<String, u64>,
    /// How units were when they went.
    at_going: BTreeMap<String, u64>,
    /// It has begun, and has read how things are.
    has_begun: bool,
    sequence: u64,
    due: BTreeSet<Fact>,
    ended_jobs: BTreeSet<u32>,
    new_jobs: BTreeSet<u32>,
    /// It has to hear of a gap.
    is_gap_due: bool,
    /// So many outages it may hear of.
    outages: usize,
    /// What happened since the last rest.
    doubt: Doubt,
    pub(super) log: Vec<UnitEvent>,
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

impl Asked {
    pub(super) fn wanted(&self, known: Option<(String, UnitState)>) -> Wanted {
        Wanted {
            selection: Selection::new(&texts(self.patterns), texts(self.types)).unwrap(),
            states: texts(self.states).into(),
            capacity: self.capacity,
            known,
            is_table: false,
        }
    }

    pub(super) fn wants(&self, unit: &str, systemd: &Systemd) -> bool {
        let mut selection = Selection::new(&texts(self.patterns), texts(self.types)).unwrap();
        if systemd.units.contains_key(ALIAS.1) {
            let name = |text: &str| text.parse().unwrap();
            selection.resolve(&name(ALIAS.0), Some(name(ALIAS.1)));
        }
        selection.wants(unit)
    }

    /// Whether all is told of the units: of those that are found by another name nothing is, until they are found.
    fn is_plain(&self) -> bool {
        self.states.is_empty() && !self.patterns.contains(&"alias")
    }
}

impl Watcher {
    pub(super) fn new(id: u64, asked: Asked, known: Option<(String, UnitState)>, systemd: &Systemd) -> Self {
        let at_joining = systemd.units.iter().map(|(unit, state)| (unit.clone(), change_of(state)));
        Self {
            id,
            asked,
            table: known.into_iter().collect(),
            at_joining: at_joining.collect(),
            at_going: BTreeMap::new(),
            has_begun: false,
            sequence: 0,
            due: BTreeSet::new(),
            ended_jobs: BTreeSet::new(),
            new_jobs: BTreeSet::new(),
            is_gap_due: false,
            outages: 0,
            doubt: Doubt::None,
            log: Vec::new(),
        }
    }

    /// systemd has signalled this to a reader that knew how things were.
    pub(super) fn expect(&mut self, sent: &Sent, systemd: &Systemd) {
        if !self.asked.is_plain() || self.doubt != Doubt::None {
            return;
        }
        match sent {
            Sent::Changed { unit, is_last: true, .. }
                if self.asked.wants(unit, systemd) && !systemd.silent.contains(unit) =>
            {
                let change = systemd.units.get(unit).map(change_of);
                self.due.extend(change.filter(|change| *change > 0).map(Fact::Change));
            }
            Sent::JobRemoved(id, unit) if self.asked.wants(unit, systemd) => {
                self.due.insert(Fact::JobEnd(*id));
            }
            _ => {}
        }
    }

    /// What was signalled may be lost, and then this has to be told.
    pub(super) fn fault(&mut self, has_to_hear: bool) {
        self.outages += 1;
        self.doubt = self.doubt.max(Doubt::Unsettled);
        self.is_gap_due |= has_to_hear;
        self.due.clear();
    }

    /// A single signal was dropped.
    pub(super) fn overflow(&mut self) {
        self.doubt = Doubt::Misled;
    }

    /// It is told of something.
    pub(super) fn hear(&mut self, event: &UnitEvent, systemd: &Systemd) {
        check_was_so(event, systemd);
        self.sequence += 1;
        assert_eq!(event.sequence, self.sequence, "the numbers rise by one");
        let unit = event.unit.as_deref().unwrap_or_default();
        let before = self.table.get(unit);
        match event.kind {
            EventKind::Gap => self.hear_of_gap(event),
            EventKind::Snapshot => {
                assert!(before.is_none(), "a snapshot of what it knew: {event:?}");
                let new = event.new.as_deref().unwrap();
                let least = self.at_joining.get(unit).copied().unwrap_or(0);
                assert!(
                    change_of(new) >= least || change_of(new) == 0,
                    "older than when it joined: {event:?}"
                );
                self.table.insert(unit.to_owned(), new.clone());
            }
            EventKind::Added => {
                assert!(before.is_none() || !self.asked.states.is_empty(), "{event:?} was there: {before:?}");
                let change = change_of(event.new.as_deref().unwrap());
                let is_newer = self.at_going.get(unit).is_none_or(|at_going| change > *at_going);
                assert!(
                    change == 0 || is_newer || self.doubt == Doubt::Misled,
                    "as it was before it went: {event:?}"
                );
                self.enter(event);
            }
            EventKind::Changed => {
                self.check_old(event);
                assert_ne!(event.old, event.new, "nothing changed");
                self.enter(event);
            }
            EventKind::Removed => {
                self.check_old(event);
                self.at_going.insert(unit.to_owned(), change_of(event.old.as_deref().unwrap()));
                self.table.remove(unit);
            }
            EventKind::JobNew => {
                let id = event.job_id.unwrap();
                assert!(self.new_jobs.insert(id), "job {id} is new a second time");
            }
            EventKind::JobRemoved => {
                let id = event.job_id.unwrap();
                assert!(self.ended_jobs.insert(id), "job {id} ended a second time");
                self.due.remove(&Fact::JobEnd(id));
            }
            EventKind::Reloading | EventKind::Reloaded => {}
        }
        self.log.push(event.clone());
    }

    /// It has read all that waited for it: when it begins it knows of each unit that was there when it joined and stayed
    /// as it was.
    pub(super) fn check_beginning(&mut self, systemd: &Systemd) {
        if std::mem::replace(&mut self.has_begun, true) || self.doubt != Doubt::None || !self.asked.is_plain()
        {
            return;
        }
        for (unit, change) in self.at_joining.iter().filter(|(_, change)| **change > 0) {
            let has_stayed = systemd.units.get(unit).is_some_and(|state| change_of(state) == *change);
            let is_missing = has_stayed && self.asked.wants(unit, systemd) && !self.table.contains_key(unit);
            assert!(!is_missing, "it was not told of {unit}: {self:?}");
        }
    }

    fn enter(&mut self, event: &UnitEvent) {
        let new = event.new.as_deref().unwrap();
        self.due.remove(&Fact::Change(change_of(new)));
        self.table.insert(event.unit.as_deref().unwrap().to_owned(), new.clone());
    }

    fn check_old(&self, event: &UnitEvent) {
        if !self.asked.states.is_empty() {
            return;
        }
        let unit = event.unit.as_deref().unwrap();
        let before = self.table.get(unit);
        let old = event.old.as_deref();
        let is_so = match (before, old) {
            (Some(before), Some(old)) => {
                essence(unit, before) == essence(unit, old) || before.lacks_only_details_of(old)
            }
            (before, old) => before == old,
        };
        assert!(is_so, "{event:?}, and it knew {before:?}");
    }

    fn hear_of_gap(&mut self, event: &UnitEvent) {
        self.is_gap_due = false;
        self.new_jobs.clear();
        if event.dropped.is_some() {
            self.table.clear();
            self.at_joining.clear();
            self.due.clear();
        } else {
            assert!(self.outages > 0, "a gap without an outage: {event:?}");
            self.outages -= 1;
        }
    }

    /// Everything has come, and was taken: it must know how things are.
    pub(super) fn check(&mut self, systemd: &Systemd) {
        assert!(!self.is_gap_due, "it was not told that something is missing");
        assert!(self.due.is_empty(), "it was not told {:?}: {self:?}", self.due);
        self.outages = 0;
        self.doubt = Doubt::None;
        if !self.asked.states.is_empty() {
            return;
        }
        let wanted = systemd.units.iter().filter(|(unit, _)| self.asked.wants(unit, systemd));
        let actual: BTreeMap<&String, &UnitState> = wanted.collect();
        let (there, told) =
            (actual.keys().copied().collect::<Vec<_>>(), self.table.keys().collect::<Vec<_>>());
        assert_eq!(there, told, "{self:?}");
        for (unit, state) in actual {
            let found = &self.table[unit];
            assert_eq!(essence(unit, found), essence(unit, state), "{unit}");
        }
    }
}

/// The unit was once as it is told to be.
fn check_was_so(event: &UnitEvent, systemd: &Systemd) {
    let (Some(unit), Some(new)) = (event.unit.as_deref(), event.new.as_deref()) else { return };
    if let Some(was) = systemd.after(change_of(new)) {
        assert_eq!(essence(unit, new), essence(unit, was), "it never was so: {event:?}");
    }
}

/// What a listing tells, and of a service that runs the details.
pub(super) fn essence(unit: &str, state: &UnitState) -> UnitState {
    let has_details = unit.ends_with(".service") && state.active_state != "inactive";
    let UnitState { load_state, active_state, sub_state, .. } = state.clone();
    if has_details {
        state.clone()
    } else {
        UnitState { load_state, active_state, sub_state, ..UnitState::default() }
    }
}

/// The same, told at another time.
pub(super) fn without_time(event: &UnitEvent) -> UnitEvent {
    UnitEvent { timestamp: 0, ..event.clone() }
}

/// Readers of all kinds.
pub(super) fn kinds() -> Vec<Asked> {
    const LARGE: usize = 100_000;
    let asked = |patterns, types, states, capacity| Asked { patterns, types, states, capacity };
    vec![
        asked(&[], &[], &[], LARGE),
        asked(&["pm2-*"], &[], &[], LARGE),
        asked(&["a"], &[], &[], LARGE),
        asked(&["a", "b*"], &[], &[], 4),
        asked(&[], &["service"], &[], 16),
        asked(&["alias"], &[], &[], LARGE),
        asked(&["alias", "pm2-?.*"], &[], &[], 8),
        asked(&[], &[], &["failed"], LARGE),
    ]
}

/// Those that are about single units.
pub(super) fn named_kinds() -> Vec<Asked> {
    let asked = |patterns| Asked { patterns, types: &[], states: &[], capacity: 100_000 };
    vec![asked(&["a", "alias"]), asked(&["a"]), asked(&["alias"]), asked(&["pm2-x", "a"])]
}
