//! Jobs: what is asked for (`asked`), asking and waiting (`run`); what is found of the unit (`found`) and was told by it
//! (`witnessed`); how the outcome is judged (`outcome`); and of one that failed the evidence (`evidence`, `culprit`), which
//! command ended (`ends`), and the reason in words (`reason`, `exit_codes`).

mod asked;
mod culprit;
mod ends;
mod evidence;
mod exit_codes;
mod found;
mod notes;
mod outcome;
mod reason;
mod run;
mod witnessed;

use std::str::FromStr;

use crate::error::{Error, Result};

pub use asked::AskedJob;
pub(super) use found::Found;
pub(super) use notes::Before;
pub use run::{BegunJob, JobEnd};
pub(super) use witnessed::{TOLD, Witnessed};

/// What is asked of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobVerb {
    /// `StartUnit`
    Start,
    /// `StopUnit`
    Stop,
    /// `RestartUnit`
    Restart,
}

impl JobVerb {
    /// The verb as `systemctl` spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    /// The manager's D-Bus method.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Start => "StartUnit",
            Self::Stop => "StopUnit",
            Self::Restart => "RestartUnit",
        }
    }
}

impl FromStr for JobVerb {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let verbs = [Self::Start, Self::Stop, Self::Restart];
        verbs.into_iter().find(|verb| verb.as_str() == text).ok_or_else(|| {
            Error::config(format!("the verb is {text:?}")).with_hint("use start, stop or restart")
        })
    }
}

/// What happens to jobs that are in the way; see `--job-mode=` in systemctl(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum JobMode {
    /// Cancel them.
    #[default]
    Replace,
    /// Fail.
    Fail,
    /// Cancel them, and let nothing cancel this one.
    ReplaceIrreversibly,
    /// Stop everything else.
    Isolate,
    /// Do not touch the units that this one depends on.
    IgnoreDependencies,
    /// Ask only for the order of dependencies.
    IgnoreRequirements,
}

const MODES: [(&str, JobMode); 6] = [
    ("replace", JobMode::Replace),
    ("fail", JobMode::Fail),
    ("replace-irreversibly", JobMode::ReplaceIrreversibly),
    ("isolate", JobMode::Isolate),
    ("ignore-dependencies", JobMode::IgnoreDependencies),
    ("ignore-requirements", JobMode::IgnoreRequirements),
];

impl JobMode {
    /// The mode as systemd spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        MODES.iter().find(|(_, mode)| *mode == self).map_or("replace", |(name, _)| name)
    }
}

impl FromStr for JobMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = MODES.iter().find(|(name, _)| *name == text);
        known.map(|(_, mode)| *mode).ok_or_else(|| {
            let names: Vec<_> = MODES.iter().map(|(name, _)| *name).collect();
            Error::config(format!("mode is {text:?}")).with_hint(format!("use one of {}", names.join(", ")))
        })
    }
}
