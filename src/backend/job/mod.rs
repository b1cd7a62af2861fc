//! Jobs: what is asked for (`asked`), asking and waiting (`run`); what is found of the unit (`found`) and was told by it
//! (`witnessed`); how the outcome is judged (`outcome`); and of one that failed the evidence (`evidence`, `culprit`), which
//! command ended (`ends`), and the reason in words (`reason`, `exit_codes`).

mod asked;
mod culprit;
mod end;
mod ends;
mod evidence;
mod executed;
mod exit_codes;
mod explain;
mod failure;
mod found;
mod notes;
mod outcome;
mod reason;
mod results;
mod run;
mod witnessed;

use std::str::FromStr;

use crate::error::{Error, Result};

pub use asked::AskedJob;
pub use end::JobEnd;
pub(super) use found::Found;
pub(super) use notes::Before;
pub use run::BegunJob;
pub(super) use witnessed::{TOLD, Witnessed};

/// What is asked of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobVerb {
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Stop it if it is up, and start it.
    Restart,
    /// The same, if it is up.
    TryRestart,
    /// Have it read its configuration again.
    Reload,
    /// Reload it if it can be, else restart it.
    ReloadOrRestart,
    /// The same, if it is up.
    ReloadOrTryRestart,
}

/// Each with its name, as `systemctl` spells it, and the manager's D-Bus method.
const VERBS: [(JobVerb, &str, &str); 7] = [
    (JobVerb::Start, "start", "StartUnit"),
    (JobVerb::Stop, "stop", "StopUnit"),
    (JobVerb::Restart, "restart", "RestartUnit"),
    (JobVerb::TryRestart, "try-restart", "TryRestartUnit"),
    (JobVerb::Reload, "reload", "ReloadUnit"),
    (JobVerb::ReloadOrRestart, "reload-or-restart", "ReloadOrRestartUnit"),
    (JobVerb::ReloadOrTryRestart, "reload-or-try-restart", "ReloadOrTryRestartUnit"),
];

impl JobVerb {
    fn row(self) -> (&'static str, &'static str) {
        let [(_, name, method), ..] = VERBS;
        let row = VERBS.iter().find(|(verb, ..)| *verb == self);
        row.map_or((name, method), |(_, name, method)| (name, method))
    }

    /// The verb as `systemctl` spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The manager's D-Bus method.
    #[must_use]
    pub fn method(self) -> &'static str {
        self.row().1
    }

    /// Whether it leaves alone what is down.
    pub(super) fn is_for_what_is_up(self) -> bool {
        matches!(self, Self::TryRestart | Self::ReloadOrTryRestart)
    }
}

impl FromStr for JobVerb {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        VERBS.iter().find(|(_, name, _)| *name == text).map(|(verb, ..)| *verb).ok_or_else(|| {
            let names: Vec<_> = VERBS.iter().map(|(_, name, _)| *name).collect();
            Error::config(format!("the verb is {text:?}"))
                .with_hint(format!("use one of {}", names.join(", ")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_its_row() {
        for (verb, name, method) in VERBS {
            assert_eq!((verb.as_str(), verb.method()), (name, method));
            assert_eq!(name.parse::<JobVerb>().unwrap(), verb);
        }
        assert!("reboot".parse::<JobVerb>().is_err());
    }
}
