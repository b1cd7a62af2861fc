//! When systemd restarts an app by itself.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::key::{Input, Key, Reader, read_text};
use crate::near::nearest;

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

impl Serialize for Restart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Key for Restart {
    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        let word = read_text(input, reader)?;
        if let Some(policy) = Self::ALL.into_iter().find(|policy| policy.as_str() == word) {
            return Some(policy);
        }
        let known = Self::ALL.map(Self::as_str);
        let hint = match nearest(&word, known) {
            Some(near) => format!("did you mean {near}? It can be {}", known.join(", ")),
            None => format!("use one of {}", known.join(", ")),
        };
        reader.refuse("is no policy that systemd knows", hint)
    }

    fn schema() -> Json {
        json!({"type": "string", "enum": Self::ALL.map(Self::as_str), "x-kind": "restart"})
    }
}
