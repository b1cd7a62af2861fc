//! The events that wait for one reader: bounded, and honest when they are too many.

use std::collections::VecDeque;

use super::defect::{Defect, is_back};
use super::event::UnitEvent;

/// Events on their way to a reader, who counts them from 1.
#[derive(Debug)]
pub(super) struct Backlog {
    /// With their shares of the memory.
    events: VecDeque<(usize, UnitEvent)>,
    bytes: usize,
    capacity: usize,
    sequence: u64,
    /// How many were dropped since the reader last took one.
    dropped: u64,
}

impl Backlog {
    /// For at most so many events.
    pub(super) fn new(capacity: usize) -> Self {
        Self { events: VecDeque::new(), bytes: 0, capacity, sequence: 0, dropped: 0 }
    }

    /// How many bytes of memory the events take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.dropped == 0
    }

    /// Takes in an event of this time, in microseconds since the epoch. Where there are too many, or were since the reader
    /// last came, all are dropped: what would be left tells no history.
    pub(super) fn push(&mut self, event: UnitEvent, share: usize, now: u64) {
        if self.dropped > 0 || self.events.len() >= self.capacity {
            self.dropped += 1;
            self.drop_all();
        } else {
            self.add(event, share, now);
        }
    }

    /// Drops what waits; the reader is told how much it was.
    pub(super) fn drop_all(&mut self) {
        let dropped = self.events.len() as u64;
        self.dropped += dropped;
        if is_back(Defect::NumbersOfDropped) {
            self.sequence += dropped;
        }
        self.events.clear();
        self.bytes = 0;
    }

    /// How many events were dropped, if any were: the reader has to hear of that, and how things are now.
    pub(super) fn take_dropped(&mut self) -> Option<u64> {
        Some(std::mem::take(&mut self.dropped)).filter(|dropped| *dropped > 0)
    }

    /// Queues an event, however many there are.
    pub(super) fn add(&mut self, mut event: UnitEvent, share: usize, now: u64) {
        event.timestamp = now;
        let bytes = size_of::<(usize, UnitEvent)>() + share;
        self.bytes += bytes;
        self.events.push_back((bytes, event));
    }

    /// The next event, with its number.
    pub(super) fn take(&mut self) -> Option<UnitEvent> {
        let (bytes, mut event) = self.events.pop_front()?;
        self.bytes -= bytes;
        self.sequence += 1;
        event.sequence = self.sequence;
        Some(event)
    }
}
