//! The lock on what a connection knows, and who is woken when it is free again.

use std::ops::{Deref, DerefMut};
use std::sync::MutexGuard;

use super::state::State;
use super::wakeups::Wakeups;

/// What a connection knows, locked. Those for whom something has come meanwhile are woken when it is free again: they
/// take it at once.
pub(super) struct Locked<'a> {
    state: MutexGuard<'a, State>,
    /// Dropped last.
    wakeups: Wakeups,
}

impl<'a> From<MutexGuard<'a, State>> for Locked<'a> {
    fn from(state: MutexGuard<'a, State>) -> Self {
        Self { state, wakeups: Wakeups::default() }
    }
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.wakeups = self.state.wakeups();
    }
}
