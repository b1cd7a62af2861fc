//! The jobs in progress, as long as somebody has a live table open.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::watch::defect::{Defect, is_back};
use crate::watch::signal::Signal;

/// The jobs that wait or run. They are kept for tables alone: what other readers are told of jobs comes from signals.
#[derive(Debug, Default)]
pub(in crate::watch) struct Jobs {
    /// How many tables are open.
    tables: usize,
    /// Which there are has to be asked for.
    is_due: bool,
    /// Their units.
    units: BTreeMap<u32, Arc<str>>,
}

impl Jobs {
    /// A table is opened. There may have been jobs before somebody listened for them.
    pub(in crate::watch) fn open(&mut self) {
        self.tables += 1;
        self.is_due = true;
    }

    /// A table is closed.
    pub(in crate::watch) fn close(&mut self) {
        self.tables -= 1;
        if self.tables == 0 {
            *self = Self::default();
        }
    }

    /// What is known of them may be old, or not all.
    pub(in crate::watch) fn miss(&mut self) {
        self.is_due |= self.tables > 0 && !is_back(Defect::OldJobs);
    }

    /// Whether they have to be asked for, which is done now.
    pub(in crate::watch) fn take_due(&mut self) -> bool {
        std::mem::take(&mut self.is_due)
    }

    /// Takes in a signal about a unit that somebody wants; whether a job has begun or ended.
    pub(in crate::watch) fn hear(&mut self, signal: &Signal<'_>) -> bool {
        match *signal {
            Signal::JobNew { id, unit } if self.tables > 0 => self.units.insert(id, unit.into()).is_none(),
            Signal::JobRemoved { id, .. } => self.units.remove(&id).is_some(),
            _ => false,
        }
    }

    /// Takes in which there are, and for which units, at the place of the answer; whether they are others than before.
    pub(in crate::watch) fn find(&mut self, found: impl Iterator<Item = (u32, String)>) -> bool {
        let found: BTreeMap<u32, Arc<str>> = found.map(|(id, unit)| (id, unit.into())).collect();
        let is_other = self.tables > 0 && self.units != found;
        if is_other {
            self.units = found;
        }
        is_other
    }

    /// Whether a job of this unit's is in progress.
    pub(in crate::watch) fn has_one_of(&self, unit: &str) -> bool {
        self.units.values().any(|of| **of == *unit)
    }

    /// Whether somebody has a table open.
    pub(in crate::watch) fn are_wanted(&self) -> bool {
        self.tables > 0
    }

    /// The jobs, those that were queued first before the others, with their units.
    pub(in crate::watch) fn all(&self) -> impl Iterator<Item = (u32, &Arc<str>)> {
        self.units.iter().map(|(id, unit)| (*id, unit))
    }
}
