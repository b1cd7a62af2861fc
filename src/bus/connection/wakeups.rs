//! Whom a connection wakes when the lock on what it knows is free again.

use std::task::Waker;

use crate::flow::seat::Sleeper;

/// Those who are to be woken; they are when this is dropped.
#[derive(Default)]
pub(super) struct Wakeups {
    /// By news of their own.
    pub(super) news: Vec<Waker>,
    /// To lead, or to lead otherwise.
    pub(super) called: Vec<Sleeper>,
}

impl Drop for Wakeups {
    fn drop(&mut self) {
        self.news.drain(..).for_each(Waker::wake);
        self.called.drain(..).for_each(|sleeper| sleeper.call());
    }
}
