//! How units are: a listing, which is of one moment, and the details that it does not tell, each of a moment of its own.

use std::sync::Arc;

use super::event::UnitState;
use super::live::listed::Row;
use crate::backend::dbus::{Dbus, get_call};
use crate::bus::answer::check;
use crate::bus::decode::{self, Values};
use crate::error::Result;
use crate::unit::UnitName;
use crate::unit::properties::UNIT;
use crate::value::Value;

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

/// Units, and how they are; what a listing tells of them besides; and details that came after it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) units: Vec<(String, UnitState)>,
    pub(super) rows: Vec<(String, Row)>,
    /// In the order of their places.
    pub(super) details: Vec<Detail>,
}

/// A detail of a unit's.
#[derive(Debug)]
pub(super) struct Detail {
    pub(super) unit: Arc<str>,
    /// The property's name and value; none where systemd does not tell it.
    pub(super) told: Option<(&'static str, Value)>,
    /// The place of the answer among all messages.
    pub(super) place: u64,
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
    found.details = ask_for_details(dbus, &found.units).await?;
    Ok((found, position))
}

/// Asks for the details of all services that have run, in one go.
async fn ask_for_details(dbus: &Dbus, found: &[(String, UnitState)]) -> Result<Vec<Detail>> {
    let mut replies = Vec::new();
    for (name, state) in found {
        let Ok(unit) = name.parse::<UnitName>() else { continue };
        if !name.ends_with(".service") || state.active_state == "inactive" {
            continue;
        }
        let (unit, path) = (Arc::<str>::from(name.as_str()), unit.object_path());
        for (interface, property) in DETAILS {
            let reply = dbus.connection().call(&get_call(&path, interface, property)?)?;
            replies.push((Arc::clone(&unit), property, reply));
        }
    }
    let mut details = Vec::with_capacity(replies.len());
    for (unit, property, mut reply) in replies {
        let answer = (&mut reply).await?;
        let told = match check(&answer) {
            Ok(()) => Some((property, decode::property(&answer, property, &Values)?)),
            Err(_) => None,
        };
        details.push(Detail { unit, told, place: reply.position() });
    }
    Ok(details)
}
