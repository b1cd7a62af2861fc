//! The stepping driver: it takes a flow as far as it goes, and says what has to be waited for before the next step. Whoever
//! calls does that by his own means, such as a `select` that lets other greenlets go on.
//!
//! A thread may have many flows on their way like that, and may not come back to one of them for as long as another one
//! keeps the processor. So for threads of their own such a flow is as good as a task (`tokio`): it leads nothing, and
//! no lock is held from one step to the next. Among the flows of one thread, one reads each connection for all of them
//! (`readers`).

use std::future::Future;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::readers::Reader;
use super::{Bell, Interest, Parker, Wait, poll_once};
use crate::error::{Error, Kind, Result};
use crate::fork::OfThisProcess;

/// How long to wait, where this process has no descriptor left to be woken by, before the next step looks whether there is
/// news.
const NO_BELL_PAUSE: Duration = Duration::from_millis(2);

/// How far a step has come.
#[derive(Debug)]
pub enum Step<T> {
    /// The flow has ended. There is no other step.
    Done(T),
    /// The next step is to be taken when any of that has come.
    Waits(Awaited),
}

/// What a flow waits for, until its next step.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    /// Descriptors, each of them once. They are open until the next step, or until the flow is dropped.
    pub descriptors: Vec<Descriptor>,
    /// A point in time.
    pub until: Option<Instant>,
}

/// A descriptor that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Its number.
    pub number: RawFd,
    /// Until it can be read.
    pub reads: bool,
    /// Until it can be written.
    pub writes: bool,
}

impl Awaited {
    fn add(&mut self, number: RawFd, interest: Interest) {
        let (reads, writes) = (interest == Interest::Read, interest == Interest::Write);
        match self.descriptors.iter_mut().find(|descriptor| descriptor.number == number) {
            Some(known) => (known.reads, known.writes) = (known.reads | reads, known.writes | writes),
            None => self.descriptors.push(Descriptor { number, reads, writes }),
        }
    }

    fn add_time(&mut self, when: Instant) {
        self.until = Some(self.until.map_or(when, |until| until.min(when)));
    }
}

/// A flow that is taken step by step, on one thread. Dropping it drops the flow.
///
/// It belongs to the process that made it: a forked child has a copy of the greenlet that waits, and must take nothing of
/// what its parent waits for.
pub struct Stepped<F: Future>(OfThisProcess<Inner<F>>);

struct Inner<F: Future> {
    /// On the heap, as the stack of a greenlet that waits is used by others.
    flow: Pin<Box<F>>,
    waits: Vec<Wait>,
    readers: Vec<Reader>,
    parker: Arc<Parker>,
    waker: Waker,
    /// What wakes it, with the first wait.
    bell: Option<Bell>,
    has_waited: bool,
}

impl<F: Future> Stepped<F> {
    /// Takes in a flow. Nothing happens until its first step.
    #[must_use]
    pub fn new(flow: F) -> Self {
        let parker = Parker::new();
        Self(OfThisProcess::new(Inner {
            flow: Box::pin(flow),
            waits: Vec::new(),
            readers: Vec::new(),
            waker: Waker::from(Arc::clone(&parker)),
            parker,
            bell: None,
            has_waited: false,
        }))
    }

    /// Takes the flow as far as it goes without waiting.
    pub fn step(&mut self) -> Result<Step<F::Output>> {
        self.0.get_mut().map(Inner::step).ok_or_else(of_the_parent)
    }
}

impl<F: Future> Inner<F> {
    fn step(&mut self) -> Step<F::Output> {
        self.come_back();
        loop {
            if self.parker.forget() {
                self.readers.iter_mut().for_each(Reader::look_again);
            }
            let polled = poll_once(self.flow.as_mut(), &self.waker, &mut self.waits);
            if let Poll::Ready(result) = polled {
                return Step::Done(result);
            }
            let awaited = self.awaited();
            if self.parker.begin_poll(self.bell.as_ref()) {
                self.has_waited = true;
                return Step::Waits(awaited);
            }
        }
    }

    /// Reads for everybody what has come meanwhile. One that was told something has others who read.
    fn come_back(&mut self) {
        if !self.has_waited {
            return;
        }
        self.parker.end_poll();
        if let Some(bell) = &self.bell {
            bell.silence();
        }
        if !self.parker.is_told() {
            self.readers.iter_mut().for_each(|reader| reader.read(&self.waker));
        }
    }

    /// What the flow waits for now.
    fn awaited(&mut self) -> Awaited {
        let mut awaited = Awaited::default();
        self.add_bell(&mut awaited);
        let mut before = std::mem::take(&mut self.readers);
        for wait in &self.waits {
            match wait {
                Wait::Source { source } if !self.readers.iter().any(|reader| reader.is_of(source)) => {
                    let known = before.iter().position(|reader| reader.is_of(source));
                    let mut reader = known.map_or_else(|| Reader::new(source), |at| before.swap_remove(at));
                    for interest in reader.interests(&self.parker) {
                        awaited.add(source.number(), interest);
                    }
                    self.readers.push(reader);
                }
                Wait::Descriptor { descriptor, interest } => awaited.add(descriptor.as_raw_fd(), *interest),
                Wait::Until(when) => awaited.add_time(*when),
                // The work is a task's: whoever needs it does it himself.
                Wait::Source { .. } | Wait::Work(_) => {}
            }
        }
        awaited
    }

    fn add_bell(&mut self, awaited: &mut Awaited) {
        if self.bell.is_none() {
            self.bell = Bell::new(Kind::Unavailable, "cannot wait").ok();
        }
        match &self.bell {
            Some(bell) => awaited.add(bell.descriptor().as_raw_fd(), Interest::Read),
            None => awaited.add_time(Instant::now() + NO_BELL_PAUSE),
        }
    }
}

#[cold]
fn of_the_parent() -> Error {
    Error::new(Kind::ConnectionLost, "this call was begun by the parent process")
        .with_hint("call again in the forked child")
}

impl<F: Future> std::fmt::Debug for Stepped<F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Stepped")
    }
}
