//! Apps as files describe them, whose keys and times may be PM2's.

use super::foreign::{pm2_advice, unknown_key};
use super::key::{AMBIGUOUS, Input, Keys as _, Reader};
use super::keys::AppKeys;
use super::words::words;
use crate::error::{Error, Result};
use crate::settings::{Given, format_duration, span};
use crate::unit_file::shown_name;

/// PM2's key, and ours.
const SAME: [(&str, &str); 5] = [
    ("exec_interpreter", "interpreter"),
    ("node_args", "interpreter_args"),
    ("interpreterArgs", "interpreter_args"),
    ("uid", "user"),
    ("gid", "group"),
];

/// The description with our keys; keys that neither PM2 nor we know stay as they are. What is PM2's alone is noted.
pub(super) fn translate(entries: Vec<(Input, Input)>, reader: &mut Reader) -> Vec<(Input, Input)> {
    let foreign = entries.iter().filter_map(|(key, _)| text(key)).find(|key| pm2_advice(key).is_some());
    let foreign = foreign.map(str::to_owned);
    let mut ours: Vec<(Input, Input)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let Input::Text(key) = key else {
            ours.push((key, value));
            continue;
        };
        if asks_for_nothing(&key, &value) {
            continue;
        }
        let Some((new, value)) = reader.problems.take(&key, translated(&key, value)) else { continue };
        let _: Option<()> = reader.problems.take(&key, check_bare_time(&key, &value, foreign.as_deref()));
        if ours.iter().any(|(other, _)| text(other) == Some(&new)) {
            let twice =
                Error::config(format!("{new} is given twice, once as {key}")).with_hint("give it once");
            reader.problems.add(&key, twice);
        } else {
            ours.push((Input::Text(new), value));
        }
    }
    ours
}

fn text(input: &Input) -> Option<&str> {
    match input {
        Input::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether a key of PM2 asks for what happens here anyway.
fn asks_for_nothing(key: &str, value: &Input) -> bool {
    match key {
        "exec_mode" => matches!(text(value), Some("fork" | "fork_mode")),
        "instances" => *value == Input::Whole(1),
        "watch" | "force" | "source_map_support" | "time" | "wait_ready" => *value == Input::Boolean(false),
        "treekill" => *value == Input::Boolean(true),
        "merge_logs" | "combine_logs" | "vizion" | "pmx" => matches!(value, Input::Boolean(_)),
        _ => false,
    }
}

/// Our key and its value.
fn translated(key: &str, value: Input) -> Result<(String, Input)> {
    if let ("autorestart", Input::Boolean(restarts)) = (key, &value) {
        let policy = if *restarts { "always" } else { "no" };
        return Ok(("restart".to_owned(), Input::Text(policy.to_owned())));
    }
    let new = SAME.iter().find(|(theirs, _)| *theirs == key).map_or(key, |(_, ours)| ours);
    if new == key && pm2_advice(key).is_some() {
        return Err(unknown_key(key));
    }
    let value = match value {
        Input::Text(line) if matches!(new, "args" | "interpreter_args") => {
            let words = words(&line).ok_or_else(|| {
                Error::config(format!(
                    "{key} cannot be split into arguments: a quotation mark or a backslash is left open"
                ))
                .with_hint("give a list of texts")
            })?;
            Input::List(words.into_iter().map(Input::Text).collect())
        }
        other => other,
    };
    Ok((new.to_owned(), value))
}

/// Whether a key of ours is a time.
fn is_time(key: &str) -> bool {
    AppKeys::DECLARED.iter().any(|declared| declared.name == key && declared.is_time)
}

/// Refuses a bare number that may be PM2's milliseconds; `beside` is a key of PM2 in the same app.
fn check_bare_time(key: &str, value: &Input, beside: Option<&str>) -> Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "what is not exact is milliseconds for sure")]
    let number = match value {
        _ if !is_time(key) => return Ok(()),
        Input::Whole(number) => *number as f64,
        Input::Number(number, _) => *number,
        Input::Text(text) => match text.trim().parse() {
            Ok(number) => number,
            Err(_) => return Ok(()),
        },
        _ => return Ok(()),
    };
    if !number.is_finite() || number <= 0.0 || (number < AMBIGUOUS && beside.is_none()) {
        return Ok(());
    }
    let reason = match beside {
        Some(other) => {
            format!("{key} stands beside {}, a key of PM2, which counts milliseconds", shown_name(other))
        }
        None => format!("{key} is {number}: milliseconds in PM2, seconds here"),
    };
    let milliseconds = span(key, Given::Seconds(number / 1000.0))?;
    Err(Error::config(reason).with_hint(format!(
        "write it with its unit: \"{}\" for PM2's milliseconds, \"{number}s\" for seconds",
        format_duration(milliseconds)
    )))
}
