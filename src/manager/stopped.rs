//! Whether a unit that systemd calls failed was only stopped.
//!
//! Many programs end with a code of their own when they are asked to end (a JVM with 143), and some have to be killed;
//! then systemd calls the unit failed although all went as it was asked for. It does not say so, but its clock does: a
//! process that ends by itself takes its unit down with it, while one that is being stopped ends after its unit has
//! left "active".

use crate::backend::{Properties, find};
use crate::value::Value;

/// How a unit may end that is asked to stop; all other results are faults of their own.
const ENDS: [&str; 4] = ["exit-code", "signal", "core-dump", "timeout"];

/// Whether these properties are those of a unit that failed, but that was being stopped when its process ended.
pub(super) fn was_stopped(properties: &Properties) -> bool {
    let find = |wanted| find(properties, wanted);
    let text = |name| find(name).and_then(Value::as_text).unwrap_or_default();
    let time = |name| find(name).and_then(Value::as_unsigned);
    let (Some(left_inactive), Some(left_active), Some(ended)) = (
        time("InactiveExitTimestampMonotonic"),
        time("ActiveExitTimestampMonotonic"),
        time("ExecMainExitTimestampMonotonic"),
    ) else {
        return false;
    };
    // A limit that the unit set itself ends it in the same way.
    let ran = left_active.saturating_sub(time("ActiveEnterTimestampMonotonic").unwrap_or(left_active));
    let ran_too_long = time("RuntimeMaxUSec").is_some_and(|most| ran >= most);
    text("ActiveState") == "failed"
        && ENDS.contains(&text("Result"))
        // Times before the last start are those of another run.
        && left_inactive < left_active
        && left_active < ended
        && !ran_too_long
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As systemd 252 had them; times in milliseconds.
    fn properties(result: &str, times: [u64; 4], longest: Option<u64>) -> Properties {
        let number = |number: u64| if number == 0 { Value::Null } else { Value::Unsigned(number * 1000) };
        let [left_inactive, entered, left, ended] = times.map(number);
        let text = |text: &str| Value::Text(text.to_owned());
        [
            ("ActiveState", text("failed")),
            ("Result", text(result)),
            ("InactiveExitTimestampMonotonic", left_inactive),
            ("ActiveEnterTimestampMonotonic", entered),
            ("ActiveExitTimestampMonotonic", left),
            ("ExecMainExitTimestampMonotonic", ended),
            ("RuntimeMaxUSec", longest.map_or(Value::Null, number)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    #[test]
    fn systemds_times_tell_a_stop_from_a_failure() {
        for (what, stopped, result, times, longest) in [
            ("asked to end, it exits with 143", true, "exit-code", [10, 11, 500, 503], None),
            ("asked to end, it dies of another signal", true, "signal", [10, 11, 500, 503], None),
            ("asked to end, it has to be killed", true, "timeout", [10, 11, 500, 900], None),
            ("stopped before its longest time", true, "exit-code", [10, 11, 500, 503], Some(600)),
            ("it exits by itself", false, "exit-code", [10, 11, 501, 500], None),
            ("it exits the moment it is up", false, "exit-code", [10, 11, 11, 11], None),
            ("it ran for its longest time", false, "timeout", [10, 11, 511, 513], Some(500)),
            ("it missed the watchdog", false, "watchdog", [10, 11, 500, 503], None),
            ("out of memory", false, "oom-kill", [10, 11, 500, 503], None),
            ("started too often", false, "start-limit-hit", [10, 11, 500, 503], None),
            ("stopped, and the next start failed", false, "exit-code", [600, 11, 500, 503], None),
            ("it never came up", false, "exit-code", [600, 0, 0, 601], None),
            ("its program cannot be executed", false, "exit-code", [600, 0, 0, 0], None),
        ] {
            assert_eq!(was_stopped(&properties(result, times, longest)), stopped, "{what}");
        }
    }

    #[test]
    fn what_is_not_failed_was_not_stopped_so() {
        let mut properties = properties("exit-code", [10, 11, 500, 503], None);
        properties[0].1 = Value::Text("inactive".to_owned());
        assert!(!was_stopped(&properties));
        assert!(!was_stopped(&Vec::new()));
    }
}
