//! What a client is told from outside: explicit arguments first, then environment variables, then defaults.

mod argument;
mod duration;

use std::ffi::OsString;
use std::fmt;
use std::ops::Add;
use std::str::FromStr;
use std::time::Duration;

pub use argument::{Given, count, limit, span, time, timeout};
pub use duration::{format_duration, parse_duration};

use crate::error::{Error, Result};

/// The variable that chooses the backend.
pub const BACKEND: &str = "PM2GO_BACKEND";
/// The variable that sets how long a call may take.
pub const TIMEOUT: &str = "PM2GO_DBUS_TIMEOUT";
/// The variable that allows or forbids watching units.
pub const MONITORING: &str = "PM2GO_ENABLE_MONITORING";

/// How systemd is to be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BackendChoice {
    /// D-Bus, or `systemctl` where D-Bus cannot be reached.
    #[default]
    Auto,
    /// D-Bus only.
    Dbus,
    /// `systemctl` only.
    Command,
}

/// How long a call may take, together with the wait for its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timeout {
    /// At most this long.
    After(Duration),
    /// As long as it takes (`infinity`).
    Never,
    /// As long as systemd itself gives the unit (`unit`).
    OfUnit,
}

/// Where a setting's value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The environment variable of this name.
    Environment(&'static str),
    /// The caller.
    Argument,
}

/// A setting's value, and where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// What the caller said explicitly; `None` leaves it to the environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// How systemd is to be reached.
    pub backend: Option<BackendChoice>,
    /// How long a call may take.
    pub timeout: Option<Timeout>,
    /// Whether units may be watched.
    pub monitoring: Option<bool>,
}

/// The settings of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How systemd is to be reached; by default [`BackendChoice::Auto`].
    pub backend: Setting<BackendChoice>,
    /// How long a call may take; by default 30 seconds.
    pub timeout: Setting<Timeout>,
    /// Whether units may be watched; by default they may.
    pub monitoring: Setting<bool>,
}

impl Settings {
    /// Settles every setting. `environment` looks up a variable, as `std::env::var_os` does; an empty value counts
    /// as unset, and a variable that an argument overrides is not read.
    pub fn resolve(arguments: &Arguments, environment: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let environment = &environment;
        let timeout = setting(arguments.timeout, TIMEOUT, environment, str::parse, Timeout::default())?;
        if timeout.value == Timeout::After(Duration::ZERO) {
            return Err(zero_timeout(timeout.source));
        }
        Ok(Self {
            backend: setting(arguments.backend, BACKEND, environment, str::parse, BackendChoice::Auto)?,
            timeout,
            monitoring: setting(arguments.monitoring, MONITORING, environment, parse_switch, true)?,
        })
    }
}

/// One line for the log: `backend=auto (default), timeout=5s (PM2GO_DBUS_TIMEOUT), monitoring=no (argument)`.
impl fmt::Display for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let monitoring = if self.monitoring.value { "yes" } else { "no" };
        write!(out, "backend={} ({}), ", self.backend.value, self.backend.source)?;
        write!(out, "timeout={} ({}), ", self.timeout.value, self.timeout.source)?;
        write!(out, "monitoring={monitoring} ({})", self.monitoring.source)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Default => "default",
            Self::Environment(variable) => variable,
            Self::Argument => "argument",
        })
    }
}

impl BackendChoice {
    /// The choice's name, as arguments and variables spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Dbus => "dbus",
            Self::Command => "command",
        }
    }
}

impl fmt::Display for BackendChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for BackendChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "dbus" => Ok(Self::Dbus),
            "command" => Ok(Self::Command),
            _ => Err(Error::config(format!("{text:?} is not a backend"))
                .with_hint("use \"auto\", \"dbus\" or \"command\"")),
        }
    }
}

impl Timeout {
    /// The longest time a call may take; `None` for as long as it takes, or as systemd says.
    #[must_use]
    pub fn limit(self) -> Option<Duration> {
        match self {
            Self::After(duration) => Some(duration),
            Self::Never | Self::OfUnit => None,
        }
    }
}

impl Add for Timeout {
    type Output = Self;

    /// The one after the other.
    fn add(self, more: Self) -> Self {
        match (self, more) {
            (Self::After(first), Self::After(second)) => Self::After(first.saturating_add(second)),
            (Self::OfUnit, _) | (_, Self::OfUnit) => Self::OfUnit,
            (Self::Never, _) | (_, Self::Never) => Self::Never,
        }
    }
}

impl Default for Timeout {
    fn default() -> Self {
        Self::After(Duration::from_secs(30))
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(duration) => out.write_str(&format_duration(*duration)),
            Self::Never => out.write_str("infinity"),
            Self::OfUnit => out.write_str("the unit's own limit"),
        }
    }
}

/// Reads a time span as [`parse_duration`] does, or `infinity`.
impl FromStr for Timeout {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.trim_matches([' ', '\t', '\n', '\r']) == "infinity" {
            return Ok(Self::Never);
        }
        parse_duration(text).map(Self::After).map_err(|error| {
            Error::config(error.facts().message.clone())
                .with_hint("use a time span such as \"30s\", \"500ms\" or \"1min 30s\", a number of seconds, or \"infinity\"")
        })
    }
}

fn setting<T>(
    argument: Option<T>,
    variable: &'static str,
    environment: &impl Fn(&str) -> Option<OsString>,
    parse: impl Fn(&str) -> Result<T>,
    default: T,
) -> Result<Setting<T>> {
    if let Some(value) = argument {
        return Ok(Setting { value, source: Source::Argument });
    }
    let Some(text) = environment(variable).filter(|text| !text.is_empty()) else {
        return Ok(Setting { value: default, source: Source::Default });
    };
    let value = parse(&text.to_string_lossy()).map_err(|error| {
        let reason = &error.facts().message;
        let wrong = Error::config(format!("the environment variable {variable} is wrong: {reason}"));
        wrong.with_hint(error.facts().hint.clone().unwrap_or_default())
    })?;
    Ok(Setting { value, source: Source::Environment(variable) })
}

fn parse_switch(text: &str) -> Result<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Ok(true),
        "0" | "no" | "false" | "off" => Ok(false),
        _ => Err(Error::config(format!("{text:?} is neither yes nor no"))
            .with_hint("use 1, yes, true or on; or 0, no, false or off")),
    }
}

fn zero_timeout(source: Source) -> Error {
    Error::config(format!("the timeout ({source}) is 0, so that every call would fail"))
        .with_hint("use a time span such as \"30s\", or \"infinity\" to wait as long as it takes")
}

#[cfg(test)]
mod tests;
