//! Chosen properties of many units in one go.

use super::errors::explained;
use super::{Backend, Dbus, Properties};
use crate::bus::Call;
use crate::bus::answer::check;
use crate::bus::decode::{self, Values};
use crate::error::Result;
use crate::unit::UnitName;
use crate::unit::properties::{UNIT, of_property};

use super::dbus::{PROPERTIES, SERVICE, get_call};

const ACTION: &str = "read the properties of";

impl Backend {
    /// Those of the properties that every unit has which are wanted, of each of the units, also of ones that do not exist.
    pub(crate) async fn read_of_each(
        &self,
        units: &[UnitName],
        wanted: &[&'static str],
    ) -> Result<Vec<Result<Properties>>> {
        match self {
            Self::Dbus(dbus) => dbus.read_of_each(units, wanted).await,
            Self::Command(command) => command.read_of_each(units, wanted).await,
        }
    }
}

impl Backend {
    /// The same of units that are in memory, whether every unit has them or those of its type.
    pub(crate) async fn read_of_loaded(
        &self,
        units: &[UnitName],
        wanted: &[&'static str],
    ) -> Result<Vec<Result<Properties>>> {
        match self {
            Self::Dbus(dbus) => dbus.read_of_loaded(units.iter().map(|unit| (unit, wanted))).await,
            Self::Command(command) => command.read_of_each(units, wanted).await,
        }
    }

    /// The same of units of which not the same is wanted; there may be more than that.
    pub(crate) async fn read_wanted_of_loaded(
        &self,
        asked: &[(UnitName, &[&'static str])],
    ) -> Result<Vec<Result<Properties>>> {
        match self {
            Self::Dbus(dbus) => dbus.read_of_loaded(asked.iter().map(|(unit, wanted)| (unit, *wanted))).await,
            Self::Command(command) => {
                let units: Vec<UnitName> = asked.iter().map(|(unit, _)| unit.clone()).collect();
                let mut wanted: Vec<&str> =
                    asked.iter().flat_map(|(_, wanted)| wanted.iter().copied()).collect();
                wanted.sort_unstable();
                wanted.dedup();
                command.read_of_each(&units, &wanted).await
            }
        }
    }
}

impl Dbus {
    /// By a `Get` for each, which costs systemd much less than to tell everything.
    async fn read_of_loaded<'a>(
        &self,
        asked: impl Iterator<Item = (&'a UnitName, &'a [&'static str])> + Clone,
    ) -> Result<Vec<Result<Properties>>> {
        let paths: Vec<_> = asked.clone().map(|(unit, _)| unit.object_path()).collect();
        let mut calls = Vec::new();
        for ((unit, wanted), path) in asked.clone().zip(&paths) {
            for name in wanted {
                calls.push(get_call(path, of_property(unit.unit_type(), name), name)?);
            }
        }
        let mut replies = self.connection().call_all(&calls)?.into_iter();
        let mut found = Vec::with_capacity(paths.len());
        for (unit, wanted) in asked {
            let mut properties = Ok(Vec::with_capacity(wanted.len()));
            for (name, reply) in wanted.iter().zip(replies.by_ref()) {
                let answer = reply.await?;
                let value = check(&answer).and_then(|()| decode::property(&answer, name, &Values));
                match (&mut properties, value) {
                    (Ok(properties), Ok(value)) => properties.push(((*name).to_owned(), value)),
                    (Ok(_), Err(error)) => properties = Err(explained(error, ACTION, Some(unit))),
                    (Err(_), _) => {}
                }
            }
            found.push(properties);
        }
        Ok(found)
    }

    /// By `GetAll`, as each `Get` would load a unit anew that is not in memory.
    async fn read_of_each(
        &self,
        units: &[UnitName],
        wanted: &[&'static str],
    ) -> Result<Vec<Result<Properties>>> {
        let paths: Vec<_> = units.iter().map(UnitName::object_path).collect();
        let call = |path| Call::new(path, PROPERTIES, "GetAll").to(SERVICE).text(UNIT);
        let calls = paths.iter().map(|path| call(path)).collect::<Result<Vec<_>>>()?;
        let mut found = Vec::with_capacity(units.len());
        for (answer, unit) in self.ask_each(&calls).await?.into_iter().zip(units) {
            let answer = answer?;
            found.push(match check(&answer) {
                Ok(()) => {
                    let values = decode::wanted_properties(&answer, wanted, &Values)?;
                    Ok(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
                }
                Err(error) => Err(explained(error, ACTION, Some(unit))),
            });
        }
        Ok(found)
    }
}
