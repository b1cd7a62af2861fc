//! Event streams: what happens to units, from systemd's own signals, in order, and never lost in silence.

mod event;
mod pattern;
mod properties;
mod queue;
mod selection;
mod session;
mod snapshot;
mod stream;
mod table;
mod units;

use std::sync::Arc;

use crate::client::Client;
use crate::error::hint::{call, given, text};
use crate::error::{Error, Kind, Part, Result};
use crate::settings::{BackendChoice, Settings};
use crate::unit::{UnitName, check_active_state};

pub use event::{EventKind, UnitEvent, UnitState};
pub use pattern::Pattern;
pub use properties::{PropertiesEvent, PropertyOptions, PropertyTable, PropertyWatch};
use queue::Queue;
pub use queue::{Numbered, Table};
use selection::Selection;
pub use stream::Stream;
pub use table::UnitTable;
use units::UnitListener;

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

/// A stream of unit events.
pub type Watch = Stream<UnitTable>;

impl Watch {
    /// A watch on a client's manager, with a connection of its own. Nothing happens until it is driven.
    pub fn new(client: Arc<Client>, options: WatchOptions) -> Result<Self> {
        check_allowed(&client)?;
        options.states.iter().try_for_each(|state| check_active_state(state))?;
        let selection = Selection::new(&options.patterns, options.types)?;
        let queue = Arc::new(Queue::new(UnitTable::new(&options.states), options.capacity)?);
        let listener = UnitListener::new(Arc::clone(&queue), selection);
        Ok(Self::over(queue, session::pump(client, listener)))
    }
}

/// The events of one unit, for who waits for one of them.
pub(crate) struct UnitEvents(Arc<Queue<UnitTable>>);

impl UnitEvents {
    /// The events from this state of the unit on, and what brings them in, over a connection of its own. What that finds
    /// at its beginning is compared with the state: a unit that is not in memory any more has been removed.
    pub(crate) fn since(
        client: &Client,
        unit: &UnitName,
        known: UnitState,
    ) -> Result<(Self, impl Future<Output = ()> + use<>)> {
        let selection = Selection::new(&[unit.as_str().to_owned()], Vec::new())?;
        let options = WatchOptions::default();
        let queue = Arc::new(Queue::new(UnitTable::new(&options.states), options.capacity)?);
        queue.note(unit.as_str(), known);
        let listener = UnitListener::new(Arc::clone(&queue), selection);
        Ok((Self(queue), session::pump(Arc::new(client.sibling()), listener)))
    }

    /// The next event without waiting.
    pub(crate) fn take(&self) -> Result<Option<UnitEvent>> {
        self.0.take()
    }
}

/// Says where watching is turned off, and where it is known beforehand that it cannot be.
pub(crate) fn check_allowed(client: &Client) -> Result<()> {
    let Settings { monitoring, backend, .. } = client.settings();
    let unavailable = |message| Err(Error::new(Kind::MonitoringUnavailable, message));
    if !monitoring.value {
        return unavailable(format!("watching is turned off ({})", monitoring.source)).map_err(|error| {
            error.with_hint([text("set PM2GO_ENABLE_MONITORING=true or "), Part::TurnedOn("monitoring")])
        });
    }
    if backend.value == BackendChoice::Command {
        let hint = [
            text("use "),
            given("backend", "auto"),
            text(" or "),
            given("backend", "dbus"),
            text(", or ask "),
            call("get_unit_status"),
            text(" from time to time"),
        ];
        return unavailable(format!("units cannot be watched through systemctl ({})", backend.source))
            .map_err(|error| error.with_hint(hint));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
