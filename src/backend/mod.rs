//! Unit operations, over D-Bus or over `systemctl`, with the same results and the same errors.

mod call;
mod chosen;
pub mod command;
pub mod dbus;
mod error_names;
mod errors;
mod job;
mod list;
mod manager;
mod read_of_each;
mod status;
mod transient;

use std::fmt;
use std::time::Duration;

use crate::error::hint::over_dbus;
use crate::error::{Error, Kind, Result};
use crate::location::Whose;
use crate::scope::Scope;
use crate::settings::Timeout;
use crate::unit::{UnitInfo, UnitName, UnitStatus};
use crate::value::Value;

pub use call::Gave;
pub use chosen::Chosen;
pub use command::Command;
pub(crate) use command::said_by_systemd_run;
pub use dbus::Dbus;
pub(crate) use dbus::{Began, OF_ENDED, Record};
pub(crate) use errors::{no_such_property, not_found};
pub use job::{AskedJob, BegunJob, JobEnd, JobMode, JobVerb};
pub(crate) use list::together;
pub(crate) use status::hexadecimal;
pub use transient::TransientUnit;

/// Names and values of a unit's properties, in the order in which systemd gives them.
pub type Properties = Vec<(String, Value)>;

/// One of these properties.
pub(crate) fn find<'a>(properties: &'a [(String, Value)], wanted: &str) -> Option<&'a Value> {
    properties.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
}

/// The status that these properties of a unit amount to; `UnitNotFound` if it does not exist.
pub fn status_of(unit: &UnitName, properties: &Properties) -> Result<UnitStatus> {
    status::found(unit, status::assemble(unit, |wanted| find(properties, wanted)))
}

/// The answer to a question for properties, as the backend has it.
#[derive(Debug)]
pub enum Answer {
    /// Undecoded.
    Message(zbus::Message),
    /// Decoded.
    Values(Properties),
}

/// A list of units, as the backend has it.
#[derive(Clone, Debug)]
pub enum Units {
    /// Undecoded and in no order.
    Message(zbus::Message),
    /// Decoded, by name.
    Values(Vec<UnitInfo>),
}

impl Units {
    /// The units, by name.
    pub fn decode(self) -> Result<Vec<UnitInfo>> {
        let mut units = match self {
            Self::Message(answer) => dbus::unit_infos(&answer)?,
            Self::Values(units) => units,
        };
        units.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(units)
    }
}

/// One property, as the backend has it.
#[derive(Debug)]
pub enum Property {
    /// Undecoded.
    Message(zbus::Message),
    /// Decoded.
    Value(Value),
}

impl Property {
    /// The value.
    pub fn decode(self, name: &str) -> Result<Value> {
        match self {
            Self::Message(answer) => crate::bus::decode::property(&answer, name, &crate::bus::decode::Values),
            Self::Value(value) => Ok(value),
        }
    }
}

/// Which of the two backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BackendKind {
    /// D-Bus, on systemd's private socket or a message bus.
    Dbus,
    /// `systemctl`.
    Command,
}

impl fmt::Display for BackendKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Dbus => "dbus",
            Self::Command => "command",
        })
    }
}

/// How a job is asked for.
#[derive(Clone, Copy, Debug)]
pub struct JobOptions {
    /// What to do with jobs that are in the way.
    pub mode: JobMode,
    /// How long a unit that calls itself started must keep running before the start counts as a success.
    ///
    /// It applies to services of `Type=simple`, `exec` and `idle`, which are "started" as soon as there is
    /// a process.
    pub settle: Duration,
    /// How many of the unit's last journal lines an error carries.
    pub log_lines: usize,
    /// Whether all unit files are read again before.
    pub daemon_reload: bool,
    /// How long the unit may take to stop: so much more time a job has whose caller names no time himself.
    pub stop_time: Timeout,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            mode: JobMode::Replace,
            settle: Duration::from_millis(100),
            log_lines: 10,
            daemon_reload: false,
            stop_time: Timeout::After(Duration::ZERO),
        }
    }
}

/// A way to reach one manager.
#[derive(Debug)]
pub enum Backend {
    /// Over D-Bus.
    Dbus(Dbus),
    /// Over `systemctl`.
    Command(Command),
}

impl Backend {
    /// Which of the two it is.
    #[must_use]
    pub fn kind(&self) -> BackendKind {
        match self {
            Self::Dbus(_) => BackendKind::Dbus,
            Self::Command(_) => BackendKind::Command,
        }
    }

    /// Whose manager it is, and where.
    #[must_use]
    pub fn whose(&self) -> &Whose {
        match self {
            Self::Dbus(dbus) => dbus.whose(),
            Self::Command(command) => command.whose(),
        }
    }

    /// The manager's scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.whose().scope
    }

    /// What a unit is doing; `UnitNotFound` if there is none of that name.
    pub async fn get_unit_status(&self, unit: &UnitName) -> Result<UnitStatus> {
        let mut statuses = self.get_unit_statuses(std::slice::from_ref(unit)).await?;
        statuses.pop().unwrap_or_else(|| Err(errors::not_found(unit)))
    }

    /// What several units are doing, in the order of the names.
    pub async fn get_unit_statuses(&self, units: &[UnitName]) -> Result<Vec<Result<UnitStatus>>> {
        match self {
            Self::Dbus(dbus) => dbus.get_unit_statuses(units).await,
            Self::Command(command) => command.get_unit_statuses(units).await,
        }
    }

    /// All properties of a unit; `UnitNotFound` if there is none of that name.
    pub async fn get_unit_properties(&self, unit: &UnitName) -> Result<Properties> {
        match self {
            Self::Dbus(dbus) => dbus.get_unit_properties(unit).await,
            Self::Command(command) => command.get_unit_properties(unit).await,
        }
    }

    /// The same as [`Backend::get_unit_properties`], but for the decoding.
    pub async fn ask_unit_properties(&self, unit: &UnitName) -> Result<Answer> {
        match self {
            Self::Dbus(dbus) => dbus.get_all(unit).await.map(Answer::Message),
            Self::Command(command) => command.get_unit_properties(unit).await.map(Answer::Values),
        }
    }

    /// One property of a unit, null where systemd has no value for it; `UnitNotFound` if there is no unit of that
    /// name.
    pub async fn get_unit_property(&self, unit: &UnitName, property: &str) -> Result<Property> {
        match self {
            Self::Dbus(dbus) => dbus.get_unit_property(unit, property).await.map(Property::Message),
            Self::Command(command) => {
                let properties = command.get_unit_properties(unit).await?;
                let found = properties.into_iter().find(|(name, _)| name == property);
                let found = found.ok_or_else(|| errors::no_such_property(unit, property))?;
                Ok(Property::Value(found.1))
            }
        }
    }

    /// Says that this backend cannot watch, and how to get one that can.
    pub fn check_can_watch(&self) -> Result<()> {
        match self {
            Self::Dbus(_) => Ok(()),
            Self::Command(_) => {
                Err(Error::new(Kind::MonitoringUnavailable, "units cannot be watched through systemctl")
                    .with_hint(over_dbus()))
            }
        }
    }
}
