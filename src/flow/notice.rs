//! Who waits hears: something that one changes and others wait for.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use crate::fork::OfThisProcess;
use crate::sync::{Mutex, MutexGuard};

/// A value, and all who wait for it to be as they want it, or for its end.
///
/// It belongs to the process that made it. In a forked child nothing is found in it and nothing happens to it.
#[derive(Debug)]
pub struct Notice<T> {
    inner: OfThisProcess<Mutex<Inner<T>>>,
}

#[derive(Debug)]
struct Inner<T> {
    value: T,
    /// With the ticket of the one that waits: one task may wait for several things.
    wakers: BTreeMap<u64, Waker>,
    last_ticket: u64,
    /// Nothing follows.
    has_ended: bool,
}

impl<T> Notice<T> {
    /// A notice of which nobody has heard.
    pub fn new(value: T) -> Self {
        let inner = Inner { value, wakers: BTreeMap::new(), last_ticket: 0, has_ended: false };
        Self { inner: OfThisProcess::new(Mutex::new(inner)) }
    }

    /// Whether it belongs to a parent of this process.
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        self.inner.is_inherited()
    }

    /// Looks at the value, or changes it in a way that nobody waits for.
    pub fn look<R>(&self, look: impl FnOnce(&mut T) -> R) -> Option<R> {
        Some(look(&mut self.inner.lock()?.value))
    }

    /// Changes the value, and has all who wait look at it.
    pub fn tell<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut inner = self.inner.lock()?;
        let result = change(&mut inner.value);
        wake(inner);
        Some(result)
    }

    /// Changes the value for the last time, and has all who wait look at it.
    pub fn end<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut inner = self.inner.lock()?;
        let result = change(&mut inner.value);
        inner.has_ended = true;
        wake(inner);
        Some(result)
    }

    /// Waits until `find` finds what it looks for. Somebody else has to change the value; a wait that is dropped is
    /// forgotten.
    pub async fn hear<R>(&self, mut find: impl FnMut(&mut T) -> Option<R>) -> R {
        let mut ear = Ear { notice: self, ticket: None };
        poll_fn(|context| ear.poll(context.waker(), &mut |inner| find(&mut inner.value))).await
    }

    /// Waits until nothing follows.
    pub async fn ended(&self) {
        let mut ear = Ear { notice: self, ticket: None };
        poll_fn(|context| ear.poll(context.waker(), &mut |inner| inner.has_ended.then_some(()))).await;
    }

    /// How many wait.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.inner.lock().map_or(0, |inner| inner.wakers.len())
    }
}

/// Wakes all who wait, when the lock is free again: they take it at once.
fn wake<T>(mut inner: MutexGuard<'_, Inner<T>>) {
    let wakers = std::mem::take(&mut inner.wakers);
    drop(inner);
    wakers.into_values().for_each(Waker::wake);
}

/// One that waits; when it waits no more, the notice forgets it.
#[derive(Debug)]
struct Ear<'a, T> {
    notice: &'a Notice<T>,
    ticket: Option<u64>,
}

impl<T> Ear<'_, T> {
    /// Looks, and has this waker woken by the next change if there is nothing to be found yet.
    fn poll<R>(&mut self, waker: &Waker, find: &mut impl FnMut(&mut Inner<T>) -> Option<R>) -> Poll<R> {
        let Some(mut inner) = self.notice.inner.lock() else { return Poll::Pending };
        if let Some(found) = find(&mut inner) {
            return Poll::Ready(found);
        }
        let ticket = *self.ticket.get_or_insert_with(|| inner.next_ticket());
        inner.wakers.entry(ticket).or_insert_with(|| waker.clone()).clone_from(waker);
        Poll::Pending
    }
}

impl<T> Drop for Ear<'_, T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket
            && let Some(mut inner) = self.notice.inner.lock()
        {
            inner.wakers.remove(&ticket);
        }
    }
}

impl<T> Inner<T> {
    fn next_ticket(&mut self) -> u64 {
        self.last_ticket += 1;
        self.last_ticket
    }
}
