//! Words, numbers, times and signals: what the values of properties are made of.

use crate::settings::Timeout;
use crate::unit::signal_number;
use crate::unit_file::numbers::integer;
use crate::unit_file::words;
use crate::value::Value;

/// A property's name on D-Bus, its type, its value.
pub(super) type Sent = (String, &'static str, Value);
/// What is sent, or what is expected instead.
pub(super) type Made = Result<Vec<Sent>, String>;

pub(super) fn texts(words: Vec<String>) -> Value {
    Value::List(words.into_iter().map(Value::Text).collect())
}

pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    words(text).map_err(|error| error.facts().message.clone())
}

pub(super) fn number(text: &str, most: u64) -> Result<Value, String> {
    let found = integer(text).and_then(|number| u64::try_from(number).ok()).or_else(|| text.parse().ok());
    match found.filter(|number| *number <= most) {
        Some(number) => Ok(Value::Unsigned(number)),
        None => Err(format!("give a whole number from 0 to {most}")),
    }
}

/// Microseconds; the greatest number stands for infinity.
pub(super) fn time(text: &str) -> Result<u64, String> {
    match text.parse::<Timeout>() {
        Ok(time) => {
            let microseconds = time.limit().and_then(|time| time.as_micros().try_into().ok());
            Ok(microseconds.unwrap_or(u64::MAX))
        }
        Err(_) => {
            Err("give a number of seconds, a timedelta, a text such as \"1min 30s\", or \"infinity\""
                .to_owned())
        }
    }
}

pub(super) fn signal(text: &str) -> Result<i32, String> {
    let number = integer(text).and_then(|number| i32::try_from(number).ok());
    let found = signal_number(&text.to_ascii_uppercase()).or(number.filter(|it| (1..=64).contains(it)));
    found.ok_or_else(|| "give a signal, such as \"SIGINT\"".to_owned())
}
