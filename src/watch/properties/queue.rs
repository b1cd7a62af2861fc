//! The queue between the pump and the reader: bounded, and honest when it overflows.

use std::collections::VecDeque;
use std::sync::Arc;

use super::event::PropertiesEvent;
use super::table::PropertyTable;
use crate::clock::now;
use crate::error::{Error, Kind, Result};
use crate::flow::notice::Notice;
use crate::watch::driven::Whereabouts;
use crate::watch::no_capacity;

/// So many bytes of events wait for a reader, whatever the capacity.
const MOST_BYTES: usize = 64 << 20;

/// Events on their way from the pump to the reader, and the table that they add up to.
pub(super) struct Queue {
    capacity: usize,
    /// It ends when the stream is closed.
    notice: Notice<Inner>,
    whereabouts: Arc<Whereabouts>,
}

pub(super) struct Inner {
    events: VecDeque<PropertiesEvent>,
    /// How much memory they take.
    bytes: usize,
    table: PropertyTable,
    sequence: u64,
    /// Events that were dropped since the reader last took one.
    dropped: u64,
    closed: bool,
    /// The reader was told of an outage that has not ended.
    is_out: bool,
    /// Why the stream has not begun yet; told once.
    refused: Option<Error>,
    /// Why it never will.
    failed: Option<Error>,
}

impl Queue {
    /// A queue for at most so many events.
    pub(super) fn new(table: PropertyTable, capacity: usize) -> Result<Self> {
        if capacity == 0 {
            return Err(no_capacity());
        }
        let inner = Inner {
            events: VecDeque::new(),
            bytes: 0,
            table,
            sequence: 0,
            dropped: 0,
            closed: false,
            is_out: false,
            refused: None,
            failed: None,
        };
        Ok(Self { capacity, notice: Notice::new(inner), whereabouts: Arc::default() })
    }

    /// What the stream's readers and drivers wait for.
    pub(super) fn notice(&self) -> &Notice<Inner> {
        &self.notice
    }

    /// Where the pump is.
    pub(super) fn whereabouts(&self) -> &Arc<Whereabouts> {
        &self.whereabouts
    }

    /// Looks at the table; none in a forked child, where the stream is the parent's.
    pub(super) fn look<R>(&self, look: impl FnOnce(&PropertyTable) -> R) -> Option<R> {
        self.notice.look(|inner| look(&inner.table))
    }

    /// Changes the table, and queues the event that comes of it.
    pub(super) fn change(&self, change: impl FnOnce(&mut PropertyTable) -> Option<PropertiesEvent>) {
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

    /// There is no connection any more, or none yet: a reader who knew how things are is told once in an outage, and one that
    /// waits for that once in each try.
    pub(super) fn lose(&self, error: &Error) {
        if !self.has_begun() {
            // What broke is made again; that it cannot be had may be for long.
            if error.kind() != Kind::ConnectionLost {
                self.notice.tell(|inner| inner.refused = Some(error.clone()));
            }
        } else if self.notice.look(|inner| std::mem::replace(&mut inner.is_out, true)) == Some(false) {
            self.gap(&error.facts().message);
        }
    }

    /// It is known how things are.
    pub(super) fn begin(&self) {
        self.notice.tell(|inner| inner.is_out = false);
    }

    /// Whether the reader was told how things are. A forked child need not wait for that.
    pub(super) fn has_begun(&self) -> bool {
        self.look(PropertyTable::has_begun).unwrap_or(true)
    }

    /// The next event without waiting; an error is why there is none.
    pub(super) fn take(&self) -> Result<Option<PropertiesEvent>> {
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
        });
    }

    /// Whether it was closed. A forked child cannot know of its parent's.
    pub(super) fn is_closed(&self) -> bool {
        self.notice.look(|inner| inner.closed).unwrap_or(false)
    }
}

impl Inner {
    /// Something can be taken, or the stream has ended.
    pub(super) fn news(&mut self) -> Option<()> {
        let has_events = self.dropped > 0 || !self.events.is_empty();
        (self.closed || has_events || self.refused.is_some() || self.failed.is_some()).then_some(())
    }

    fn take(&mut self) -> Result<Option<PropertiesEvent>> {
        if self.dropped > 0 {
            self.begin_afresh();
        }
        if let Some(event) = self.events.pop_front() {
            self.bytes -= event.weight();
            return Ok(Some(event));
        }
        self.failed.clone().or_else(|| self.refused.take()).map_or(Ok(None), Err)
    }

    /// Takes in an event.
    fn push(&mut self, event: PropertiesEvent, capacity: usize) {
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
    fn number(&mut self, mut event: PropertiesEvent) {
        self.sequence += 1;
        (event.sequence, event.timestamp) = (self.sequence, now());
        self.bytes += event.weight();
        self.events.push_back(event);
    }
}
