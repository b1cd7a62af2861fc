//! Event streams: what happens to units, from systemd's own signals, in order, and never lost in silence.

mod event;
mod pattern;
mod queue;
mod session;
mod snapshot;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use crate::client::Client;
use crate::error::{Error, Kind, Result};

pub use event::{EventKind, UnitEvent, UnitState};
pub use pattern::Pattern;
use queue::EventQueue;

/// Which units and which of their events are wanted, and how many may wait.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// Names, with `*`, `?` and `[...]`; none means all units.
    pub patterns: Vec<String>,
    /// Types such as `service`; none means all types.
    pub types: Vec<String>,
    /// Only events that lead into one of these active states; none means all.
    pub states: Vec<String>,
    /// How many events may wait for the reader before the stream gives up their order and begins afresh.
    pub capacity: usize,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self { patterns: Vec::new(), types: Vec::new(), states: Vec::new(), capacity: 10_000 }
    }
}

/// The flow that reads signals and fills the queue; it ends only with the watch.
pub type Pump = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A stream of unit events. Handles are shared; the pump belongs to whoever drives it.
pub struct Watch {
    queue: Arc<EventQueue>,
    pump: Mutex<Option<Pump>>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Watch")
    }
}

impl Watch {
    /// A watch on a client's manager, with a connection of its own. Nothing happens until it is driven.
    pub fn new(client: Arc<Client>, options: WatchOptions) -> Result<Self> {
        if !client.settings().monitoring.value {
            let source = client.settings().monitoring.source;
            return Err(Error::new(
                Kind::MonitoringUnavailable,
                format!("watching is turned off ({source})"),
            )
            .with_hint("set PM2GO_ENABLE_MONITORING=true or monitoring=True"));
        }
        let queue = Arc::new(EventQueue::new(&options)?);
        let pump = session::pump(client, Arc::clone(&queue), options);
        Ok(Self { queue, pump: Mutex::new(Some(Box::pin(pump))) })
    }

    /// The next event without waiting; an error is what ended the stream.
    pub fn take(&self) -> Result<Option<UnitEvent>> {
        self.queue.take()
    }

    /// Ends the stream, from any thread: whoever waits stops, what is queued is dropped.
    pub fn close(&self) {
        self.queue.close();
        // Whoever drives the pump drops it; where nobody is, the connection goes now.
        if let Ok(mut pump) = self.pump.try_lock() {
            *pump = None;
        }
    }

    /// Whether the stream has ended by being closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Gives away the pump as a flow that ends with the stream, for an event loop that polls it whenever its
    /// connection has news; `None` if it has been given away already.
    pub fn attach(&self) -> Option<Pump> {
        let mut pump = self.pump.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let queue = Arc::clone(&self.queue);
        Some(Box::pin(poll_fn(move |context| {
            if queue.is_closed() {
                return Poll::Ready(());
            }
            queue.wait_for_close();
            pump.as_mut().poll(context)
        })))
    }

    /// Waits until [`Watch::take`] has something to give, or the stream has ended; another driver runs the
    /// pump.
    pub async fn news(&self) {
        poll_fn(|context| self.queue.poll_news(context.waker())).await;
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
                Poll::Pending => {
                    self.queue.wait_for_close();
                    Poll::Pending
                }
            }
        })
        .await;
    }
}

/// Ends a blocking reader's wait, however it ends.
struct Pause<'a>(&'a EventQueue);

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.0.pause();
    }
}
