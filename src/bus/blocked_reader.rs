//! A connection whose reader blocks: while the reader works on what it got, nobody reads the socket.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use super::idle::{Parked, park_for};
use super::{Connection, Peer};

/// How long a message bus may have to keep signals for a reader that does not come back.
const LIMIT: Duration = Duration::from_secs(60);
/// How long systemd itself may have to.
const PRIVATE_LIMIT: Duration = Duration::from_secs(2);

/// Sees to it that a connection is not left unread for long: then it is shut down, and the reader finds it lost
/// when it is back.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    socket: Option<(Arc<OwnedFd>, Peer)>,
    read_blocking: bool,
    parked: Option<Parked>,
}

impl Unread {
    /// Whether the reader blocks while it waits, so that nobody reads the socket in between.
    pub(crate) fn is_read_blocking(&self) -> bool {
        self.read_blocking
    }

    /// From now on it is about this connection.
    pub(crate) fn watch(&mut self, connection: &Connection) {
        self.socket = Some((Arc::clone(connection.socket()), connection.endpoint().peer));
    }

    /// A blocking reader comes back, and the socket will be read.
    pub(crate) fn resume(&mut self) {
        self.read_blocking = true;
        self.parked = None;
    }

    /// A blocking reader goes to work on what it got.
    pub(crate) fn pause(&mut self) {
        let Some((socket, peer)) = &self.socket else { return };
        self.parked = leave_unread(socket, *peer);
    }

    /// There is no connection any more.
    pub(crate) fn forget(&mut self) {
        self.socket = None;
        self.parked = None;
    }
}

/// Lets the socket be shut down when it was not read for too long; now, where that cannot be arranged.
pub(crate) fn leave_unread(socket: &Arc<OwnedFd>, peer: Peer) -> Option<Parked> {
    let limit = match peer {
        Peer::Private => PRIVATE_LIMIT,
        Peer::Bus => LIMIT,
    };
    let parked = park_for(socket, limit);
    if parked.is_none() {
        // One that is lost already needs no end.
        let _ = rustix::net::shutdown(&**socket, rustix::net::Shutdown::Both);
    }
    parked
}
