//! Verbs that systemd answers in one call, each a row: what it is called, what it takes and gives, who may ask it and when
//! again, and how `systemctl` is asked for the same. Data and plain functions; whoever has a manager reads them.
//!
//! One of these is a row in a file here, a method with its docstring in python/pm2go, and a row in the tests' table. What
//! has a way of its own stands in [`BY_HAND`].

mod argument;
mod control;
mod find;
mod jobs;
mod manager;
pub mod power;
mod systemctl;
mod unit_files;

use std::fmt;

use crate::value::Value;

pub use argument::{Argument, Kind};
pub use systemctl::{Read, Systemctl, Words};

/// A verb of `org.freedesktop.systemd1.Manager`.
pub struct Verb {
    /// What it is called in pm2go.
    pub name: &'static str,
    /// The manager's method.
    pub method: &'static str,
    /// Its arguments, in their order on D-Bus.
    pub takes: &'static [Argument],
    /// What it gives.
    pub gives: Gives,
    /// What it does, to complete "cannot ... UNIT".
    pub act: &'static str,
    /// The same as a noun, to complete "the ... of UNIT did not end in time".
    pub noun: &'static str,
    /// When it may be asked again.
    pub repeat: Repeat,
    /// Who may ask.
    pub asks: Polkit,
    /// D-Bus errors, by the ends of their names, that are answers.
    pub answers: &'static [(&'static str, Answered)],
    /// The version of systemd that it came with.
    pub since: u16,
    /// How `systemctl` does it.
    pub systemctl: Systemctl,
    /// What is asked instead, with the same arguments, where no file descriptors are passed.
    pub without_descriptors: Option<&'static Verb>,
}

/// What a verb gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Nothing but that it is done.
    Nothing,
    /// A value of this D-Bus type.
    Value(&'static str),
    /// The unit whose object path is answered.
    Unit,
    /// The same, whose name and invocation are answered, too.
    NamedUnit,
    /// The text in the file whose descriptor is answered.
    Text,
    /// What changed of unit files.
    Changes(Install),
}

/// What is told, before the changes, of whether there is an `[Install]` section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Install {
    /// Nothing.
    Untold,
    /// A truth value.
    Told,
    /// A truth value that does not matter.
    Ignored,
}

impl Gives {
    /// Its D-Bus type.
    #[must_use]
    pub fn signature(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Value(signature) => signature,
            Self::Unit => "o",
            Self::NamedUnit => "osay",
            Self::Text => "h",
            Self::Changes(Install::Untold) => "a(sss)",
            Self::Changes(Install::Told | Install::Ignored) => "ba(sss)",
        }
    }
}

/// What an error that is an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// There was nothing to do.
    False,
    /// There is none.
    Null,
}

/// When something may be asked of systemd again, after the connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Always: it only reads.
    Always,
    /// It acts in one call: if that one did not reach systemd.
    UnlessHeard,
    /// It acts in several calls: if not one of them was sent.
    UnlessSent,
}

/// What polkit is asked (src/core/org.freedesktop.systemd1.policy of systemd).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polkit {
    /// Nothing: everybody may.
    Nothing,
    /// Whether the caller may do something to units.
    ManageUnits,
    /// Whether the caller may change which units start.
    ManageUnitFiles,
    /// Whether the caller may have unit files read again.
    ReloadDaemon,
    /// Whether the caller may change the environment of what is started.
    SetEnvironment,
    /// Nothing but of who asks often: whether he may.
    BypassDumpRatelimit,
}

impl Polkit {
    /// The last part of the action's name.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Nothing | Self::ManageUnits => "manage-units",
            Self::ManageUnitFiles => "manage-unit-files",
            Self::ReloadDaemon => "reload-daemon",
            Self::SetEnvironment => "set-environment",
            Self::BypassDumpRatelimit => "bypass-dump-ratelimit",
        }
    }
}

/// One that only reads.
const READS: Verb = Verb {
    name: "",
    method: "",
    takes: &[],
    gives: Gives::Nothing,
    act: "",
    noun: "",
    repeat: Repeat::Always,
    asks: Polkit::Nothing,
    answers: &[],
    since: 0,
    systemctl: Systemctl::No("systemctl has no verb for it"),
    without_descriptors: None,
};

/// One that does something to units.
const CHANGES: Verb = Verb { repeat: Repeat::UnlessHeard, asks: Polkit::ManageUnits, ..READS };

/// One that changes unit files; all of them are read again, if it did: `systemctl` does so, too.
const CHANGES_FILES: Verb = Verb {
    gives: Gives::Changes(Install::Untold),
    repeat: Repeat::UnlessSent,
    asks: Polkit::ManageUnitFiles,
    ..READS
};

