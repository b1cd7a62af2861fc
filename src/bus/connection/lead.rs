//! Which of the threads that wait for a connection reads it for all of them.

use std::sync::Arc;
use std::task::Waker;

use crate::error::Kind;
use crate::flow::seat::{Seat, Sleeper};
use crate::flow::{Bell, Lead, Parker, Turn};

/// Who leads, and who follows.
#[derive(Default)]
pub(super) struct Leadership {
    seat: Seat,
    /// What the leader hears in poll(2), whoever that is.
    bell: Option<Bell>,
    /// The leader waits for the socket to take more, too.
    writes: bool,
    /// Those who are to be called when the lock is free.
    called: Vec<Sleeper>,
}

impl Leadership {
    /// Whether a thread leads.
    pub(super) fn is_taken(&self) -> bool {
        self.seat.is_taken()
    }

    /// How many follow.
    #[cfg(test)]
    pub(super) fn followers(&self) -> usize {
        self.seat.waiting()
    }

    /// Has a thread lead, or follow the one that does.
    pub(super) fn join(&mut self, ticket: Option<u64>, parker: &Arc<Parker>, wants_write: bool) -> Turn {
        let ticket = ticket.unwrap_or_else(|| self.seat.ticket());
        if !self.seat.take_or_wait(ticket, Sleeper::Thread(Arc::clone(parker))) {
            return Turn { ticket, lead: None };
        }
        self.writes = wants_write;
        if self.bell.is_none() {
            self.bell = Bell::new(Kind::Unavailable, "cannot lead").ok();
        }
        Turn { ticket, lead: Some(Lead { wants_write, bell: self.bell.clone() }) }
    }

    /// Has a task called when no thread leads any more.
    pub(super) fn look_on(&mut self, ticket: &mut Option<u64>, waker: &Waker) {
        let ticket = *ticket.get_or_insert_with(|| self.seat.ticket());
        self.seat.look_on(ticket, waker.clone());
    }

    pub(super) fn leave(&mut self, ticket: u64) {
        self.called.extend(self.seat.leave(ticket));
    }

    /// The leader knows whether there is something to be sent.
    pub(super) fn knows(&mut self, wants_write: bool) {
        self.writes = wants_write;
    }

    /// Those who are to be called: the leader too, where it does not know yet that there is something to be sent.
    pub(super) fn called(&mut self, wants_write: bool) -> Vec<Sleeper> {
        if wants_write && !self.writes {
            self.writes = true;
            self.called.extend(self.seat.holder().cloned());
        }
        std::mem::take(&mut self.called)
    }
}
