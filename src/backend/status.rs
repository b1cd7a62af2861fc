//! A unit's status from its properties: which ones are needed, and what they mean. The same for both
//! backends.

use super::errors;
use crate::error::Result;
use crate::unit::{UnitName, UnitStatus};
use crate::value::Value;

/// The properties that a status is made of; a type of unit that lacks some of them simply has none.
pub(super) const WANTED: [&str; 23] = [
    "Id",
    "Description",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "ActiveEnterTimestamp",
    "StateChangeTimestamp",
    "FragmentPath",
    "DropInPaths",
    "NeedDaemonReload",
    "InvocationID",
    "Result",
    "ControlGroup",
    "MemoryCurrent",
    "CPUUsageNSec",
    "TasksCurrent",
    "MainPID",
    "ExecMainPID",
    "ExecMainCode",
    "ExecMainStatus",
    "ExecMainStartTimestamp",
    "NRestarts",
];

/// What the judgement of a job needs besides.
pub(super) const FOR_JOBS: [&str; 5] = [
    "Type",
    "ConditionResult",
    "ConditionTimestamp",
    "InactiveExitTimestampMonotonic",
    "ExecMainStartTimestampMonotonic",
];

/// What it needs of a unit that systemd has forgotten ([`super::job::Found::is_forgotten`]).
pub(super) const CONDITIONS: [&str; 2] = ["Conditions", "ExecCondition"];

/// Makes the status of `unit` from the properties that `get` finds.
pub(super) fn assemble<'a>(unit: &UnitName, get: impl Fn(&str) -> Option<&'a Value>) -> UnitStatus {
    let text = |name: &str| get(name).and_then(Value::as_text).filter(|text| !text.is_empty());
    let owned = |name: &str| text(name).map(str::to_owned);
    let number = |name: &str| get(name).and_then(Value::as_unsigned);
    let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    let process = |name: &str| small(name).filter(|&number| number != 0);
    let signed =
        |name: &str| get(name).and_then(Value::as_integer).and_then(|number| i32::try_from(number).ok());
    UnitStatus {
        name: owned("Id").unwrap_or_else(|| unit.as_str().to_owned()),
        description: owned("Description").unwrap_or_default(),
        load_state: owned("LoadState").unwrap_or_default(),
        active_state: owned("ActiveState").unwrap_or_default(),
        sub_state: owned("SubState").unwrap_or_default(),
        unit_file_state: owned("UnitFileState"),
        result: owned("Result"),
        main_pid: process("MainPID"),
        exec_main_pid: process("ExecMainPID"),
        exec_main_code: signed("ExecMainCode").filter(|_| number("ExecMainPID").is_some_and(|pid| pid != 0)),
        exec_main_status: signed("ExecMainStatus")
            .filter(|_| number("ExecMainPID").is_some_and(|pid| pid != 0)),
        n_restarts: small("NRestarts"),
        memory_current: number("MemoryCurrent"),
        cpu_usage_nsec: number("CPUUsageNSec"),
        tasks_current: number("TasksCurrent"),
        active_enter_timestamp: number("ActiveEnterTimestamp"),
        exec_main_start_timestamp: number("ExecMainStartTimestamp"),
        state_change_timestamp: number("StateChangeTimestamp"),
        fragment_path: owned("FragmentPath"),
        drop_in_paths: get("DropInPaths").and_then(Value::as_texts).unwrap_or_default(),
        need_daemon_reload: get("NeedDaemonReload").and_then(Value::as_boolean).unwrap_or(false),
        invocation_id: match get("InvocationID") {
            Some(Value::Bytes(bytes)) if !bytes.is_empty() => Some(hexadecimal(bytes)),
            _ => None,
        },
        control_group: owned("ControlGroup"),
    }
}

/// The status of a unit that exists; `UnitNotFound` for one that does not.
///
/// A unit that runs on after its file was removed exists.
pub(super) fn found(unit: &UnitName, status: UnitStatus) -> Result<UnitStatus> {
    if status.load_state == "not-found" && status.active_state == "inactive" {
        return Err(errors::not_found(unit));
    }
    Ok(status)
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
