//! When systemd restarts an app by itself.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// When systemd restarts the app after it ended by itself (`Restart=` of systemd.service(5)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Restart {
    /// Never.
    No,
    /// Whatever the end was, as PM2 does.
    #[default]
    Always,
    /// After a clean end only.
    OnSuccess,
    /// After an error code, a signal, a timeout or a missed watchdog.
    OnFailure,
    /// After a signal, a timeout or a missed watchdog.
    OnAbnormal,
    /// After a missed watchdog.
    OnWatchdog,
    /// After a signal that was not caught.
    OnAbort,
}

impl Restart {
    /// All policies.
    pub const ALL: [Self; 7] = [
        Self::No,
        Self::Always,
        Self::OnSuccess,
        Self::OnFailure,
        Self::OnAbnormal,
        Self::OnWatchdog,
        Self::OnAbort,
    ];

    /// The policy in systemd's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Always => "always",
            Self::OnSuccess => "on-success",
            Self::OnFailure => "on-failure",
            Self::OnAbnormal => "on-abnormal",
            Self::OnWatchdog => "on-watchdog",
            Self::OnAbort => "on-abort",
        }
    }
}

impl fmt::Display for Restart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Restart {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|policy| policy.as_str()).collect();
            Error::config(format!("restart is {text:?}"))
                .with_hint(format!("use one of {}", known.join(", ")))
        })
    }
}
