//! Which unit something belongs to, and what belongs to a unit.

use super::argument::{Argument, Kind, argument};
use super::systemctl::Systemctl;
use super::{Answered, Gives, READS, Verb};

pub(super) static VERBS: &[&Verb] =
    &[&DUMP_UNIT_FILE_DESCRIPTOR_STORE, &GET_UNIT_BY_CONTROL_GROUP, &GET_UNIT_BY_INVOCATION_ID, &LOAD_UNIT];

const FINDS: Verb = Verb {
    gives: Gives::Unit,
    act: "find a unit",
    noun: "search for a unit",
    systemctl: Systemctl::No(
        "systemctl does not tell the unit of a process, an invocation or a control group",
    ),
    ..READS
};

const UNIT: Argument = argument("name", Kind::Unit);

/// The number of a process.
pub const PID: Argument = argument("pid", Kind::Number);

/// Finds the unit of a process by its number. It is a step of an operation, as the number may become another's.
pub static GET_UNIT_BY_PID: Verb = Verb {
    name: "get_unit_by_pid",
    method: "GetUnitByPID",
    takes: &[PID],
    answers: &[("NoUnitForPID", Answered::Null)],
    ..FINDS
};

/// The same, by what stands for the process itself.
pub static GET_UNIT_BY_PIDFD: Verb = Verb {
    method: "GetUnitByPIDFD",
    takes: &[argument("pidfd", Kind::Descriptor)],
    gives: Gives::NamedUnit,
    answers: &[
        ("NoUnitForPID", Answered::Null),
        ("NoSuchProcess", Answered::Null),
        // What sd-bus makes of ESRCH.
        ("UnixProcessIdUnknown", Answered::Null),
    ],
    since: 253,
    ..GET_UNIT_BY_PID
};

static GET_UNIT_BY_INVOCATION_ID: Verb = Verb {
    name: "get_unit_by_invocation_id",
    method: "GetUnitByInvocationID",
    takes: &[argument("invocation_id", Kind::Id)],
    // Zeros ask for the caller's own unit.
    answers: &[("NoUnitForInvocationID", Answered::Null), ("NoSuchUnit", Answered::Null)],
    ..FINDS
};

static GET_UNIT_BY_CONTROL_GROUP: Verb = Verb {
    name: "get_unit_by_control_group",
    method: "GetUnitByControlGroup",
    takes: &[argument("control_group", Kind::Text)],
    answers: &[("NoSuchUnit", Answered::Null)],
    ..FINDS
};

static LOAD_UNIT: Verb = Verb {
    name: "load_unit",
    method: "LoadUnit",
    takes: &[UNIT],
    gives: Gives::Unit,
    act: "load",
    noun: "loading of",
    systemctl: Systemctl::No("systemctl has no verb for it"),
    ..READS
};

/// Lists the processes of a unit; null, where systemd does not have it in memory. It is a step of an operation.
pub static GET_UNIT_PROCESSES: Verb = Verb {
    name: "get_unit_processes",
    method: "GetUnitProcesses",
    takes: &[UNIT],
    gives: Gives::Value("a(sus)"),
    act: "list the processes of",
    noun: "list of the processes of",
    answers: &[("NoSuchUnit", Answered::Null)],
    systemctl: Systemctl::No("systemctl shows processes as a drawing, and not as data"),
    ..READS
};

static DUMP_UNIT_FILE_DESCRIPTOR_STORE: Verb = Verb {
    name: "dump_unit_file_descriptor_store",
    method: "DumpUnitFileDescriptorStore",
    takes: &[UNIT],
    gives: Gives::Value("a(suuutuusu)"),
    act: "list the stored file descriptors of",
    noun: "list of the stored file descriptors of",
    since: 254,
    systemctl: Systemctl::No("systemctl does not tell of file descriptors"),
    ..READS
};
