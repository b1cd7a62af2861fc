//! The leaves that need no connection: time, descriptors, several flows at once, one flow with a deadline.

use std::future::{Future, poll_fn};
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::limit::Limit;
use super::{Interest, Wait, wait_for};
use crate::error::{Error, Kind, Result};

/// Waits until that point in time.
pub async fn sleep_until(when: Instant) {
    poll_fn(|_| {
        if Instant::now() >= when {
            return Poll::Ready(());
        }
        wait_for(Wait::Until(when));
        Poll::Pending
    })
    .await;
}

/// Waits until the descriptor can be read without blocking, or its other end is gone.
pub async fn readable(descriptor: &Arc<OwnedFd>) {
    ready(descriptor, Interest::Read).await;
}

/// Waits until the descriptor can be written without blocking, or its other end is gone.
pub async fn writable(descriptor: &Arc<OwnedFd>) {
    ready(descriptor, Interest::Write).await;
}

async fn ready(descriptor: &Arc<OwnedFd>, interest: Interest) {
    poll_fn(|_| {
        if is_ready(descriptor, interest) {
            return Poll::Ready(());
        }
        wait_for(Wait::Descriptor { descriptor: Arc::clone(descriptor), interest });
        Poll::Pending
    })
    .await;
}

fn is_ready(descriptor: &OwnedFd, interest: Interest) -> bool {
    let flags = match interest {
        Interest::Read => PollFlags::IN,
        Interest::Write => PollFlags::OUT,
    };
    let mut fds = [PollFd::new(descriptor, flags)];
    matches!(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(count) if count > 0)
}

/// Runs several flows at once and gives their results in the order of the flows.
pub async fn join_all<F: Future>(flows: Vec<F>) -> Vec<F::Output> {
    join_within(usize::MAX, flows).await
}

/// The same, but not more than `most` at a time.
pub async fn join_within<F: Future>(most: usize, flows: Vec<F>) -> Vec<F::Output> {
    let mut results: Vec<Option<F::Output>> = flows.iter().map(|_| None).collect();
    let mut waiting = flows.into_iter().enumerate();
    let mut running: Vec<(usize, Pin<Box<F>>)> = Vec::new();
    poll_fn(|context| {
        let mut goes_on = |(at, flow): &mut (usize, Pin<Box<F>>)| match flow.as_mut().poll(context) {
            Poll::Ready(value) => {
                results[*at] = Some(value);
                false
            }
            Poll::Pending => true,
        };
        running.retain_mut(&mut goes_on);
        while running.len() < most
            && let Some((at, flow)) = waiting.next()
        {
            let mut begun = (at, Box::pin(flow));
            if goes_on(&mut begun) {
                running.push(begun);
            }
        }
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    results.into_iter().flatten().collect()
}

/// What the first of two flows gave.
#[derive(Debug)]
pub enum First<A, B> {
    /// It was the first one.
    One(A),
    /// It was the second one.
    Other(B),
}

/// Runs two flows until one of them ends.
pub async fn first<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> First<A, B> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| {
        if let Poll::Ready(found) = one.as_mut().poll(context) {
            return Poll::Ready(First::One(found));
        }
        other.as_mut().poll(context).map(First::Other)
    })
    .await
}

/// Runs two flows at once and gives what both of them gave.
pub(crate) async fn both<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut of_one, mut of_other) = (None, None);
    poll_fn(|context| {
        if of_one.is_none()
            && let Poll::Ready(found) = one.as_mut().poll(context)
        {
            of_one = Some(found);
        }
        if of_other.is_none()
            && let Poll::Ready(found) = other.as_mut().poll(context)
        {
            of_other = Some(found);
        }
        match (of_one.take(), of_other.take()) {
            (Some(one), Some(other)) => Poll::Ready((one, other)),
            (one, other) => {
                (of_one, of_other) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}

/// What a flow gives, if it gives it by then.
pub(crate) async fn by<T>(until: Option<Instant>, flow: impl Future<Output = T>) -> Option<T> {
    let mut flow = pin!(flow);
    poll_fn(|context| {
        if let Poll::Ready(found) = flow.as_mut().poll(context) {
            return Poll::Ready(Some(found));
        }
        match until {
            Some(until) if Instant::now() >= until => Poll::Ready(None),
            Some(until) => {
                wait_for(Wait::Until(until));
                Poll::Pending
            }
            None => Poll::Pending,
        }
    })
    .await
}

/// Runs a flow, but no longer than until the deadline: then it is dropped and the error is `Timeout`.
pub async fn with_deadline<T>(deadline: Option<Instant>, flow: impl Future<Output = Result<T>>) -> Result<T> {
    let mut flow = pin!(flow);
    poll_fn(|context| {
        let polled = {
            let _limit = Limit::new(deadline);
            flow.as_mut().poll(context)
        };
        if polled.is_ready() {
            return polled;
        }
        match deadline {
            Some(when) if Instant::now() >= when => {
                Poll::Ready(Err(Error::new(Kind::Timeout, "the deadline passed")))
            }
            Some(when) => {
                wait_for(Wait::Until(when));
                Poll::Pending
            }
            None => Poll::Pending,
        }
    })
    .await
}
