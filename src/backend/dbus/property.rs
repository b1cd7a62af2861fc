//! One property over D-Bus, as fast as systemd tells it.

use zbus::Message;

use super::{Dbus, get_call};
use crate::backend::errors::{self, explained};
use crate::backend::interface;
use crate::bus::decode::{self, Values};
use crate::error::{Error, Kind, Result};
use crate::flow::join_all;
use crate::unit::UnitName;
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
        if property == "LoadState" || SILENT_OF_UNKNOWN.contains(&property) {
            let answer = self.read(unit, property).await?;
            if !proves_existence(&answer, property)? {
                self.check_existence(unit).await?;
            }
            return Ok(answer);
        }
        let both = vec![self.read(unit, property), self.read(unit, "LoadState")];
        let [answer, load_state] = two(join_all(both).await)?;
        match load_state {
            Ok(load_state) if !proves_existence(&load_state, "LoadState")? => {
                self.check_existence(unit).await?;
            }
            Ok(_) | Err(_) => {}
        }
        answer
    }

    /// The same as a value, also of a unit that does not exist.
    pub(super) async fn read_one(&self, unit: &UnitName, property: &str) -> Result<Value> {
        decode::property(&self.read(unit, property).await?, property, &Values)
    }

    /// `UnitNotFound` if there is no such unit. One that runs on after its file was removed exists.
    async fn check_existence(&self, unit: &UnitName) -> Result<()> {
        let asked = ["LoadState", "ActiveState"].map(|name| self.read_one(unit, name));
        let [load_state, active_state] = two(join_all(asked.into()).await)?;
        let is = |value: Value, word: &str| value.as_text() == Some(word);
        if is(load_state?, "not-found") && is(active_state?, "inactive") {
            return Err(errors::not_found(unit));
        }
        Ok(())
    }

    async fn read(&self, unit: &UnitName, property: &str) -> Result<Message> {
        let path = unit.object_path();
        let interface = interface::of_property(unit.unit_type(), property);
        let answer = self.ask(&get_call(&path, interface, property)?).await;
        answer.map_err(|error| match error.facts().dbus_name.as_deref() {
            Some("org.freedesktop.DBus.Error.UnknownProperty") => errors::no_such_property(unit, property),
            _ => explained(error, "read a property of", Some(unit)),
        })
    }
}

fn two<T>(answers: Vec<T>) -> Result<[T; 2]> {
    answers.try_into().map_err(|_| Error::new(Kind::Systemd, "two answers were asked for"))
}

/// Whether only a unit that exists has this value.
fn proves_existence(answer: &Message, property: &str) -> Result<bool> {
    let value = decode::property(answer, property, &Values)?;
    Ok(match value {
        Value::Text(text) => !matches!(text.as_str(), "" | "inactive" | "dead" | "not-found"),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::Unsigned(number) => number != 0,
        _ => false,
    })
}
