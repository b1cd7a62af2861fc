//! Calendar expressions and time spans as texts and numbers of Python.

use pyo3::prelude::*;

use super::convert::{Count, Seconds, Text};
use crate::calendar::{self as calendars, Calendar, Zone};
use crate::error::Result;
use crate::settings::{self, format_duration};
use crate::time_zone;
use crate::unit_file;

/// An expression in its normal form, and the time zone that it names.
#[pyfunction]
pub(super) fn calendar(text: Text) -> PyResult<(String, Option<String>)> {
    let calendar = Calendar::parse(&text.into_text())?;
    Ok((calendar.to_string(), calendar.zone().map(str::to_owned)))
}

/// When an expression elapses next, up to `n` times after a moment: microseconds since the epoch. Without a time zone of
/// its own it is meant in the given one, or else in the machine's.
#[pyfunction]
pub(super) fn next_elapses(
    text: Text,
    n: Count<'_>,
    after: i64,
    time_zone: Option<Text>,
) -> PyResult<Vec<i64>> {
    let calendar = Calendar::parse(&text.into_text())?;
    let most = n.named("n")?;
    let given = time_zone.map(|zone| zone.0);
    let zone = zone(calendar.zone().or(given.as_deref()))?;
    let mut found = Vec::new();
    let mut last = after;
    while found.len() < most {
        let Some(next) = calendar.next_elapse(last, &zone) else { break };
        found.push(next);
        last = next;
    }
    Ok(found)
}

/// The microseconds of a time span; none of `infinity`.
#[pyfunction]
pub(super) fn parse_timespan(text: Text) -> PyResult<Option<u64>> {
    let span = unit_file::parse_timespan(&text.into_text())?;
    Ok(span.map(|span| span.as_micros().try_into().unwrap_or(u64::MAX)))
}

/// A time as systemd writes it.
#[pyfunction]
pub(super) fn format_timespan(time: Seconds<'_>) -> PyResult<String> {
    let time = time.read("time", |given| settings::time("time", given))?;
    Ok(time.limit().map_or_else(|| "infinity".to_owned(), format_duration))
}

/// The moment of a text, in microseconds since the epoch. What is told from now on begins at `now`; a time that names no
/// zone is meant in the given one, or else in the machine's.
#[pyfunction]
pub(super) fn parse_timestamp(text: Text, now: i64, time_zone: Option<Text>) -> PyResult<i64> {
    let local = time_zone.map(|zone| zone.0);
    Ok(calendars::parse_timestamp(&text.into_text(), now, |name| zone(name.or(local.as_deref())))?)
}

/// A moment, in microseconds since the epoch, as systemd writes it.
#[pyfunction]
pub(super) fn format_timestamp(moment: i64, time_zone: Option<Text>, microseconds: bool) -> PyResult<String> {
    let given = time_zone.map(|zone| zone.0);
    Ok(calendars::format_timestamp(moment, &zone(given.as_deref())?, microseconds)?)
}

fn zone(name: Option<&str>) -> Result<Zone> {
    time_zone::zone(name, |variable| std::env::var_os(variable))
}
