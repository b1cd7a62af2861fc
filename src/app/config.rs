//! An app that was checked: everything in it can be written into a unit file.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::interpreter::ITSELF;
use super::key::Keys as _;
use super::keys::AppKeys;
use super::secrets::redact_table;

/// How long a launch has to last, where nothing else is asked for.
const MIN_UPTIME: Duration = Duration::from_secs(1);
/// The shortest time in which launches are counted, where `min_uptime` is not given.
const SHORTEST_WINDOW: Duration = Duration::from_secs(60);

/// An app that was checked. Its keys cannot be changed: describe it ([`AppConfig::described`]), change that, and check
/// again.
#[derive(Clone, PartialEq, Eq)]
pub struct AppConfig(pub(super) AppKeys);

impl AppConfig {
    /// What makes this app again, as JSON: without what is not set.
    #[must_use]
    pub fn described(&self) -> Map<String, Json> {
        without_nothing(self.0.described_table())
    }

    /// The values of all keys, as JSON; times are seconds.
    #[must_use]
    pub fn values(&self) -> Map<String, Json> {
        self.0.values()
    }

    /// The JSON Schema of what makes an app.
    #[must_use]
    pub fn schema() -> Json {
        let mut schema = AppKeys::table_schema();
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        schema["title"] = "An app of pm2go".into();
        schema["oneOf"] = json!([{"required": ["script"]}, {"required": ["command"]}]);
        schema
    }

    /// The working directory.
    #[must_use]
    pub fn cwd(&self) -> &str {
        self.0.cwd.0.as_deref().unwrap_or("/")
    }

    /// The absolute path of the script's interpreter; none where the script runs by itself.
    #[must_use]
    pub fn interpreter(&self) -> Option<&str> {
        self.0.interpreter.as_deref().filter(|path| *path != ITSELF)
    }

    /// The program with all its arguments, as systemd starts it.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        self.words().map(|(_, word)| word.to_owned()).collect()
    }

    /// The words of that, each with the key that it comes from.
    pub(super) fn words(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let command = self.command.as_ref().map_or(&[][..], |words| words.as_slice());
        let interpreter = self.interpreter().map(|path| ("interpreter", path));
        let before = interpreter.map_or(&[][..], |_| self.interpreter_args.as_slice());
        let script = self.script.as_deref().map(|path| ("script", path));
        texts("command", command)
            .chain(interpreter)
            .chain(texts("interpreter_args", before))
            .chain(script)
            .chain(texts("args", &self.args))
    }

    /// The time in which systemd counts launches (`StartLimitIntervalSec=`).
    ///
    /// It is as long as `max_restarts` launches take that last `min_uptime` each: so the limit is reached if, and only
    /// if, they are shorter on average. With a shorter window it would never be.
    #[must_use]
    pub fn start_limit_interval(&self) -> Duration {
        let uptime = self.min_uptime.map_or(MIN_UPTIME, |limit| limit.0);
        let launch = uptime.saturating_add(self.restart_delay.0);
        let window = launch.saturating_mul(self.max_restarts.0);
        if self.min_uptime.is_none() { window.max(SHORTEST_WINDOW) } else { window }
    }
}

fn texts<'a>(key: &'static str, words: &'a [String]) -> impl Iterator<Item = (&'static str, &'a str)> {
    words.iter().map(move |word| (key, word.as_str()))
}

/// A table without the keys that are not set.
pub(super) fn without_nothing(mut table: Map<String, Json>) -> Map<String, Json> {
    table.retain(|_, value| !is_nothing(value));
    table
}

/// Whether a value says no more than that its key is not given.
fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

impl Deref for AppConfig {
    type Target = AppKeys;

    fn deref(&self) -> &AppKeys {
        &self.0
    }
}

/// What looks secret is redacted.
impl fmt::Debug for AppConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AppConfig({:?})", self.0)
    }
}

/// Only what is set, and what looks secret redacted, whatever its key.
impl fmt::Debug for AppKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(&redact_table(without_nothing(self.described_table()))).finish()
    }
}
