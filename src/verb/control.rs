//! What is done to a unit that systemd has in memory, but for jobs.

use super::argument::{Argument, Kind, argument};
use super::systemctl::{Line, Systemctl};
use super::{CHANGES, Verb};
use crate::property::Assignments;
use crate::value::Value;

pub(super) static VERBS: &[&Verb] = &[
    &ABANDON_SCOPE,
    &ATTACH_PROCESSES,
    &CLEAN_UNIT,
    &FREEZE_UNIT,
    &KILL_UNIT,
    &KILL_UNIT_SUBGROUP,
    &QUEUE_SIGNAL_UNIT,
    &RESET_FAILED_UNIT,
    &SET_UNIT_PROPERTIES,
    &THAW_UNIT,
];

const UNIT: Argument = argument("name", Kind::Unit);

static KILL_UNIT: Verb = Verb {
    name: "kill_unit",
    method: "KillUnit",
    takes: &[UNIT, argument("whom", Kind::Text), argument("signal", Kind::Signal)],
    act: "send a signal to",
    noun: "signal to",
    systemctl: Systemctl::Words(|of| kill(of).about(&of[0])),
    ..CHANGES
};

static QUEUE_SIGNAL_UNIT: Verb = Verb {
    name: "queue_signal_unit",
    method: "QueueSignalUnit",
    takes: &[
        UNIT,
        argument("whom", Kind::Text),
        argument("signal", Kind::Signal),
        argument("value", Kind::Integer),
    ],
    act: "send a signal to",
    noun: "signal to",
    since: 254,
    systemctl: Systemctl::Words(|of| kill(of).option("kill-value", &of[3]).about(&of[0])),
    ..CHANGES
};

static KILL_UNIT_SUBGROUP: Verb = Verb {
    name: "kill_unit_subgroup",
    method: "KillUnitSubgroup",
    takes: &[
        UNIT,
        argument("whom", Kind::Word(&["cgroup", "cgroup-fail"])),
        argument("subgroup", Kind::Subgroup),
        argument("signal", Kind::Signal),
    ],
    act: "send a signal to a subgroup of",
    noun: "signal to a subgroup of",
    since: 258,
    systemctl: Systemctl::Words(|of| {
        kill(&[Value::Null, of[1].clone(), of[3].clone()]).option("kill-subgroup", &of[2]).about(&of[0])
    }),
    ..CHANGES
};

static ATTACH_PROCESSES: Verb = Verb {
    name: "attach_processes",
    method: "AttachProcessesToUnit",
    takes: &[UNIT, argument("subgroup", Kind::Subgroup), argument("pids", Kind::Numbers)],
    act: "attach processes to",
    noun: "attachment of processes to",
    since: 238,
    systemctl: Systemctl::No("systemctl does not move processes"),
    ..CHANGES
};

static ABANDON_SCOPE: Verb = Verb {
    name: "abandon_scope",
    method: "AbandonScope",
    takes: &[argument("name", Kind::Scope)],
    act: "abandon",
    noun: "abandonment of",
    systemctl: Systemctl::No("systemctl abandons no scopes"),
    ..CHANGES
};

static FREEZE_UNIT: Verb = Verb {
    name: "freeze_unit",
    method: "FreezeUnit",
    takes: &[UNIT],
    act: "freeze",
    noun: "freezing of",
    since: 246,
    systemctl: Systemctl::Words(|of| Line::new("freeze").about(&of[0])),
    ..CHANGES
};

static THAW_UNIT: Verb = Verb {
    name: "thaw_unit",
    method: "ThawUnit",
    takes: &[UNIT],
    act: "thaw",
    noun: "thawing of",
    since: 246,
    systemctl: Systemctl::Words(|of| Line::new("thaw").about(&of[0])),
    ..CHANGES
};

static CLEAN_UNIT: Verb = Verb {
    name: "clean_unit",
    method: "CleanUnit",
    takes: &[UNIT, argument("what", Kind::Texts)],
    act: "clean",
    noun: "cleaning of",
    since: 244,
    systemctl: Systemctl::Words(|of| Line::new("clean").option("what", &of[1]).about(&of[0])),
    ..CHANGES
};

/// Clears a unit's failed state and its restart counter.
pub static RESET_FAILED_UNIT: Verb = Verb {
    name: "reset_failed_unit",
    method: "ResetFailedUnit",
    takes: &[UNIT],
    act: "reset",
    noun: "reset of",
    systemctl: Systemctl::Words(|of| Line::new("reset-failed").about(&of[0])),
    ..CHANGES
};

static SET_UNIT_PROPERTIES: Verb = Verb {
    name: "set_unit_properties",
    method: "SetUnitProperties",
    takes: &[UNIT, argument("runtime", Kind::Flag), argument("properties", Kind::Properties)],
    act: "set properties of",
    noun: "change of properties of",
    systemctl: Systemctl::Words(|of| {
        let mut words = Line::new("set-property").flag("runtime", &of[1]).about(&of[0]);
        words.extend(Assignments::of_value(&of[2]).unwrap_or_default().words());
        words
    }),
    ..CHANGES
};

// The option is called --kill-whom= since systemd 252, which goes on to take this name.
fn kill(of: &[Value]) -> Line {
    Line::new("kill").option("kill-who", &of[1]).option("signal", &of[2])
}
