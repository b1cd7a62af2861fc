//! How units are at one moment.

use std::sync::Arc;

use super::event::UnitState;
use super::live::listed::Row;
use super::signal::apply;
use crate::backend::dbus::{Dbus, get_call};
use crate::bus::answer::check;
use crate::bus::decode::{self, Values};
use crate::error::Result;
use crate::unit::UnitName;
use crate::unit::properties::UNIT;

const SERVICE: &str = "org.freedesktop.systemd1.Service";
/// What a listing does not tell of a service.
const DETAILS: [(&str, &str); 6] = [
    (SERVICE, "MainPID"),
    (SERVICE, "Result"),
    (SERVICE, "ExecMainCode"),
    (SERVICE, "ExecMainStatus"),
    (SERVICE, "NRestarts"),
    (UNIT, "InvocationID"),
];

/// Units, and how they are; and what a listing tells of them besides.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) units: Vec<(String, UnitState)>,
    pub(super) rows: Vec<(String, Row)>,
}

/// Lists the units of these patterns that are wanted, with the place of the listing among all messages.
pub(super) async fn take(
    dbus: &Dbus,
    patterns: &[String],
    wants: impl Fn(&str) -> bool,
) -> Result<(Found, u64)> {
    let (rows, position) = dbus.list_units_at(patterns).await?;
    let mut found = Found::default();
    for row in rows.into_iter().filter(|row| wants(&row.name)) {
        let state = UnitState {
            load_state: row.load_state,
            active_state: row.active_state,
            sub_state: row.sub_state,
            ..UnitState::default()
        };
        let followed = row.followed.map(Arc::from);
        found.rows.push((row.name.clone(), Row { description: row.description.into(), followed }));
        found.units.push((row.name, state));
    }
    add_details(dbus, &mut found.units).await?;
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
