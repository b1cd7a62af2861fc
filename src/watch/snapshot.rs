//! How all units are at one moment, in terms of a stream's events.

use super::event::UnitState;
use super::selection::Selection;
use crate::backend::dbus::{Dbus, get_call};
use crate::bus::answer::check;
use crate::bus::decode::{self, Values};
use crate::error::Result;
use crate::unit::UnitName;
use crate::value::Value;

const SERVICE: &str = "org.freedesktop.systemd1.Service";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
/// What a stream tells of a unit.
pub(super) const TOLD: [&str; 9] = [
    "LoadState",
    "ActiveState",
    "SubState",
    "MainPID",
    "Result",
    "ExecMainCode",
    "ExecMainStatus",
    "NRestarts",
    "InvocationID",
];
/// What a listing does not tell of a service.
const DETAILS: [(&str, &str); 6] = [
    (SERVICE, "MainPID"),
    (SERVICE, "Result"),
    (SERVICE, "ExecMainCode"),
    (SERVICE, "ExecMainStatus"),
    (SERVICE, "NRestarts"),
    (UNIT, "InvocationID"),
];

/// How the units are that a stream is about.
pub(super) type Found = Vec<(String, UnitState)>;

/// Lists the units that the stream is about, with the place of the listing among all messages.
pub(super) async fn take(dbus: &Dbus, selection: &mut Selection) -> Result<(Found, u64)> {
    selection.resolve(dbus).await?;
    let (rows, position) = dbus.list_units_at(&selection.asked_for()).await?;
    let mut found = Vec::new();
    for row in rows.into_iter().filter(|row| selection.wants(&row.name)) {
        let state = UnitState {
            load_state: row.load_state,
            active_state: row.active_state,
            sub_state: row.sub_state,
            ..UnitState::default()
        };
        found.push((row.name, state));
    }
    add_details(dbus, &mut found).await?;
    Ok((found, position))
}

/// Asks for the details of all services that have run, in one go.
async fn add_details(dbus: &Dbus, found: &mut [(String, UnitState)]) -> Result<()> {
    let mut replies = Vec::new();
    for (index, (name, state)) in found.iter().enumerate() {
        let Ok(unit) = name.parse::<UnitName>() else { continue };
        if !name.ends_with(".service") || state.active_state == "inactive" {
            continue;
        }
        let path = unit.object_path();
        for (interface, property) in DETAILS {
            replies.push((index, property, dbus.connection().call(&get_call(&path, interface, property)?)?));
        }
    }
    for (index, property, reply) in replies {
        let answer = reply.await?;
        // A unit that has gone meanwhile has no details; its UnitRemoved is on the way.
        if check(&answer).is_ok() {
            let value = decode::property(&answer, property, &Values)?;
            apply(&mut found[index].1, property, &value);
        }
    }
    Ok(())
}

/// Enters one property into a unit's state; whether it is one that a stream tells.
pub(super) fn apply(state: &mut UnitState, property: &str, value: &Value) -> bool {
    let text = || value.as_text().unwrap_or_default().to_owned();
    let small = || value.as_unsigned().and_then(|number| u32::try_from(number).ok());
    let signed = || value.as_integer().and_then(|number| i32::try_from(number).ok());
    match property {
        "LoadState" => state.load_state = text(),
        "ActiveState" => state.active_state = text(),
        "SubState" => state.sub_state = text(),
        "MainPID" => state.main_pid = small().filter(|&pid| pid != 0),
        "Result" => state.result = Some(text()),
        "ExecMainCode" => state.exec_main_code = signed(),
        "ExecMainStatus" => state.exec_main_status = signed(),
        "NRestarts" => state.n_restarts = small(),
        "InvocationID" => {
            state.invocation_id = match value {
                Value::Bytes(bytes) if !bytes.is_empty() => Some(crate::backend::hexadecimal(bytes)),
                _ => None,
            }
        }
        _ => return false,
    }
    true
}
