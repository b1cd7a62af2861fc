//! What one should know of a job that ended well: what systemctl(1) warns of.

use crate::unit::UnitName;
use crate::value::Value;

/// How a unit is before it is stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::backend) struct Before {
    /// Whether there is something to stop; none where that was not asked.
    is_up: Option<bool>,
    /// Its files changed on disk after systemd read them.
    need_daemon_reload: bool,
    /// The units that can start it again.
    triggered_by: Vec<String>,
}

impl Before {
    /// The properties that it is made of.
    pub(in crate::backend) const WANTED: [&str; 3] = ["ActiveState", "NeedDaemonReload", "TriggeredBy"];
    /// Those that a unit's signals do not tell while it is stopped.
    pub(in crate::backend) const UNTOLD: [&str; 2] = ["NeedDaemonReload", "TriggeredBy"];

    pub(in crate::backend) fn of<'a>(get: impl Fn(&str) -> Option<&'a Value>) -> Self {
        let state = get("ActiveState").and_then(Value::as_text);
        Self {
            is_up: state.map(|state| !matches!(state, "inactive" | "failed")),
            need_daemon_reload: get("NeedDaemonReload").and_then(Value::as_boolean).unwrap_or(false),
            triggered_by: get("TriggeredBy").and_then(Value::as_texts).unwrap_or_default(),
        }
    }

    pub(super) fn is_up(&self) -> Option<bool> {
        self.is_up
    }

    pub(super) fn need_daemon_reload(&self) -> bool {
        self.need_daemon_reload
    }

    pub(super) fn triggers(&self) -> impl Iterator<Item = UnitName> {
        self.triggered_by.iter().filter_map(|name| name.parse().ok())
    }
}

/// systemd runs the unit as its files were.
pub(super) fn files_changed(unit: &UnitName) -> String {
    format!(
        "the files of {unit} changed on disk after systemd read them: it goes by the old ones until a daemon-reload"
    )
}

/// The unit may be up again at any moment.
pub(super) fn still_triggered(unit: &UnitName, triggers: &[String]) -> String {
    format!("{unit} is stopped, but {} can still start it", triggers.join(", "))
}
