//! One property over D-Bus, as fast as systemd tells it.

use zbus::Message;

use super::{Dbus, get_call};
use crate::backend::errors::{self, explained};
use crate::bus::answer::{check, each};
use crate::bus::decode::{self, Values};
use crate::error::{Error, Kind, Result};
use crate::unit::{UnitName, properties};
use crate::value::Value;

/// Properties that say nothing of a unit which systemd does not know: `inactive`, `dead`, no path, 0. Any other value
/// is that of a unit that exists.
const SILENT_OF_UNKNOWN: [&str; 14] = [
    "ActiveState",
    "SubState",
    "FragmentPath",
    "ControlGroup",
    "InvocationID",
    "MainPID",
    "ExecMainPID",
    "NRestarts",
    "MemoryCurrent",
    "CPUUsageNSec",
    "TasksCurrent",
    "ActiveEnterTimestamp",
    "StateChangeTimestamp",
    "ExecMainStartTimestamp",
];

impl Dbus {
    /// The undecoded answer of `Properties.Get`; `UnitNotFound` if there is no such unit.
    ///
    /// systemd gives any name an object, so the value alone tells nothing of most properties: whether the unit
    /// exists is asked for along with it, not after it.
    pub async fn get_unit_property(&self, unit: &UnitName, property: &str) -> Result<Message> {
        if may_prove_existence(property) {
            let answer = self.read(unit, property).await?;
            if !proves_existence(&answer, property)? {
                self.check_existence(unit).await?;
            }
            return Ok(answer);
        }
        let [answer, load_state] = each(self.read_all(unit, &[property, "LoadState"]).await?)?;
        match load_state {
            Ok(load_state) if !proves_existence(&load_state, "LoadState")? => {
                self.check_existence(unit).await?;
            }
            Ok(_) | Err(_) => {}
        }
        answer
    }

    /// `UnitNotFound` if there is no such unit. One that runs on after its file was removed exists.
    async fn check_existence(&self, unit: &UnitName) -> Result<()> {
        let [load_state, active_state] = each(self.read_values(unit, &["LoadState", "ActiveState"]).await?)?;
        if load_state.as_text() == Some("not-found") && active_state.as_text() == Some("inactive") {
            return Err(errors::not_found(unit));
        }
        Ok(())
    }

    async fn read(&self, unit: &UnitName, property: &str) -> Result<Message> {
        let path = unit.object_path();
        let interface = properties::of_property(unit.unit_type(), property);
        let answer = self.ask(&get_call(&path, interface, property)?).await;
        answer.map_err(|error| not_read(error, unit, property))
    }

    /// Several in one go: each answer, or what is wrong with it.
    async fn read_all(&self, unit: &UnitName, properties: &[&str]) -> Result<Vec<Result<Message>>> {
        let path = unit.object_path();
        let call = |&name: &&str| get_call(&path, properties::of_property(unit.unit_type(), name), name);
        let calls = properties.iter().map(call).collect::<Result<Vec<_>>>()?;
        let mut answers = Vec::with_capacity(calls.len());
        for (reply, name) in self.connection.call_all(&calls)?.into_iter().zip(properties) {
            let answer = reply.await.and_then(|answer| check(&answer).map(|()| answer));
            answers.push(answer.map_err(|error| not_read(error, unit, name)));
        }
        Ok(answers)
    }

    /// Several as values; null is what this systemd does not know.
    pub(crate) async fn read_known(&self, unit: &UnitName, properties: &[&str]) -> Result<Vec<Value>> {
        let answers = self.read_all(unit, properties).await?;
        let known = answers.into_iter().zip(properties).map(|(answer, name)| match answer {
            Ok(answer) => decode::property(&answer, name, &Values),
            Err(error) if error.kind() == Kind::Config => Ok(Value::Null),
            Err(error) => Err(error),
        });
        known.collect()
    }

    /// One as a value, also of a unit that does not exist.
    pub(super) async fn read_one(&self, unit: &UnitName, property: &str) -> Result<Value> {
        decode::property(&self.read(unit, property).await?, property, &Values)
    }

    /// Several as values, also of a unit that does not exist.
    pub(super) async fn read_values(&self, unit: &UnitName, properties: &[&str]) -> Result<Vec<Value>> {
        let answers = self.read_all(unit, properties).await?;
        answers
            .into_iter()
            .zip(properties)
            .map(|(answer, name)| decode::property(&answer?, name, &Values))
            .collect()
    }
}

pub(super) fn not_read(error: Error, unit: &UnitName, property: &str) -> Error {
    match error.facts().dbus_name.as_deref() {
        Some("org.freedesktop.DBus.Error.UnknownProperty") => errors::no_such_property(unit, property),
        _ => explained(error, "read a property of", Some(unit)),
    }
}

/// Whether there are values of this property that only a unit that exists has.
pub(super) fn may_prove_existence(property: &str) -> bool {
    property == "LoadState" || SILENT_OF_UNKNOWN.contains(&property)
}

/// Whether only a unit that exists has this value.
pub(super) fn proves_existence(answer: &Message, property: &str) -> Result<bool> {
    let value = decode::property(answer, property, &Values)?;
    Ok(match value {
        Value::Text(text) => !matches!(text.as_str(), "" | "inactive" | "dead" | "not-found"),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::Unsigned(number) => number != 0,
        _ => false,
    })
}
