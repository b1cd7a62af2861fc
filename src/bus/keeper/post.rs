//! The keeper's post: whether its thread is there, when it goes, and that it is gone while the process forks.

use std::io;

use crate::sync::{JoinHandle, Mutex, MutexGuard, PoisonError};

/// What a thread works on, and that thread.
#[derive(Debug, Default)]
pub(super) struct Post<T> {
    /// Whoever waits for the end of the thread holds it: another who forks at the same time waits as well.
    clearing: Mutex<()>,
    state: Mutex<State<T>>,
}

#[derive(Debug, Default)]
struct State<T> {
    work: T,
    /// Somebody is at the post, or about to come.
    is_manned: bool,
    /// The thread that is there, or was there last.
    thread: Option<JoinHandle<()>>,
    /// How many threads of this process are forking: meanwhile nobody may be there.
    forking: usize,
}

impl<T> Post<T> {
    /// Looks at the work, or changes it.
    pub(super) fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        look(&mut lock(&self.state).work)
    }

    /// Has a thread come, if none is there; an error says that it cannot. While somebody forks none comes: that one
    /// sees to it afterwards.
    pub(super) fn man(&self, start: impl FnOnce(&mut T) -> io::Result<JoinHandle<()>>) -> io::Result<()> {
        let mut state = lock(&self.state);
        if state.is_manned || state.forking > 0 {
            return Ok(());
        }
        if let Some(before) = state.thread.take() {
            // It has said that it goes, and takes no lock any more.
            let _ = before.join();
        }
        state.thread = Some(start(&mut state.work)?);
        state.is_manned = true;
        Ok(())
    }

    /// The thread asks what to do next; none says that it has to end now.
    pub(super) fn next<R>(&self, look: impl FnOnce(&mut T) -> Option<R>) -> Option<R> {
        let mut state = lock(&self.state);
        let next = if state.forking > 0 { None } else { look(&mut state.work) };
        state.is_manned = next.is_some();
        next
    }

    /// The same in the middle of a round, which ends when there is nothing to do or somebody forks.
    pub(super) fn go_on<R>(&self, look: impl FnOnce(&mut T) -> Option<R>) -> Option<R> {
        let mut state = lock(&self.state);
        if state.forking > 0 { None } else { look(&mut state.work) }
    }

    /// The thread has ended without a word.
    pub(super) fn desert(&self) {
        lock(&self.state).is_manned = false;
    }

    /// Sends the thread away, and returns when it is gone; `call` wakes it where it waits. Nobody comes before
    /// [`Post::reopen`].
    pub(super) fn clear(&self, call: impl FnOnce(&T)) {
        let _clearing = lock(&self.clearing);
        let thread = {
            let mut state = lock(&self.state);
            state.forking += 1;
            call(&state.work);
            state.thread.take()
        };
        if let Some(thread) = thread {
            // One that panicked is gone as well.
            let _ = thread.join();
        }
    }

    /// The fork is over; true says that no other goes on.
    pub(super) fn reopen(&self) -> bool {
        let mut state = lock(&self.state);
        state.forking = state.forking.saturating_sub(1);
        state.forking == 0
    }

    #[cfg(test)]
    pub(super) fn is_manned(&self) -> bool {
        lock(&self.state).is_manned
    }
}

/// No invariant spans a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
