//! Streams of one unit's properties.

mod event;
mod listener;
mod pump;
mod questions;
mod queue;
mod table;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use self::listener::PropertyListener;
use self::pump::pump;
use self::queue::{Inner, Queue};
use self::table::PropertyTable;
use super::check_allowed;
use super::driven::{Driven, in_time};
use super::home::Home;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::flow::joint::Flow;
use crate::unit::UnitName;

pub use event::PropertiesEvent;

/// Which properties of which unit are wanted, and how many events may wait.
#[derive(Clone, Debug)]
pub struct PropertyOptions {
    /// The unit; an alias is resolved when the stream begins.
    pub unit: UnitName,
    /// The properties, by systemd's own names, of the unit and of its type: org.freedesktop.systemd1(5).
    pub names: Vec<String>,
    /// How many events may wait for the reader before the stream gives up their order and begins afresh.
    pub capacity: usize,
}

/// A stream of what becomes of some of a unit's properties. It begins when it is read first: in its home, or on an event
/// loop, over the connection of all who watch there.
pub struct PropertyWatch {
    home: Arc<Home>,
    unit: UnitName,
    queue: Arc<Queue>,
    pump: Driven,
    /// Whose connection it has: that of the place where it was read first.
    client: OnceLock<Arc<Client>>,
}

impl std::fmt::Debug for PropertyWatch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "PropertyWatch({})", self.unit)
    }
}

impl PropertyWatch {
    /// A watch on a unit of a client's manager. Nothing happens until it is driven: whether there are such a unit and
    /// such properties, and whether systemd announces their changes, is known then.
    pub fn new(home: &Arc<Home>, options: PropertyOptions) -> Result<Self> {
        check_allowed(home.client())?;
        let mut names: Vec<String> = Vec::with_capacity(options.names.len());
        for name in options.names {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Err(Error::config("no property is named").with_hint("give at least one name"));
        }
        let table = PropertyTable::new(options.unit.as_str(), &names);
        let queue = Arc::new(Queue::new(table, options.capacity)?);
        let pump = Driven::new(Arc::clone(queue.whereabouts()));
        Ok(Self { home: Arc::clone(home), unit: options.unit, queue, pump, client: OnceLock::new() })
    }

    /// The next event without waiting; an error is why the stream has not begun yet, or never will.
    pub fn take(&self) -> Result<Option<PropertiesEvent>> {
        self.queue.take()
    }

    /// Ends the stream, from any thread: whoever waits stops, what is queued is dropped. In a forked child
    /// nothing happens: the stream is the parent's.
    pub fn close(&self) {
        self.queue.close();
        // Whoever drives the pump drops it; where nobody does, its part of the connection goes now.
        self.pump.drop_if_deserted(|| self.queue.is_closed());
    }

    /// Whether the stream has ended by being closed. A forked child cannot know of its parent's.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Begins on an event loop, and gives away what brings the events in, as a flow that ends with the stream, to be
    /// polled whenever the connection has news; `None` if somebody runs it already.
    pub fn attach(&self, home: &Home) -> Option<Flow> {
        let client = Arc::clone(self.client.get_or_init(|| Arc::clone(home.watching())));
        self.pump.attach(|| self.make_pump(client))
    }

    /// Waits until [`PropertyWatch::take`] has something to give, or the stream has ended; another driver runs the pump.
    pub async fn news(&self) -> Result<()> {
        if !self.queue.has_begun() {
            return in_time(self.client(), self.queue.notice().hear(Inner::news)).await;
        }
        self.queue.notice().hear(Inner::news).await;
        Ok(())
    }

    /// Runs the pump until there is something to take, or the stream has ended: for a blocking reader.
    pub async fn drive(&self) -> Result<()> {
        let client = self.client();
        let heard = self.queue.notice().hear(Inner::news);
        let driven = self.pump.drive(client, || self.make_pump(Arc::clone(client)), heard);
        if !self.queue.has_begun() {
            return in_time(client, driven).await;
        }
        driven.await;
        Ok(())
    }

    /// The next event, awaited by a task of a tokio runtime (see [`drive`](crate::flow::tokio::drive)); `None`
    /// once the stream is closed. Dropping the future loses no event.
    #[cfg(feature = "tokio")]
    pub async fn next_event(&self) -> Result<Option<PropertiesEvent>> {
        loop {
            if let Some(event) = self.take()? {
                return Ok(Some(event));
            }
            if self.is_closed() {
                return Ok(None);
            }
            crate::flow::tokio::drive(Box::pin(self.drive())).await?;
        }
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.queue.notice().waiting()
    }

    fn client(&self) -> &Arc<Client> {
        self.client.get_or_init(|| Arc::clone(self.home.watching()))
    }

    fn make_pump(&self, client: Arc<Client>) -> Flow {
        let queue = Arc::clone(&self.queue);
        let listener = PropertyListener::new(Arc::clone(&queue), self.unit.clone());
        Box::pin(async move {
            let mut pump = pin!(pump(client, listener));
            let mut closed = pin!(queue.notice().ended());
            poll_fn(|context| match closed.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => pump.as_mut().poll(context),
            })
            .await;
        })
    }
}

#[cfg(test)]
mod tests;
