//! Which units a stream is about.

use std::collections::BTreeMap;

use super::pattern::Pattern;
use crate::backend::Dbus;
use crate::error::{Error, Result};
use crate::flow::join_all;
use crate::unit::{UnitName, UnitPattern, UnitType};

/// Which units a stream is about: those of some names and patterns (all, without), and of some types.
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
        for name in &selection.types {
            if UnitType::from_suffix(name).is_none() {
                let known: Vec<_> = UnitType::ALL.iter().map(|known| known.as_str()).collect();
                return Err(Error::config(format!("there is no unit type {name:?}"))
                    .with_hint(format!("the types are {}", known.join(", "))));
            }
        }
        Ok(selection)
    }

    /// Whether the stream is about units of this name.
    pub(super) fn wants(&self, unit: &str) -> bool {
        let is_all = self.patterns.is_empty() && self.names.is_empty();
        (is_all || self.names(unit) || self.patterns.iter().any(|(_, pattern)| pattern.matches(unit)))
            && (self.types.is_empty()
                || unit
                    .rsplit_once('.')
                    .is_some_and(|(_, suffix)| self.types.iter().any(|name| name == suffix)))
    }

    fn names(&self, unit: &str) -> bool {
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

    /// Looks for which units the names stand for, if one came that may be among them; whether it is.
    pub(super) async fn has_grown(&mut self, dbus: &Dbus) -> Result<bool> {
        if self.is_due { self.resolve(dbus).await } else { Ok(false) }
    }

    /// Looks for which units the names stand for; whether that is another answer than before.
    pub(super) async fn resolve(&mut self, dbus: &Dbus) -> Result<bool> {
        self.is_due = false;
        let found = join_all(self.names.keys().map(|name| dbus.get_loaded(name)).collect()).await;
        let mut is_other = false;
        for (of, found) in self.names.values_mut().zip(found) {
            let (found, _) = found?;
            is_other |= *of != found;
            *of = found;
        }
        Ok(is_other)
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
        selection.is_due = false;
        for of in selection.names.values_mut() {
            *of = Some("real.service".parse().unwrap());
        }
        selection.hear_of("other.service");
        assert!(selection.wants("real.service") && !selection.is_due);
        assert_eq!(selection.asked_for(), ["real.service"]);
    }
}
