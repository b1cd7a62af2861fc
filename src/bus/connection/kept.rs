//! A connection that its owner may leave unread.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, TryLockError};
use std::task::Waker;

use rustix::net::Shutdown;

use super::locked::Locked;
use super::state::State;
use super::{Connection, Shared};
use crate::bus::address::Peer;
use crate::bus::keeper::{self, Hold};
use crate::flow::kept::{Found, Kept, Retired};

impl Connection {
    /// Has the connection read whenever nobody else comes to it, while what this gives lives; see [`keeper::hold`].
    #[must_use]
    pub fn hold(&self, owner: Option<Waker>) -> Option<Hold> {
        let kept: Arc<dyn Kept> = Arc::<Shared>::clone(&self.0);
        keeper::hold(&kept, owner)
    }

    /// Has the connection read whenever nobody else comes to it, as long as it lives. False says that this cannot be
    /// arranged: there can be no thread.
    pub fn keep(&self) -> bool {
        if self.kept().is_none()
            && let Some(hold) = self.hold(None)
        {
            // One that came at the same time stands.
            let _ = self.0.kept.set(hold);
        }
        self.kept().is_some_and(Hold::is_attended)
    }

    /// What [`Connection::keep`] has arranged.
    #[must_use]
    pub fn kept(&self) -> Option<&Hold> {
        self.0.kept.get()
    }

    /// Whether somebody else has it, too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Nobody may come to it for long. Where it cannot be kept it ends, but on a message bus, which keeps what was asked
    /// for: systemd itself must not be made to wait.
    pub fn keep_or_end(&self) {
        if !self.keep() && self.0.endpoint.peer == Peer::Private {
            self.end();
        }
    }

    /// Ends it for all who have it.
    pub fn end(&self) {
        self.0.end();
    }
}

impl Kept for Shared {
    fn number(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    fn reads(&self) -> &Arc<AtomicU64> {
        &self.reads
    }

    fn read_in_place(&self, seen: u64) -> Found {
        let Some(mut state) = self.state_if_free() else { return Found::Attended };
        if state.check_lost().is_err() {
            return Found::Lost;
        }
        // What a leader waits for must not be read behind its back.
        if state.lead.is_taken() || self.reads.load(Ordering::SeqCst) != seen {
            return Found::Attended;
        }
        state.catch_up(&self.endpoint);
        match state.check_lost() {
            Ok(()) => Found::Read(self.reads.load(Ordering::SeqCst) - seen),
            Err(_) => Found::Lost,
        }
    }

    fn retire(&self) -> Retired {
        let Some(mut state) = self.state_if_free() else { return Retired::Busy };
        match self.endpoint.peer {
            Peer::Private if state.listening > 0 => Retired::Wanted,
            Peer::Private => {
                self.end();
                Retired::Done
            }
            Peer::Bus => {
                state.end_kept_rules(&self.endpoint);
                Retired::Done
            }
        }
    }
}

impl Shared {
    fn end(&self) {
        // An error says that the peer has done the same.
        let _ = rustix::net::shutdown(&*self.socket, Shutdown::Both);
    }

    /// What it knows, unless somebody is at work on it at this moment.
    fn state_if_free(&self) -> Option<Locked<'_>> {
        let state: &Mutex<State> = self.state.get()?;
        match state.try_lock() {
            Ok(state) => Some(state.into()),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner().into()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
