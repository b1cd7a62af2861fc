//! Times and counts as callers give them: one rule for every argument that is one.

use std::time::Duration;

use super::{Timeout, duration};
use crate::error::{Error, Result};

/// A time as a caller gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Given<'a> {
    /// A number of seconds.
    Seconds(f64),
    /// A text with units, such as `1min 30s`, or `infinity`.
    Text(&'a str),
}

/// The longest time in seconds that systemd can count: 64 bits of microseconds.
const LONGEST: f64 = 18_446_744_073_709.0;
/// The highest count: what `journalctl --lines=` takes.
const HIGHEST: i64 = 2_147_483_647;

const EXAMPLES: &str = "give a number of seconds, a timedelta, or a text such as \"500ms\" or \"1min 30s\"";

/// How long something may take at most: above 0, or infinite. `name` names the argument in the error.
pub fn timeout(name: &str, given: Given<'_>) -> Result<Timeout> {
    match read(name, given)? {
        Timeout::After(Duration::ZERO) => {
            Err(Error::config(format!("{name} is 0, so that there is no time at all"))
                .with_hint(format!("{EXAMPLES}, or infinity to wait as long as it takes")))
        }
        time => Ok(time),
    }
}

/// How long something may take at most: above 0, and not infinite. `name` names the argument in the error.
pub fn limit(name: &str, given: Given<'_>) -> Result<Duration> {
    timeout(name, given)?;
    span(name, given)
}

/// How long something takes: from 0 up, and not infinite. `name` names the argument in the error.
pub fn span(name: &str, given: Given<'_>) -> Result<Duration> {
    read(name, given)?.limit().ok_or_else(|| {
        Error::config(format!("{name} is infinite")).with_hint(format!("{EXAMPLES}, which has an end"))
    })
}

/// A time, be it 0 or infinite. `name` names the argument in the error.
pub fn time(name: &str, given: Given<'_>) -> Result<Timeout> {
    read(name, given)
}

/// How many of something; none for a number that 64 bits cannot hold. `name` names the argument in the error.
pub fn count(name: &str, given: Option<i64>) -> Result<usize> {
    match given {
        Some(number) if number < 0 => {
            Err(Error::config(format!("{name} is {number}")).with_hint("give a whole number from 0 up"))
        }
        Some(number) if number <= HIGHEST => usize::try_from(number).map_err(|_| too_many(name)),
        _ => Err(too_many(name)),
    }
}

fn too_many(name: &str) -> Error {
    Error::config(format!("{name} is out of range"))
        .with_hint(format!("give a whole number from 0 to {HIGHEST}"))
}

fn read(name: &str, given: Given<'_>) -> Result<Timeout> {
    let seconds = match given {
        Given::Seconds(seconds) => seconds,
        Given::Text(text) => {
            if text.trim_matches([' ', '\t', '\n', '\r']) == "infinity" {
                return Ok(Timeout::Never);
            }
            return duration::read(text).map(Timeout::After).map_err(|reason| {
                Error::config(format!("{name} is no time span: {reason}")).with_hint(EXAMPLES)
            });
        }
    };
    if seconds == f64::INFINITY {
        return Ok(Timeout::Never);
    }
    if seconds > LONGEST {
        return Err(Error::config(format!("{name} is longer than systemd can count")).with_hint(EXAMPLES));
    }
    Duration::try_from_secs_f64(seconds).map(Timeout::After).map_err(|_| {
        let what = if seconds.is_nan() { "no number" } else { "negative" };
        Error::config(format!("{name} is {what}")).with_hint(EXAMPLES)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn after(milliseconds: u64) -> Timeout {
        Timeout::After(Duration::from_millis(milliseconds))
    }

    #[test]
    fn times_are_read_by_one_rule() {
        for (given, time) in [
            (Given::Seconds(2.5), after(2500)),
            (Given::Text("500ms"), after(500)),
            (Given::Text("1min 30s"), after(90_000)),
            (Given::Text("3"), after(3000)),
            (Given::Text(" infinity "), Timeout::Never),
            (Given::Seconds(f64::INFINITY), Timeout::Never),
        ] {
            assert_eq!(timeout("timeout", given), Ok(time));
            assert_eq!(span("settle", given).ok(), time.limit(), "{given:?}");
        }
        assert_eq!(span("settle", Given::Seconds(0.0)), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_no_time_is_named() {
        for given in [
            Given::Seconds(-1.0),
            Given::Seconds(f64::NAN),
            Given::Seconds(f64::NEG_INFINITY),
            Given::Seconds(1e14),
            Given::Seconds(f64::MAX),
            Given::Text(""),
            Given::Text("soon"),
            Given::Text("-1s"),
            Given::Text("nan"),
            Given::Text("600000y"),
        ] {
            for error in [timeout("settle", given).unwrap_err(), span("settle", given).unwrap_err()] {
                assert_eq!(error.kind(), Kind::Config);
                assert!(error.facts().message.starts_with("settle "), "{error}");
                assert!(error.facts().message.len() < 80, "{error}");
                assert!(error.facts().hint.as_ref().unwrap().to_string().contains("1min 30s"), "{error}");
            }
        }
        assert!(timeout("timeout", Given::Seconds(0.0)).is_err());
        assert!(timeout("timeout", Given::Text("0")).is_err());
    }

    #[test]
    fn counts_have_bounds() {
        assert_eq!(count("lines", Some(0)), Ok(0));
        assert_eq!(count("lines", Some(HIGHEST)), Ok(2_147_483_647));
        for given in [Some(-1), Some(HIGHEST + 1), Some(i64::MAX), Some(i64::MIN), None] {
            let error = count("lines", given).unwrap_err();
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.to_string().contains("lines"), "{error}");
        }
    }
}
