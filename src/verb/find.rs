//! Which unit something belongs to.

use super::argument::{Kind, argument};
use super::systemctl::Systemctl;
use super::{Answered, Gives, READS, Verb};

pub(super) static VERBS: &[&Verb] =
    &[&GET_UNIT_BY_CONTROL_GROUP, &GET_UNIT_BY_INVOCATION_ID, &GET_UNIT_BY_PID];

const FINDS: Verb = Verb {
    gives: Gives::Unit,
    act: "find a unit",
    noun: "search for a unit",
    systemctl: Systemctl::No(
        "systemctl does not tell the unit of a process, an invocation or a control group",
    ),
    ..READS
};

static GET_UNIT_BY_PID: Verb = Verb {
    name: "get_unit_by_pid",
    method: "GetUnitByPID",
    takes: &[argument("pid", Kind::Number)],
    answers: &[("NoUnitForPID", Answered::Null)],
    ..FINDS
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
