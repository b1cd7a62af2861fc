//! Times, counts and switches.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::{Input, Key, Reader};
use crate::error::hint::{extra, given, text};
use crate::error::{Error, Result};
use crate::settings::{Given, span};

/// The longest time that an app can ask for: a year.
pub(in crate::app) const LONGEST: Duration = Duration::from_secs(31_536_000);
/// From this many seconds on, a bare number in a file may be PM2's milliseconds: PM2's users write 100 and more, and
/// who means seconds seldom does.
pub(in crate::app) const AMBIGUOUS: f64 = 100.0;
/// The most launches that can be counted.
const MOST_LAUNCHES: u32 = 1_000_000;

/// A span of time, which may be 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay(pub Duration);

/// A span of time that has an end: for systemd, 0 would be no limit at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit(pub Duration);

impl Key for Delay {
    const IS_TIME: bool = true;

    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        read_time(&input, reader).map(Self)
    }

    fn described(&self) -> Json {
        with_unit(self.0)
    }

    fn schema() -> Json {
        json!({"type": ["number", "string"], "minimum": 0, "x-kind": "time"})
    }
}

impl Key for Limit {
    const IS_TIME: bool = true;

    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        match read_time(&input, reader)? {
            Duration::ZERO => reader
                .refuse("is 0, which systemd takes for \"no limit\"", "give a number of seconds above 0"),
            time => Some(Self(time)),
        }
    }

    fn described(&self) -> Json {
        with_unit(self.0)
    }

    fn schema() -> Json {
        json!({"type": ["number", "string"], "exclusiveMinimum": 0, "x-kind": "time"})
    }
}

/// Seconds.
impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_secs_f64())
    }
}

/// Seconds.
impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Delay(self.0).serialize(serializer)
    }
}

/// A number of seconds, a span, or a text with units, in whole microseconds, which is how systemd counts.
fn read_time(input: &Input, reader: &mut Reader) -> Option<Duration> {
    let given = match input {
        #[expect(clippy::cast_precision_loss, reason = "2^53 seconds are far more than a year")]
        Input::Whole(seconds) => Given::Seconds(*seconds as f64),
        Input::Number(seconds, _) | Input::Span(seconds) => Given::Seconds(*seconds),
        Input::Text(words) => Given::Text(words),
        Input::NotUtf8 => Given::Text(""),
        other => {
            let hint = "give a number of seconds, a timedelta, or a text such as \"1min 30s\"";
            return reader.refuse(&other.what(), hint);
        }
    };
    let exact = span(reader.place(), given);
    let exact = reader.take(exact)?;
    if exact > LONGEST {
        return reader.refuse("is more than a year", "give it in seconds");
    }
    let microseconds = exact.as_nanos().saturating_add(500) / 1000;
    Some(u64::try_from(microseconds).map_or(Duration::MAX, Duration::from_micros))
}

/// Seconds; with their unit where the number alone could be PM2's milliseconds.
fn with_unit(time: Duration) -> Json {
    if time.as_secs_f64() < AMBIGUOUS {
        return time.as_secs_f64().into();
    }
    let fraction = format!("{:06}", time.subsec_micros());
    match fraction.trim_end_matches('0') {
        "" => format!("{}s", time.as_secs()),
        digits => format!("{}.{digits}s", time.as_secs()),
    }
    .into()
}

/// How often an app may be launched: at least once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Launches(pub u32);

impl Key for Launches {
    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        let number = match input {
            Input::Whole(number) => Some(number),
            Input::Number(number, _) if number.abs() >= f64::MAX => None,
            other => return reader.refuse(&other.what(), "give a whole number"),
        };
        match number.and_then(|number| u32::try_from(number).ok()) {
            Some(0) => {
                let unlimited =
                    Error::config(format!("{} is 0, which systemd takes for \"no limit\"", reader.place()));
                reader.take(Err(unlimited.with_hint([
                    text("use "),
                    given("restart", "no"),
                    text(" to never restart, or "),
                    extra("Unit", [("StartLimitIntervalSec", "0")]),
                    text(" for no limit"),
                ])))
            }
            Some(number) if number <= MOST_LAUNCHES => Some(Self(number)),
            _ => reader.refuse("is out of range", "give a number from 1 to 1000000"),
        }
    }

    fn schema() -> Json {
        json!({"type": "integer", "minimum": 1, "maximum": MOST_LAUNCHES, "x-kind": "count"})
    }
}

impl Key for bool {
    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        match input {
            Input::Boolean(value) => Some(value),
            other => reader.refuse(&other.what(), "give true or false"),
        }
    }

    fn schema() -> Json {
        json!({"type": "boolean", "x-kind": "flag"})
    }
}
