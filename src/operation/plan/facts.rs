//! What is known of a unit that a plan has to do with.

use crate::backend::find;
use crate::error::hint::{command, first};
use crate::error::{Error, Kind, Result};
use crate::unit::UnitName;
use crate::value::Value;

/// The properties that it takes.
pub(super) const WANTED: [&str; 24] = [
    "Id",
    "LoadState",
    "ActiveState",
    "Job",
    "CanStart",
    "CanStop",
    "CanReload",
    "IgnoreOnIsolate",
    "AllowIsolate",
    "RefuseManualStart",
    "RefuseManualStop",
    "Requires",
    "Requisite",
    "Wants",
    "BindsTo",
    "Upholds",
    "Conflicts",
    "ConflictedBy",
    "RequiredBy",
    "RequisiteOf",
    "BoundBy",
    "ConsistsOf",
    "PropagatesStopTo",
    "PropagatesReloadTo",
];

/// What is known of a unit.
#[expect(clippy::struct_excessive_bools, reason = "each is a property of systemd's")]
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) id: String,
    load_state: String,
    active_state: String,
    pub(super) has_job: bool,
    pub(super) can_start: bool,
    pub(super) can_stop: bool,
    pub(super) can_reload: bool,
    pub(super) ignores_isolation: bool,
    pub(super) allows_isolation: bool,
    pub(super) refuses_start: bool,
    pub(super) refuses_stop: bool,
    relations: Vec<(&'static str, Vec<String>)>,
}

impl Facts {
    pub(super) fn new(unit: &str, properties: &[(String, Value)]) -> Self {
        let text = |name| find(properties, name).and_then(Value::as_text).unwrap_or_default().to_owned();
        let flag = |name| find(properties, name).and_then(Value::as_boolean).unwrap_or(false);
        let related = |name: &'static str| Some((name, find(properties, name)?.as_texts()?));
        let has_job = match find(properties, "Job") {
            Some(Value::Tuple(job)) => job.first().and_then(Value::as_unsigned).is_some_and(|id| id != 0),
            _ => false,
        };
        Self {
            id: Some(text("Id")).filter(|id| !id.is_empty()).unwrap_or_else(|| unit.to_owned()),
            load_state: text("LoadState"),
            active_state: text("ActiveState"),
            has_job,
            can_start: flag("CanStart"),
            can_stop: flag("CanStop"),
            can_reload: flag("CanReload"),
            ignores_isolation: flag("IgnoreOnIsolate"),
            allows_isolation: flag("AllowIsolate"),
            refuses_start: flag("RefuseManualStart"),
            refuses_stop: flag("RefuseManualStop"),
            relations: WANTED[11..].iter().filter_map(|name| related(name)).collect(),
        }
    }

    /// The units that it has these relations to.
    pub(super) fn related(&self, relations: &[&str]) -> impl Iterator<Item = &str> {
        let of_them = self.relations.iter().filter(|(name, _)| relations.contains(name));
        of_them.flat_map(|(_, units)| units).map(String::as_str)
    }

    /// Whether a start would change nothing.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.active_state.as_str(), "active" | "reloading" | "refreshing")
    }

    /// Whether a stop would change nothing.
    pub(super) fn is_down(&self) -> bool {
        matches!(self.active_state.as_str(), "inactive" | "failed")
    }

    /// Whether it is down, or on its way there: then it is not restarted for another's sake.
    pub(super) fn is_ending(&self) -> bool {
        self.is_down() || self.active_state == "deactivating"
    }

    /// Says where there is no such unit.
    pub(super) fn check_exists(&self, asked: &UnitName) -> Result<()> {
        if self.load_state == "not-found" { self.check_loaded(asked) } else { Ok(()) }
    }

    /// What systemd says where this unit has to be started, and cannot be loaded.
    pub(super) fn check_loaded(&self, asked: &UnitName) -> Result<()> {
        let (kind, what, hint) = match self.load_state.as_str() {
            "not-found" => {
                (Kind::UnitNotFound, "not found", "check the name, or write its unit file and reload".into())
            }
            "masked" => {
                (Kind::UnitMasked, "is masked", first(command("systemctl", format!("unmask {}", self.id))))
            }
            "error" | "bad-setting" => {
                (Kind::UnitLoad, "cannot be loaded", "correct its file, then reload".into())
            }
            _ => return Ok(()),
        };
        let error =
            Error::new(kind, format!("unit {} {what}", self.id)).with_unit(asked.as_str()).with_hint(hint);
        Err(if self.id == asked.as_str() { error } else { error.with_culprit(&self.id) })
    }
}
