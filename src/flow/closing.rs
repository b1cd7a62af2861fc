//! The end of what many wait for, said by somebody else.

use std::future::{Future, poll_fn};
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use rustix::event::{EventfdFlags, eventfd};

use super::{Interest, Wait, wait_for};
use crate::error::{Error, Kind, Result};
use crate::fork;

/// Ends the flows that run under it.
#[derive(Debug)]
pub struct Closing {
    state: Mutex<State>,
    /// A forked child must neither end what its parent waits for nor wait for a thread that it does not have.
    generation: u64,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// From the first wait to the end: rung once and never read.
    bell: Option<Arc<OwnedFd>>,
}

impl Default for Closing {
    fn default() -> Self {
        Self { state: Mutex::default(), generation: fork::generation() }
    }
}

impl Closing {
    /// Ends all flows that run under it now, and those that begin later.
    pub fn close(&self) {
        let Some(mut state) = self.state() else { return };
        state.closed = true;
        if let Some(bell) = state.bell.take() {
            // Whoever waits has it too; an event descriptor that was never rung takes this.
            let _ = rustix::io::write(&*bell, &1_u64.to_ne_bytes());
        }
    }

    fn state(&self) -> Option<MutexGuard<'_, State>> {
        let is_ours = self.generation == fork::generation();
        is_ours.then(|| self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a flow to its end, or until it is closed: then it is dropped.
    pub async fn until<T>(&self, flow: impl Future<Output = Result<T>>) -> Result<T> {
        let mut flow = pin!(flow);
        poll_fn(|context| {
            let polled = flow.as_mut().poll(context);
            if polled.is_ready() {
                return polled;
            }
            let Some(mut state) = self.state() else { return Poll::Pending };
            if state.closed {
                let message = "the client was closed while a call was pending";
                return Poll::Ready(Err(Error::new(Kind::ConnectionLost, message)
                    .with_hint("what systemd has begun goes on; ask with another client")));
            }
            if state.bell.is_none() {
                // Where no descriptor is left, it is heard of when the flow is polled next.
                let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
                state.bell = bell.ok().map(Arc::new);
            }
            if let Some(bell) = &state.bell {
                wait_for(Wait::Descriptor { descriptor: Arc::clone(bell), interest: Interest::Read });
            }
            Poll::Pending
        })
        .await
    }
}
