//! The properties that `systemctl show` prints without loss, as values. It prints no types: those are known from systemd's
//! own introspection. What is of a type that it cannot print, or does not look as expected, is left out.

use super::{quoted_words, time};
use crate::unit::{UnitName, properties};
use crate::value::{Value, means_unset, means_unset_signed};

/// What systemctl prints for a value that it cannot print.
const UNPRINTABLE: &str = "[unprintable]";

/// The value that this text stands for; `None` if the property or its form is not known.
pub(super) fn value(name: &str, text: &str) -> Option<Value> {
    value_of(name, properties::signature(name)?, text)
}

/// The same for a property of this D-Bus type.
pub(super) fn value_of(name: &str, signature: &str, text: &str) -> Option<Value> {
    if text == UNPRINTABLE {
        return None;
    }
    match signature {
        "s" | "o" => Some(Value::Text(text.to_owned())),
        "b" => boolean(text),
        "as" => list(text),
        "t" if is_timestamp(name) => timestamp(name, text),
        "t" if is_span(name) => span(name, text),
        "t" => number(name, text),
        "u" if is_mode(name) => mode(text),
        "u" => small_number(name, text),
        signature @ ("i" | "x") => signed(name, signature, text),
        "y" => text.parse().ok().map(|number: u8| Value::Unsigned(number.into())),
        "d" => text.parse().ok().map(Value::Double),
        "ay" if name == "InvocationID" => identity(text),
        "(uo)" if name == "Job" => job(text),
        _ => None,
    }
}

/// Whether it is a point in time, which systemctl prints as a date.
fn is_timestamp(name: &str) -> bool {
    name.ends_with("Timestamp") || matches!(name, "LastTriggerUSec" | "NextElapseUSecRealtime")
}

/// Whether it is a duration, which systemctl prints with its units.
fn is_span(name: &str) -> bool {
    name.ends_with("USec") || name == "NextElapseUSecMonotonic"
}

/// Whether it holds the permissions of a file, which systemctl prints as octal numbers.
fn is_mode(name: &str) -> bool {
    name == "UMask" || name.ends_with("Mode")
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "yes" => Some(Value::Boolean(true)),
        "no" => Some(Value::Boolean(false)),
        _ => None,
    }
}

fn list(text: &str) -> Option<Value> {
    Some(Value::List(quoted_words::split(text)?.into_iter().map(Value::Text).collect()))
}

fn timestamp(name: &str, text: &str) -> Option<Value> {
    Some(unsigned(name, "t", time::timestamp(text)?))
}

fn span(name: &str, text: &str) -> Option<Value> {
    Some(unsigned(name, "t", time::span(text)?))
}

fn number(name: &str, text: &str) -> Option<Value> {
    let number = match text {
        "infinity" | "[not set]" | "[no data]" => u64::MAX,
        digits => digits.parse().ok()?,
    };
    Some(unsigned(name, "t", number))
}

fn small_number(name: &str, text: &str) -> Option<Value> {
    let number: u32 = if text == "[not set]" { u32::MAX } else { text.parse().ok()? };
    Some(unsigned(name, "u", number.into()))
}

fn unsigned(name: &str, signature: &str, number: u64) -> Value {
    if means_unset(name, signature, number) { Value::Null } else { Value::Unsigned(number) }
}

fn signed(name: &str, signature: &str, text: &str) -> Option<Value> {
    let number = if matches!(text, "[not set]" | "n/a") { -1 } else { text.parse().ok()? };
    let is_unset = means_unset_signed(name, signature, number);
    Some(if is_unset { Value::Null } else { Value::Integer(number) })
}

fn mode(text: &str) -> Option<Value> {
    u64::from_str_radix(text, 8).ok().map(Value::Unsigned)
}

fn identity(text: &str) -> Option<Value> {
    let digit = |index: usize| u8::from_str_radix(text.get(index..index + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(digit).collect::<Option<Vec<u8>>>().map(Value::Bytes)
}

/// `(uo)`: systemctl prints the number alone.
fn job(text: &str) -> Option<Value> {
    let (id, path) = match text {
        "" | "0" => (0, "/".to_owned()),
        id => (id.parse().ok()?, format!("/org/freedesktop/systemd1/job/{id}")),
    };
    Some(Value::Tuple(vec![Value::Unsigned(id), Value::Text(path)]))
}

/// Whether the text says less than the property: what cannot be printed, or a time in whole seconds, as
/// systemd before 248 prints it.
pub(super) fn is_inexact(name: &str, text: &str) -> bool {
    text == UNPRINTABLE || (text.ends_with(" UTC") && !text.contains('.') && is_timestamp(name))
}

/// Whether a list of unit names has this one.
pub(super) fn has_name(list: &str, unit: &UnitName) -> bool {
    quoted_words::split(list).is_some_and(|names| names.iter().any(|name| name == unit.as_str()))
}

#[cfg(test)]
mod tests;
