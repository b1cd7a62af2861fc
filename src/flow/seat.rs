//! One of those who wait for the same thing does the work for all of them: who that is, and who is next.
//!
//! Whoever sits works until he has what he wants. When he leaves, exactly one of those who wait is called to the seat; one
//! that was called and has meanwhile what he wants passes that on. So as long as somebody waits, somebody sits there or
//! has been woken to take the seat. (`tests/model` holds that in all orders of threads.)

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;

use super::parker::Parker;

/// Somebody who sleeps until he is called.
#[derive(Clone, Debug)]
pub enum Sleeper {
    /// A thread, which comes when it is called.
    Thread(Arc<Parker>),
    /// A thread whose flow has to be polled for that.
    Flow(Arc<Parker>),
    /// A task. It may belong to a future that nobody polls, and never come.
    Task(Waker),
}

impl Sleeper {
    /// Wakes him.
    pub fn call(&self) {
        match self {
            Self::Thread(parker) => parker.call(),
            Self::Flow(parker) => Waker::from(Arc::clone(parker)).wake(),
            Self::Task(waker) => waker.wake_by_ref(),
        }
    }

    /// He is awake, or about to be, and looks at the seat by himself before he sleeps again.
    fn is_awake(&self) -> bool {
        match self {
            Self::Thread(parker) | Self::Flow(parker) => parker.has_news(),
            Self::Task(_) => false,
        }
    }
}

/// Who does the work, and who waits for it to be done. Its owner keeps it under a lock, and calls those who are to be
/// called when that is free again.
#[derive(Debug, Default)]
pub struct Seat {
    holder: Option<(u64, Sleeper)>,
    /// One that was woken to take the seat, and has not come yet.
    called: Option<u64>,
    /// Those who wait, the one that came first first.
    waiting: BTreeMap<u64, Sleeper>,
    /// Tasks that wait. None of them can be relied upon, so all are called when no thread waits.
    tasks: BTreeMap<u64, Sleeper>,
    last_ticket: u64,
}

impl Seat {
    /// The ticket of somebody who comes for the first time.
    pub fn ticket(&mut self) -> u64 {
        self.last_ticket += 1;
        self.last_ticket
    }

    /// Whether somebody does the work.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.holder.is_some()
    }

    /// Who does the work.
    #[must_use]
    pub fn holder(&self) -> Option<&Sleeper> {
        self.holder.as_ref().map(|(_, sleeper)| sleeper)
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len() + self.tasks.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_deserted(&self) -> bool {
        !self.is_taken() && self.called.is_none() && self.waiting() == 0
    }

    /// Takes the seat, or waits for it where a thread sits; true says that the seat is his. A task has to make room for
    /// whoever comes.
    pub fn take_or_wait(&mut self, ticket: u64, sleeper: Sleeper) -> bool {
        self.forget(ticket);
        match self.holder.take() {
            Some((holder, thread @ (Sleeper::Thread(_) | Sleeper::Flow(_)))) if holder != ticket => {
                self.holder = Some((holder, thread));
                self.wait(ticket, sleeper);
                return false;
            }
            Some((holder, task)) if holder != ticket => self.wait(holder, task),
            Some(_) | None => {}
        }
        self.holder = Some((ticket, sleeper));
        true
    }

    /// Has a task called when no thread sits any more, or is about to.
    pub fn look_on(&mut self, ticket: u64, waker: Waker) {
        self.wait(ticket, Sleeper::Task(waker));
    }

    /// Leaves the seat, or the row of those who wait for it. Whom this gives is to be called.
    #[must_use]
    pub fn leave(&mut self, ticket: u64) -> Vec<Sleeper> {
        self.forget(ticket);
        if self.holder.as_ref().is_some_and(|(holder, _)| *holder == ticket) {
            self.holder = None;
        }
        if self.holder.is_some() || self.called.is_some() {
            return Vec::new();
        }
        self.next()
    }

    fn wait(&mut self, ticket: u64, sleeper: Sleeper) {
        let row = if matches!(sleeper, Sleeper::Task(_)) { &mut self.tasks } else { &mut self.waiting };
        row.insert(ticket, sleeper);
    }

    /// He does not wait any more, and is not called either.
    fn forget(&mut self, ticket: u64) {
        self.called = self.called.filter(|called| *called != ticket);
        if self.waiting.remove(&ticket).is_none() {
            self.tasks.remove(&ticket);
        }
    }

    fn next(&mut self) -> Vec<Sleeper> {
        while let Some((ticket, sleeper)) = self.waiting.pop_first() {
            if !sleeper.is_awake() {
                self.called = Some(ticket);
                return vec![sleeper];
            }
        }
        std::mem::take(&mut self.tasks).into_values().collect()
    }
}
