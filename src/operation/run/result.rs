//! How a command ended and what it used: from systemd's properties to what a result has.

use crate::backend::OF_ENDED;
use crate::value::Value;

/// `CLD_EXITED` of sigaction(2).
const EXITED: i64 = 1;

/// What a result calls what systemd's properties tell.
const FIELDS: [(&str, &str); 10] = [
    ("result", "Result"),
    ("invocation_id", "InvocationID"),
    ("pid", "ExecMainPID"),
    ("started_at", "ExecMainStartTimestamp"),
    ("ended_at", "ExecMainExitTimestamp"),
    ("cpu", "CPUUsageNSec"),
    ("memory_peak", "MemoryPeak"),
    ("io_read_bytes", "IOReadBytes"),
    ("io_write_bytes", "IOWriteBytes"),
    ("oom_kills", "OOMKills"),
];

/// The exit code, or the number of the signal that ended it below zero; none as far as that is not known.
pub(super) fn returncode(ended: &[Value]) -> Option<i64> {
    match (found(ended, "ExecMainCode")?.as_integer()?, found(ended, "ExecMainStatus")?.as_integer()?) {
        (0, _) => None,
        (EXITED, code) => Some(code),
        (_, signal) => Some(-signal),
    }
}

/// All that a result has of it, by its names: times are microseconds since the epoch, the processor time is nanoseconds.
pub(super) fn fields(ended: &[Value]) -> Vec<(&'static str, Value)> {
    let code = returncode(ended).map_or(Value::Null, Value::Integer);
    let told = FIELDS.iter().map(|&(field, property)| {
        let value = found(ended, property).cloned().unwrap_or(Value::Null);
        (field, told_as(field, value))
    });
    std::iter::once(("returncode", code)).chain(told).collect()
}

/// An identity as people write it; no process is none.
fn told_as(field: &str, value: Value) -> Value {
    match value {
        Value::Unsigned(0) if field == "pid" => Value::Null,
        Value::Bytes(bytes) if bytes.is_empty() => Value::Null,
        Value::Bytes(bytes) => Value::Text(hexadecimal(&bytes)),
        value => value,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |number: u8| char::from_digit(number.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn found<'a>(ended: &'a [Value], wanted: &str) -> Option<&'a Value> {
    OF_ENDED.iter().zip(ended).find(|(name, _)| **name == wanted).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(told: &[(&str, Value)]) -> Vec<Value> {
        let value = |name: &&str| told.iter().find(|(told, _)| told == name).map(|(_, value)| value.clone());
        OF_ENDED.iter().map(|name| value(name).unwrap_or(Value::Null)).collect()
    }

    #[test]
    fn how_it_ended_is_one_number() {
        for (code, status, expected) in [(1, 3, Some(3)), (2, 9, Some(-9)), (3, 11, Some(-11)), (0, 0, None)]
        {
            let status = ("ExecMainStatus", Value::Integer(status));
            let ended = ended(&[("ExecMainCode", Value::Integer(code)), status]);
            assert_eq!(returncode(&ended), expected);
            assert_eq!(fields(&ended)[0], ("returncode", expected.map_or(Value::Null, Value::Integer)));
        }
        assert_eq!(returncode(&ended(&[])), None);
    }

    #[test]
    fn each_field_is_told_by_a_property() {
        for (_, property) in FIELDS {
            assert!(OF_ENDED.contains(&property), "{property}");
        }
        let fields = fields(&ended(&[
            ("InvocationID", Value::Bytes(vec![0, 255])),
            ("ExecMainPID", Value::Unsigned(0)),
        ]));
        assert!(fields.contains(&("invocation_id", Value::Text("00ff".to_owned()))), "{fields:?}");
        assert!(fields.contains(&("pid", Value::Null)));
    }
}
