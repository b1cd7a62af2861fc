//! The end of what many wait for, said by somebody else.

use std::future::{Future, poll_fn};
use std::pin::pin;

use super::notice::Notice;
use crate::error::{Error, Kind, Result};

/// Ends the flows that run under it, where their drivers can be woken by any thread. In a forked child it does nothing:
/// what runs is the parent's.
#[derive(Debug)]
pub struct Closing(Notice<bool>);

impl Default for Closing {
    fn default() -> Self {
        Self(Notice::new(false))
    }
}

impl Closing {
    /// Ends all flows that run under it now, and those that begin later.
    pub fn close(&self) {
        self.0.end(|is_closed| *is_closed = true);
    }

    /// Runs a flow to its end, or until it is closed: then it is dropped.
    pub async fn until<T>(&self, flow: impl Future<Output = Result<T>>) -> Result<T> {
        let mut flow = pin!(flow);
        let mut closed = pin!(self.0.hear(|is_closed| is_closed.then_some(())));
        poll_fn(|context| {
            let polled = flow.as_mut().poll(context);
            if polled.is_ready() {
                return polled;
            }
            closed.as_mut().poll(context).map(|()| {
                let message = "the client was closed while a call was pending";
                Err(Error::new(Kind::ConnectionLost, message)
                    .with_hint("what systemd has begun goes on; ask with another client"))
            })
        })
        .await
    }
}
