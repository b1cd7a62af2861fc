//! A connection whose reader blocks: while the reader works on what it got, the keeper reads for it.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::keeper::Hold;
use super::{Connection, Peer};

/// Sees to it that a connection is not left unread.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    watched: Option<Watched>,
    read_blocking: bool,
}

#[derive(Debug)]
struct Watched {
    socket: Arc<OwnedFd>,
    peer: Peer,
    hold: Option<Hold>,
}

impl Unread {
    /// Whether the reader blocks while it waits, so that nobody but the keeper reads the socket in between.
    pub(crate) fn is_read_blocking(&self) -> bool {
        self.read_blocking
    }

    /// From now on it is about this connection. An event loop has those of its readers kept itself.
    pub(crate) fn watch(&mut self, connection: &Connection) {
        self.watched = self.read_blocking.then(|| Watched {
            socket: Arc::clone(connection.socket()),
            peer: connection.endpoint().peer,
            hold: connection.hold(None),
        });
    }

    /// A blocking reader comes back, and reads the socket itself.
    pub(crate) fn resume(&mut self) {
        self.read_blocking = true;
        self.attend();
    }

    /// A blocking reader goes to work on what it got. Where nobody can read for it, the connection ends: the reader
    /// finds it lost when it is back.
    pub(crate) fn pause(&mut self) {
        if !self.attend()
            && let Some(watched) = &self.watched
        {
            leave_unread(&watched.socket, watched.peer);
        }
    }

    /// There is no connection any more.
    pub(crate) fn forget(&mut self) {
        self.watched = None;
    }

    /// Has the keeper come, also after a fork.
    fn attend(&self) -> bool {
        self.watched.as_ref().and_then(|watched| watched.hold.as_ref()).is_some_and(Hold::is_attended)
    }
}

/// Nobody can read the socket. A message bus keeps what was asked for; systemd itself must not be made to wait.
pub(crate) fn leave_unread(socket: &OwnedFd, peer: Peer) {
    if peer == Peer::Private {
        // One that is lost already needs no end.
        let _ = rustix::net::shutdown(socket, rustix::net::Shutdown::Both);
    }
}
