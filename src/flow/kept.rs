//! A connection that its owner may leave unread, as one that reads it in the owner's place sees it.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A connection that somebody else may read meanwhile. Nothing here waits for anything.
pub trait Kept: Send + Sync {
    /// The number of its socket, which is closed with it.
    fn number(&self) -> RawFd;
    /// How often it has been read, by whomever.
    fn reads(&self) -> &Arc<AtomicU64>;
    /// Reads what is there and hands it out, unless somebody leads the connection, or has read it since that many
    /// reads.
    fn read_in_place(&self, seen: u64) -> Found;
    /// Nobody has used it for a while: it is closed, or what was asked for on it ends.
    fn retire(&self) -> Retired;
}

/// What [`Kept::retire`] has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retired {
    /// What there was to do.
    Done,
    /// Nothing: somebody is at work on it at this moment.
    Busy,
    /// Nothing: somebody listens, though he does not wait.
    Wanted,
}

/// What [`Kept::read_in_place`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Somebody else reads it.
    Attended,
    /// It was read in its owner's place, in so many pieces.
    Read(u64),
    /// It is lost: nothing will come any more.
    Lost,
}
