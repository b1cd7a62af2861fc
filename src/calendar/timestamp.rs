//! Moments as texts: `2026-11-30 08:30`, `tomorrow`, `-2h` (systemd.time(7), "Parsing timestamps").

use super::civil::{Civil, DAY};
use super::read::{microseconds, weekday};
use super::write::DAYS;
use super::zone::Zone;
use super::{HOUR, MINUTE, SECOND};
use crate::error::{Error, Result};
use crate::settings::parse_duration;

/// The last moment that systemd writes: a day before the end of the year 9999.
const LAST: i64 = 253_402_214_399_999_999;

type Read<T> = std::result::Result<T, &'static str>;

/// Reads a moment, in microseconds since the beginning of 1970. What is told from now on begins at `now`; `zone` gives the
/// time zone of a name, and without one that in which times are meant that name none.
pub fn parse_timestamp(text: &str, now: i64, zone: impl Fn(Option<&str>) -> Result<Zone>) -> Result<i64> {
    let local = zone(None)?;
    let wrong = |reason: &str| {
        Error::config(format!("{text:?} is no timestamp: {reason}"))
            .with_hint("write for example \"2026-11-30 08:30\", \"tomorrow\", \"-2h\" or \"@1395716396\"")
    };
    let trimmed = text.trim();
    let found = match from_now(trimmed, now) {
        Some(found) => found,
        None => match split_zone(trimmed, &local) {
            Zoned::In(rest, zone) => on_clock(rest, now, &zone),
            Zoned::Named(rest, name) if on_clock(rest, now, &local).is_ok() => {
                on_clock(rest, now, &zone(Some(name))?)
            }
            Zoned::Local | Zoned::Named(..) => on_clock(trimmed, now, &local),
        },
    };
    match found.map_err(wrong)? {
        ..0 => Err(wrong("it is before 1970")),
        found @ 0..=LAST => Ok(found),
        _ => Err(wrong("it is after the year 9999")),
    }
}

/// Writes a moment as systemd does, in a time zone: `Mon 2026-11-30 08:30:00 CET`.
pub fn format_timestamp(moment: i64, zone: &Zone, with_microseconds: bool) -> Result<String> {
    if !(0..=LAST).contains(&moment) {
        return Err(
            Error::config("the time is not between 1970 and 9999").with_hint("systemd writes no other ones")
        );
    }
    let civil = zone.civil(moment);
    let day =
        usize::try_from(civil.weekday()).ok().and_then(|day| DAYS.get(day)).copied().unwrap_or_default();
    let date = format!("{day} {:04}-{:02}-{:02}", civil.year, civil.month, civil.day);
    let (hour, minute) = (civil.time / HOUR, civil.time % HOUR / MINUTE);
    let time = format!("{hour:02}:{minute:02}:{:02}", civil.time % MINUTE / SECOND);
    let fraction = if with_microseconds { format!(".{:06}", civil.time % SECOND) } else { String::new() };
    let name = &zone.clock(moment.div_euclid(SECOND)).name;
    Ok(format!("{date} {time}{fraction} {name}"))
}

/// What no clock is needed for; nothing where one is.
fn from_now(text: &str, now: i64) -> Option<Read<i64>> {
    let span = |text: &str| {
        let microseconds =
            parse_duration(text).map_err(|_| "no time span is where one is expected")?.as_micros();
        i64::try_from(microseconds).map_err(|_| "it is after the year 9999")
    };
    let later = |text: &str| Ok(now.saturating_add(span(text)?));
    let earlier = |text: &str| Ok(now.saturating_sub(span(text)?));
    if text == "now" {
        return Some(Ok(now));
    }
    let begins = |sign: char| text.strip_prefix(sign);
    match (begins('@'), begins('+'), begins('-')) {
        (Some(rest), ..) => return Some(span(rest)),
        (_, Some(rest), _) => return Some(later(rest)),
        (.., Some(rest)) => return Some(earlier(rest)),
        (None, None, None) => {}
    }
    match (text.strip_suffix(" ago"), text.strip_suffix(" left")) {
        (Some(rest), _) => Some(earlier(rest)),
        (None, Some(rest)) => Some(later(rest)),
        (None, None) => None,
    }
}

/// A time zone at the end.
enum Zoned<'a> {
    /// There is none.
    Local,
    /// What stands before it, and the zone.
    In(&'a str, Zone),
    /// What stands before it, and what may be a zone's name.
    Named(&'a str, &'a str),
}

