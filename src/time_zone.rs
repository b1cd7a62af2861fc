//! The time zones that this machine knows: the files of its database, and the one that its clock shows.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::calendar::Zone;
use crate::error::{Error, Result};

const DATABASE: &str = "/usr/share/zoneinfo";
const OF_MACHINE: &str = "/etc/localtime";

/// The time zone of this name, such as `Europe/Berlin`; without one that of the process: what `TZ` says (tzset(3)), or
/// else the machine's.
pub fn zone(name: Option<&str>, environment: impl Fn(&str) -> Option<OsString>) -> Result<Zone> {
    match name {
        Some(name) => named(name, &environment),
        None => match environment("TZ").and_then(|zone| zone.into_string().ok()) {
            Some(text) => Ok(by_variable(&text, &environment)),
            None => Ok(read(Path::new(OF_MACHINE)).unwrap_or_else(Zone::utc)),
        },
    }
}

fn named(name: &str, environment: &impl Fn(&str) -> Option<OsString>) -> Result<Zone> {
    if name.eq_ignore_ascii_case("UTC") {
        return Ok(Zone::utc());
    }
    let folder = environment("TZDIR").map_or_else(|| DATABASE.into(), PathBuf::from);
    let is_plain = !name.is_empty() && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    is_plain.then(|| read(&folder.join(name))).flatten().ok_or_else(|| unknown(name))
}

/// What is neither a name nor a rule is UTC to the C library, and so to systemd.
fn by_variable(text: &str, environment: &impl Fn(&str) -> Option<OsString>) -> Zone {
    let text = text.strip_prefix(':').unwrap_or(text);
    let found = if text.starts_with('/') { read(Path::new(text)) } else { named(text, environment).ok() };
    found.or_else(|| Zone::of_rule(text).ok()).unwrap_or_else(Zone::utc)
}

fn read(path: &Path) -> Option<Zone> {
    Zone::parse(&std::fs::read(path).ok()?)
}

fn unknown(name: &str) -> Error {
    Error::config(format!("there is no time zone {name:?} on this machine")).with_hint(
        "give the name of one, such as \"Europe/Berlin\" or \"UTC\"; they are in /usr/share/zoneinfo",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_zone() {
        let with = |zone: &'static str| move |name: &str| (name == "TZ").then(|| zone.into());
        let none = |_: &str| None;
        assert_eq!(zone(Some("utc"), none).unwrap(), Zone::utc());
        for name in ["", "Mars/Crater", "../zoneinfo/UTC", "/etc/localtime", "Europe", "Europe//Berlin"] {
            assert!(zone(Some(name), none).is_err(), "{name}");
        }
        let rule = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!(zone(None, with(rule)).unwrap(), Zone::of_rule(rule).unwrap());
        assert_eq!(zone(None, with("nonsense")).unwrap(), Zone::utc());
        assert_eq!(zone(None, with("")).unwrap(), Zone::utc());
    }
}
