//! The properties of units: on which D-Bus interface each is, and of which type (org.freedesktop.systemd1(5)).

mod table;

use super::UnitType;
use table::PROPERTIES;

/// The interface of every unit.
pub(crate) const UNIT: &str = "org.freedesktop.systemd1.Unit";
/// Its bit in the table; the types of units follow in the order of [`UnitType::ALL`].
const OF_EVERY_UNIT: u16 = 1;

/// The interface that units of this type have besides.
pub(crate) fn of_type(unit_type: UnitType) -> &'static str {
    match unit_type {
        UnitType::Service => "org.freedesktop.systemd1.Service",
        UnitType::Socket => "org.freedesktop.systemd1.Socket",
        UnitType::Target => "org.freedesktop.systemd1.Target",
        UnitType::Device => "org.freedesktop.systemd1.Device",
        UnitType::Mount => "org.freedesktop.systemd1.Mount",
        UnitType::Automount => "org.freedesktop.systemd1.Automount",
        UnitType::Swap => "org.freedesktop.systemd1.Swap",
        UnitType::Timer => "org.freedesktop.systemd1.Timer",
        UnitType::Path => "org.freedesktop.systemd1.Path",
        UnitType::Slice => "org.freedesktop.systemd1.Slice",
        UnitType::Scope => "org.freedesktop.systemd1.Scope",
    }
}

/// The interface to ask for a property of a unit of this type; one that is in no table may be new.
pub(crate) fn of_property(unit_type: UnitType, property: &str) -> &'static str {
    match find(property) {
        Some((_, interfaces)) if interfaces & OF_EVERY_UNIT != 0 => UNIT,
        _ => of_type(unit_type),
    }
}

/// The D-Bus type of a property.
pub(crate) fn signature(property: &str) -> Option<&'static str> {
    find(property).map(|(signature, _)| signature)
}

/// The types of units that have this property; none where every unit has it, or nobody knows it.
pub(crate) fn types_with(property: &str) -> Vec<UnitType> {
    let interfaces = find(property).map_or(0, |(_, interfaces)| interfaces);
    let types = UnitType::ALL.into_iter().enumerate();
    types.filter(|(at, _)| interfaces & (OF_EVERY_UNIT << (at + 1)) != 0).map(|(_, found)| found).collect()
}

fn find(property: &str) -> Option<(&'static str, u16)> {
    let at = PROPERTIES.binary_search_by(|(name, ..)| (*name).cmp(property)).ok()?;
    let (_, signature, interfaces) = PROPERTIES[at];
    Some((signature, interfaces))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::value::{means_unset, means_unset_signed};

    #[test]
    fn properties_are_found_by_their_whole_names() {
        for (property, expected) in [
            ("Id", UNIT),
            ("Wants", UNIT),
            ("AccessSELinuxContext", UNIT),
            ("MainPID", "org.freedesktop.systemd1.Service"),
            ("Limit", "org.freedesktop.systemd1.Service"),
            ("Active", "org.freedesktop.systemd1.Service"),
            ("", "org.freedesktop.systemd1.Service"),
        ] {
            assert_eq!(of_property(UnitType::Service, property), expected, "{property:?}");
        }
    }

    #[test]
    fn the_table_can_be_searched() {
        assert!(PROPERTIES.is_sorted_by(|(one, ..), (other, ..)| one < other));
        assert_eq!(signature("MemoryCurrent"), Some("t"));
        assert_eq!(signature("ExecStart"), Some("a(sasbttttuii)"));
        assert_eq!(signature("Nonsense"), None);
        assert_eq!(types_with("NextElapseUSecMonotonic"), [UnitType::Timer]);
        assert_eq!(types_with("NRestarts"), [UnitType::Service]);
        assert!(types_with("Id").is_empty());
    }
    /// Of each number somebody has looked what says "not set": its greatest (`max`), 0, -1 or nothing.
    #[test]
    fn of_each_number_it_is_known_what_says_not_set() {
        let told = include_str!("../../introspection/unset.tsv").lines().skip(1);
        let told: BTreeMap<_, _> = told.map(|line| line.split_once('\t').unwrap()).collect();
        let numbers =
            PROPERTIES.iter().filter(|(_, signature, _)| matches!(*signature, "t" | "u" | "q" | "i"));
        let names: Vec<_> = numbers.clone().map(|(name, ..)| *name).collect();
        assert_eq!(
            told.keys().copied().collect::<Vec<_>>(),
            names,
            "introspection/unset.tsv has other names"
        );
        for (name, signature, _) in numbers {
            let max = match *signature {
                "t" => u64::MAX,
                "u" => u64::from(u32::MAX),
                "q" => u64::from(u16::MAX),
                _ => i32::MAX as u64,
            };
            let is = [
                (means_unset(name, signature, 0), "0"),
                (means_unset(name, signature, max), "max"),
                (means_unset_signed(name, signature, -1), "-1"),
            ];
            let words: Vec<_> = is.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
            let words = if words.is_empty() { "-".to_owned() } else { words.join(" ") };
            assert_eq!(words, told[name], "{name}");
            assert!(!means_unset(name, signature, 1) && !means_unset_signed(name, signature, 1), "{name}");
        }
    }

    #[test]
    fn what_a_new_systemd_brings_is_judged_by_its_type() {
        for (name, signature, number, unset) in [
            ("NewCurrent", "t", u64::MAX, true),
            ("NewCurrent", "t", 0, false),
            ("NewTimestamp", "t", 0, true),
            ("NewTimestampMonotonic", "t", 0, true),
            ("NewUSec", "t", 0, false),
            ("NewBurst", "u", u64::from(u32::MAX), true),
            ("NewBurst", "u", 0, false),
        ] {
            assert_eq!(means_unset(name, signature, number), unset, "{name}");
        }
        assert!(!means_unset_signed("NewPriority", "i", -1));
    }
}
