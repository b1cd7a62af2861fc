//! Listings of units: the same answer for a unit's own name and for its aliases.

use std::collections::{BTreeMap, BTreeSet};

use super::{Backend, Command, Dbus, Units, dbus};
use crate::bus::decode;
use crate::error::Result;
use crate::flow::join_all;
use crate::unit::{UnitInfo, UnitName, UnitPattern};

impl Backend {
    /// The loaded units whose names match one of the patterns (all, without patterns), by name.
    ///
    /// A name without a type suffix is that of a service, and an alias stands for its unit.
    pub async fn list_units(&self, patterns: &[String]) -> Result<Vec<UnitInfo>> {
        self.ask_units(patterns).await?.decode()
    }

    /// The same as [`Backend::list_units`], but for the decoding and the order.
    pub async fn ask_units(&self, patterns: &[String]) -> Result<Units> {
        let patterns = UnitPattern::parse_all(patterns)?;
        match self {
            Self::Dbus(dbus) => ask_dbus(dbus, &patterns).await,
            Self::Command(command) => ask_command(command, &patterns).await,
        }
    }
}

impl Backend {
    /// The units of these names, in that order: loaded for that, where systemd does not have them in memory. One that does not
    /// exist is `not-found`.
    pub(crate) async fn list_units_by_names(&self, names: &[UnitName]) -> Result<Vec<UnitInfo>> {
        match self {
            Self::Dbus(dbus) => dbus.list_units_by_names(names).await,
            Self::Command(command) => command.list_units_by_names(names).await,
        }
    }
}

async fn ask_dbus(dbus: &Dbus, patterns: &[UnitPattern]) -> Result<Units> {
    let (answer, _) = dbus.ask_units(&texts(patterns)).await?;
    // Only a name that is not among the units can be an alias: mostly there is nothing more to ask.
    let mut missing = names(patterns);
    if !missing.is_empty() {
        let body = answer.body();
        for row in decode::unit_rows(&answer, body.data().bytes())? {
            missing.remove(row?.name.text()?);
        }
    }
    let found = join_all(missing.values().map(|name| dbus.get_loaded(name)).collect()).await;
    let units: Vec<_> = found.into_iter().map(|found| Ok(found?.0)).collect::<Result<_>>()?;
    let Some(others) = aliased(units) else { return Ok(Units::Message(answer)) };
    let rows = dbus::unit_infos(&answer)?;
    Ok(Units::Values(together(rows, dbus.list_units(&others).await?)))
}

async fn ask_command(command: &Command, patterns: &[UnitPattern]) -> Result<Units> {
    let rows = command.list_units(&texts(patterns)).await?;
    let mut missing = names(patterns);
    for row in &rows {
        missing.remove(row.name.as_str());
    }
    let mut units = Vec::with_capacity(missing.len());
    for name in missing.values() {
        units.push(command.get_loaded(name).await?);
    }
    let others = match aliased(units) {
        Some(others) => command.list_units(&others).await?,
        None => Vec::new(),
    };
    Ok(Units::Values(together(rows, others)))
}

fn texts(patterns: &[UnitPattern]) -> Vec<String> {
    patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect()
}

/// The names among the patterns.
fn names(patterns: &[UnitPattern]) -> BTreeMap<&str, &UnitName> {
    patterns.iter().filter_map(UnitPattern::name).map(|name| (name.as_str(), name)).collect()
}

/// The units that aliases stand for; `None` where there are none.
fn aliased(units: Vec<Option<UnitName>>) -> Option<Vec<String>> {
    let units: BTreeSet<String> = units.into_iter().flatten().map(|unit| unit.as_str().to_owned()).collect();
    (!units.is_empty()).then(|| units.into_iter().collect())
}

/// All rows, each unit once, by name.
pub(crate) fn together(mut rows: Vec<UnitInfo>, others: Vec<UnitInfo>) -> Vec<UnitInfo> {
    rows.extend(others);
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    rows.dedup_by(|one, other| one.name == other.name);
    rows
}
