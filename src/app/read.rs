//! From a unit file back to its app.

use std::collections::BTreeMap;

use super::config::AppConfig;
use super::key::{Environment, Extra};
use super::record::{OWNER_SECTION, RECORD_KEY, Record};
use crate::error::{Error, Kind, Result};
use crate::unit_file::{UnitFile, parse_environment};

/// Whether the unit file was written by [`super::render`].
#[must_use]
pub fn is_owned(file: &UnitFile) -> bool {
    file.has_section(OWNER_SECTION)
}

/// The app that a unit file was written for; none if the file is not ours. Drop-ins do not count.
///
/// A file of ours that was changed by hand so that it no longer holds an app is an error.
pub fn read_app(file: &UnitFile) -> Result<Option<AppConfig>> {
    if !is_owned(file) {
        return Ok(None);
    }
    app(file).map(Some).map_err(|error| {
        Error::new(Kind::Config, format!("the unit file holds no app any more: {}", error.facts().message))
            .with_hint("start the app again with its full configuration; for changes by hand use drop-ins")
    })
}

fn app(file: &UnitFile) -> Result<AppConfig> {
    let text = file.get(OWNER_SECTION, RECORD_KEY).ok_or_else(|| Error::config("its record is missing"))?;
    let record = Record::read(text)?;
    let mut extra = Extra::new();
    for (section, counts) in &record.extra {
        let settings = counts.iter().map(|(key, &count)| (key.clone(), last(file, section, key, count)));
        extra.insert(section.clone(), settings.collect());
    }
    let extra_variables =
        extra.get("Service").and_then(|service| service.get("Environment")).map_or(0, Vec::len);
    let mut env = Environment::new();
    let lines = values(file, "Service", "Environment");
    for line in &lines[..lines.len() - extra_variables] {
        env.extend(parse_environment(line)?.into_iter().collect::<BTreeMap<_, _>>());
    }
    record.into_app(env, extra)
}

/// The last values of a setting: those of `extra` stand behind ours.
fn last(file: &UnitFile, section: &str, key: &str, count: usize) -> Vec<String> {
    let all = values(file, section, key);
    all[all.len().saturating_sub(count)..].iter().map(|&value| value.to_owned()).collect()
}

/// All values of a setting, empty ones included.
fn values<'a>(file: &'a UnitFile, section: &str, key: &str) -> Vec<&'a str> {
    file.assignments().filter(|a| a.section == section && a.key == key).map(|a| a.value).collect()
}
