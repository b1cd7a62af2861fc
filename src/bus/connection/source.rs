//! A connection as what drivers wait for.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::task::Waker;

use super::Shared;
use crate::flow::{Parker, Source, Turn};

impl Source for Shared {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn join(&self, ticket: Option<u64>, parker: &Arc<Parker>) -> Option<Turn> {
        let mut state = self.state().ok()?;
        let wants_write = state.wire.wants_write();
        Some(state.lead.join(ticket, parker, wants_write))
    }

    fn leave(&self, ticket: u64) {
        if let Ok(mut state) = self.state() {
            state.lead.leave(ticket);
        }
    }

    fn pump(&self) -> bool {
        let Ok(mut state) = self.state() else { return false };
        state.pump(&self.endpoint);
        let wants_write = state.wire.wants_write();
        state.lead.knows(wants_write);
        wants_write
    }

    fn pump_unless_led(&self, ticket: &mut Option<u64>, waker: &Waker) -> bool {
        let Ok(mut state) = self.state() else { return true };
        if state.lead.is_taken() {
            state.lead.look_on(ticket, waker);
            return false;
        }
        state.pump(&self.endpoint);
        true
    }

    fn wants_write(&self) -> bool {
        self.state().is_ok_and(|state| state.wire.wants_write())
    }

    fn flush(&self) {
        if let Ok(mut state) = self.state() {
            state.flush(&self.endpoint);
        }
    }

    fn is_lost(&self) -> bool {
        self.state().map_or(true, |state| state.check_lost().is_err())
    }
}
