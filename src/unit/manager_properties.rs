//! The properties of the manager: of which type each is, since when, and which can be set (org.freedesktop.systemd1(5)).

mod table;

use super::properties;
use crate::error::hint::{command, text};
use crate::error::{Error, Kind, Result};
use crate::near::nearest;
use crate::value::Value;
use table::PROPERTIES;

/// Those that can be set: the introspection does not tell it of one.
const SETTABLE: [&str; 8] = [
    "KExecWatchdogUSec",
    "LogLevel",
    "LogTarget",
    "RebootWatchdogUSec",
    "RuntimeWatchdogPreGovernor",
    "RuntimeWatchdogPreUSec",
    "RuntimeWatchdogUSec",
    "ServiceWatchdogs",
];

/// The D-Bus type of a property of the manager's.
pub(crate) fn signature(property: &str) -> Option<&'static str> {
    find(property).map(|(_, signature, _)| signature)
}

/// The manager has no property of that name, or not yet.
pub(crate) fn no_such_property(property: &str) -> Error {
    if let Some((name, _, since)) = find(property) {
        let error =
            Error::new(Kind::Unsupported, format!("this systemd has no property {name} of the manager"));
        return if since == 0 { error } else { error.with_hint(format!("systemd {since} has it")) };
    }
    let error = Error::config(format!("the manager has no property {property:?}"));
    match nearest(property, PROPERTIES.iter().map(|(name, ..)| *name)) {
        Some(name) => error.with_hint(format!("did you mean {name:?}?")),
        None if !properties::types_with(property).is_empty() || properties::signature(property).is_some() => {
            error.with_hint("units have it: ask one of them")
        }
        None => error.with_hint([command("systemctl", "show"), text(" lists its properties")]),
    }
}

/// A property that can be set, and the value that a caller means.
pub(crate) fn settable(property: &str, given: &Value) -> Result<(&'static str, Value)> {
    let Some(name) = SETTABLE.into_iter().find(|name| *name == property) else {
        if find(property).is_none() {
            return Err(no_such_property(property));
        }
        return Err(Error::config(format!("the manager's property {property} cannot be set"))
            .with_hint(format!("these can be set: {}", SETTABLE.join(", "))));
    };
    let signature = signature(name).unwrap_or_default();
    let value = match (signature, given) {
        ("s", Value::Text(_)) | ("b", Value::Boolean(_)) => given.clone(),
        ("t", given) if given.as_unsigned().is_some() => {
            Value::Unsigned(given.as_unsigned().unwrap_or_default())
        }
        ("s", _) => return Err(wrong(name, "a text", "give one of systemd's words for it")),
        ("b", _) => return Err(wrong(name, "a truth value", "give a truth value")),
        _ => {
            return Err(wrong(
                name,
                "a time in microseconds",
                "give a whole number from 0 up; 0 turns it off",
            ));
        }
    };
    Ok((name, value))
}

fn wrong(name: &str, what: &str, hint: &'static str) -> Error {
    Error::config(format!("the manager's property {name} is {what}")).with_hint(hint)
}

fn find(property: &str) -> Option<(&'static str, &'static str, u16)> {
    let at = PROPERTIES.binary_search_by(|(name, ..)| (*name).cmp(property)).ok()?;
    Some(PROPERTIES[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(PROPERTIES.is_sorted_by(|(one, ..), (other, ..)| one < other));
        assert_eq!(signature("Version"), Some("s"));
        assert_eq!(signature("UnitPath"), Some("as"));
        assert_eq!(signature("MainPID"), None);
        assert!(SETTABLE.iter().all(|name| signature(name).is_some()));
    }

    #[test]
    fn what_the_manager_does_not_have_is_told() {
        for (name, kind, said) in [
            ("Verison", Kind::Config, "did you mean \"Version\"?"),
            ("MainPID", Kind::Config, "units have it"),
            ("Nonsense", Kind::Config, "`systemctl show` lists its properties"),
            ("ReloadCount", Kind::Unsupported, "systemd 262 has it"),
        ] {
            let error = no_such_property(name);
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn only_some_can_be_set() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (name, given, expected) in [
            ("LogLevel", text("debug"), Some(text("debug"))),
            ("LogLevel", Value::Integer(7), None),
            ("ServiceWatchdogs", Value::Boolean(true), Some(Value::Boolean(true))),
            ("ServiceWatchdogs", Value::Integer(1), None),
            ("RuntimeWatchdogUSec", Value::Integer(5), Some(Value::Unsigned(5))),
            ("RuntimeWatchdogUSec", Value::Integer(-5), None),
            ("Version", text("1"), None),
            ("Nonsense", text("1"), None),
        ] {
            let found = settable(name, &given);
            assert_eq!(found.clone().ok().map(|(_, value)| value), expected, "{name}");
            if let Err(error) = found {
                assert!(error.kind() == Kind::Config && error.facts().hint.is_some(), "{error}");
            }
        }
    }
}
