//! Limits: of memory, processor, tasks and of setrlimit(2).

use super::basics::{Made, number, time};
use crate::unit_file::numbers::{integer, share, size};
use crate::value::Value;

/// What a limit of setrlimit(2) counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Things,
    Bytes,
    Seconds,
    Microseconds,
    Niceness,
}

/// Ten-thousandths, of which 32 bits are the whole (`UINT32_SCALE_FROM_PERMYRIAD` of systemd's percent-util.h).
pub(super) fn scaled(parts: u64) -> u64 {
    (parts.min(10_000) * u64::from(u32::MAX)).div_ceil(10_000)
}

/// A limit, or the share of the machine that has another name.
fn limited(name: &str, text: &str, read: impl Fn(&str) -> Option<u64>, expected: &str) -> Made {
    if matches!(text, "" | "infinity") {
        // What protects from below begins with nothing.
        let is_least = text.is_empty() && (name.ends_with("Min") || name.ends_with("Low"));
        let limit = if is_least { 0 } else { u64::MAX };
        return Ok(vec![(name.to_owned(), "t", Value::Unsigned(limit))]);
    }
    if let Some(parts) = share(text).filter(|parts| *parts <= 10_000) {
        return Ok(vec![(format!("{name}Scale"), "u", Value::Unsigned(scaled(parts)))]);
    }
    match read(text) {
        Some(found) => Ok(vec![(name.to_owned(), "t", Value::Unsigned(found))]),
        None => Err(expected.to_owned()),
    }
}

pub(super) fn memory(name: &str, text: &str) -> Made {
    let expected = "give a size such as \"300M\" or \"1.5G\", a share such as \"50%\", or \"infinity\"";
    limited(name, text, size, expected)
}

pub(super) fn tasks(name: &str, text: &str) -> Made {
    let count = |text: &str| integer(text).and_then(|number| u64::try_from(number).ok());
    limited(name, text, count, "give a number, a share such as \"50%\", or \"infinity\"")
}

/// A share of one processor: what may be used in each second.
pub(super) fn quota(text: &str) -> Made {
    let per_second = match text {
        "" | "infinity" => Some(u64::MAX),
        _ => share(text).and_then(|parts| parts.checked_mul(100)).filter(|found| *found > 0),
    };
    match per_second {
        Some(found) => Ok(vec![("CPUQuotaPerSecUSec".to_owned(), "t", Value::Unsigned(found))]),
        None => Err("give a share of one processor, such as \"50%\" or \"200%\"".to_owned()),
    }
}

pub(super) fn weight(text: &str, may_be_idle: bool) -> Result<u64, String> {
    match text {
        "" => Ok(u64::MAX),
        "idle" if may_be_idle => Ok(0),
        _ => {
            let found = integer(text).filter(|number| (1..=10_000).contains(number));
            let found = found.and_then(|number| u64::try_from(number).ok());
            found.ok_or_else(|| "give a whole number from 1 to 10000".to_owned())
        }
    }
}

/// A time in whose place a number counts nanoseconds.
pub(super) fn nanoseconds(text: &str) -> Result<u64, String> {
    if let Some(number) = integer(text).and_then(|number| u64::try_from(number).ok()) {
        return Ok(number);
    }
    let digits = text.strip_suffix("ns").map(str::trim_end);
    match digits.and_then(integer).and_then(|number| u64::try_from(number).ok()) {
        Some(number) => Ok(number),
        None => Ok(time(text)?.saturating_mul(1000)),
    }
}

pub(super) fn limit(name: &str, text: &str, unit: Unit) -> Made {
    let (soft, hard) = text.split_once(':').unwrap_or((text, text));
    let (soft, hard) = (one(soft, unit)?, one(hard, unit)?);
    if soft > hard {
        return Err("the soft limit comes first, and is not above the hard one".to_owned());
    }
    let sent = |name: String, value| (name, "t", Value::Unsigned(value));
    Ok(vec![sent(name.to_owned(), hard), sent(format!("{name}Soft"), soft)])
}

fn one(text: &str, unit: Unit) -> Result<u64, String> {
    if text == "infinity" {
        return Ok(u64::MAX);
    }
    match unit {
        Unit::Things => match number(text, u64::MAX)? {
            Value::Unsigned(number) => Ok(number),
            _ => Err("give a whole number".to_owned()),
        },
        Unit::Bytes => bytes(text),
        Unit::Seconds => Ok(time(text)?.div_ceil(1_000_000)),
        // A number alone has no other unit here (`rlimit_parse_usec` of systemd's rlimit-util.c).
        Unit::Microseconds => match integer(text).and_then(|number| u64::try_from(number).ok()) {
            Some(number) => Ok(number),
            None => time(text),
        },
        Unit::Niceness => niceness(text),
    }
}

pub(super) fn bytes(text: &str) -> Result<u64, String> {
    size(text).ok_or_else(|| "give a size such as \"300M\"".to_owned())
}

/// `+N` and `-N` are nice levels, and a plain number is the kernel's own, which counts from the other end.
fn niceness(text: &str) -> Result<u64, String> {
    let number = integer(text);
    let found = match number {
        Some(level) if text.starts_with(['+', '-']) && (-20..=19).contains(&level) => Some(20 - level),
        Some(number) if !text.starts_with(['+', '-']) && (0..=40).contains(&number) => Some(number),
        _ => None,
    };
    let found = found.and_then(|number| u64::try_from(number).ok());
    found.ok_or_else(|| "give a nice level from -20 to +19, with its sign".to_owned())
}
