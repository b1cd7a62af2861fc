//! The blocking driver: the calling thread sleeps until there is news for its flow. Where it leads a connection or waits
//! for descriptors that is in poll(2).

mod round;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::{Parker, Wait, poll_once_blocked};
use crate::error::Result;

/// How long the thread that handles signals waits at most before it looks for one.
///
/// A signal ends poll(2) at once; this covers the one that lands between the look and the wait, or on
/// another thread.
pub(crate) const SIGNAL_SLICE: Duration = Duration::from_millis(40);

/// Asks whether a signal handler wants the wait to end; an error ends it.
pub type Interrupt<'a> = &'a dyn Fn() -> Result<()>;

/// Runs a flow to its end on the calling thread.
///
/// With `interrupt` (the thread that handles signals) it is asked after every interrupted or long wait.
pub fn block<F: Future>(flow: F, interrupt: Option<Interrupt<'_>>) -> Result<F::Output> {
    let parker = Parker::new();
    let waker = Waker::from(Arc::clone(&parker));
    let mut flow = pin!(flow);
    let mut waits = Vec::new();
    let mut asked = Instant::now();
    loop {
        parker.forget();
        if let Poll::Ready(result) = poll_once_blocked(flow.as_mut(), &parker, &waker, &mut waits) {
            return Ok(result);
        }
        let look = interrupt.map(|_| asked + SIGNAL_SLICE);
        let has_news = round::wait(&parker, &waits, look)?;
        if let Some(check) = interrupt
            // While there is always news no wait is ever interrupted.
            && (!has_news || asked.elapsed() >= SIGNAL_SLICE)
        {
            // Python code may run in the check, for as long as it likes: nobody waits for this thread meanwhile.
            give_up_work(&waits);
            check()?;
            asked = Instant::now();
        }
    }
}

fn give_up_work(waits: &[Wait]) {
    for wait in waits {
        if let Wait::Work(work) = wait {
            work.give_up();
        }
    }
}
