//! The queue between the pump and the reader: bounded, and honest when it overflows.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use rustix::event::{EventfdFlags, eventfd};

use crate::bus::Connection;
use crate::bus::blocked_reader::Unread;
use crate::clock::now;
use crate::error::{Error, Kind, Result};
use crate::flow::{Interest, Wait, wait_for};
use crate::fork;

/// So many bytes of events wait for a reader, whatever the capacity.
const MOST_BYTES: usize = 64 << 20;

/// What the events of a stream add up to, as of the last signal; it makes the events that tell of the stream
/// itself.
pub trait Table: Send + 'static {
    /// The stream's events.
    type Event: Numbered;

    /// An event that says that others may be missing, and how many, where that is known.
    fn gap(&self, reason: &str, dropped: Option<u64>) -> Self::Event;

    /// How things are now, for a reader that missed events.
    fn afresh(&self) -> Vec<Self::Event>;

    /// Whether the reader wants this event.
    fn wants(&self, _event: &Self::Event) -> bool {
        true
    }
}

/// An event with a place among all events of its stream.
pub trait Numbered: Send + 'static {
    /// Gives it its number and the time, in microseconds since the epoch.
    fn number(&mut self, sequence: u64, timestamp: u64);

    /// About how many bytes of memory it takes.
    fn weight(&self) -> usize;
}

/// Events on their way from the pump to the reader, and the table that they add up to.
pub(super) struct Queue<T: Table> {
    capacity: usize,
    /// The fork generation that it was made in; in a forked child it belongs to the parent.
    generation: u64,
    inner: Mutex<Inner<T>>,
}

struct Inner<T: Table> {
    /// Becomes readable when the stream is closed, to wake a reader that waits in poll(2); gone after that.
    bell: Option<Arc<OwnedFd>>,
    events: VecDeque<T::Event>,
    /// How much memory they take.
    bytes: usize,
    table: T,
    sequence: u64,
    /// Events that were dropped since the reader last took one.
    dropped: u64,
    closed: bool,
    failed: Option<Error>,
    wakers: Vec<Waker>,
    unread: Unread,
}

