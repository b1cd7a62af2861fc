//! One reader: what it wants, how far it has come, what waits for it.

use std::sync::Arc;

use super::audience::GroupId;
use super::backlog::Backlog;
use super::defect::{Defect, is_back};
use super::event::{UnitEvent, UnitState};
use super::selection::Selection;
use crate::error::Error;

/// What a reader wants.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Which units.
    pub(super) selection: Selection,
    /// Only events that lead into one of these active states; none means all.
    pub(super) states: Arc<[String]>,
    /// How many events may wait.
    pub(super) capacity: usize,
    /// What the reader knows of one unit already: told is the difference, and no snapshot.
    pub(super) known: Option<(String, UnitState)>,
    /// It is a table: it looks at how things are, and no event waits for it.
    pub(super) is_table: bool,
}

/// Who reads.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) group: GroupId,
    pub(super) states: Arc<[String]>,
    pub(super) known: Option<(String, UnitState)>,
    pub(super) phase: Phase,
    /// An outage that it was told of, and that has not ended.
    pub(super) is_out: bool,
    pub(super) refused: Option<Error>,
    pub(super) backlog: Backlog,
    /// Of a table: how often what it shows has changed.
    pub(super) live: Option<u64>,
}

/// How far a reader has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It waits for how things are.
    Waiting,
    /// That is being asked for.
    Asked,
    /// It knows, and hears of what changes.
    Live,
}

impl Reader {
    /// One that waits for how things are.
    pub(super) fn new(wanted: Wanted, group: GroupId) -> Self {
        let Wanted { states, capacity, known, is_table, .. } = wanted;
        let (phase, backlog) = (Phase::Waiting, Backlog::new(capacity));
        let live = is_table.then_some(0);
        Self { group, states, known, phase, is_out: false, refused: None, backlog, live }
    }

    /// Whether it wants to hear of this.
    pub(super) fn wants(&self, event: &UnitEvent) -> bool {
        let leads_into = event.new.as_ref().or(event.old.as_ref());
        // What leaves the states of a table goes from it.
        let leads_from =
            event.old.as_ref().filter(|_| self.live.is_some() && !is_back(Defect::LeavesInSilence));
        leads_into.is_none_or(|state| self.shows(state)) || leads_from.is_some_and(|state| self.shows(state))
    }

    /// Whether it is about units in this state.
    pub(super) fn shows(&self, state: &UnitState) -> bool {
        self.states.is_empty() || self.states.contains(&state.active_state)
    }
}
