//! A flow that several drivers run together: one of those who wait for something of it takes it as far as it goes.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Context;

use super::glance::Glance;
use super::seat::{Seat, Sleeper};
use super::{Wait, Work, blocked_thread, poll_once, wait_for};
use crate::fork::OfThisProcess;
use crate::sync::Mutex;

/// What is done, and tells of it by a notice.
pub type Flow = Pin<Box<dyn Future<Output = ()> + Send>>;

/// So often one glance takes a flow further, so that a flood cannot hold up whoever only looks.
const MOST_ROUNDS: usize = 64;

/// A flow that any number of drivers may run, or that is given away to one of them for good.
pub struct JointFlow(Arc<OfThisProcess<Mutex<Inner>>>);

struct Inner {
    flow: Option<Flow>,
    /// The flow wakes whoever sits here; the others sleep.
    seat: Seat,
    /// What was seen by whoever ran it last, if he did not wait.
    glance: Option<Glance>,
}

impl JointFlow {
    /// Takes in a flow. Nothing happens until it is driven.
    #[must_use]
    pub fn new(flow: Flow) -> Self {
        Self::of(Some(flow))
    }

    /// One that has nothing to do yet.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(None)
    }

    fn of(flow: Option<Flow>) -> Self {
        let inner = Inner { flow, seat: Seat::default(), glance: None };
        Self(Arc::new(OfThisProcess::new(Mutex::new(inner))))
    }

    /// Gives it away; none if it has ended, or was given away before.
    #[must_use]
    pub fn take(&self) -> Option<Flow> {
        self.0.lock()?.flow.take()
    }

    /// Takes in what is to be done, unless there is something.
    pub fn ensure(&self, make: impl FnOnce() -> Option<Flow>) {
        if let Some(mut inner) = self.0.lock()
            && inner.flow.is_none()
        {
            inner.flow = make();
        }
    }

    /// Drops it, if nobody drives it now, and where this says so, which is asked while nobody can begin to.
    pub fn drop_if_deserted(&self, is_unwanted: impl FnOnce() -> bool) {
        let flow = self.0.lock().and_then(|mut inner| {
            let is_deserted = inner.seat.is_deserted() && is_unwanted();
            if is_deserted { inner.flow.take() } else { None }
        });
        // What it held is let go of where no lock is held.
        drop(flow);
    }

    /// Runs the flow until another one has ended, which waits for what comes of it. While somebody else runs it, this
    /// waits.
    pub async fn drive<R>(&self, found: impl Future<Output = R>) -> R {
        self.ensure_and_drive(|| None, found).await
    }

    /// The same for a flow that [`JointFlow::drop_if_deserted`] may drop, also while this waits for its turn: it is made
    /// anew.
    pub async fn ensure_and_drive<R>(
        &self,
        make: impl Fn() -> Option<Flow>,
        found: impl Future<Output = R>,
    ) -> R {
        let Some(driver) = self.driver() else { return std::future::pending().await };
        let driver = HandOver(driver);
        let mut found = pin!(found);
        poll_fn(|context| {
            driver.0.run(context, &make);
            let found = found.as_mut().poll(context);
            if found.is_pending() {
                wait_for(Wait::Work(Arc::<Driver>::clone(&driver.0)));
            }
            found
        })
        .await
    }

    /// Whether [`JointFlow::glance`] would take it further. Where somebody runs it, he does that.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.0.lock().is_some_and(|inner| {
            let is_at_rest = inner.flow.is_some() && !inner.seat.is_taken();
            is_at_rest && inner.glance.as_ref().is_none_or(Glance::has_news)
        })
    }

    /// Takes the flow as far as it goes without waiting, unless somebody runs it.
    pub fn glance(&self) {
        let Some(mut inner) = self.0.lock() else { return };
        let inner = &mut *inner;
        for _ in 0..MOST_ROUNDS {
            let Some(flow) = inner.flow.as_mut().filter(|_| !inner.seat.is_taken()) else { return };
            let glance = inner.glance.get_or_insert_with(Glance::begin);
            let (waker, waits) = glance.parts();
            if poll_once(flow.as_mut(), &waker, waits).is_ready() {
                (inner.flow, inner.glance) = (None, None);
            } else if !glance.has_news() {
                return;
            }
        }
    }

    /// Somebody who wants to run it; none in a forked child.
    fn driver(&self) -> Option<Arc<Driver>> {
        let ticket = self.0.lock()?.seat.ticket();
        Some(Arc::new(Driver { flow: Arc::clone(&self.0), ticket }))
    }
}

/// One of those who wait for the flow, and take turns in running it.
struct Driver {
    flow: Arc<OfThisProcess<Mutex<Inner>>>,
    ticket: u64,
}

impl Driver {
    /// Takes the flow as far as it goes, if it is this one's turn.
    fn run(&self, context: &mut Context<'_>, make: impl FnOnce() -> Option<Flow>) {
        let Some(mut inner) = self.flow.lock() else { return };
        let inner = &mut *inner;
        inner.flow = inner.flow.take().or_else(make);
        let Some(flow) = &mut inner.flow else { return };
        // What it waits for wakes this one from now on.
        inner.glance = None;
        let sleeper = match blocked_thread() {
            Some(parker) => Sleeper::Flow(parker),
            None => Sleeper::Task(context.waker().clone()),
        };
        if inner.seat.take_or_wait(self.ticket, sleeper) && flow.as_mut().poll(context).is_ready() {
            inner.flow = None;
        }
    }
}

impl Work for Driver {
    fn give_up(&self) {
        let called = self.flow.lock().map(|mut inner| inner.seat.leave(self.ticket));
        called.into_iter().flatten().for_each(|sleeper| sleeper.call());
    }
}

/// The flow wakes only who polled it last: when that one goes, another has to poll it.
struct HandOver(Arc<Driver>);

impl Drop for HandOver {
    fn drop(&mut self) {
        self.0.give_up();
    }
}
