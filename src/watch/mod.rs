//! Event streams: what happens to units, from systemd's own signals, in order, and never lost in silence.

mod audience;
mod backlog;
mod defect;
mod desk;
mod driven;
mod event;
mod extent;
mod home;
mod hub;
mod line;
mod listening;
mod live;
mod looked;
mod model;
mod properties;
mod pump;
mod question;
mod reader;
mod room;
mod selection;
mod signal;
mod snapshot;
mod telling;
mod units;

use crate::client::Client;
use crate::error::hint::{call, given, text};
use crate::error::{Error, Kind, Part, Result};
use crate::settings::{BackendChoice, Settings};

pub use event::{EventKind, UnitEvent, UnitState};
pub use home::Home;
pub use hub::Hub;
pub use live::{Listing, LiveUnits, Missing, Picture, TableFilter, TableOptions};
pub use properties::{PropertiesEvent, PropertyOptions, PropertyWatch};
pub(crate) use units::UnitEvents;
pub use units::{Watch, WatchOptions};

fn no_capacity() -> Error {
    Error::config("capacity is 0").with_hint("give a number of events above 0")
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
#[path = "../../tests/sim/mod.rs"]
mod sim;
#[cfg(test)]
mod tests;
