//! From the names of apps to the names of units and back.

use crate::error::{Error, Result};
use crate::unit::{UnitName, UnitType};

/// What the names of our units begin with, where nothing else is asked for.
pub const DEFAULT_PREFIX: &str = "pm2-";

/// The longest name of an app: it leaves room for a prefix of 47 bytes in a unit's name.
const LONGEST_NAME: usize = 200;

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// Refuses what is no name of an app.
pub(super) fn check_name(name: &str) -> Result<()> {
    match name_fault(name) {
        Some((reason, hint)) => Err(Error::config(format!("name {name:?} {reason}")).with_hint(hint)),
        None => Ok(()),
    }
}

/// Why a text is no name of an app, and what would be one.
pub(super) fn name_fault(name: &str) -> Option<(&'static str, &'static str)> {
    if !is_name(name) {
        return Some(("has other characters than names have", "use letters, digits, \"_\", \".\" and \"-\""));
    }
    if name.starts_with(['.', '-']) {
        return Some(("begins with \".\" or \"-\"", "begin it with a letter, a digit or \"_\""));
    }
    (name.len() > LONGEST_NAME).then_some(("is too long", "use at most 200 characters"))
}

/// Refuses what no unit's name can begin with.
pub fn check_prefix(prefix: &str) -> Result<()> {
    if is_name(prefix) && !prefix.starts_with(['.', '-']) {
        return Ok(());
    }
    Err(Error::config(format!("prefix {prefix:?} cannot begin the names of units"))
        .with_hint("use letters, digits, \"_\", \".\" and \"-\", such as \"pm2-\""))
}

/// The unit of the app with this name: `pm2-NAME.service` with the prefix `pm2-`.
pub fn unit_name(name: &str, prefix: &str) -> Result<UnitName> {
    check_name(name)?;
    check_prefix(prefix)?;
    format!("{prefix}{name}.{}", UnitType::Service).parse()
}

/// The name of the app whose unit this could be; none where the unit's name is not made like [`unit_name`]'s.
///
/// The name proves nothing: whether the unit is ours, its file says ([`super::is_owned`]).
#[must_use]
pub fn app_name<'a>(unit: &'a UnitName, prefix: &str) -> Option<&'a str> {
    let name = unit.as_str().strip_suffix(".service")?.strip_prefix(prefix)?;
    check_name(name).ok().map(|()| name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refused() {
        for name in ["", ".a", "-a", "a b", "a@b", "a/b", "é", "a\n", &"a".repeat(201)] {
            assert!(unit_name(name, DEFAULT_PREFIX).is_err(), "{name:?}");
        }
        for prefix in ["", "a@", "a b", "-", "../", &"p".repeat(250)] {
            assert!(unit_name("a", prefix).is_err(), "{prefix:?}");
        }
        for unit in ["nginx.service", "pm2-a@b.service", "pm2-.service", "pm2-a.timer", "pm2--a.service"] {
            assert_eq!(app_name(&unit.parse().unwrap(), DEFAULT_PREFIX), None, "{unit}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back(name in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}", prefix in "[a-z][a-z0-9_.-]{0,8}") {
            let unit = unit_name(&name, &prefix).unwrap();
            prop_assert_eq!(app_name(&unit, &prefix), Some(name.as_str()));
        }
    }
}
