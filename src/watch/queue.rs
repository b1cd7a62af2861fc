//! The queue between the pump and the reader: bounded, and honest when it overflows.

use std::collections::{BTreeMap, VecDeque};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use rustix::event::{EventfdFlags, eventfd};

use super::WatchOptions;
use super::event::{EventKind, UnitEvent, UnitState};
use super::pattern::Pattern;
use crate::bus::Connection;
use crate::bus::unread::Unread;
use crate::clock::now;
use crate::error::{Error, Kind, Result};
use crate::flow::{Interest, Wait, wait_for};
use crate::fork;
use crate::unit::UnitType;

/// Events on their way from the pump to the reader, and the state that they add up to.
pub(super) struct EventQueue {
    patterns: Vec<Pattern>,
    types: Vec<String>,
    states: Vec<String>,
    capacity: usize,
    /// The fork generation that it was made in; in a forked child it belongs to the parent.
    generation: u64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Becomes readable when the stream is closed, to wake a reader that waits in poll(2); gone after that.
    bell: Option<Arc<OwnedFd>>,
    events: VecDeque<UnitEvent>,
    /// The units that the stream is about, as of the last signal.
    table: BTreeMap<String, UnitState>,
    sequence: u64,
    /// Events that were dropped since the reader last took one.
    dropped: u64,
    closed: bool,
    failed: Option<Error>,
    wakers: Vec<Waker>,
    unread: Unread,
}

