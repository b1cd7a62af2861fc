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
    use super::*;

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
}
