//! The flows of one event loop: each is polled only when what it waits for has come.

use std::collections::HashMap;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Wake, Waker};
use std::time::Instant;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;

use crate::error::Result;
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
    /// No flow waits for an earlier time than this.
    earliest: Option<Instant>,
    waits: Vec<Wait>,
}

struct Entry {
    flow: Flow,
    /// Who waits for its end, if anybody does.
    future: Option<Py<PyAny>>,
    waker: Waker,
    until: Option<Instant>,
}

/// The numbers of the flows that can go on.
#[derive(Default)]
struct Ready(Mutex<Vec<u64>>);

impl Ready {
    fn push(&self, id: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(id);
    }

    fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Wakes one flow. It only notes the number: the driver polls when the news has been handed out.
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
    Ended(Option<Py<PyAny>>, Result<Response>),
    /// It waits for these.
    Pending { id: u64, sources: Vec<Arc<dyn Source>>, descriptors: Vec<(Arc<OwnedFd>, Interest)> },
}

impl Flows {
    /// Takes in a flow, which is to be polled at once.
    pub(super) fn add(&mut self, flow: Flow, future: Option<Py<PyAny>>) -> u64 {
        self.last += 1;
        let id = self.last;
        let waker = Waker::from(Arc::new(FlowWaker { id, ready: Arc::clone(&self.ready) }));
        self.entries.insert(id, Entry { flow, future, waker, until: None });
        self.ready.push(id);
        id
    }

    /// Takes out a flow, to be dropped by the caller.
    pub(super) fn remove(&mut self, id: u64) -> Option<Flow> {
        self.entries.remove(&id).map(|entry| entry.flow)
    }

    /// Drops all flows and gives their futures.
    pub(super) fn clear(&mut self) -> Vec<Py<PyAny>> {
        self.forget_times();
        self.entries.drain().filter_map(|(_, entry)| entry.future).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        self.entries.contains_key(&id)
    }

    /// Has this flow polled next.
    pub(super) fn wake(&self, id: u64) {
        self.ready.push(id);
    }

    /// Has the flows polled whose time has come.
    pub(super) fn wake_due(&mut self, now: Instant) {
        self.earliest = None;
        for (id, entry) in &self.entries {
            match entry.until {
                Some(until) if until <= now => self.ready.push(*id),
                Some(until) => self.earliest = Some(earlier(self.earliest, until)),
                None => {}
            }
        }
    }

    /// Forgets the times of flows that have ended.
    pub(super) fn forget_times(&mut self) {
        self.earliest = None;
    }

    /// A time that is not later than any that a flow waits for, if it is before `timer`.
    pub(super) fn earlier_than(&self, timer: Option<Instant>) -> Option<Instant> {
        self.earliest.filter(|earliest| timer.is_none_or(|timer| *earliest < timer))
    }

    /// Polls every flow that can go on, once.
    pub(super) fn poll_ready(&mut self) -> Vec<Outcome> {
        let ready = self.ready.take();
        let mut outcomes = Vec::with_capacity(ready.len());
        for id in ready {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            match poll_once(entry.flow.as_mut(), &entry.waker, &mut self.waits) {
                Poll::Ready(result) => {
                    if let Some(entry) = self.entries.remove(&id) {
                        outcomes.push(Outcome::Ended(entry.future, result));
                    }
                }
                Poll::Pending => {
                    outcomes.push(pending(id, entry, &mut self.waits));
                    if let Some(until) = entry.until {
                        self.earliest = Some(earlier(self.earliest, until));
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
            Wait::Source { source, .. } => sources.push(source),
            Wait::Descriptor { descriptor, interest } => descriptors.push((descriptor, interest)),
            Wait::Until(when) => entry.until = Some(earlier(entry.until, when)),
        }
    }
    Outcome::Pending { id, sources, descriptors }
}

fn earlier(one: Option<Instant>, other: Instant) -> Instant {
    one.map_or(other, |one| one.min(other))
}
