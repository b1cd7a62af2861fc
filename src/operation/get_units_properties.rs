//! Properties of many units in one go.

use crate::backend::{Backend, Chosen, no_such_property};
use crate::client::{Asked, Step};
use crate::error::{Error, Kind, Result};
use crate::unit::{UnitName, UnitPattern};
use crate::verb::Repeat;

/// Which properties of which units are asked for.
#[derive(Clone, Debug)]
pub struct GetUnitsProperties {
    patterns: Vec<UnitPattern>,
    names: Vec<String>,
}

/// What was found.
#[derive(Debug)]
pub struct UnitsProperties {
    /// The properties that were asked for; none, where all were.
    pub names: Vec<String>,
    /// The units, each by its name.
    pub units: Vec<(UnitName, Chosen)>,
}

impl GetUnitsProperties {
    /// These properties (all, without any) of the units of these names, and of those that match these patterns.
    pub fn new(patterns: &[String], names: Vec<String>) -> Result<Self> {
        if names.iter().any(String::is_empty) {
            return Err(Error::config("the name of a property is empty")
                .with_hint("give one as systemd spells it, such as ActiveState"));
        }
        let mut chosen: Vec<String> = Vec::with_capacity(names.len());
        for name in names {
            if !chosen.contains(&name) {
                chosen.push(name);
            }
        }
        Ok(Self { patterns: UnitPattern::parse_all(patterns)?, names: chosen })
    }

    /// All properties of these units.
    pub(super) fn of(patterns: Vec<UnitPattern>) -> Self {
        Self { patterns, names: Vec::new() }
    }

    /// The units, each once, in the order in which they were given; and how many of them were named, which have to exist.
    pub(super) async fn units(&self, backend: &Backend) -> Result<(Vec<UnitName>, usize)> {
        let mut units: Vec<UnitName> = Vec::new();
        let mut globs = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for pattern in &self.patterns {
            match pattern {
                UnitPattern::Name(name) if seen.insert(name.as_str().to_owned()) => units.push(name.clone()),
                UnitPattern::Name(_) => {}
                UnitPattern::Glob(glob) => globs.push(glob.clone()),
            }
        }
        let named = units.len();
        if !globs.is_empty() {
            for row in backend.list_units(&globs).await? {
                let unit: UnitName = row.name.parse()?;
                if seen.insert(row.name) {
                    units.push(unit);
                }
            }
        }
        Ok((units, named))
    }
}

impl Asked for GetUnitsProperties {
    fn what(&self) -> String {
        "properties of units".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        UnitPattern::only_name(&self.patterns).cloned()
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for GetUnitsProperties {
    type Answer = UnitsProperties;

    async fn over(&self, backend: &Backend) -> Result<UnitsProperties> {
        let (units, certain) = self.units(backend).await?;
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let found = backend.ask_units_properties(&units, &names).await?;
        let mut told = Vec::with_capacity(units.len());
        for (number, (unit, chosen)) in units.into_iter().zip(found).enumerate() {
            match chosen {
                Ok(chosen) => told.push((unit, chosen)),
                // It went between the listing and the question.
                Err(error) if error.kind() == Kind::UnitNotFound && number >= certain => {}
                Err(error) => return Err(error),
            }
        }
        if let Some((unit, _)) = told.first() {
            for (place, name) in names.iter().enumerate() {
                if told.iter().all(|(_, chosen)| !chosen.has(place)) {
                    return Err(no_such_property(unit, name));
                }
            }
        }
        Ok(UnitsProperties { names: self.names.clone(), units: told })
    }
}
