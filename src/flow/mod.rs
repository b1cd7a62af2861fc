//! Flows: work of more than one step, written once as a plain `async fn` and driven by whoever calls.
//!
//! There is no runtime. A flow that cannot go on has, while it was polled, named everything
//! it waits for ([`Wait`]); a driver waits for any of that and polls again. The blocking driver is
//! [`block`](block::block); with the cargo feature `tokio` there is one for tokio tasks; an event loop does the same with its own means.

mod bell;
pub mod block;
pub mod closing;
pub mod joint;
pub mod limit;
pub mod notice;
pub(crate) mod own_thread;
mod pauses;
pub(crate) mod tell;
#[cfg(feature = "tokio")]
pub mod tokio;
mod waits;

use std::cell::RefCell;
use std::future::Future;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

pub use bell::Bell;
pub use pauses::Pauses;
pub use waits::{join_all, readable, sleep_until, with_deadline, writable};

/// Whether a descriptor is waited for to be read from or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Something can be read, or the other end is gone.
    Read,
    /// Something can be written, or the other end is gone.
    Write,
}

/// One thing that a pending flow waits for.
#[derive(Clone)]
pub enum Wait {
    /// News on a connection that several waiters may share, since its turn number `seen`.
    Source {
        /// The connection.
        source: Arc<dyn Source>,
        /// The turn number at which the flow looked.
        seen: u64,
    },
    /// A descriptor of the flow's own.
    Descriptor {
        /// The descriptor.
        descriptor: Arc<OwnedFd>,
        /// For what.
        interest: Interest,
    },
    /// A point in time.
    Until(Instant),
}

/// A socket whose incoming data belongs to many waiters.
pub trait Source: Send + Sync {
    /// The socket.
    fn descriptor(&self) -> BorrowedFd<'_>;
    /// Asks to be the one that reads: one waiter leads, the others follow it.
    fn join(&self, seen: u64) -> Turn;
    /// Sends and reads what goes through without waiting, and hands out what came (the leader only).
    fn pump(&self);
    /// There is output that the socket did not take yet. The leader may not know, as it waits already: a
    /// follower that wants to be answered waits for the socket to take it, and flushes.
    fn wants_write(&self) -> bool;
    /// Sends what goes through without waiting (anybody).
    fn flush(&self);
    /// The connection is of no use any more.
    fn is_lost(&self) -> bool;
    /// Gives up the lead and wakes the followers, so that one of them takes it over.
    fn leave(&self);
    /// Stops following.
    fn unfollow(&self, bell: &Bell);
}

/// The answer to [`Source::join`].
pub enum Turn {
    /// Something has come since: poll the flow again before waiting.
    Moved,
    /// You read. Wait for the socket, then pump, then leave.
    Lead {
        /// There is output that the socket did not take yet.
        wants_write: bool,
    },
    /// Another waiter reads; this rings when there is news.
    Follow(Bell),
}

thread_local! {
    static WAITS: RefCell<Vec<Wait>> = const { RefCell::new(Vec::new()) };
}

/// Names one thing that the flow being polled on this thread waits for.
pub(crate) fn wait_for(wait: Wait) {
    WAITS.with_borrow_mut(|waits| waits.push(wait));
}

/// Polls a flow once; if it is pending, `waits` holds what it waits for.
///
/// A driver of many flows gives each a waker, which is woken when the flow's call is answered or its signal
/// has come: it need not poll them all for each message. Descriptors and times are the driver's business.
pub fn poll_once<F: Future + ?Sized>(
    flow: Pin<&mut F>,
    waker: &Waker,
    waits: &mut Vec<Wait>,
) -> Poll<F::Output> {
    waits.clear();
    WAITS.with_borrow_mut(|current| std::mem::swap(current, waits));
    let result = flow.poll(&mut Context::from_waker(waker));
    WAITS.with_borrow_mut(|current| std::mem::swap(current, waits));
    result
}
