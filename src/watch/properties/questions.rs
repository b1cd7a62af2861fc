//! What a stream of properties asks of systemd.

use zbus::Message;

use crate::backend::dbus::get_call;
use crate::backend::{Dbus, no_such_property};
use crate::bus::answer::check;
use crate::bus::decode::{self, Values};
use crate::bus::introspect::{self, Emits};
use crate::error::hint::{call, text};
use crate::error::{Error, Result};
use crate::unit::UnitName;
use crate::unit::properties::{UNIT, of_type};
use crate::value::Value;

/// Where a property that is watched is, and how its changes are announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watched {
    pub(super) interface: String,
    pub(super) emits: Emits,
}

/// Finds the properties in what the unit's object says of itself; one that is not there, and one whose changes
/// systemd never announces, is an error.
pub(super) async fn find_properties(dbus: &Dbus, unit: &UnitName, names: &[String]) -> Result<Vec<Watched>> {
    choose(unit, &introspect::properties(&dbus.introspect(unit).await?)?, names)
}

pub(super) fn choose(
    unit: &UnitName,
    known: &[introspect::Property<'_>],
    names: &[String],
) -> Result<Vec<Watched>> {
    let interfaces = [UNIT, of_type(unit.unit_type())];
    let mut found = Vec::with_capacity(names.len());
    let mut silent = Vec::new();
    for name in names {
        let property = known
            .iter()
            .find(|known| known.name == name && interfaces.contains(&known.interface))
            .ok_or_else(|| no_such_property(unit, name))?;
        if property.emits == Emits::Nothing {
            silent.push(name.as_str());
        }
        found.push(Watched { interface: property.interface.to_owned(), emits: property.emits });
    }
    if silent.is_empty() {
        return Ok(found);
    }
    let message = format!("systemd never announces changes of {} of unit {unit}", silent.join(", "));
    Err(Error::config(message).with_unit(unit.as_str()).with_hint([
        text("ask "),
        call("get_unit_property"),
        text(" for it from time to time"),
    ]))
}

/// The values of these properties in the answer of `GetAll`; null where it has none.
pub(super) fn values_of(answer: &Message, names: &[String]) -> Result<Vec<Value>> {
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut found = decode::wanted_properties(answer, &wanted, &Values)?;
    let mut value_of = |name: &str| {
        let place = found.iter().position(|(known, _)| *known == name)?;
        Some(found.swap_remove(place).1)
    };
    Ok(names.iter().map(|name| value_of(name).unwrap_or(Value::Null)).collect())
}

/// Asks for single properties of a unit that is loaded, in one go. The place is that of the first answer.
pub(super) async fn read(
    dbus: &Dbus,
    unit: &UnitName,
    names: &[String],
    watched: &[Watched],
    places: impl IntoIterator<Item = usize>,
) -> Result<(Vec<(usize, Value)>, Option<u64>)> {
    let path = unit.object_path();
    let mut replies = Vec::new();
    for place in places {
        let (Some(name), Some(property)) = (names.get(place), watched.get(place)) else { continue };
        replies.push((place, name, dbus.connection().call(&get_call(&path, &property.interface, name)?)?));
    }
    let mut position = None;
    let mut found = Vec::with_capacity(replies.len());
    for (place, name, mut reply) in replies {
        let answer = (&mut reply).await?;
        position.get_or_insert_with(|| reply.position());
        // A unit that has gone meanwhile has no properties; its UnitRemoved is on the way.
        if check(&answer).is_ok() {
            found.push((place, decode::property(&answer, name, &Values)?));
        }
    }
    Ok((found, position))
}
