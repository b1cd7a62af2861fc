//! A stream of unit events as its reader has it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::event::{UnitEvent, UnitState};
use super::home::Home;
use super::hub::Hub;
use super::reader::Wanted;
use super::selection::Selection;
use super::{check_allowed, no_capacity};
use crate::error::{Kind, Result};
use crate::flow::joint::Flow;
use crate::unit::{UnitName, check_active_state};

/// Which units and which of their events are wanted, and how many may wait.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// Names, completed and resolved as everywhere, and patterns with `*`, `?` and `[...]`; none means all units.
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

/// A stream of unit events. It begins when it is read first: in its home, or on an event loop.
#[derive(Debug)]
pub struct Watch {
    home: Arc<Home>,
    selection: Selection,
    states: Arc<[String]>,
    capacity: usize,
    reader: OnceLock<Reader>,
    is_closed: AtomicBool,
}

/// Who reads in a hub; it leaves when it is dropped.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) hub: Arc<Hub>,
    pub(super) id: u64,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}

impl Watch {
    /// A watch on units of a client's manager. Nothing happens until it is read.
    pub fn new(home: &Arc<Home>, options: WatchOptions) -> Result<Self> {
        check_allowed(home.client())?;
        options.states.iter().try_for_each(|state| check_active_state(state))?;
        if options.capacity == 0 {
            return Err(no_capacity());
        }
        Ok(Self {
            home: Arc::clone(home),
            selection: Selection::new(&options.patterns, options.types)?,
            states: options.states.into(),
            capacity: options.capacity,
            reader: OnceLock::new(),
            is_closed: AtomicBool::new(false),
        })
    }

    /// The reader; the first time it joins the hub.
    fn reader(&self, hub: &Arc<Hub>) -> Result<&Reader> {
        if let Some(reader) = self.reader.get() {
            return Ok(reader);
        }
        let (selection, states) = (self.selection.clone(), Arc::clone(&self.states));
        let id =
            hub.join(Wanted { selection, states, capacity: self.capacity, known: None, is_table: false })?;
        let reader = self.reader.get_or_init(|| Reader { hub: Arc::clone(hub), id });
        if reader.id != id {
            // Two threads began at once.
            hub.leave(id);
        }
        if self.is_closed.load(Ordering::SeqCst) {
            reader.hub.leave(reader.id);
        }
        Ok(reader)
    }

    #[cfg(test)]
    pub(super) fn client(&self) -> &Arc<crate::client::Client> {
        self.home.client()
    }

    /// The next event without waiting; an error is why the stream cannot begin.
    pub fn take(&self) -> Result<Option<UnitEvent>> {
        self.reader.get().map_or(Ok(None), |reader| reader.hub.take(reader.id))
    }

    /// Ends the stream, from any thread: whoever waits stops, what is queued is dropped. In a forked child
    /// nothing happens: the stream is the parent's.
    pub fn close(&self) {
        if self.is_inherited() {
            return;
        }
        self.is_closed.store(true, Ordering::SeqCst);
        if let Some(reader) = self.reader.get() {
            reader.hub.leave(reader.id);
        }
    }

    fn is_inherited(&self) -> bool {
        self.reader.get().is_some_and(|reader| reader.hub.is_inherited())
    }

    /// Whether the stream has ended by being closed. A forked child cannot know of its parent's.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.is_inherited() && self.is_closed.load(Ordering::SeqCst)
    }

    /// Begins on an event loop, and gives away what its hub does as a flow that ends when nobody watches any more, to be
    /// polled whenever the connection has news; `None` if somebody runs it already.
    pub fn attach(&self, hub: &Arc<Hub>) -> Result<Option<Flow>> {
        Ok(self.reader(hub)?.hub.attach())
    }

    /// Waits until [`Watch::take`] has something to give, or the stream has ended; another driver runs the hub.
    pub async fn news(&self) -> Result<()> {
        match self.reader.get() {
            Some(reader) => reader.hub.news(reader.id).await,
            None => Ok(()),
        }
    }

    /// Runs the hub until there is something to take, or the stream has ended: for a blocking reader.
    pub async fn drive(&self) -> Result<()> {
        let reader = self.reader(self.home.hub())?;
        reader.hub.drive(reader.id).await
    }

    /// The next event, awaited by a task of a tokio runtime (see [`drive`](crate::flow::tokio::drive)); `None`
    /// once the stream is closed. Dropping the future loses no event.
    #[cfg(feature = "tokio")]
    pub async fn next_event(&self) -> Result<Option<UnitEvent>> {
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
}

/// The events of one unit, for who waits for one of them.
pub(crate) struct UnitEvents(Reader);

impl UnitEvents {
    /// The events from this state of the unit on. What is found at the beginning is compared with it: a unit that is not in
    /// memory any more has been removed.
    pub(crate) fn since(hub: &Arc<Hub>, unit: &UnitName, known: UnitState) -> Result<Self> {
        let selection = Selection::new(&[unit.as_str().to_owned()], Vec::new())?;
        let known = Some((unit.as_str().to_owned(), known));
        let capacity = WatchOptions::default().capacity;
        let id = hub.join(Wanted { selection, states: Arc::default(), capacity, known, is_table: false })?;
        Ok(Self(Reader { hub: Arc::clone(hub), id }))
    }

    /// The next event; who waits runs the hub meanwhile, where nobody else does.
    pub(crate) async fn next(&self) -> Result<UnitEvent> {
        loop {
            if let Some(event) = self.0.hub.take(self.0.id)? {
                return Ok(event);
            }
            match self.0.hub.drive(self.0.id).await {
                // Whoever waits for it has a deadline of his own.
                Err(error) if error.kind() == Kind::NotBegun => {}
                driven => driven?,
            }
        }
    }
}