fn split_zone<'a>(text: &'a str, local: &Zone) -> Zoned<'a> {
    // As RFC 3339 has it.
    if let Some(rest) = text.strip_suffix('Z').filter(|rest| rest.contains('T')) {
        return Zoned::In(rest, Zone::utc());
    }
    let Some((rest, word)) = text.rsplit_once(' ') else {
        let has_time = text.contains('T');
        let sign = text.rfind(['+', '-']).filter(|&at| has_time && at + 6 == text.len());
        return match sign.and_then(|at| Some((&text[..at], offset(&text[at..])?))) {
            Some((rest, offset)) => Zoned::In(rest, Zone::fixed(offset, "")),
            None => Zoned::Local,
        };
    };
    if word.eq_ignore_ascii_case("UTC") {
        return Zoned::In(rest, Zone::utc());
    }
    if let Some(offset) = offset(word).or_else(|| local.offset_of(word)) {
        return Zoned::In(rest, Zone::fixed(offset, ""));
    }
    if word.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Zoned::Named(rest, word);
    }
    Zoned::Local
}

/// Reads how far clocks are ahead of UTC, in seconds: `+02`, `-0330` or `+05:45`.
fn offset(word: &str) -> Option<i64> {
    let sign = match word.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String =
        word[1..].chars().enumerate().filter(|&(at, c)| at != 2 || c != ':').map(|(_, c)| c).collect();
    let is_known = matches!(digits.len(), 2 | 4) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let (hours, minutes) = is_known.then(|| digits.split_at(2))?;
    let hours: i64 = hours.parse().ok()?;
    let minutes: i64 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// A day or a time of day, as a clock shows it.
fn on_clock(text: &str, now: i64, zone: &Zone) -> Read<i64> {
    let today = Civil { time: 0, ..zone.civil(now) };
    let days_on = |days: i64| Civil::from_microseconds(today.microseconds() + days * DAY);
    let civil = match text {
        "today" => today,
        "yesterday" => days_on(-1),
        "tomorrow" => days_on(1),
        _ => {
            let (day, rest) = match weekday(text) {
                Some((day, rest)) if rest.starts_with(' ') => (Some(i64::from(day)), rest.trim_start()),
                _ => (None, text),
            };
            let civil = date_and_time(rest, today)?;
            if day.is_some_and(|day| day != civil.weekday()) {
                return Err("the date is not on this day of the week");
            }
            civil
        }
    };
    Ok(zone.first_moment(civil))
}

fn date_and_time(text: &str, today: Civil) -> Read<Civil> {
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, time.trim_start()),
        None if text.contains(':') => return Ok(Civil { time: time_of_day(text)?, ..today }),
        None => (text, ""),
    };
    let day = date_of(date)?;
    Ok(if time.is_empty() { day } else { Civil::from_microseconds(day.microseconds() + time_of_day(time)?) })
}

/// Reads a date; one that its month has not is a day of the next one, as in systemd.
fn date_of(text: &str) -> Read<Civil> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return Err("a date has a year, a month and a day, divided by \"-\"");
    };
    let year = match (year.len(), number(year, 0, 9_999, 4)?) {
        (..=2, year @ ..69) => 2000 + year,
        (..=2, year) => 1900 + year,
        (_, year) => year,
    };
    Ok(Civil::midnight(year, number(month, 1, 12, 2)?, number(day, 1, 31, 2)?))
}

/// Reads a time of day, in microseconds.
fn time_of_day(text: &str) -> Read<i64> {
    let (text, fraction) = match text.split_once('.') {
        Some((text, digits)) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            (text, microseconds(digits)?)
        }
        Some(_) => return Err("a fraction of a second has digits only"),
        None => (text, 0),
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute, second] => (hour, minute, number(second, 0, 60, 2)?),
        [hour, minute] if fraction == 0 => (hour, minute, 0),
        _ => return Err("a time has an hour and a minute, divided by \":\""),
    };
    Ok(number(hour, 0, 23, 2)? * HOUR + number(minute, 0, 59, 2)? * MINUTE + second * SECOND + fraction)
}

fn number(text: &str, least: i64, most: i64, width: usize) -> Read<i64> {
    let is_number = (1..=width).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    let number = text
        .parse()
        .ok()
        .filter(|_| is_number)
        .ok_or("it is none of the forms that a date and a time have")?;
    if (least..=most).contains(&number) { Ok(number) } else { Err("a number in it is out of range") }
}
