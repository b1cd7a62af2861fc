//! How several waiting threads share one socket: one of them leads, the others follow.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::Shared;
use crate::error::Kind;
use crate::flow::Bell;
use crate::flow::{Source, Turn};

/// How long a thread that finds no descriptor to follow with waits before it looks again.
const NO_BELL_PAUSE: Duration = Duration::from_millis(2);

impl Source for Shared {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn join(&self, seen: u64) -> Turn {
        let Ok(mut state) = self.state() else { return Turn::Moved };
        if state.turn != seen {
            return Turn::Moved;
        }
        if !state.led {
            state.led = true;
            return Turn::Lead { wants_write: state.wire.wants_write() };
        }
        if let Ok(bell) = Bell::new(Kind::Unavailable, "cannot follow") {
            state.bells.push(bell.clone());
            return Turn::Follow(bell);
        }
        // This process has no descriptor left. That is no fault of the connection's, so its calls live on.
        drop(state);
        std::thread::sleep(NO_BELL_PAUSE);
        Turn::Moved
    }

    fn pump(&self) {
        if let Ok(mut state) = self.state() {
            state.pump(&self.endpoint);
        }
    }

    fn wants_write(&self) -> bool {
        self.state().is_ok_and(|state| state.wire.wants_write())
    }

    fn is_lost(&self) -> bool {
        self.state().map_or(true, |state| state.check_lost().is_err())
    }

    fn flush(&self) {
        if let Ok(mut state) = self.state() {
            state.flush(&self.endpoint);
        }
    }

    fn leave(&self) {
        let Ok(mut state) = self.state() else { return };
        state.led = false;
        state.bells.iter().for_each(Bell::ring);
    }

    fn unfollow(&self, bell: &Bell) {
        if let Ok(mut state) = self.state() {
            state.bells.retain(|other| other != bell);
        }
    }
}
