//! What systemd's answer leaves out: why it could not load a unit.

use std::time::{Duration, Instant};

use super::load_reason;
use crate::client::Client;
use crate::error::{Error, Kind};
use crate::flow::with_deadline;
use crate::unit::UnitName;

/// How long the journal may take.
const PATIENCE: Duration = Duration::from_secs(1);

impl Client {
    /// The same error; where a setting in a unit's file is wrong, with the line of the manager's journal that names
    /// it.
    pub(crate) async fn with_reason(&self, error: Error, deadline: Option<Instant>) -> Error {
        if !is_about_a_setting(&error) {
            return error;
        }
        let unit = error.facts().unit.as_deref().and_then(|unit| unit.parse::<UnitName>().ok());
        let Some(unit) = unit else { return error };
        let Some(line) = self.reason_for(&unit, deadline).await else { return error };
        let message = format!("{}: {line}", error.facts().message);
        error.with_message(message).with_hint("correct that setting, then reload")
    }

    async fn reason_for(&self, unit: &UnitName, deadline: Option<Instant>) -> Option<String> {
        let limit = Instant::now() + PATIENCE;
        let limit = deadline.map_or(limit, |deadline| deadline.min(limit));
        with_deadline(Some(limit), load_reason::find(self.whose(), unit)).await.ok()?
    }
}

fn is_about_a_setting(error: &Error) -> bool {
    let facts = error.facts();
    let name = facts.dbus_name.as_deref().and_then(|name| name.rsplit('.').next());
    facts.kind == Kind::UnitLoad
        && (matches!(name, Some("BadUnitSetting" | "LoadFailed")) || facts.message.contains("bad-setting"))
}
