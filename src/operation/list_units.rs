//! Lists units: loaded ones and, where that is wanted, those that there are only files of.

use std::collections::HashSet;

use super::list_unit_files::files;
use crate::backend::{Backend, together};
use crate::client::{Asked, Step};
use crate::error::{Error, Result};
use crate::unit::{UnitInfo, UnitName, UnitPattern, UnitType, check_listed_state, check_types, is_of_types};
use crate::value::Value;
use crate::verb::Repeat;

/// Which units are listed: all that systemd has in memory, where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct ListUnits {
    patterns: Vec<String>,
    states: Vec<String>,
    types: Vec<String>,
    slice: Option<UnitName>,
    all_files: bool,
}

impl ListUnits {
    /// Those that match one of the patterns, are in one of the states (active, sub or load states), of one of the types, and in
    /// that slice or below it; also those that systemd does not have in memory, with `all_files`.
    pub fn new(
        patterns: Vec<String>,
        states: Vec<String>,
        types: Vec<String>,
        slice: Option<String>,
        all_files: bool,
    ) -> Result<Self> {
        UnitPattern::parse_all(&patterns)?;
        states.iter().try_for_each(|state| check_listed_state(state))?;
        check_types(&types)?;
        let slice = slice.map(of_slice).transpose()?;
        Ok(Self { patterns, states, types, slice, all_files })
    }

    /// The patterns, where nothing else is said.
    #[must_use]
    pub fn only_patterns(&self) -> Option<&[String]> {
        let is_plain =
            self.states.is_empty() && self.types.is_empty() && self.slice.is_none() && !self.all_files;
        is_plain.then_some(&self.patterns)
    }

    fn is_wanted(&self, row: &UnitInfo) -> bool {
        let is_in = |state: &String| {
            [&row.active_state, &row.sub_state, &row.load_state].into_iter().any(|known| known == state)
        };
        (self.states.is_empty() || self.states.iter().any(is_in)) && is_of_types(&row.name, &self.types)
    }

    /// Units of files that systemd does not have in memory. It loads them, to tell how they are, and forgets them again.
    async fn unloaded(&self, backend: &Backend, loaded: &[UnitInfo]) -> Result<Vec<UnitInfo>> {
        let known: HashSet<&str> = loaded.iter().map(|row| row.name.as_str()).collect();
        let found = files(backend, &[], &self.types, &self.patterns).await?;
        let names = found.into_iter().map(|file| file.name).filter(|name| !known.contains(name.as_str()));
        // A template is no unit, and a file may have a name that none can have.
        let names = names.filter_map(|name| name.parse::<UnitName>().ok().filter(|name| !name.is_template()));
        backend.list_units_by_names(&names.collect::<Vec<_>>()).await
    }
}

impl Asked for ListUnits {
    fn what(&self) -> String {
        "list of units".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for ListUnits {
    type Answer = Vec<UnitInfo>;

    async fn over(&self, backend: &Backend) -> Result<Vec<UnitInfo>> {
        let mut rows = backend.list_units(&self.patterns).await?;
        if self.all_files {
            let unloaded = self.unloaded(backend, &rows).await?;
            rows = together(rows, unloaded);
        }
        rows.retain(|row| self.is_wanted(row));
        match &self.slice {
            Some(slice) => in_slice(backend, rows, slice).await,
            None => Ok(rows),
        }
    }
}

/// The slice that a caller names, whose suffix may be left out.
fn of_slice(name: String) -> Result<UnitName> {
    let name = if name.contains('.') { name } else { format!("{name}.slice") };
    let unit = UnitName::complete(&name)?;
    if unit.unit_type() == UnitType::Slice {
        return Ok(unit);
    }
    Err(Error::config(format!("{unit} is no slice")).with_hint("give the name of one, such as system.slice"))
}

/// The units of which a slice is the own one, or above that.
async fn in_slice(backend: &Backend, rows: Vec<UnitInfo>, slice: &UnitName) -> Result<Vec<UnitInfo>> {
    let units = rows.iter().map(|row| row.name.parse()).collect::<Result<Vec<UnitName>>>()?;
    let slices = backend.read_units_properties(&units, &["Slice"]).await?;
    let is_in = |values: &Option<Vec<Value>>| {
        let own = values.as_ref().and_then(|values| values.first()).and_then(Value::as_text);
        own.is_some_and(|own| is_below(own, slice.as_str()))
    };
    Ok(rows.into_iter().zip(&slices).filter(|(_, values)| is_in(values)).map(|(row, _)| row).collect())
}

/// Whether a slice is this one or below it: the names say so (systemd.slice(5)).
fn is_below(own: &str, slice: &str) -> bool {
    let stem = slice.strip_suffix(".slice").unwrap_or(slice);
    !own.is_empty()
        && (stem == "-" || own == slice || own.strip_prefix(stem).is_some_and(|rest| rest.starts_with('-')))
}

/// Tells how units of these names are, whether systemd has them in memory or not.
#[derive(Clone, Debug)]
pub struct ListUnitsByNames(Vec<UnitName>);

impl ListUnitsByNames {
    /// Those of these names; an alias stands for its unit.
    pub fn new(names: &[String]) -> Result<Self> {
        let name = |name: &String| {
            let unit = UnitName::complete(name)?;
            if unit.is_template() {
                let hint =
                    format!("give an instance of it, such as {}@NAME.{}", unit.prefix(), unit.unit_type());
                return Err(Error::config(format!("{unit} is a template, and no unit")).with_hint(hint));
            }
            Ok(unit)
        };
        names.iter().map(name).collect::<Result<_>>().map(Self)
    }
}

impl Asked for ListUnitsByNames {
    fn what(&self) -> String {
        "list of units".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for ListUnitsByNames {
    type Answer = Vec<UnitInfo>;

    async fn over(&self, backend: &Backend) -> Result<Vec<UnitInfo>> {
        backend.list_units_by_names(&self.0).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_in_those_that_their_names_begin_with() {
        for (own, slice, expected) in [
            ("system.slice", "system.slice", true),
            ("system-getty.slice", "system.slice", true),
            ("systems.slice", "system.slice", false),
            ("user.slice", "system.slice", false),
            ("user-1000.slice", "-.slice", true),
            ("-.slice", "-.slice", true),
            ("", "-.slice", false),
        ] {
            assert_eq!(is_below(own, slice), expected, "{own} {slice}");
        }
    }

    #[test]
    fn what_is_listed_is_checked_before() {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let new = |patterns: &[&str], states: &[&str], types: &[&str], slice: Option<&str>| {
            let slice = slice.map(str::to_owned);
            ListUnits::new(texts(patterns), texts(states), texts(types), slice, false)
        };
        assert!(new(&["a"], &[], &[], None).unwrap().only_patterns().is_some());
        assert!(new(&[], &["failed"], &[], Some("system")).unwrap().only_patterns().is_none());
        for wrong in [
            new(&["a b"], &[], &[], None),
            new(&[], &["faild"], &[], None),
            new(&[], &[], &["servce"], None),
            new(&[], &[], &[], Some("a.service")),
        ] {
            assert!(wrong.is_err_and(|error| error.facts().hint.is_some()));
        }
        assert!(ListUnitsByNames::new(&texts(&["a@.service"])).is_err());
    }
}
