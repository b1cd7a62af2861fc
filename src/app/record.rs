//! What an app's unit file remembers of the app beside the settings that systemd reads.
//!
//! Values of variables are not in it: they stand in `Environment=` already, and need no second place. Of `extra` it has
//! how many values each setting has; they stand in the file.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::config::{AppConfig, without_nothing};
use super::key::{Environment, Extra};
use crate::error::{Error, Result};

/// The section that marks a unit file as ours; systemd skips sections that begin with `X-`.
pub const OWNER_SECTION: &str = "X-Pm2go";
/// Where the app is remembered in it.
pub(super) const RECORD_KEY: &str = "Config";

/// The keys whose values stand elsewhere in the file.
const ENV: &str = "env";
const EXTRA: &str = "extra";

/// How many values of each extra setting there are.
type Counts = BTreeMap<String, BTreeMap<String, usize>>;

/// The app in one line of JSON: it has no line break, and ends with a brace.
pub(super) fn record(app: &AppConfig) -> String {
    let mut table = without_nothing(app.values());
    table.remove(ENV);
    if let Some(Json::Object(sections)) = table.get_mut(EXTRA) {
        for values in sections.values_mut().filter_map(Json::as_object_mut).flat_map(Map::values_mut) {
            *values = values.as_array().map_or(0, Vec::len).into();
        }
    }
    Json::Object(table).to_string()
}

/// A record that was read.
pub(super) struct Record {
    table: Map<String, Json>,
    pub(super) extra: Counts,
}

impl Record {
    pub(super) fn read(text: &str) -> Result<Self> {
        let unknown =
            |error: serde_json::Error| Error::config(format!("it is not what was written there: {error}"));
        let mut table: Map<String, Json> = serde_json::from_str(text).map_err(unknown)?;
        let extra = table.remove(EXTRA).map_or_else(|| Ok(Counts::new()), serde_json::from_value);
        Ok(Self { table, extra: extra.map_err(unknown)? })
    }

    /// The app, with the values that stand elsewhere in the file.
    pub(super) fn into_app(mut self, env: Environment, extra: Extra) -> Result<AppConfig> {
        self.table.insert(ENV.to_owned(), env.into_iter().collect());
        let sections =
            extra.into_iter().map(|(section, settings)| (section, settings.into_iter().collect::<Json>()));
        self.table.insert(EXTRA.to_owned(), sections.collect());
        AppConfig::restore(Json::Object(self.table))
    }
}
