//! A stream as its reader has it.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use super::queue::{Inner, Queue, Table};
use crate::error::Result;
use crate::flow::joint::{Flow, JointFlow};

/// A stream of events. Handles are shared; the pump belongs to whoever drives it.
pub struct Stream<T: Table> {
    queue: Arc<Queue<T>>,
    /// It reads signals and fills the queue, and ends only with the watch.
    pump: JointFlow,
}

impl<T: Table> std::fmt::Debug for Stream<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Stream")
    }
}

impl<T: Table> Stream<T> {
    /// The stream that this pump fills the queue of. Nothing happens until it is driven.
    pub(super) fn over(queue: Arc<Queue<T>>, pump: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { queue, pump: JointFlow::new(Box::pin(pump)) }
    }

    /// The next event without waiting; an error is what ended the stream.
    pub fn take(&self) -> Result<Option<T::Event>> {
        self.queue.take()
    }

    /// Ends the stream, from any thread: whoever waits stops, what is queued is dropped. In a forked child
    /// nothing happens: the stream is the parent's.
    pub fn close(&self) {
        self.queue.close();
        // Whoever drives the pump drops it; where nobody is, the connection goes now.
        self.pump.drop_if_at_rest();
    }

    /// Whether the stream has ended by being closed. A forked child cannot know of its parent's.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Gives away the pump as a flow that ends with the stream, for an event loop that polls it whenever its
    /// connection has news; `None` if it has been given away already.
    #[must_use]
    pub fn attach(&self) -> Option<Flow> {
        let mut pump = self.pump.take()?;
        let queue = Arc::clone(&self.queue);
        Some(Box::pin(poll_fn(move |context| {
            if queue.notice().poll_end(|| None).is_ready() {
                return Poll::Ready(());
            }
            pump.as_mut().poll(context)
        })))
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.queue.notice().waiting()
    }

    /// Waits until [`Stream::take`] has something to give, or the stream has ended; another driver runs the
    /// pump.
    pub async fn news(&self) {
        self.queue.notice().hear(Inner::news).await;
    }

    /// The next event, awaited by a task of a tokio runtime (see [`drive`](crate::flow::tokio::drive)); `None`
    /// once the stream is closed. Dropping the future loses no event.
    #[cfg(feature = "tokio")]
    pub async fn next_event(&self) -> Result<Option<T::Event>> {
        loop {
            if let Some(event) = self.take()? {
                return Ok(Some(event));
            }
            if self.is_closed() {
                return Ok(None);
            }
            crate::flow::tokio::drive(self.drive()).await;
        }
    }

    /// Runs the pump until there is something to take, or the stream has ended: for a blocking reader.
    pub async fn drive(&self) {
        self.queue.resume();
        let _pause = Pause(&self.queue);
        self.pump.drive(self.queue.notice().hear_to_the_end(Inner::news)).await;
    }
}

/// Ends a blocking reader's wait, however it ends.
struct Pause<'a, T: Table>(&'a Queue<T>);

impl<T: Table> Drop for Pause<'_, T> {
    fn drop(&mut self) {
        self.0.pause();
    }
}
