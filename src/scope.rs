//! Which manager is meant: the machine's, the user's, or none, but what all users have.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The manager that units belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The machine's manager, PID 1.
    System,
    /// The manager of the calling user, `systemd --user`.
    User,
    /// The unit files that all users have, whether their managers run or not.
    Global,
}

impl Scope {
    /// `System` for root, `User` for everybody else.
    #[must_use]
    pub fn of_user(uid: u32) -> Self {
        if uid == 0 { Self::System } else { Self::User }
    }

    /// The scope's name, as arguments and settings spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Global => "global",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "system" => Ok(Self::System),
            "user" => Ok(Self::User),
            "global" => Ok(Self::Global),
            _ => Err(Error::config(format!("scope is {text:?}"))
                .with_hint("use \"system\", \"user\" or \"global\"")),
        }
    }
}
