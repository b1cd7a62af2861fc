//! Which units a stream is about.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::unit::{Pattern, UnitName, UnitPattern, check_types, is_of_types};

/// Which units a stream is about: those of some names and patterns (all, without), and of some types.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    patterns: Vec<(String, Pattern)>,
    /// The names that were given, each with the unit that it stood for when it was last looked at; none while
    /// systemd does not have it in memory.
    names: BTreeMap<UnitName, Option<UnitName>>,
    types: Vec<String>,
    /// A unit came that one of the names may stand for.
    is_due: bool,
}

impl Selection {
    /// The units of these patterns and types; a wrong one is an error.
    pub(super) fn new(patterns: &[String], types: Vec<String>) -> Result<Self> {
        let mut selection = Self { patterns: Vec::new(), names: BTreeMap::new(), types, is_due: false };
        for pattern in UnitPattern::parse_all(patterns)? {
            match pattern {
                UnitPattern::Name(name) => drop(selection.names.insert(name, None)),
                UnitPattern::Glob(text) => {
                    let pattern = Pattern::parse(&text)?;
                    selection.patterns.push((text, pattern));
                }
            }
        }
        check_types(&selection.types)?;
        Ok(selection)
    }

    /// Whether the stream is about units of this name.
    pub(super) fn wants(&self, unit: &str) -> bool {
        let is_all = self.patterns.is_empty() && self.names.is_empty();
        (is_all || self.has_name(unit) || self.patterns.iter().any(|(_, pattern)| pattern.matches(unit)))
            && is_of_types(unit, &self.types)
    }

    fn has_name(&self, unit: &str) -> bool {
        self.names
            .iter()
            .any(|(name, of)| name.as_str() == unit || of.as_ref().is_some_and(|of| of.as_str() == unit))
    }

    /// Hears of a unit that has come: one of the names may be an alias of it, if it has the same type.
    pub(super) fn hear_of(&mut self, unit: &str) {
        let has_type = |name: &UnitName| {
            unit.rsplit_once('.').is_some_and(|(_, suffix)| suffix == name.unit_type().as_str())
        };
        self.is_due |= self.names.iter().any(|(name, of)| of.is_none() && has_type(name));
    }

    /// Whether a unit came that one of the names may stand for.
    pub(super) fn is_due(&self) -> bool {
        self.is_due
    }

    /// The names that were given, for which has to be found for which units they stand.
    pub(super) fn names(&self) -> impl Iterator<Item = &UnitName> {
        self.names.keys()
    }

    /// For which unit a name stands, as far as is known.
    pub(super) fn unit_of(&self, name: &UnitName) -> Option<&UnitName> {
        self.names.get(name)?.as_ref()
    }

    /// Enters for which unit a name stands; none where systemd has none of this name in memory.
    pub(super) fn resolve(&mut self, name: &UnitName, unit: Option<UnitName>) {
        self.is_due = false;
        if let Some(of) = self.names.get_mut(name) {
            *of = unit;
        }
    }

    /// The names of all units that it can be about now; none where it has patterns, or is about all units.
    pub(super) fn only_names(&self) -> Option<impl Iterator<Item = &str>> {
        let found = self.names.iter().flat_map(|(name, of)| {
            let other = of.as_ref().filter(|of| *of != name);
            std::iter::once(name).chain(other).map(UnitName::as_str)
        });
        (self.patterns.is_empty() && !self.names.is_empty()).then_some(found)
    }

    /// Whether the other was made of the same names, patterns and types.
    pub(super) fn is_about_the_same(&self, other: &Self) -> bool {
        self.names.keys().eq(other.names.keys())
            && self.patterns.iter().map(|(text, _)| text).eq(other.patterns.iter().map(|(text, _)| text))
            && self.types == other.types
    }

    /// Whether it is about all units of these patterns, of all types: it is about everything, or was made of the same.
    pub(super) fn covers(&self, globs: &[&str]) -> bool {
        let is_all = self.patterns.is_empty() && self.names.is_empty();
        let has_all =
            !globs.is_empty() && globs.iter().all(|glob| self.patterns.iter().any(|(text, _)| text == glob));
        self.types.is_empty() && (is_all || has_all)
    }

    /// What to ask systemd for; nothing is everything.
    pub(super) fn asked_for(&self) -> Vec<String> {
        let names = self.names.iter().map(|(name, of)| of.as_ref().unwrap_or(name).as_str().to_owned());
        self.patterns.iter().map(|(text, _)| text.clone()).chain(names).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(patterns: &[&str], types: &[&str]) -> Selection {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Selection::new(&texts(patterns), texts(types)).unwrap()
    }

    #[test]
    fn names_mean_what_they_mean_elsewhere() {
        for (patterns, unit, wanted) in [
            (&[][..], "a.service", true),
            (&["a"], "a.service", true),
            (&["a"], "a.socket", false),
            (&["a.socket", "b*"], "b.service", true),
            (&[r"my\x20app"], r"my\x20app.service", true),
            (&[r"my\x20*"], r"my\x20app.service", true),
            (&["a*"], "b.service", false),
        ] {
            assert_eq!(selection(patterns, &[]).wants(unit), wanted, "{patterns:?} {unit}");
        }
        assert!(!selection(&["a"], &["socket"]).wants("a.service"));
        assert_eq!(selection(&["a", "b*"], &[]).asked_for(), ["b*", "a.service"]);
    }

    #[test]
    fn an_alias_stands_for_its_unit_once_that_is_known() {
        let mut selection = selection(&["alias"], &[]);
        selection.hear_of("real.socket");
        assert!(!selection.wants("real.service") && !selection.is_due);
        selection.hear_of("real.service");
        assert!(selection.is_due);
        selection.resolve(&"alias.service".parse().unwrap(), Some("real.service".parse().unwrap()));
        selection.hear_of("other.service");
        assert!(selection.wants("real.service") && !selection.is_due);
        assert_eq!(selection.asked_for(), ["real.service"]);
    }
}
