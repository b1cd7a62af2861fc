//! What a signal of systemd's says, for who remembers how units are.

use super::event::UnitState;
use crate::value::Value;

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

/// A signal about units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Signal<'a> {
    /// `UnitNew`: a unit was loaded.
    UnitNew(&'a str),
    /// `UnitRemoved`: a unit is not in memory any more.
    UnitRemoved(&'a str),
    /// `JobNew`: a job was queued.
    JobNew {
        /// Its number.
        id: u32,
        /// The unit that it is about.
        unit: &'a str,
    },
    /// `JobRemoved`: a job has left the queue.
    JobRemoved {
        /// Its number.
        id: u32,
        /// The unit that it is about.
        unit: &'a str,
        /// How it ended.
        result: &'a str,
    },
    /// `PropertiesChanged` of a unit's object. systemd announces what changed of a unit in two halves: of the unit type's
    /// interface first, then of the Unit interface.
    Changed {
        /// The unit.
        unit: &'a str,
        /// Whether it is the second half.
        is_last: bool,
        /// New values, by the places of their names in [`TOLD`].
        values: &'a [(usize, Value)],
    },
    /// `Reloading`: the manager begins to read its unit files again, or has read them.
    Reloading(bool),
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
