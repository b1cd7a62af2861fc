//! The queue between the pump and the reader: bounded, and honest when it overflows.

use std::collections::VecDeque;

use super::no_capacity;
use crate::bus::Connection;
use crate::bus::blocked_reader::Unread;
use crate::clock::now;
use crate::error::{Error, Kind, Result};
use crate::flow::Bell;
use crate::flow::notice::Notice;

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
    /// It ends when the stream is closed.
    notice: Notice<Inner<T>>,
}

pub(super) struct Inner<T: Table> {
    events: VecDeque<T::Event>,
    /// How much memory they take.
    bytes: usize,
    table: T,
    sequence: u64,
    /// Events that were dropped since the reader last took one.
    dropped: u64,
    closed: bool,
    failed: Option<Error>,
    unread: Unread,
}

impl<T: Table> Queue<T> {
    /// A queue for at most so many events.
    pub(super) fn new(table: T, capacity: usize) -> Result<Self> {
        if capacity == 0 {
            return Err(no_capacity());
        }
        let bell = Bell::new(Kind::MonitoringUnavailable, "cannot watch")?;
        let inner = Inner {
            events: VecDeque::new(),
            bytes: 0,
            table,
            sequence: 0,
            dropped: 0,
            closed: false,
            failed: None,
            unread: Unread::default(),
        };
        Ok(Self { capacity, notice: Notice::new(inner, Some(bell)) })
    }

    /// What the stream's readers and drivers wait for.
    pub(super) fn notice(&self) -> &Notice<Inner<T>> {
        &self.notice
    }

    /// Looks at the table; none in a forked child, where the stream is the parent's.
    pub(super) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.notice.look(|inner| look(&inner.table))
    }

    /// Changes the table, and queues the event that comes of it.
    pub(super) fn change(&self, change: impl FnOnce(&mut T) -> Option<T::Event>) {
        let has_come = self
            .notice
            .look(|inner| change(&mut inner.table).map(|event| inner.push(event, self.capacity)).is_some());
        if has_come == Some(true) {
            self.notice.tell(|_| ());
        }
    }

    /// Says that events may be missing.
    pub(super) fn gap(&self, reason: &str) {
        self.change(|table| Some(table.gap(reason, None)));
    }

    /// The next event without waiting.
    pub(super) fn take(&self) -> Result<Option<T::Event>> {
        self.notice.look(Inner::take).unwrap_or_else(|| {
            Err(Error::new(Kind::ConnectionLost, "this watch belongs to the parent process")
                .with_hint("make a new one in the forked child"))
        })
    }

    /// The stream cannot go on.
    pub(super) fn fail(&self, error: Error) {
        self.notice.tell(|inner| inner.failed = Some(error));
    }

    pub(super) fn close(&self) {
        self.notice.end(|inner| {
            inner.closed = true;
            inner.clear();
            inner.dropped = 0;
            inner.unread.forget();
        });
    }

    pub(super) fn is_read_blocking(&self) -> bool {
        self.notice.look(|inner| inner.unread.is_read_blocking()).unwrap_or(false)
    }

    pub(super) fn set_socket(&self, connection: &Connection) {
        self.notice.look(|inner| {
            if !inner.closed {
                inner.unread.watch(connection);
            }
        });
    }

    /// A blocking reader comes back, and the socket will be read.
    pub(super) fn resume(&self) {
        self.notice.look(|inner| inner.unread.resume());
    }

    /// A blocking reader goes to work on what it got. Meanwhile the signals are kept for it.
    pub(super) fn pause(&self) {
        self.notice.look(|inner| inner.unread.pause());
    }

    /// Whether it was closed. A forked child cannot know of its parent's.
    pub(super) fn is_closed(&self) -> bool {
        self.notice.look(|inner| inner.closed).unwrap_or(false)
    }
}

impl<T: Table> Inner<T> {
    /// Something can be taken, or the stream has ended.
    pub(super) fn news(&mut self) -> Option<()> {
        let has_news = self.closed || self.dropped > 0 || !self.events.is_empty() || self.failed.is_some();
        has_news.then_some(())
    }

    fn take(&mut self) -> Result<Option<T::Event>> {
        if self.dropped > 0 {
            self.begin_afresh();
        }
        match (self.events.pop_front(), &self.failed) {
            (Some(event), _) => {
                self.bytes -= event.weight();
                Ok(Some(event))
            }
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Ok(None),
        }
    }

    /// Takes in an event.
    fn push(&mut self, event: T::Event, capacity: usize) {
        let is_full = self.events.len() >= capacity || self.bytes > MOST_BYTES;
        if self.dropped > 0 || is_full {
            self.dropped += 1 + self.events.len() as u64;
            self.clear();
        } else {
            self.number(event);
        }
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
            self.number(event);
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
