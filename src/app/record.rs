//! What an app's unit file remembers of the app beside the settings that systemd reads.
//!
//! Values of variables are not in it: they stand in `Environment=` already, and need no second place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::config::{AppConfig, AppFields};
use super::environment::{Environment, Extra};
use super::times::seconds;
use crate::error::{Error, Result};

/// The section that marks a unit file as ours; systemd skips sections that begin with `X-`.
pub const OWNER_SECTION: &str = "X-Pm2go";

/// How many values of each extra setting there are; the values stand in the file.
type Counts = BTreeMap<String, BTreeMap<String, usize>>;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    script: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    command: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    interpreter: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    interpreter_args: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    args: Vec<String>,
    cwd: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    environment_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    group: Option<String>,
    restart: String,
    restart_delay: f64,
    max_restarts: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    min_uptime: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    kill_signal: Option<String>,
    kill_timeout: f64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    description: Option<String>,
    autostart: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub(super) extra: Counts,
}

impl Record {
    pub(super) fn of(app: &AppConfig) -> Self {
        let fields = AppFields::clone(app);
        let count = |settings: &BTreeMap<String, Vec<String>>| {
            settings.iter().map(|(key, values)| (key.clone(), values.len())).collect()
        };
        Self {
            extra: fields
                .extra
                .iter()
                .map(|(section, settings)| (section.clone(), count(settings)))
                .collect(),
            name: fields.name,
            script: fields.script,
            command: fields.command,
            interpreter: fields.interpreter,
            interpreter_args: fields.interpreter_args,
            args: fields.args,
            cwd: fields.cwd,
            environment_file: fields.environment_file,
            user: fields.user,
            group: fields.group,
            restart: fields.restart.to_string(),
            restart_delay: fields.restart_delay.as_secs_f64(),
            max_restarts: fields.max_restarts,
            min_uptime: fields.min_uptime.map(|uptime| uptime.as_secs_f64()),
            kill_signal: fields.kill_signal,
            kill_timeout: fields.kill_timeout.as_secs_f64(),
            description: fields.description,
            autostart: fields.autostart,
        }
    }

    /// One line of JSON: it has no line break, and ends with a brace.
    pub(super) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::config(format!("the app cannot be written as JSON: {error}")))
    }

    pub(super) fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text)
            .map_err(|error| Error::config(format!("it is not what was written there: {error}")))
    }

    /// The app, with the values that stand elsewhere in the file.
    pub(super) fn into_app(self, env: Environment, extra: Extra) -> Result<AppConfig> {
        AppConfig::from_fields(AppFields {
            name: self.name,
            script: self.script,
            command: self.command,
            interpreter: self.interpreter,
            interpreter_args: self.interpreter_args,
            args: self.args,
            cwd: self.cwd,
            env,
            environment_file: self.environment_file,
            user: self.user,
            group: self.group,
            restart: self.restart.parse()?,
            restart_delay: seconds("restart_delay", Some(self.restart_delay))?.unwrap_or_default(),
            max_restarts: self.max_restarts,
            min_uptime: seconds("min_uptime", self.min_uptime)?,
            kill_signal: self.kill_signal,
            kill_timeout: seconds("kill_timeout", Some(self.kill_timeout))?.unwrap_or_default(),
            description: self.description,
            autostart: self.autostart,
            extra,
        })
    }
}
