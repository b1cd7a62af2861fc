//! The types of units.

use std::fmt;

use crate::error::{Error, Result};

/// The type of a unit, which is the suffix of its name (systemd.unit(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitType {
    /// A process that systemd starts and watches.
    Service,
    /// A socket that starts a service when somebody connects.
    Socket,
    /// A group of units.
    Target,
    /// A device of the kernel.
    Device,
    /// A mounted file system.
    Mount,
    /// A file system that is mounted on first use.
    Automount,
    /// Swap space.
    Swap,
    /// A clock that starts another unit.
    Timer,
    /// A watched path that starts another unit.
    Path,
    /// A node in the tree of control groups.
    Slice,
    /// Processes that somebody else started.
    Scope,
}

impl UnitType {
    /// All types.
    pub const ALL: [Self; 11] = [
        Self::Service,
        Self::Socket,
        Self::Target,
        Self::Device,
        Self::Mount,
        Self::Automount,
        Self::Swap,
        Self::Timer,
        Self::Path,
        Self::Slice,
        Self::Scope,
    ];

    /// The suffix without its dot.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Socket => "socket",
            Self::Target => "target",
            Self::Device => "device",
            Self::Mount => "mount",
            Self::Automount => "automount",
            Self::Swap => "swap",
            Self::Timer => "timer",
            Self::Path => "path",
            Self::Slice => "slice",
            Self::Scope => "scope",
        }
    }

    /// The type that a suffix (without its dot) stands for.
    #[must_use]
    pub fn from_suffix(suffix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == suffix)
    }
}

impl fmt::Display for UnitType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Whether a name ends in the suffix of a type.
pub(super) fn has_type(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, suffix)| UnitType::from_suffix(suffix).is_some())
}

/// Refuses what is no type of units.
pub(crate) fn check_types(types: &[String]) -> Result<()> {
    let Some(name) = types.iter().find(|name| UnitType::from_suffix(name).is_none()) else { return Ok(()) };
    let known: Vec<_> = UnitType::ALL.iter().map(|known| known.as_str()).collect();
    Err(Error::config(format!("there is no unit type {name:?}"))
        .with_hint(format!("the types are {}", known.join(", "))))
}

/// Whether a unit has one of these types; all do, where there are none.
pub(crate) fn is_of_types(unit: &str, types: &[String]) -> bool {
    types.is_empty()
        || unit.rsplit_once('.').is_some_and(|(_, suffix)| types.iter().any(|name| name == suffix))
}
