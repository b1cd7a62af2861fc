//! The flows of one event loop: each is polled only when what it waits for has come.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Wake, Waker};
use std::thread::ThreadId;
use std::time::Instant;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;

use crate::error::Result;
use crate::flow::doorbell::Doorbell;
use crate::flow::{Interest, Source, Wait, poll_once};
use crate::request::Response;

/// A flow of an event loop.
pub(super) type Flow = Pin<Box<dyn Future<Output = Result<Response>> + Send>>;

/// All flows of one event loop.
#[derive(Default)]
pub(super) struct Flows {
    entries: HashMap<u64, Entry>,
    last: u64,
    ready: Arc<Ready>,
    /// The times that flows wait for.
    times: BTreeSet<(Instant, u64)>,
    waits: Vec<Wait>,
}

/// A flow and what belongs to it. It is dropped where no lock is held: code of Python's may run then.
pub(super) struct Entry {
    pub(super) flow: Flow,
    /// Who waits for its end, if anybody does.
    pub(super) future: Option<Py<PyAny>>,
    /// When its answer has to be there, and made into Python's objects.
    pub(super) deadline: Option<Instant>,
    /// The descriptors that it waits for.
    pub(super) descriptors: Vec<RawFd>,
    waker: Waker,
    until: Option<Instant>,
}

/// The flows that can go on.
#[derive(Default)]
struct Ready(Mutex<ReadyFlows>);

#[derive(Default)]
struct ReadyFlows {
    numbers: Vec<u64>,
    /// The thread that polled flows last: the loop's. It comes to them by itself.
    thread: Option<ThreadId>,
    /// What has the loop come to them.
    bell: Option<Arc<Doorbell>>,
}

impl Ready {
    fn lock(&self) -> MutexGuard<'_, ReadyFlows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, id: u64) {
        let mut ready = self.lock();
        ready.numbers.push(id);
        let bell = ready.bell.clone().filter(|_| ready.thread != Some(std::thread::current().id()));
        drop(ready);
        if let Some(bell) = bell {
            bell.ring();
        }
    }

    fn take(&self) -> Vec<u64> {
        let mut ready = self.lock();
        ready.thread = Some(std::thread::current().id());
        std::mem::take(&mut ready.numbers)
    }
}

/// Wakes one flow. It only notes the number: the driver polls when the news has been handed out. Other threads ring.
struct FlowWaker {
    id: u64,
    ready: Arc<Ready>,
}

impl Wake for FlowWaker {
    fn wake(self: Arc<Self>) {
        self.ready.push(self.id);
    }
}

/// What became of a flow that was polled.
pub(super) enum Outcome {
    /// It ended.
    Ended(u64, Entry, Result<Response>),
    /// It waits for these, and no longer for the descriptors that it has left.
    Pending {
        id: u64,
        sources: Vec<Arc<dyn Source>>,
        descriptors: Vec<(Arc<OwnedFd>, Interest)>,
        left: Vec<RawFd>,
    },
}

impl Flows {
    /// Takes in a flow, which is to be polled at once.
    pub(super) fn add(&mut self, flow: Flow, future: Option<Py<PyAny>>, deadline: Option<Instant>) -> u64 {
        self.last += 1;
        let id = self.last;
        let waker = Waker::from(Arc::new(FlowWaker { id, ready: Arc::clone(&self.ready) }));
        let entry = Entry { flow, future, deadline, descriptors: Vec::new(), waker, until: None };
        self.entries.insert(id, entry);
        self.ready.push(id);
        id
    }

    /// Takes out a flow, to be dropped by the caller.
    pub(super) fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        if let Some(until) = entry.until {
            self.times.remove(&(until, id));
        }
        Some(entry)
    }

    /// Takes out all flows, to be dropped by the caller.
    pub(super) fn clear(&mut self) -> HashMap<u64, Entry> {
        self.times.clear();
        std::mem::take(&mut self.entries)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Has this flow polled next.
    pub(super) fn wake(&self, id: u64) {
        self.ready.push(id);
    }

    /// Other threads ring this bell when they wake a flow.
    pub(super) fn ring_at(&self, bell: Option<Arc<Doorbell>>) {
        self.ready.lock().bell = bell;
    }

    /// Has the flows polled whose time has come.
    pub(super) fn wake_due(&mut self, now: Instant) {
        while let Some(&(until, id)) = self.times.first().filter(|(until, _)| *until <= now) {
            self.times.remove(&(until, id));
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.until = None;
            }
            self.ready.push(id);
        }
    }

    /// The earliest time that a flow waits for, if it is before `timer`.
    pub(super) fn earlier_than(&self, timer: Option<Instant>) -> Option<Instant> {
        let (earliest, _) = *self.times.first()?;
        Some(earliest).filter(|earliest| timer.is_none_or(|timer| *earliest < timer))
    }

    /// Polls every flow that can go on, once.
    pub(super) fn poll_ready(&mut self) -> Vec<Outcome> {
        let ready = self.ready.take();
        let mut outcomes = Vec::with_capacity(ready.len());
        for id in ready {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            match poll_once(entry.flow.as_mut(), &entry.waker, &mut self.waits) {
                Poll::Ready(result) => {
                    if let Some(entry) = self.remove(id) {
                        outcomes.push(Outcome::Ended(id, entry, result));
                    }
                }
                Poll::Pending => {
                    let before = entry.until;
                    outcomes.push(pending(id, entry, &mut self.waits));
                    let until = entry.until;
                    if before != until {
                        before.map(|before| self.times.remove(&(before, id)));
                        self.times.extend(until.map(|until| (until, id)));
                    }
                }
            }
        }
        outcomes
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.entries
            .values()
            .filter_map(|entry| entry.future.as_ref())
            .try_for_each(|future| visit.call(future))
    }
}

fn pending(id: u64, entry: &mut Entry, waits: &mut Vec<Wait>) -> Outcome {
    let (mut sources, mut descriptors) = (Vec::new(), Vec::new());
    entry.until = None;
    for wait in waits.drain(..) {
        match wait {
            Wait::Source { source } => sources.push(source),
            Wait::Descriptor { descriptor, interest } => descriptors.push((descriptor, interest)),
            Wait::Until(when) => entry.until = Some(earlier(entry.until, when)),
            // Nobody polls it but this loop.
            Wait::Work(_) => {}
        }
    }
    let numbers = descriptors.iter().map(|(descriptor, _)| descriptor.as_raw_fd()).collect();
    let mut left = std::mem::replace(&mut entry.descriptors, numbers);
    left.retain(|number| !entry.descriptors.contains(number));
    Outcome::Pending { id, sources, descriptors, left }
}

fn earlier(one: Option<Instant>, other: Instant) -> Instant {
    one.map_or(other, |one| one.min(other))
}
