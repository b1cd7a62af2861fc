//! A unit's status from its properties: which ones are needed, and what they mean. The same for both
//! backends.

use super::errors;
use crate::error::Result;
use crate::unit::{UnitName, UnitStatus, UnitType};
use crate::value::Value;

/// The D-Bus interface of every unit.
pub(super) const UNIT: &str = "org.freedesktop.systemd1.Unit";

/// The properties that every unit has.
const OF_EVERY_UNIT: [&str; 12] = [
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
];

/// The properties of units that have processes.
const OF_CONTROL_GROUPS: [&str; 4] = ["ControlGroup", "MemoryCurrent", "CPUUsageNSec", "TasksCurrent"];

/// The properties of services alone.
const OF_SERVICES: [&str; 6] =
    ["MainPID", "ExecMainPID", "ExecMainCode", "ExecMainStatus", "ExecMainStartTimestamp", "NRestarts"];

/// The D-Bus interface of units of this type.
pub(super) fn interface(unit_type: UnitType) -> &'static str {
    match unit_type {
        UnitType::Service => "org.freedesktop.systemd1.Service",
        UnitType::Socket => "org.freedesktop.systemd1.Socket",
        UnitType::Target => "org.freedesktop.systemd1.Target",
        UnitType::Device => "org.freedesktop.systemd1.Device",
        UnitType::Mount => "org.freedesktop.systemd1.Mount",
        UnitType::Automount => "org.freedesktop.systemd1.Automount",
        UnitType::Swap => "org.freedesktop.systemd1.Swap",
        UnitType::Timer => "org.freedesktop.systemd1.Timer",
        UnitType::Path => "org.freedesktop.systemd1.Path",
        UnitType::Slice => "org.freedesktop.systemd1.Slice",
        UnitType::Scope => "org.freedesktop.systemd1.Scope",
    }
}

/// The properties that a status of such a unit is made of, with their interfaces.
pub(super) fn wanted(unit_type: UnitType) -> Vec<(&'static str, &'static str)> {
    let own = interface(unit_type);
    let mut wanted: Vec<_> = OF_EVERY_UNIT.iter().map(|name| (UNIT, *name)).collect();
    let has_result = matches!(
        unit_type,
        UnitType::Service
            | UnitType::Socket
            | UnitType::Mount
            | UnitType::Automount
            | UnitType::Swap
            | UnitType::Timer
            | UnitType::Path
            | UnitType::Scope
    );
    let has_processes = matches!(
        unit_type,
        UnitType::Service
            | UnitType::Socket
            | UnitType::Mount
            | UnitType::Swap
            | UnitType::Slice
            | UnitType::Scope
    );
    if has_result {
        wanted.push((own, "Result"));
    }
    if has_processes {
        wanted.extend(OF_CONTROL_GROUPS.iter().map(|name| (own, *name)));
    }
    if unit_type == UnitType::Service {
        wanted.extend(OF_SERVICES.iter().map(|name| (own, *name)));
    }
    wanted
}

/// Makes the status of `unit` from the properties that `get` finds.
pub(super) fn assemble<'a>(unit: &UnitName, get: impl Fn(&str) -> Option<&'a Value>) -> Result<UnitStatus> {
    let text = |name: &str| get(name).and_then(Value::as_text).filter(|text| !text.is_empty());
    let owned = |name: &str| text(name).map(str::to_owned);
    let number = |name: &str| get(name).and_then(Value::as_unsigned);
    let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    let process = |name: &str| small(name).filter(|&number| number != 0);
    let signed =
        |name: &str| get(name).and_then(Value::as_integer).and_then(|number| i32::try_from(number).ok());
    let status = UnitStatus {
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
    };
    if status.load_state == "not-found" && status.active_state == "inactive" {
        return Err(errors::not_found(unit));
    }
    Ok(status)
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
