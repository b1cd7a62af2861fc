//! The manager itself.

use super::argument::{Argument, Kind, argument};
use super::systemctl::{Line, Systemctl, read_line};
use super::{CHANGES, Gives, Polkit, READS, Verb};

pub(super) static VERBS: &[&Verb] = &[
    &DAEMON_RELOAD,
    &DUMP,
    &GET_DEFAULT_TARGET,
    &SET_ENVIRONMENT,
    &UNSET_AND_SET_ENVIRONMENT,
    &UNSET_ENVIRONMENT,
];

const VARIABLES: Argument = argument("variables", Kind::Variables);

/// Has all unit files read again.
pub static DAEMON_RELOAD: Verb = Verb {
    name: "daemon_reload",
    method: "Reload",
    act: "read the unit files again",
    noun: "daemon-reload",
    asks: Polkit::ReloadDaemon,
    systemctl: Systemctl::Words(|_| vec!["daemon-reload".to_owned()]),
    ..CHANGES
};

static GET_DEFAULT_TARGET: Verb = Verb {
    name: "get_default_target",
    method: "GetDefaultTarget",
    gives: Gives::Value("s"),
    act: "read the default target",
    noun: "default target",
    systemctl: Systemctl::WordsAndAnswer(|_| vec!["get-default".to_owned()], read_line),
    ..READS
};

// In a file, as it may be longer than a message can be.
static DUMP: Verb = Verb {
    method: "DumpByFileDescriptor",
    gives: Gives::Text,
    without_descriptors: Some(&DUMP_IN_MESSAGE),
    ..DUMP_IN_MESSAGE
};

const DUMP_IN_MESSAGE: Verb = Verb {
    name: "dump",
    method: "Dump",
    gives: Gives::Value("s"),
    act: "dump the manager's state",
    noun: "dump of the manager's state",
    // Since systemd 252 anybody else gets ten in ten minutes.
    asks: Polkit::BypassDumpRatelimit,
    systemctl: Systemctl::No("systemctl does not tell the manager's whole state"),
    ..READS
};

const CHANGES_ENVIRONMENT: Verb = Verb { asks: Polkit::SetEnvironment, ..CHANGES };

static SET_ENVIRONMENT: Verb = Verb {
    name: "set_environment",
    method: "SetEnvironment",
    takes: &[VARIABLES],
    act: "set environment variables",
    noun: "setting of environment variables",
    systemctl: Systemctl::Words(|of| Line::new("set-environment").about(&of[0])),
    ..CHANGES_ENVIRONMENT
};

static UNSET_ENVIRONMENT: Verb = Verb {
    name: "unset_environment",
    method: "UnsetEnvironment",
    takes: &[argument("names", Kind::VariableNames)],
    act: "unset environment variables",
    noun: "unsetting of environment variables",
    systemctl: Systemctl::Words(|of| Line::new("unset-environment").about(&of[0])),
    ..CHANGES_ENVIRONMENT
};

static UNSET_AND_SET_ENVIRONMENT: Verb = Verb {
    name: "unset_and_set_environment",
    method: "UnsetAndSetEnvironment",
    takes: &[argument("unset", Kind::VariableNames), VARIABLES],
    act: "change environment variables",
    noun: "change of environment variables",
    systemctl: Systemctl::No("systemctl unsets and sets variables one after the other"),
    ..CHANGES_ENVIRONMENT
};

/// Has the manager execute itself again. It is a step of an operation, as there is no answer.
pub static DAEMON_REEXEC: Verb = Verb {
    name: "daemon_reexec",
    method: "Reexecute",
    act: "execute the manager again",
    noun: "daemon-reexec",
    asks: Polkit::ReloadDaemon,
    systemctl: Systemctl::Words(|_| vec!["daemon-reexec".to_owned()]),
    ..CHANGES
};
