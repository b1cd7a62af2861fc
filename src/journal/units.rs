//! The entries about a unit, as `journalctl --unit` means it: `add_matches_for_unit` of systemd's src/shared/logs-show.c.

use super::matches::Match;
use crate::error::Result;
use crate::unit::{Pattern, UnitPattern};

/// `SD_MESSAGE_COREDUMP`.
const COREDUMP: &str = "fc2e22bc6ee647b6b90729ab34a250b1";

/// The fields that tell of which run of a unit an entry is.
pub(super) const INVOCATION: [&str; 4] =
    ["_SYSTEMD_INVOCATION_ID", "OBJECT_SYSTEMD_INVOCATION_ID", "INVOCATION_ID", "USER_INVOCATION_ID"];

impl Match {
    /// What a unit of the system's manager said, what its manager said of it, and its coredumps; of a slice, all in it.
    pub fn unit(unit: &UnitPattern) -> Result<Self> {
        let is = field_like(unit)?;
        let root = || Self::field("_UID", "0");
        let mut any = vec![
            is("_SYSTEMD_UNIT"),
            Self::All(vec![Self::field("MESSAGE_ID", COREDUMP), root(), is("COREDUMP_UNIT")]),
            Self::All(vec![Self::field("_PID", "1"), is("UNIT")]),
            Self::All(vec![root(), is("OBJECT_SYSTEMD_UNIT")]),
        ];
        if unit.as_str().strip_suffix(".slice").is_some() {
            any.push(is("_SYSTEMD_SLICE"));
        }
        Ok(Self::Any(any))
    }

    /// The same of a unit of this user's manager: `journalctl --user-unit`.
    pub fn user_unit(unit: &UnitPattern, uid: u32) -> Result<Self> {
        let is = field_like(unit)?;
        let user = || Self::field("_UID", uid.to_string());
        let by_root_or_user = |name: &str| {
            let uids = Self::Any(vec![user(), Self::field("_UID", "0")]);
            Self::All(vec![is(name), uids])
        };
        let mut any = vec![
            Self::All(vec![is("_SYSTEMD_USER_UNIT"), user()]),
            Self::All(vec![is("USER_UNIT"), user()]),
            by_root_or_user("COREDUMP_USER_UNIT"),
            by_root_or_user("OBJECT_SYSTEMD_USER_UNIT"),
        ];
        if unit.as_str().strip_suffix(".slice").is_some() {
            any.push(Self::All(vec![is("_SYSTEMD_USER_SLICE"), user()]));
        }
        Ok(Self::Any(any))
    }

    /// Entries of which this field is this unit, or one of these.
    pub(super) fn of_unit(name: &str, unit: &UnitPattern) -> Result<Self> {
        Ok(field_like(unit)?(name))
    }

    /// What was said in one run of a unit, and what its manager said of that run: `journalctl --invocation`.
    #[must_use]
    pub fn invocation(id: &str) -> Self {
        Self::Any(INVOCATION.iter().map(|name| Self::field(name, id)).collect())
    }

    /// Entries that are at least as urgent as that; 0 is the most.
    #[must_use]
    pub fn priority(least: u8) -> Self {
        Self::Any((0..=least.min(7)).map(|priority| Self::field("PRIORITY", priority.to_string())).collect())
    }
}

/// Entries of which a field is this unit, or one of these.
fn field_like(unit: &UnitPattern) -> Result<impl Fn(&str) -> Match> {
    let like = match unit {
        UnitPattern::Name(_) => None,
        UnitPattern::Glob(pattern) => Some(Pattern::parse(pattern)?),
    };
    Ok(move |name: &str| match &like {
        None => Match::field(name, unit.as_str()),
        Some(pattern) => Match::Like(name.to_owned(), pattern.clone()),
    })
}
