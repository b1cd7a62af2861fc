//! Time spans as systemd writes them (systemd.time(7)): `30s`, `500ms`, `1min 30s`, a plain number of seconds.

use std::time::Duration;

use crate::error::{Error, Result};

const SECOND: u128 = 1_000_000;
const MINUTE: u128 = 60 * SECOND;
const HOUR: u128 = 60 * MINUTE;
const DAY: u128 = 24 * HOUR;
const WEEK: u128 = 7 * DAY;
const MONTH: u128 = 2_629_800 * SECOND;
const YEAR: u128 = 31_557_600 * SECOND;

/// The names of each unit of time and its length in microseconds.
const UNITS: &[(&[&str], u128)] = &[
    (&["us", "usec", "\u{b5}s", "\u{3bc}s"], 1),
    (&["ms", "msec"], 1_000),
    (&["s", "sec", "second", "seconds"], SECOND),
    (&["m", "min", "minute", "minutes"], MINUTE),
    (&["h", "hr", "hour", "hours"], HOUR),
    (&["d", "day", "days"], DAY),
    (&["w", "week", "weeks"], WEEK),
    (&["M", "month", "months"], MONTH),
    (&["y", "year", "years"], YEAR),
];

/// The units that [`format_duration`] writes, longest first.
const WRITTEN: &[(&str, u128)] =
    &[("w", WEEK), ("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND), ("ms", 1_000), ("us", 1)];

/// Reads a time span by the rules of systemd.time(7), exact to the microsecond as there. `infinity` is no
/// [`Duration`]; see [`Timeout`](super::Timeout).
pub fn parse_duration(text: &str) -> Result<Duration> {
    read(text).map_err(|reason| {
        Error::config(format!("{text:?} is not a time span: {reason}"))
            .with_hint("write for example \"30s\", \"500ms\", \"1min 30s\", or a number of seconds")
    })
}

/// The same; where it is none, why: without the text, which may be a secret that got into the wrong place.
pub(super) fn read(text: &str) -> Result<Duration, &'static str> {
    let microseconds = sum(text)?;
    // systemd counts in 64 bits, of which the last value means infinity.
    match u64::try_from(microseconds) {
        Ok(microseconds) if microseconds < u64::MAX => Ok(Duration::from_micros(microseconds)),
        _ => Err("it is too long"),
    }
}

/// Writes a time span so that [`parse_duration`] reads it back; what is below a microsecond is cut off.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_micros();
    let mut parts = Vec::new();
    for (unit, length) in WRITTEN {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            parts.push(format!("{count}{unit}"));
        }
    }
    if parts.is_empty() { "0".to_owned() } else { parts.join(" ") }
}

/// Adds up the parts of a time span, in microseconds.
fn sum(text: &str) -> Result<u128, &'static str> {
    let mut rest = trim_start(text);
    if rest.is_empty() {
        return Err("it is empty");
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (whole, fraction, after) = split_number(rest)?;
        let trimmed = trim_start(after);
        let (unit, next) = split_unit(trimmed)?;
        let (length, separated) = match unit {
            Some(length) => (length, true),
            None => (SECOND, trimmed.len() < after.len()),
        };
        if !separated && !next.is_empty() {
            return Err("a number is followed by something that is neither a unit nor a space");
        }
        total = whole
            .checked_mul(length)
            .and_then(|part| part.checked_add(total))
            .and_then(|part| part.checked_add(scale(fraction, length)))
            .ok_or("it is too long")?;
        rest = trim_start(next);
    }
    Ok(total)
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// Splits off `12`, `1.5` or `.5`: the whole number, the digits after the point, and the rest.
fn split_number(text: &str) -> Result<(u128, &str, &str), &'static str> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => match split_digits(rest) {
            ("", _) => return Err("a point without digits after it"),
            split => split,
        },
        None if whole.is_empty() => return Err("a number is expected"),
        None => ("", rest),
    };
    let whole = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| "it is too long")? };
    Ok((whole, fraction, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// Splits off a unit's name, if there is one, and gives its length.
fn split_unit(text: &str) -> Result<(Option<u128>, &str), &'static str> {
    let end = text.find(|char: char| !char.is_alphabetic()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return Ok((None, rest));
    }
    let unit = UNITS.iter().find(|(names, _)| names.contains(&name));
    unit.map(|(_, length)| (Some(*length), rest)).ok_or("a unit of time is not known")
}

/// The part of `length` that the digits after a point stand for, digit by digit and each cut off, as systemd does.
fn scale(digits: &str, length: u128) -> u128 {
    let mut place = length;
    digits
        .bytes()
        .map(|digit| {
            place /= 10;
            u128::from(digit - b'0') * place
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_systemd_reads() {
        for (text, microseconds) in [
            ("0", 0),
            ("30", 30_000_000),
            ("30s", 30_000_000),
            (" 30 s ", 30_000_000),
            ("500ms", 500_000),
            ("2min", 120_000_000),
            ("1min 30s", 90_000_000),
            ("1min30s", 90_000_000),
            ("1h", 3_600_000_000),
            ("1.5h", 5_400_000_000),
            (".5s", 500_000),
            ("0.1", 100_000),
            ("2 200ms", 2_200_000),
            ("5 5", 10_000_000),
            ("12.34 .56", 12_900_000),
            ("1us", 1),
            ("1\u{b5}s 1\u{3bc}s 1usec", 3),
            ("0.0000019s", 1),
            ("0.9us", 0),
            ("1d", 86_400_000_000),
            ("1w", 604_800_000_000),
            ("1M", 2_629_800_000_000),
            ("1m", 60_000_000),
            ("1y", 31_557_600_000_000),
            ("1year 1month 1week 1day 1hour 1minute 1second", 34_882_261_000_000),
            ("9223372036854775807us", i64::MAX.unsigned_abs()),
            ("1s2.5", 3_500_000),
            ("5min5", 305_000_000),
        ] {
            let result = parse_duration(text);
            assert_eq!(result, Ok(Duration::from_micros(microseconds)), "{text:?}");
        }
    }

    /// systemd refuses these too, but for `+1`, which its manual page does not have, and `infinity`, read elsewhere.
    #[test]
    fn refuses_what_is_no_time_span() {
        for text in [
            "",
            " ",
            "s",
            "-1",
            "-0",
            "+1",
            "1.s",
            "1.",
            ".",
            "1..5",
            "12.34.56",
            "3.-1",
            "1,5",
            "5 parsecs",
            "1S",
            "1 30 x",
            "infinity",
            "inf",
            "nan",
            "1e3",
            "18446744073709551615us",
            "999999999999999999999999999999999y",
            "99999999999999999999999999999999999999999999999",
            "1s\0",
            "\u{661}s",
        ] {
            let error = parse_duration(text).expect_err(text);
            assert_eq!(error.kind(), crate::error::Kind::Config);
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(microseconds in 0..u64::MAX) {
            let duration = Duration::from_micros(microseconds);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9a-zM. \u{b5}-]{0,20}|\\PC*") {
            if let Ok(duration) = parse_duration(&text) {
                prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
            }
        }
    }
}
