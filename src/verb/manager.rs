//! The manager itself.

use super::systemctl::{Systemctl, read_line};
use super::{CHANGES, Gives, Polkit, READS, Verb};

pub(super) static VERBS: &[&Verb] = &[&DAEMON_RELOAD, &DUMP, &GET_DEFAULT_TARGET];

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
