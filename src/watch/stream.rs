//! A stream as its reader has it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::queue::{Queue, Table};
use crate::error::{Error, Kind, Result};

/// The flow that reads signals and fills the queue; it ends only with the watch.
pub type Pump = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A stream of events. Handles are shared; the pump belongs to whoever drives it.
pub struct Stream<T: Table> {
    queue: Arc<Queue<T>>,
    pump: Mutex<Option<Pump>>,
}

impl<T: Table> std::fmt::Debug for Stream<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Stream")
    }
}

impl<T: Table> Stream<T> {
    /// The stream that this pump fills the queue of. Nothing happens until it is driven.
    pub(super) fn over(queue: Arc<Queue<T>>, pump: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { queue, pump: Mutex::new(Some(Box::pin(pump))) }
    }

    /// The next event without waiting; an error is what ended the stream.
    pub fn take(&self) -> Result<Option<T::Event>> {
        if self.queue.is_inherited() {
            return Err(Error::new(Kind::ConnectionLost, "this watch belongs to the parent process")
                .with_hint("make a new one in the forked child"));
        }
        self.queue.take()
    }

    /// Ends the stream, from any thread: whoever waits stops, what is queued is dropped. In a forked child
    /// nothing happens: the stream is the parent's.
    pub fn close(&self) {
        if self.queue.is_inherited() {
            return;
        }
        self.queue.close();
        // Whoever drives the pump drops it; where nobody is, the connection goes now.
        if let Ok(mut pump) = self.pump.try_lock() {
            *pump = None;
        }
    }

    /// Whether the stream has ended by being closed. A forked child cannot know of its parent's.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.queue.is_inherited() && self.queue.is_closed()
    }

    /// Gives away the pump as a flow that ends with the stream, for an event loop that polls it whenever its
    /// connection has news; `None` if it has been given away already.
    pub fn attach(&self) -> Option<Pump> {
        let mut pump = self.pump.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let queue = Arc::clone(&self.queue);
        Some(Box::pin(poll_fn(move |context| {
            if queue.poll_closed().is_ready() {
                return Poll::Ready(());
            }
            pump.as_mut().poll(context)
        })))
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// Waits until [`Stream::take`] has something to give, or the stream has ended; another driver runs the
    /// pump.
    pub async fn news(&self) {
        let mut reader = Reader { queue: &self.queue, waker: None };
        poll_fn(|context| reader.poll(context)).await;
    }

    /// The next event, awaited by a task of a tokio runtime (see [`drive`](crate::flow::tokio::drive)); `None`
    /// once the stream is closed. Dropping the future loses no event.
    #[cfg(feature = "tokio")]
    pub async fn next_event(&self) -> Result<Option<T::Event>> {
        use crate::flow::tokio::{drive, either};
        loop {
            if let Some(event) = self.take()? {
                return Ok(Some(event));
            }
            if self.is_closed() {
                return Ok(None);
            }
            // Another reader or driver may run the pump, and take it away.
            let driven = async {
                self.drive().await;
                self.news().await;
            };
            drive(either(driven, self.news())).await;
        }
    }

    /// Runs the pump until there is something to take, or the stream has ended: for a blocking reader.
    pub async fn drive(&self) {
        self.queue.resume();
        let _pause = Pause(&self.queue);
        poll_fn(|context| {
            let mut pump = self.pump.lock().unwrap_or_else(PoisonError::into_inner);
            if self.queue.has_news() {
                return Poll::Ready(());
            }
            let Some(flow) = pump.as_mut() else { return Poll::Ready(()) };
            match flow.as_mut().poll(context) {
                Poll::Ready(()) => {
                    *pump = None;
                    Poll::Ready(())
                }
                Poll::Pending if self.queue.has_news() => Poll::Ready(()),
                Poll::Pending => self.queue.poll_closed(),
            }
        })
        .await;
    }
}

/// One that waits for news; when it waits no more, the queue forgets it.
struct Reader<'a, T: Table> {
    queue: &'a Queue<T>,
    waker: Option<Waker>,
}

impl<T: Table> Reader<'_, T> {
    fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        self.waker = Some(context.waker().clone());
        self.queue.poll_news(context.waker())
    }
}

impl<T: Table> Drop for Reader<'_, T> {
    fn drop(&mut self) {
        if let Some(waker) = self.waker.take()
            && !self.queue.is_inherited()
        {
            self.queue.unwake(&waker);
        }
    }
}

/// Ends a blocking reader's wait, however it ends.
struct Pause<'a, T: Table>(&'a Queue<T>);

impl<T: Table> Drop for Pause<'_, T> {
    fn drop(&mut self) {
        self.0.pause();
    }
}
