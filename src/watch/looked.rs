//! A unit that a look found, until its details have come: those are answers of their own, and what is signalled in between
//! goes into it.

use super::event::UnitState;
use super::signal::{TOLD, apply};
use crate::value::Value;

/// How a unit was found.
#[derive(Debug)]
pub(super) struct Looked {
    state: UnitState,
    /// So many of its details have still to come.
    missing: usize,
    /// The unit type's interface has announced a change: the other half, of the Unit interface, follows.
    has_half: bool,
}

impl Looked {
    /// A unit in this state, of which so many details follow.
    pub(super) fn new(state: UnitState, missing: usize) -> Self {
        Self { state, missing, has_half: false }
    }

    /// Takes in a detail; whether it was the last.
    pub(super) fn learn(&mut self, told: Option<&(&'static str, Value)>) -> bool {
        if let Some((name, value)) = told {
            apply(&mut self.state, name, value);
        }
        self.missing = self.missing.saturating_sub(1);
        self.missing == 0 && !self.has_half
    }

    /// Takes in half a change; whether all is known now: both halves together tell everything.
    pub(super) fn hear(&mut self, is_last: bool, values: &[(usize, Value)]) -> bool {
        for (place, value) in values {
            apply(&mut self.state, TOLD[*place], value);
        }
        let is_whole = is_last && self.has_half;
        self.has_half |= !is_last;
        is_whole
    }

    /// How it is.
    pub(super) fn into_state(self) -> UnitState {
        self.state
    }
}