/// All rows.
pub fn all() -> impl Iterator<Item = &'static Verb> {
    [control::VERBS, find::VERBS, jobs::VERBS, manager::VERBS, unit_files::VERBS]
        .into_iter()
        .flatten()
        .copied()
}

/// The row of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Verb> {
    all().find(|verb| verb.name == name)
}

/// Methods that have a way of their own, the verbs that call them, and the versions of systemd that they came with.
pub const BY_HAND: [(&str, &str, u16); 27] = [
    ("StartUnit", "start_unit", 0),
    ("StopUnit", "stop_unit", 0),
    ("RestartUnit", "restart_unit", 0),
    ("TryRestartUnit", "try_restart_unit", 0),
    ("ReloadUnit", "reload_unit", 0),
    ("ReloadOrRestartUnit", "reload_or_restart_unit", 0),
    ("ReloadOrTryRestartUnit", "reload_or_try_restart_unit", 0),
    ("EnqueueUnitJob", "enqueue_job", 242),
    ("ListUnitsByPatterns", "list_units", 0),
    ("GetUnit", "list_units", 0),
    ("ListUnitsByNames", "list_units_by_names", 0),
    (LIST_UNIT_FILES.method, LIST_UNIT_FILES.name, LIST_UNIT_FILES.since),
    (GET_UNIT_PROCESSES.method, GET_UNIT_PROCESSES.name, GET_UNIT_PROCESSES.since),
    (GET_UNIT_BY_PID.method, GET_UNIT_BY_PID.name, GET_UNIT_BY_PID.since),
    (GET_UNIT_BY_PIDFD.method, GET_UNIT_BY_PIDFD.name, GET_UNIT_BY_PIDFD.since),
    ("StartTransientUnit", "start_transient_unit", 0),
    ("Dump", "dump", 0),
    ("Subscribe", "watch_units", 0),
    ("Reexecute", "daemon_reexec", 0),
    (power::REBOOT.method, power::REBOOT.name, power::REBOOT.since),
    (power::POWER_OFF.method, power::POWER_OFF.name, power::POWER_OFF.since),
    (power::HALT.method, power::HALT.name, power::HALT.since),
    (power::KEXEC.method, power::KEXEC.name, power::KEXEC.since),
    (power::SOFT_REBOOT.method, power::SOFT_REBOOT.name, power::SOFT_REBOOT.since),
    (power::EXIT.method, power::EXIT.name, power::EXIT.since),
    (SET_EXIT_CODE.method, SET_EXIT_CODE.name, SET_EXIT_CODE.since),
    (power::SWITCH_ROOT.method, power::SWITCH_ROOT.name, power::SWITCH_ROOT.since),
];

pub use control::RESET_FAILED_UNIT;
pub use find::{GET_UNIT_BY_PID, GET_UNIT_BY_PIDFD, GET_UNIT_PROCESSES, PID};
pub use jobs::{CANCEL_JOB, LIST_JOBS};
pub use manager::{DAEMON_REEXEC, DAEMON_RELOAD};
pub use power::SET_EXIT_CODE;
pub use unit_files::{DISABLE_UNIT, ENABLE_UNIT, LIST_UNIT_FILES};

impl Verb {
    /// Whether file descriptors go with its call or its answer.
    #[must_use]
    pub fn passes_descriptors(&self) -> bool {
        self.gives.signature().contains('h')
            || self.takes.iter().any(|argument| argument.kind == Kind::Descriptor)
    }

    /// Whether it changes unit files.
    #[must_use]
    pub fn changes_files(&self) -> bool {
        matches!(self.gives, Gives::Changes(_))
    }

    /// Whether it is about unit files alone: then no manager is needed for it.
    #[must_use]
    pub fn is_about_files(&self) -> bool {
        self.changes_files() || matches!(self.method, "GetUnitFileState" | "GetDefaultTarget")
    }

    /// The unit that it is about, if it is about one.
    #[must_use]
    pub fn unit<'a>(&self, arguments: &'a [Value]) -> Option<&'a str> {
        let at = self.takes.iter().position(|argument| {
            matches!(argument.kind, Kind::Unit | Kind::Target | Kind::Scope | Kind::Units | Kind::UnitFiles)
        })?;
        match arguments.get(at)? {
            Value::Text(name) => Some(name),
            Value::List(names) => match &names[..] {
                [Value::Text(name)] => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// The unit or the units that it is about, in words.
    #[must_use]
    pub fn about(&self, arguments: &[Value]) -> Option<String> {
        if let Some(unit) = self.unit(arguments) {
            return Some(unit.to_owned());
        }
        // What environment variables hold may be secret.
        let told = self.takes.iter().zip(arguments).filter(|(argument, _)| argument.kind != Kind::Variables);
        let names = told.into_iter().find_map(|(_, value)| value.as_texts())?;
        Some(names.join(", "))
    }
}

impl fmt::Debug for Verb {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

#[cfg(test)]
mod tests;
