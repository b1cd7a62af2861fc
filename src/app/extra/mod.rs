//! The settings that are passed through: they must not contradict the app, and systemd must not ignore them.
//!
//! What systemd cannot make sense of it skips with a warning in its log, and the unit runs without it. So the values
//! of the settings that we know are checked here. A section or a setting that we do not know may be one of a newer
//! systemd: it is written, and warned of.

mod lists;
mod setting_kind;
mod table;

pub(super) use lists::program;

use super::key::{Extra, Problems};
use super::meaning::owner;
use super::record::OWNER_SECTION;
use crate::error::hint::{self, text};
use crate::error::{Error, Hint, Part, Result};
use crate::near::nearest;
use crate::unit_file::{check_key, check_section, check_value, shown_name};

/// Refuses what would leave its line or section.
pub(super) fn check_form(extra: &Extra, problems: &mut Problems) {
    for (section, settings) in extra {
        if let Err(error) = check_own_section(section) {
            problems.add(&place(&shown_name(section)), error);
            continue;
        }
        for (setting, values) in settings {
            let place = format!("{}.{}", place(section), shown_name(setting));
            let _: Option<()> = problems.take(&place, check_setting(section, setting, values));
        }
    }
}

/// Where a section stands in the description.
fn place(section: &str) -> String {
    format!("extra.{section}")
}

fn check_own_section(section: &str) -> Result<()> {
    check_section(section)?;
    if section == OWNER_SECTION {
        return Err(Error::config(format!("extra has the section {OWNER_SECTION}"))
            .with_hint("it marks our own units; use another name"));
    }
    Ok(())
}

fn check_setting(section: &str, setting: &str, values: &[String]) -> Result<()> {
    check_key(setting)?;
    values.iter().try_for_each(|value| check_value(&format!("extra [{section}] {setting}"), value))
}

/// Refuses what would contradict the app's own keys, and what systemd would ignore: a known setting in the wrong
/// section, or with a value that is none for it.
pub(super) fn check_meaning(extra: &Extra, problems: &mut Problems) {
    for (section, setting, values) in settings(extra) {
        let checked = check_values(section, setting, values);
        let _: Option<()> = problems.take(&format!("{}.{setting}", place(section)), checked);
    }
    let _: Option<()> = problems.take("extra.Service.Type", check_bus_name(extra));
}

fn check_values(section: &str, setting: &str, values: &[String]) -> Result<()> {
    if let Some(key) = owner(section, setting) {
        let contradiction = Error::config(format!("extra sets {setting} in [{section}]"));
        return Err(contradiction.with_hint(format!("use {key}")));
    }
    if (section, setting) == ("Service", "TimeoutSec") {
        return Err(Error::config("extra sets TimeoutSec, which would replace kill_timeout")
            .with_hint("use kill_timeout, and TimeoutStartSec in extra for the start"));
    }
    let Some(kind) = table::kind_of(section, setting) else { return check_place(section, setting) };
    let values = values.iter().filter(|value| !value.is_empty());
    values.map(String::as_str).try_for_each(|value| {
        kind.check(value).map_err(|expected| {
            let what = format!("extra [{section}] {setting} has a value that systemd refuses or ignores");
            Error::config(what).with_hint(expected)
        })
    })
}

/// The sections and settings that neither we nor, for all we know, systemd knows.
pub(super) fn unknown(extra: &Extra) -> Vec<String> {
    let mut found = Vec::new();
    for section in extra.keys().filter(|section| !is_known_section(section)) {
        let meant = nearest(section, table::SECTIONS);
        let advice = meant.map_or_else(String::new, |name| format!("; did you mean [{name}]?"));
        found.push(format!("extra has the section [{section}], which systemd ignores in a service{advice}"));
    }
    for (section, key, _) in settings(extra) {
        if table::kind_of(section, key).is_none() && !key.starts_with("X-") {
            let meant = nearest(key, table::names_of(section));
            let advice = meant.map_or_else(String::new, |name| format!("; did you mean {name}?"));
            found.push(format!(
                "extra has [{section}] {key}, which pm2go does not know; a systemd that does not know it ignores it{advice}"
            ));
        }
    }
    found
}

/// The values in force of a setting: those after the last empty one.
pub(super) fn in_force<'a>(extra: &'a Extra, section: &str, key: &str) -> &'a [String] {
    let values = extra.get(section).and_then(|settings| settings.get(key)).map_or(&[][..], Vec::as_slice);
    let reset = values.iter().rposition(String::is_empty).map_or(0, |index| index + 1);
    &values[reset..]
}

/// All settings of the sections that systemd reads in a service.
fn settings(extra: &Extra) -> impl Iterator<Item = (&str, &str, &[String])> {
    let known = extra.iter().filter(|(section, _)| table::SECTIONS.contains(&section.as_str()));
    known.flat_map(|(section, settings)| {
        settings.iter().map(|(key, values)| (section.as_str(), key.as_str(), values.as_slice()))
    })
}

/// What to use instead of a setting of systemd that is given as if it were a key of the app.
pub(super) fn advice(key: &str) -> Option<Hint> {
    let section = table::SECTIONS.into_iter().find(|section| table::kind_of(section, key).is_some())?;
    Some(match owner(section, key) {
        Some(field) => format!("use {field}").into(),
        None => Hint::from([
            text("use "),
            Part::Extra(section.into(), vec![(key.to_owned().into(), "...".into())]),
        ]),
    })
}

/// Whether systemd reads the section, or leaves it to others on purpose.
fn is_known_section(section: &str) -> bool {
    table::SECTIONS.contains(&section) || section.starts_with("X-")
}

/// Refuses a setting that systemd looks for in another section.
fn check_place(section: &str, key: &str) -> Result<()> {
    let Some(right) = table::SECTIONS.into_iter().find(|right| table::kind_of(right, key).is_some()) else {
        return Ok(());
    };
    let advice =
        owner(right, key).map_or_else(|| format!("put it into [{right}]"), |field| format!("use {field}"));
    Err(Error::config(format!("extra sets {key} in [{section}], where systemd does not look for it"))
        .with_hint(advice))
}

/// Without the name, a service of this type is refused by systemd, and systemd 247 dies of it.
fn check_bus_name(extra: &Extra) -> Result<()> {
    let is_dbus = in_force(extra, "Service", "Type").last().is_some_and(|kind| kind == "dbus");
    if is_dbus && in_force(extra, "Service", "BusName").is_empty() {
        return Err(Error::config("extra sets Type=dbus without BusName").with_hint([
            text("name what the app takes on the bus: "),
            hint::extra("Service", [("BusName", "org.example.App")]),
        ]));
    }
    Ok(())
}
