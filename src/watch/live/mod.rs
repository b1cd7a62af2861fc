//! The live table: how units are, filled once and kept by signals, so that to read it asks systemd for nothing.

pub(super) mod jobs;
pub(super) mod listed;
mod listing;
pub(super) mod places;
pub(super) mod view;

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

pub use self::listing::{Listing, Missing};
use super::check_allowed;
use super::event::UnitState;
use super::home::Home;
use super::hub::Hub;
use super::reader::Wanted;
use super::room::Room;
use super::selection::Selection;
use super::units::Reader;
use crate::error::hint::{call, text};
use crate::error::{Error, Kind, Part, Result};
use crate::flow::joint::Flow;
use crate::flow::with_deadline;
use crate::unit::{UnitName, check_active_state, check_types, is_of_types};

/// Which units a table shows.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    /// Names, completed and resolved as everywhere, and patterns with `*`, `?` and `[...]`; none means all units.
    pub patterns: Vec<String>,
    /// Types such as `service`; none means all types.
    pub types: Vec<String>,
    /// Only units in these active states; none means all.
    pub states: Vec<String>,
    /// Who reads it never blocks: it is filled on an event loop.
    pub is_awaited: bool,
}

/// Which of a table's units are wanted.
#[derive(Clone, Debug, Default)]
pub struct TableFilter {
    states: Vec<String>,
    types: Vec<String>,
}

impl TableFilter {
    /// Those in one of these active states and of one of these types; none means all.
    pub fn new(states: Vec<String>, types: Vec<String>) -> Result<Self> {
        states.iter().try_for_each(|state| check_active_state(state))?;
        check_types(&types)?;
        Ok(Self { states, types })
    }

    /// Whether it is wanted.
    #[must_use]
    pub fn takes(&self, unit: &str, state: &UnitState) -> bool {
        (self.states.is_empty() || self.states.contains(&state.active_state))
            && is_of_types(unit, &self.types)
    }
}

/// A live table of units. It begins when it is filled: in its home by whoever reads it first, or on an event loop.
#[derive(Debug)]
pub struct LiveUnits {
    home: Arc<Home>,
    selection: Selection,
    states: Arc<[String]>,
    is_awaited: bool,
    reader: OnceLock<Reader>,
    is_closed: AtomicBool,
    /// So many changes of this client's are in the table.
    seen_changes: AtomicU64,
}

/// Units by their names, in their order, and a number that is another one when something in them is.
pub type Picture = (u64, Vec<(Arc<str>, Arc<UnitState>)>);

impl LiveUnits {
    /// A table of units of a client's manager. Nothing happens until it is filled.
    pub fn new(home: &Arc<Home>, options: TableOptions) -> Result<Self> {
        check_allowed(home.client())?;
        options.states.iter().try_for_each(|state| check_active_state(state))?;
        Ok(Self {
            home: Arc::clone(home),
            selection: Selection::new(&options.patterns, options.types)?,
            states: options.states.into(),
            is_awaited: options.is_awaited,
            reader: OnceLock::new(),
            is_closed: AtomicBool::new(false),
            seen_changes: AtomicU64::new(0),
        })
    }

    /// The reader; the first time it joins the hub.
    fn join(&self, hub: &Arc<Hub>) -> Result<&Reader> {
        self.check_open()?;
        if let Some(reader) = self.reader.get() {
            return Ok(reader);
        }
        let (selection, states) = (self.selection.clone(), Arc::clone(&self.states));
        let id = hub.join(Wanted { selection, states, capacity: 0, known: None, is_table: true })?;
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

    /// The reader of a table that is filled, or is about to be.
    fn reader(&self) -> Result<&Reader> {
        self.check_open()?;
        self.reader.get().ok_or_else(|| {
            Error::config("this table is not filled yet")
                .with_hint("use it in a `with` or `async with` block")
        })
    }

    fn check_open(&self) -> Result<()> {
        if !self.is_closed() {
            return Ok(());
        }
        Err(Error::config("this table is closed")
            .with_hint([text("make another one with "), call("live_units")]))
    }

    /// Ends it, from any thread: whoever waits stops. In a forked child nothing happens: the table is the parent's.
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

    /// Whether it was closed. A forked child cannot know of its parent's.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.is_inherited() && self.is_closed.load(Ordering::SeqCst)
    }

    /// Begins on an event loop, and gives away what its hub does as a flow, as [`Watch::attach`](super::Watch::attach)
    /// does.
    pub fn attach(&self, hub: &Arc<Hub>) -> Result<Option<Flow>> {
        Ok(self.join(hub)?.hub.attach())
    }

    /// Waits until it is filled; another driver runs the hub.
    pub async fn filled(&self) -> Result<()> {
        let reader = self.reader()?;
        self.fill(reader, reader.hub.hear(reader.id, is_filled_or_refused)).await
    }

    /// Fills it: for a blocking reader.
    pub async fn drive_until_filled(&self) -> Result<()> {
        let reader = self.join(self.home.hub())?;
        self.fill(reader, reader.hub.drive_until(reader.id, is_filled_or_refused)).await
    }

    async fn fill(&self, reader: &Reader, filled: impl Future<Output = ()>) -> Result<()> {
        self.in_time(reader, filled, Kind::NotBegun, "is not filled").await?;
        // What was changed before it was filled is in it.
        reader.hub.take(reader.id)?;
        self.check_open()
    }

