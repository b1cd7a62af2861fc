//! Flows: work of more than one step, written once as a plain `async fn` and driven by whoever calls.
//!
//! There is no runtime. A flow that cannot go on has, while it was polled, named everything
//! it waits for ([`Wait`]); a driver waits for any of that and polls again. The blocking driver is
//! [`block`](block::block); [`step`] is for those who wait by means of their own, as greenlets do; with the cargo feature
//! `tokio` there is one for tokio tasks; an event loop does the same with its own means.

mod bell;
pub mod block;
pub mod closing;
pub(crate) mod doorbell;
mod glance;
pub mod joint;
pub mod kept;
pub mod limit;
pub mod notice;
pub(crate) mod own_thread;
mod parker;
mod pauses;
mod readers;
pub mod seat;
pub mod step;
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
pub(crate) use bell::TOO_MANY_FILES;
use kept::Kept;
pub use parker::Parker;
pub use pauses::Pauses;
pub use waits::{First, first, join_all, join_within, readable, sleep_until, with_deadline, writable};
pub(crate) use waits::{both, by};

/// Whether a descriptor is waited for to be read from or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Something can be read, or the other end is gone.
    Read,
    /// Something can be written, or the other end is gone.
    Write,
}

/// One thing that a pending flow waits for, besides the news that it has its waker woken by.
#[derive(Clone)]
pub enum Wait {
    /// Somebody has to read this connection, which several waiters may share.
    Source {
        /// The connection.
        source: Arc<dyn Source>,
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
    /// Nothing to wait for, but work that others rely on: whoever cannot poll the flow for a while gives it up.
    Work(Arc<dyn Work>),
}

/// What a waiting flow does for others too.
pub trait Work: Send + Sync {
    /// Gives it up, until the flow is polled again: one of the others does it.
    fn give_up(&self);
}

/// A socket whose incoming data belongs to many waiters. Whoever's news comes has its waker woken.
pub trait Source: Kept {
    /// The socket.
    fn descriptor(&self) -> BorrowedFd<'_>;
    /// Asks for a thread to be the one that reads: one leads, the others follow it. With a ticket it asks again, as
    /// it was called. None says that the connection is a parent process's.
    fn join(&self, ticket: Option<u64>, parker: &Arc<Parker>) -> Option<Turn>;
    /// Gives up the lead, or stops following: one of the others is called to lead.
    fn leave(&self, ticket: u64);
    /// Sends and reads what goes through without waiting, and hands out what came (the leader only). True says that
    /// there is output that the socket did not take yet.
    fn pump(&self) -> bool;
    /// The same for somebody who does not lead. False says that a thread leads: the waker is woken when none does, until
    /// the ticket is given back to [`Source::leave`].
    fn pump_unless_led(&self, ticket: &mut Option<u64>, waker: &Waker) -> bool;
    /// There is output that the socket did not take yet.
    fn wants_write(&self) -> bool;
    /// Sends what goes through without waiting (anybody).
    fn flush(&self);
    /// The connection is of no use any more.
    fn is_lost(&self) -> bool;
}

/// A thread's part in a connection that it waits for.
#[derive(Debug)]
pub struct Turn {
    /// What to come back with, and to leave with.
    pub ticket: u64,
    /// It reads: it waits for the socket and pumps, until it has what it wants. Without this another thread reads, and
    /// this one is called when it has to.
    pub lead: Option<Lead>,
}

/// How to lead a connection.
#[derive(Debug)]
pub struct Lead {
    /// There is output that the socket did not take yet. Where others add some, the leader is called to ask again.
    pub wants_write: bool,
    /// What wakes the leader in poll(2); none where the process has no descriptor left.
    pub bell: Option<Bell>,
}

thread_local! {
    static WAITS: RefCell<Vec<Wait>> = const { RefCell::new(Vec::new()) };
    static BLOCKED: RefCell<Option<Arc<Parker>>> = const { RefCell::new(None) };
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
    if result.is_ready() {
        // A part of it may have named what it would have waited for: a connection that ends with the flow.
        waits.clear();
    }
    result
}

/// The same for a thread that sleeps while its flow is pending.
fn poll_once_blocked<F: Future + ?Sized>(
    flow: Pin<&mut F>,
    parker: &Arc<Parker>,
    waker: &Waker,
    waits: &mut Vec<Wait>,
) -> Poll<F::Output> {
    let _around = Around(BLOCKED.replace(Some(Arc::clone(parker))));
    poll_once(flow, waker, waits)
}

/// Puts back who was blocked before, however a poll ends.
struct Around(Option<Arc<Parker>>);

impl Drop for Around {
    fn drop(&mut self) {
        BLOCKED.set(self.0.take());
    }
}

/// Where the thread sleeps that polls the current flow; none where that is a task.
fn blocked_thread() -> Option<Arc<Parker>> {
    BLOCKED.with_borrow(Clone::clone)
}

#[cfg(test)]
mod tests;
