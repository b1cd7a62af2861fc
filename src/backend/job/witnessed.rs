//! What is known of a unit when its job ends: what was asked for along with the job, and what the unit's own signals told
//! while it ran. systemd sends what is pending of a unit before it says that
//! the unit's job has ended (`bus_job_send_removed_signal` in its src/core/dbus-job.c).

use super::AskedJob;
use crate::bus::decode::Changes;
use crate::value::Value;

/// The properties that are listened for.
pub(in crate::backend) const TOLD: [&str; 11] = [
    "ActiveState",
    "StateChangeTimestampMonotonic",
    "ConditionResult",
    "ConditionTimestampMonotonic",
    "InactiveExitTimestampMonotonic",
    "Result",
    "NRestarts",
    "ExecMainCode",
    "ExecMainStatus",
    "ExecMainStartTimestampMonotonic",
    "ExecMainExitTimestampMonotonic",
];

/// The last values of a unit's properties that its signals told.
#[derive(Clone, Debug, Default)]
pub(in crate::backend) struct Witnessed {
    values: Vec<(&'static str, Value)>,
    /// How the last main process ended that ended after the job was asked for; systemd forgets it when it starts
    /// the next.
    exit: Option<Exit>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::backend) struct Exit {
    /// `CLD_EXITED` (1), `CLD_KILLED` (2) or `CLD_DUMPED` (3).
    pub(super) code: i32,
    /// Its exit code, or the number of the signal.
    pub(super) status: i32,
}

impl Exit {
    /// From two properties; none of a process that runs.
    pub(super) fn of(code: Option<&Value>, status: Option<&Value>) -> Option<Self> {
        let small = |value: Option<&Value>| i32::try_from(value?.as_integer()?).ok();
        let exit = Self { code: small(code)?, status: small(status)? };
        (exit.code != 0).then_some(exit)
    }

    pub(super) fn exit_code(self) -> Option<i32> {
        (self.code == 1).then_some(self.status)
    }

    pub(super) fn signal(self) -> Option<i32> {
        matches!(self.code, 2 | 3).then_some(self.status)
    }
}

impl Witnessed {
    /// What was asked for when the job was.
    pub(in crate::backend) fn knowing(values: Vec<(&'static str, Value)>) -> Self {
        Self { values, exit: None }
    }

    /// The last value that was told of this property.
    pub(in crate::backend) fn get(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Takes in one signal.
    pub(in crate::backend) fn take_in(&mut self, changes: Changes<Value>, asked: &AskedJob) {
        for (place, value) in changes.changed {
            match self.values.iter_mut().find(|(known, _)| *known == TOLD[place]) {
                Some((_, known)) => *known = value,
                None => self.values.push((TOLD[place], value)),
            }
        }
        if asked.is_before(self.time("ExecMainExitTimestampMonotonic")) {
            let exit = Exit::of(self.get("ExecMainCode"), self.get("ExecMainStatus"));
            self.exit = exit.or(self.exit);
        }
    }

    pub(super) fn exit(&self) -> Option<Exit> {
        self.exit
    }

    pub(in crate::backend) fn time(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_unsigned)
    }

    /// Whether the unit has come to another state since the job was asked for; none where the signals do not tell.
    pub(super) fn has_changed_state(&self, asked: &AskedJob) -> Option<bool> {
        let changed = self.get("StateChangeTimestampMonotonic")?;
        Some(asked.is_before(changed.as_unsigned()))
    }

    /// Whether the unit's conditions (`Condition...=`, `ExecCondition=`) kept it from being started by this job; none
    /// where the signals do not tell.
    pub(super) fn was_skipped(&self, asked: &AskedJob) -> Option<bool> {
        if self.get("Result").and_then(Value::as_text) == Some("exec-condition") {
            return Some(true);
        }
        if !asked.is_before(self.time("ConditionTimestampMonotonic")) {
            return None;
        }
        self.get("ConditionResult").and_then(Value::as_boolean).map(|held| !held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{JobOptions, JobVerb};

    fn told(values: &[(&str, Value)]) -> Changes<Value> {
        let place = |name: &str| TOLD.iter().position(|told| *told == name).unwrap();
        let changed = values.iter().map(|(name, value)| (place(name), value.clone())).collect();
        Changes { interface: String::new(), changed, invalidated: Vec::new() }
    }

    #[test]
    fn the_end_of_a_process_is_remembered_when_the_next_has_begun() {
        let asked = AskedJob::now(JobVerb::Start, &"a.service".parse().unwrap(), JobOptions::default());
        let ended = |at: u64, code: i64, status: i64| {
            told(&[
                ("ExecMainExitTimestampMonotonic", Value::Unsigned(at)),
                ("ExecMainCode", Value::Integer(code)),
                ("ExecMainStatus", Value::Integer(status)),
            ])
        };
        let mut witnessed = Witnessed::default();
        witnessed.take_in(ended(asked.at - 1, 1, 9), &asked);
        assert_eq!(witnessed.exit(), None, "it ended before the job was asked for");
        witnessed.take_in(ended(asked.at + 1, 1, 7), &asked);
        witnessed.take_in(ended(asked.at + 1, 0, 0), &asked);
        assert_eq!(witnessed.exit(), Some(Exit { code: 1, status: 7 }));
    }

    #[test]
    fn only_a_state_of_the_jobs_own_time_is_a_change() {
        let asked = AskedJob::now(JobVerb::Stop, &"a.service".parse().unwrap(), JobOptions::default());
        assert_eq!(Witnessed::default().has_changed_state(&asked), None);
        let [before, after] = [asked.at - 1, asked.at + 1].map(Value::Unsigned);
        for (changed, expected) in [(before, false), (after, true), (Value::Null, false)] {
            let mut witnessed = Witnessed::default();
            witnessed.take_in(told(&[("StateChangeTimestampMonotonic", changed)]), &asked);
            assert_eq!(witnessed.has_changed_state(&asked), Some(expected));
        }
    }

    #[test]
    fn old_conditions_say_nothing() {
        let asked = AskedJob::now(JobVerb::Start, &"a.service".parse().unwrap(), JobOptions::default());
        for (at, held, result, expected) in [
            (asked.at - 1, false, "success", None),
            (asked.at + 1, false, "success", Some(true)),
            (asked.at + 1, true, "success", Some(false)),
            (asked.at + 1, true, "exec-condition", Some(true)),
        ] {
            let mut witnessed = Witnessed::default();
            let time = ("ConditionTimestampMonotonic", Value::Unsigned(at));
            let result = ("Result", Value::Text(result.to_owned()));
            witnessed.take_in(told(&[time, ("ConditionResult", Value::Boolean(held)), result]), &asked);
            assert_eq!(witnessed.was_skipped(&asked), expected);
        }
    }
}
