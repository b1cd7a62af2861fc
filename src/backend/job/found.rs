//! What is found of a unit after its job.

use super::super::status;
use super::{AskedJob, JobVerb, Witnessed};
use crate::error::Result;
use crate::unit::{UnitName, UnitStatus};
use crate::value::Value;

/// What is found of a unit after its job.
#[derive(Debug)]
pub(in crate::backend) struct Found {
    pub(super) status: UnitStatus,
    /// The service's `Type`.
    service_type: Option<String>,
    /// What is known of the unit's conditions.
    conditions: Conditions,
    /// When it last began to be up, or its last main process was started, by the monotonic clock.
    begun: Option<u64>,
}

/// How a unit's conditions came out when it was started last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conditions {
    /// They held, or the unit has none.
    Held,
    /// They did not hold, so that nothing was started.
    Failed,
    /// systemd does not know any more: it forgets a unit that is down and that nothing refers to.
    Forgotten {
        /// Whether the unit has any.
        any: bool,
    },
}

impl Conditions {
    fn of<'a>(get: impl Fn(&str) -> Option<&'a Value>) -> Self {
        if get("ConditionResult").and_then(Value::as_boolean) != Some(false) {
            return Self::Held;
        }
        if get("ConditionTimestamp").and_then(Value::as_unsigned).is_some() {
            return Self::Failed;
        }
        let has = |name| matches!(get(name), Some(Value::List(all)) if !all.is_empty());
        Self::Forgotten { any: status::CONDITIONS.into_iter().any(has) }
    }
}

impl Found {
    /// From the properties that `get` finds.
    pub(in crate::backend) fn new<'a>(
        unit: &UnitName,
        get: impl Fn(&str) -> Option<&'a Value>,
    ) -> Result<Self> {
        let time = |name| get(name).and_then(Value::as_unsigned);
        let times = ["InactiveExitTimestampMonotonic", "ExecMainStartTimestampMonotonic"];
        let begun = times.into_iter().filter_map(time).max();
        let service_type = get("Type").and_then(Value::as_text).map(str::to_owned);
        let conditions = Conditions::of(&get);
        let status = status::found(unit, status::assemble(unit, get))?;
        Ok(Self { status, service_type, conditions, begun })
    }

    /// Whether systemd has forgotten the unit since, and with it how the conditions came out.
    pub(in crate::backend) fn is_forgotten(&self) -> bool {
        self.is_down() && matches!(self.conditions, Conditions::Forgotten { .. })
    }

    fn is_down(&self) -> bool {
        self.status.active_state == "inactive"
    }

    /// Whether nothing was started because a condition did not hold; none where nobody here can tell.
    pub(super) fn was_skipped(&self, asked: &AskedJob, witnessed: &Witnessed) -> Option<bool> {
        if !self.is_down() {
            return Some(false);
        }
        match self.conditions {
            Conditions::Held => Some(self.status.result.as_deref() == Some("exec-condition")),
            Conditions::Failed => Some(true),
            Conditions::Forgotten { any: false } => Some(false),
            Conditions::Forgotten { any: true } => witnessed.was_skipped(asked),
        }
    }

    /// Whether being up is what such a unit is for: one that does its work and ends may be down when all went well.
    pub(super) fn stays_up(&self) -> bool {
        self.service_type.as_deref() != Some("oneshot")
    }

    /// Whether this is another run of the unit than the one before the job.
    pub(super) fn has_begun(&self, asked: &AskedJob) -> bool {
        self.is_forgotten() || asked.is_before(self.begun)
    }

    /// Whether it is down and no job has touched it.
    pub(super) fn was_left_alone(&self, asked: &AskedJob) -> bool {
        matches!(self.status.active_state.as_str(), "inactive" | "failed") && !asked.is_before(self.begun)
    }

    /// Whether systemd has restarted the unit by itself since `earlier`.
    pub(super) fn was_restarted_since(&self, earlier: &Self) -> bool {
        self.status.n_restarts > earlier.status.n_restarts
    }

    /// Whether "started" only means that there is a process, or was one that systemd still clears up after.
    pub(super) fn may_fail_yet(&self) -> bool {
        matches!(self.service_type.as_deref(), Some("simple" | "exec" | "idle"))
            && matches!(self.status.active_state.as_str(), "active" | "activating" | "deactivating")
    }

    /// The result that a job must have had of which nobody heard the end.
    pub(super) fn presumed_result(&self, verb: JobVerb) -> &'static str {
        let is_down = matches!(self.status.active_state.as_str(), "inactive" | "failed");
        let is_done = match verb {
            JobVerb::Stop => is_down,
            // One that failed is judged as such; one that does its work and ends may be down again.
            JobVerb::Start | JobVerb::Restart | JobVerb::Reload | JobVerb::ReloadOrRestart => {
                !self.is_down() || !self.stays_up()
            }
            JobVerb::TryRestart | JobVerb::ReloadOrTryRestart => true,
        };
        if is_done { "done" } else { UNKNOWN }
    }
}

/// In the place of a job's result, where nobody heard it and the unit's state does not tell.
pub(super) const UNKNOWN: &str = "unknown";