impl<T: Table> Queue<T> {
    /// A queue for at most so many events.
    pub(super) fn new(table: T, capacity: usize) -> Result<Self> {
        if capacity == 0 {
            return Err(Error::config("capacity is 0").with_hint("give a number of events above 0"));
        }
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|errno| {
            Error::new(Kind::MonitoringUnavailable, format!("cannot watch: {errno}"))
                .with_errno(Some(errno.raw_os_error()))
                .with_hint("this process has too many open files; close some, or raise its limit")
        })?;
        let inner = Inner {
            bell: Some(Arc::new(bell)),
            events: VecDeque::new(),
            bytes: 0,
            table,
            sequence: 0,
            dropped: 0,
            closed: false,
            failed: None,
            wakers: Vec::new(),
            unread: Unread::default(),
        };
        Ok(Self { capacity, generation: fork::generation(), inner: Mutex::new(inner) })
    }

    fn inner(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this process is a forked child of the one that made the stream. It must not touch it: a thread
    /// that is gone may hold the lock for ever, and the bell is the parent's too.
    pub(super) fn is_inherited(&self) -> bool {
        self.generation != fork::generation()
    }

    /// Looks at the table.
    pub(super) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.inner().table)
    }

    /// Changes the table, and queues the event that comes of it.
    pub(super) fn change(&self, change: impl FnOnce(&mut T) -> Option<T::Event>) {
        let mut inner = self.inner();
        if let Some(event) = change(&mut inner.table) {
            inner.push(event, self.capacity);
        }
    }

    /// Queues an event that changes nothing in the table.
    pub(super) fn tell(&self, event: T::Event) {
        self.inner().push(event, self.capacity);
    }

    /// Says that events may be missing.
    pub(super) fn gap(&self, reason: &str) {
        self.change(|table| Some(table.gap(reason, None)));
    }

    /// The next event without waiting.
    pub(super) fn take(&self) -> Result<Option<T::Event>> {
        let mut inner = self.inner();
        if inner.dropped > 0 {
            inner.begin_afresh();
        }
        match (inner.events.pop_front(), &inner.failed) {
            (Some(event), _) => {
                inner.bytes -= event.weight();
                Ok(Some(event))
            }
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Ok(None),
        }
    }

    /// The stream cannot go on.
    pub(super) fn fail(&self, error: Error) {
        let mut inner = self.inner();
        inner.failed = Some(error);
        inner.wake();
    }

    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.clear();
        inner.dropped = 0;
        inner.wake();
        inner.unread.forget();
        if let Some(bell) = inner.bell.take() {
            // Whoever waits has it too; an event descriptor that was never rung takes this.
            let _ = rustix::io::write(&*bell, &1_u64.to_ne_bytes());
        }
    }

    pub(super) fn is_read_blocking(&self) -> bool {
        self.inner().unread.is_read_blocking()
    }

    pub(super) fn set_socket(&self, connection: &Connection) {
        let mut inner = self.inner();
        if !inner.closed {
            inner.unread.watch(connection);
        }
    }

    /// A blocking reader comes back, and the socket will be read.
    pub(super) fn resume(&self) {
        self.inner().unread.resume();
    }

    /// A blocking reader goes to work on what it got. If it does not come back in time, the connection is shut
    /// down, and the stream tells of the gap when the reader is back.
    pub(super) fn pause(&self) {
        self.inner().unread.pause();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.inner().closed
    }

    pub(super) fn has_news(&self) -> bool {
        self.inner().has_news()
    }

    /// Ready when the stream is closed; until then its closing is something that the current flow waits for.
    pub(super) fn poll_closed(&self) -> Poll<()> {
        let Some(bell) = self.inner().bell.clone() else { return Poll::Ready(()) };
        wait_for(Wait::Descriptor { descriptor: bell, interest: Interest::Read });
        Poll::Pending
    }

    /// Ready when there is something to take, or the stream has ended.
    pub(super) fn poll_news(&self, waker: &Waker) -> Poll<()> {
        let mut inner = self.inner();
        if inner.has_news() {
            return Poll::Ready(());
        }
        inner.wakers.retain(|other| !other.will_wake(waker));
        inner.wakers.push(waker.clone());
        Poll::Pending
    }

    /// This one does not wait any more.
    pub(super) fn unwake(&self, waker: &Waker) {
        self.inner().wakers.retain(|other| !other.will_wake(waker));
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.inner().wakers.len()
    }
}

impl<T: Table> Inner<T> {
    fn has_news(&self) -> bool {
        self.closed || self.dropped > 0 || !self.events.is_empty() || self.failed.is_some()
    }

    fn wake(&mut self) {
        for waker in self.wakers.drain(..) {
            waker.wake();
        }
    }

    fn push(&mut self, event: T::Event, capacity: usize) {
        if !self.table.wants(&event) {
            return;
        }
        let is_full = self.events.len() >= capacity || self.bytes > MOST_BYTES;
        if self.dropped > 0 || is_full {
            self.dropped += 1 + self.events.len() as u64;
            self.clear();
        } else {
            self.number(event);
        }
        self.wake();
    }

    fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
    }

    /// The reader was too slow: it learns how many events it missed and how things are now.
    fn begin_afresh(&mut self) {
        let dropped = std::mem::take(&mut self.dropped);
        let gap = self.table.gap("the reader was too slow", Some(dropped));
        self.number(gap);
        for event in self.table.afresh() {
            if self.table.wants(&event) {
                self.number(event);
            }
        }
    }

    /// Queues an event with its number and time.
    fn number(&mut self, mut event: T::Event) {
        self.sequence += 1;
        event.number(self.sequence, now());
        self.bytes += event.weight();
        self.events.push_back(event);
    }
}