impl EventQueue {
    pub(super) fn new(options: &WatchOptions) -> Result<Self> {
        let patterns =
            options.patterns.iter().map(|pattern| Pattern::parse(pattern)).collect::<Result<_>>()?;
        for name in &options.types {
            if UnitType::from_suffix(name).is_none() {
                let known: Vec<_> = UnitType::ALL.iter().map(|known| known.as_str()).collect();
                return Err(Error::config(format!("there is no unit type {name:?}"))
                    .with_hint(format!("the types are {}", known.join(", "))));
            }
        }
        if options.capacity == 0 {
            return Err(Error::config("capacity is 0").with_hint("give a number of events above 0"));
        }
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|errno| Error::new(Kind::MonitoringUnavailable, format!("cannot watch: {errno}")))?;
        Ok(Self {
            patterns,
            types: options.types.clone(),
            states: options.states.clone(),
            capacity: options.capacity,
            generation: fork::generation(),
            inner: Mutex::new(Inner { bell: Some(Arc::new(bell)), ..Inner::default() }),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this process is a forked child of the one that made the stream. It must not touch it: a thread
    /// that is gone may hold the lock for ever, and the bell is the parent's too.
    pub(super) fn is_inherited(&self) -> bool {
        self.generation != fork::generation()
    }

    /// Whether the stream is about units of this name.
    pub(super) fn wants(&self, unit: &str) -> bool {
        (self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(unit)))
            && (self.types.is_empty()
                || unit
                    .rsplit_once('.')
                    .is_some_and(|(_, suffix)| self.types.iter().any(|name| name == suffix)))
    }

    /// What is known of a unit.
    pub(super) fn known(&self, unit: &str) -> Option<UnitState> {
        self.inner().table.get(unit).cloned()
    }

    /// Notes a unit's new state, and queues an event of that kind.
    pub(super) fn change(&self, kind: EventKind, unit: &str, old: Option<UnitState>, new: UnitState) {
        let mut inner = self.inner();
        inner.table.insert(unit.to_owned(), new.clone());
        let mut event = UnitEvent::new(kind, Some(unit));
        event.old = old;
        event.new = Some(new);
        self.push(&mut inner, event);
    }

    /// Notes a unit's new state without an event.
    pub(super) fn note(&self, unit: &str, new: UnitState) {
        self.inner().table.insert(unit.to_owned(), new);
    }

    /// Notes that a unit has gone.
    pub(super) fn remove(&self, unit: &str) {
        let mut inner = self.inner();
        if let Some(old) = inner.table.remove(unit) {
            let mut event = UnitEvent::new(EventKind::Removed, Some(unit));
            event.old = Some(old);
            self.push(&mut inner, event);
        }
    }

    /// Takes in how all units are: as a first snapshot, or as the differences to what was known.
    pub(super) fn synchronize(&self, found: Vec<(String, UnitState)>, first: bool) {
        let known: Vec<String> = self.inner().table.keys().cloned().collect();
        let found: BTreeMap<String, UnitState> = found.into_iter().collect();
        for unit in known.iter().filter(|unit| !found.contains_key(*unit)) {
            self.remove(unit);
        }
        for (unit, state) in found {
            match self.known(&unit) {
                Some(old) if old == state => {}
                Some(old) => self.change(EventKind::Changed, &unit, Some(old), state),
                None if first => self.change(EventKind::Snapshot, &unit, None, state),
                None => self.change(EventKind::Added, &unit, None, state),
            }
        }
    }

    /// Queues an event that changes no unit's state.
    pub(super) fn tell(&self, event: UnitEvent) {
        let mut inner = self.inner();
        self.push(&mut inner, event);
    }

    /// Says that events may be missing.
    pub(super) fn gap(&self, reason: &str) {
        let mut event = UnitEvent::new(EventKind::Gap, None);
        event.reason = Some(reason.to_owned());
        self.tell(event);
    }

    fn push(&self, inner: &mut Inner, event: UnitEvent) {
        let leads_into = event.new.as_ref().or(event.old.as_ref());
        let is_wanted = self.states.is_empty()
            || leads_into.is_none_or(|state| self.states.contains(&state.active_state));
        if !is_wanted {
            return;
        }
        if inner.dropped > 0 || inner.events.len() >= self.capacity {
            inner.dropped += 1 + inner.events.len() as u64;
            inner.events.clear();
        } else {
            inner.number(event);
        }
        for waker in inner.wakers.drain(..) {
            waker.wake();
        }
    }

    /// The next event without waiting.
    pub(super) fn take(&self) -> Result<Option<UnitEvent>> {
        let mut inner = self.inner();
        if inner.dropped > 0 {
            self.begin_afresh(&mut inner);
        }
        match (inner.events.pop_front(), &inner.failed) {
            (Some(event), _) => Ok(Some(event)),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Ok(None),
        }
    }

    /// The reader was too slow: it learns how many events it missed and how things are now.
    fn begin_afresh(&self, inner: &mut Inner) {
        let mut gap = UnitEvent::new(EventKind::Gap, None);
        gap.dropped = Some(std::mem::take(&mut inner.dropped));
        gap.reason = Some("the reader was too slow".to_owned());
        inner.number(gap);
        let table: Vec<_> = inner.table.iter().map(|(unit, state)| (unit.clone(), state.clone())).collect();
        for (unit, state) in table {
            if self.states.is_empty() || self.states.contains(&state.active_state) {
                let mut event = UnitEvent::new(EventKind::Snapshot, Some(&unit));
                event.new = Some(state);
                inner.number(event);
            }
        }
    }

    /// The stream cannot go on.
    pub(super) fn fail(&self, error: Error) {
        let mut inner = self.inner();
        inner.failed = Some(error);
        for waker in inner.wakers.drain(..) {
            waker.wake();
        }
    }

    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.events.clear();
        inner.dropped = 0;
        for waker in inner.wakers.drain(..) {
            waker.wake();
        }
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

impl Inner {
    fn has_news(&self) -> bool {
        self.closed || self.dropped > 0 || !self.events.is_empty() || self.failed.is_some()
    }

    /// Queues an event with its number and time.
    fn number(&mut self, mut event: UnitEvent) {
        self.sequence += 1;
        event.sequence = self.sequence;
        event.timestamp = now();
        self.events.push_back(event);
    }
}