    /// Waits until it has changed since it had this version, or is closed; another driver runs the hub.
    pub async fn changed(&self, since: u64) -> Result<()> {
        let reader = self.reader()?;
        reader.hub.hear(reader.id, |room, id| room.version_of(id) != Some(since)).await;
        self.check_open()
    }

    /// The same for a blocking reader, who runs the hub.
    pub async fn drive_until_changed(&self, since: u64) -> Result<()> {
        let reader = self.reader()?;
        reader.hub.drive_until(reader.id, |room, id| room.version_of(id) != Some(since)).await;
        self.check_open()
    }

    /// Whether a reader need not wait: all that has come is in it, and what this client has changed.
    pub fn is_fresh(&self) -> Result<bool> {
        self.check_open()?;
        if self.is_awaited {
            return self.reader().map(|_| true);
        }
        let Some(reader) = self.reader.get() else { return Ok(false) };
        let is_behind = self.home.changes() != self.seen_changes.load(Ordering::SeqCst);
        if is_behind || reader.hub.has_come() {
            return Ok(false);
        }
        reader.hub.look(|room| room.has_begun(reader.id) && room.is_current())
    }

    /// Takes in what has come, and waits for what is missing: for a blocking reader.
    pub async fn freshen(&self) -> Result<()> {
        let changes = self.home.changes();
        let known = self.reader.get();
        let has_begun = match known {
            Some(reader) => reader.hub.look(|room| room.has_begun(reader.id))?,
            None => false,
        };
        if !has_begun {
            self.drive_until_filled().await?;
        }
        let reader = self.reader()?;
        let place = if self.seen_changes.load(Ordering::SeqCst) == changes || !has_begun {
            reader.hub.catch_up();
            None
        } else {
            Some(reader.hub.want_place()?)
        };
        let is_fresh = |room: &Room| place.is_none_or(|place| room.has_place(place)) && room.is_current();
        if !reader.hub.look(is_fresh)? {
            let fresh =
                reader.hub.drive_until(reader.id, |room, id| room.version_of(id).is_none() || is_fresh(room));
            self.in_time(reader, fresh, Kind::Timeout, "is not current").await?;
        }
        self.seen_changes.fetch_max(changes, Ordering::SeqCst);
        self.check_open()
    }

    async fn in_time(
        &self,
        reader: &Reader,
        waited_for: impl Future<Output = ()>,
        kind: Kind,
        what: &str,
    ) -> Result<()> {
        let client = reader.hub.client();
        let waited_for = async {
            waited_for.await;
            Ok(())
        };
        with_deadline(client.deadline_of(None), waited_for).await.map_err(|_| {
            let timeout = client.settings().timeout.value;
            Error::new(
                kind,
                format!("the table of units {what} within {timeout}: the manager does not answer"),
            )
            .with_hint([text("it may be busy, stopped or away; raise "), Part::Argument("timeout")])
        })
    }

    /// Takes in what has come without waiting, and tells whether that is all that systemd has told.
    pub fn is_current(&self) -> Result<bool> {
        self.check_open()?;
        let Some(reader) = self.reader.get() else { return Ok(false) };
        // Where it is lost somebody has to wait for a new one: it is not made by looks.
        if !self.is_awaited && reader.hub.look(|room| room.has_begun(reader.id) && !room.is_lost())? {
            reader.hub.catch_up();
        }
        reader.hub.look(|room| room.has_begun(reader.id) && room.is_current())
    }

    /// How often it has changed.
    pub fn version(&self) -> Result<u64> {
        let reader = self.reader()?;
        Ok(reader.hub.look(|room| room.version_of(reader.id))?.unwrap_or_default())
    }

    /// A number that is another one when something may be otherwise than before.
    pub fn revision(&self) -> Result<u64> {
        self.reader()?.hub.look(|room| room.revision)
    }

    /// How the unit is that a name stands for; none if it is not in the table.
    pub fn get(&self, name: &str) -> Result<Option<Arc<UnitState>>> {
        let reader = self.reader()?;
        reader.hub.look(|room| {
            let find = |unit: &str| room.state_of(reader.id, unit).cloned();
            find(name).or_else(|| {
                let name = UnitName::complete(name).ok()?;
                find(name.as_str()).or_else(|| find(room.unit_behind(reader.id, &name)?.as_str()))
            })
        })
    }

    /// All units in it, at one moment.
    pub fn picture(&self) -> Result<Picture> {
        let reader = self.reader()?;
        reader.hub.look(|room| {
            let units = room.units_of(reader.id).into_iter();
            (room.revision, units.map(|(unit, state)| (Arc::clone(unit), Arc::clone(state))).collect())
        })
    }

    /// The jobs in progress, by their units.
    pub fn jobs(&self) -> Result<Vec<(Arc<str>, u32)>> {
        let reader = self.reader()?;
        reader.hub.look(|room| {
            room.jobs_of(reader.id).into_iter().map(|(unit, id)| (Arc::clone(unit), id)).collect()
        })
    }
}

/// A table is filled, cannot be, or is closed.
fn is_filled_or_refused(room: &Room, table: u64) -> bool {
    room.has_news(table) || room.has_begun(table)
}
