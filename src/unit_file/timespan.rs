//! Time spans as systemd.time(7) writes them, exact to the microsecond, which is systemd's own unit.

use std::time::Duration;

use crate::error::{Error, Result};

const MICROSECONDS: [(&str, u64); 28] = [
    ("usec", 1),
    ("us", 1),
    ("µs", 1),
    ("μs", 1),
    ("msec", 1_000),
    ("ms", 1_000),
    ("seconds", SECOND),
    ("second", SECOND),
    ("sec", SECOND),
    ("s", SECOND),
    ("minutes", 60 * SECOND),
    ("minute", 60 * SECOND),
    ("min", 60 * SECOND),
    ("m", 60 * SECOND),
    ("hours", 3_600 * SECOND),
    ("hour", 3_600 * SECOND),
    ("hr", 3_600 * SECOND),
    ("h", 3_600 * SECOND),
    ("days", 86_400 * SECOND),
    ("day", 86_400 * SECOND),
    ("d", 86_400 * SECOND),
    ("weeks", 604_800 * SECOND),
    ("week", 604_800 * SECOND),
    ("w", 604_800 * SECOND),
    ("months", 2_629_800 * SECOND),
    ("month", 2_629_800 * SECOND),
    ("M", 2_629_800 * SECOND),
    ("y", 31_557_600 * SECOND),
];
const SECOND: u64 = 1_000_000;

/// The value of a setting that is a time span, such as `RestartSec=`; what is below a microsecond is dropped.
#[must_use]
pub fn timespan(value: Duration) -> String {
    let microseconds = value.as_micros();
    if microseconds.is_multiple_of(1_000_000) {
        format!("{}s", microseconds / 1_000_000)
    } else if microseconds.is_multiple_of(1_000) {
        format!("{}ms", microseconds / 1_000)
    } else {
        format!("{microseconds}us")
    }
}

/// The time that a time span's text stands for; none for `infinity`. A number without a unit is in seconds.
pub fn parse_timespan(text: &str) -> Result<Option<Duration>> {
    if text.trim() == "infinity" {
        return Ok(None);
    }
    let bad = || {
        Error::config(format!("{text:?} is no time span")).with_hint("write it like 90s, 1min 30s or 500ms")
    };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(bad());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        let tail = tail.trim_start();
        let unit_end =
            tail.find(|c: char| c.is_ascii_digit() || c.is_whitespace() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale = scale_of(unit).ok_or_else(bad)?;
        let part = scaled(number, scale).ok_or_else(bad)?;
        total = total.checked_add(part).ok_or_else(bad)?;
        rest = tail.trim_start();
    }
    Ok(Some(Duration::from_micros(total)))
}

fn scale_of(unit: &str) -> Option<u64> {
    match unit {
        "" => Some(SECOND),
        "years" | "year" => Some(31_557_600 * SECOND),
        _ => MICROSECONDS.iter().find(|(name, _)| *name == unit).map(|&(_, scale)| scale),
    }
}

/// A decimal number times a scale, in whole microseconds, what is below dropped.
fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(scale)?;
    let mut place = scale;
    for digit in fraction.chars() {
        place /= 10;
        total = total.checked_add(place.checked_mul(u64::from(digit.to_digit(10)?))?)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_spans() {
        for (text, microseconds) in [
            ("90", 90_000_000),
            ("1min 30s", 90_000_000),
            ("1min30s", 90_000_000),
            ("1.5s", 1_500_000),
            (".5", 500_000),
            ("2 h", 7_200_000_000),
            ("1week 1us", 604_800_000_001),
            ("0", 0),
        ] {
            assert_eq!(parse_timespan(text).unwrap(), Some(Duration::from_micros(microseconds)), "{text}");
        }
        assert_eq!(parse_timespan("infinity").unwrap(), None);
        for text in ["", " ", "s", "-1s", "1x", "1.2.3s", ".", "99999999999999999999", "999999999999y"] {
            assert!(parse_timespan(text).is_err(), "{text}");
        }
        assert_eq!(timespan(Duration::from_millis(1500)), "1500ms");
        assert_eq!(timespan(Duration::ZERO), "0s");
    }

    proptest! {
        #[test]
        fn there_and_back(microseconds: u64) {
            let value = Duration::from_micros(microseconds);
            prop_assert_eq!(parse_timespan(&timespan(value)).unwrap(), Some(value));
        }
    }
}
