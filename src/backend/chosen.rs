//! Chosen properties of many units, all asked for in one go.

use super::{Answer, Backend, Properties, Property, find};
use crate::bus::decode::{self, Values};
use crate::error::{Error, Kind, Result};
use crate::unit::UnitName;
use crate::value::Value;

/// Properties of one unit, as the backend has them.
#[derive(Debug)]
pub enum Chosen {
    /// All that the unit has.
    All(Answer),
    /// Those that were asked for, in that order; none where the unit has none of that name.
    Each(Vec<Option<Property>>),
}

impl Chosen {
    /// Those of these names among the properties.
    pub(super) fn among(properties: &Properties, names: &[&str]) -> Self {
        let value = |name: &&str| find(properties, name).cloned().map(Property::Value);
        Self::Each(names.iter().map(value).collect())
    }

    /// Which of the names the unit has a property of.
    #[must_use]
    pub fn has(&self, place: usize) -> bool {
        match self {
            Self::All(_) => true,
            Self::Each(found) => found.get(place).is_some_and(Option::is_some),
        }
    }

    /// The values, null where there is no such property.
    fn values(self, names: &[&str]) -> Result<Vec<Value>> {
        match self {
            Self::All(Answer::Message(message)) => {
                let found = decode::properties(&message, &Values)?;
                Ok(names.iter().map(|name| find(&found, name).cloned().unwrap_or(Value::Null)).collect())
            }
            Self::All(Answer::Values(found)) => {
                Ok(names.iter().map(|name| find(&found, name).cloned().unwrap_or(Value::Null)).collect())
            }
            Self::Each(found) => {
                let decode = |(found, name): (Option<Property>, &&str)| {
                    found.map_or(Ok(Value::Null), |property| property.decode(name))
                };
                found.into_iter().zip(names).map(decode).collect()
            }
        }
    }
}

impl Backend {
    /// These properties (all, without any) of several units, in the order of the units. What is wrong with one of them is no
    /// error of the others; `UnitNotFound` says that there is none of that name.
    pub async fn ask_units_properties(
        &self,
        units: &[UnitName],
        names: &[&str],
    ) -> Result<Vec<Result<Chosen>>> {
        match self {
            Self::Dbus(dbus) => dbus.ask_chosen(units, names).await,
            Self::Command(command) => command.ask_chosen(units, names).await,
        }
    }

    /// The values of these properties of several units, null where one has none of that name; nothing of a unit that is gone.
    pub(crate) async fn read_units_properties(
        &self,
        units: &[UnitName],
        names: &[&str],
    ) -> Result<Vec<Option<Vec<Value>>>> {
        let found = self.ask_units_properties(units, names).await?;
        let values = |chosen: Result<Chosen>| match chosen {
            Ok(chosen) => chosen.values(names).map(Some),
            Err(error) if error.kind() == Kind::UnitNotFound => Ok(None),
            Err(error) => Err(error),
        };
        found.into_iter().map(values).collect()
    }

    /// The same of one unit, which has to exist.
    pub(crate) async fn read_unit_properties<const COUNT: usize>(
        &self,
        unit: &UnitName,
        names: [&str; COUNT],
    ) -> Result<[Value; COUNT]> {
        let mut found = self.ask_units_properties(std::slice::from_ref(unit), &names).await?;
        let chosen = found.pop().unwrap_or_else(|| Err(super::errors::not_found(unit)))?;
        let values = chosen.values(&names)?;
        values.try_into().map_err(|_| Error::new(Kind::Systemd, "not as many values as were asked for"))
    }
}
