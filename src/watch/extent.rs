//! Of which units a message bus has to bring the changes: of single ones while that is enough.

use std::collections::BTreeSet;

use super::audience::Audience;
use super::listening::{UNITS, changes};
use crate::bus::subscription::Filter;
use crate::unit::UnitName;

/// So many units have a match rule each; a bus allows a connection some hundreds (`max_match_rules_per_connection`,
/// dbus-daemon(1)).
const MOST_SINGLE: usize = 64;

/// The units whose changes are to be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All, as somebody watches whatever a pattern stands for, or very many.
    Everything,
    /// Single ones.
    Units(BTreeSet<String>),
}

impl Extent {
    /// What all who read want together.
    pub(super) fn of(audience: &Audience) -> Self {
        let mut units = BTreeSet::new();
        for (_, group) in audience.groups() {
            let Some(names) = group.selection.only_names() else { return Self::Everything };
            units.extend(names.map(str::to_owned));
            if units.len() > MOST_SINGLE {
                return Self::Everything;
            }
        }
        Self::Units(units)
    }

    /// Whether changes of this unit are heard.
    #[cfg(test)]
    pub(super) fn has(&self, unit: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Units(units) => units.contains(unit),
        }
    }

    /// The signals that tell of them.
    pub(super) fn filters(&self) -> Vec<Filter> {
        match self {
            Self::Everything => vec![changes(None, Some(UNITS))],
            Self::Units(units) => {
                let paths = units.iter().filter_map(|unit| unit.parse::<UnitName>().ok());
                paths.map(|unit| changes(Some(unit.object_path()), None)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::selection::Selection;

    #[test]
    fn single_units_are_heard_until_somebody_wants_more() {
        let mut audience = Audience::default();
        let selection = |pattern: &str| Selection::new(&[pattern.to_owned()], Vec::new()).unwrap();
        assert!(Extent::of(&audience).filters().is_empty());
        let one = audience.join(1, selection("a"));
        audience.join(2, selection("b.socket"));
        audience.resolve(one, &"a.service".parse().unwrap(), Some("real.service".parse().unwrap()));
        let units = ["a.service", "b.socket", "real.service"].map(str::to_owned);
        assert_eq!(Extent::of(&audience), Extent::Units(units.into()));
        let all = audience.join(3, selection("x-*"));
        assert_eq!(Extent::of(&audience).filters(), [changes(None, Some(UNITS))]);
        audience.leave(3, all);
        for number in 0..70 {
            assert_ne!(Extent::of(&audience) == Extent::Everything, number <= 61, "{number}");
            audience.join(4 + number, selection(&format!("c{number}")));
        }
    }
}
