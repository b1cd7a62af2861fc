//! From text to an expression, as systemd reads it (systemd.time(7)).

use super::chain::{Chain, Values};
use super::civil::Civil;
use super::{Calendar, EVERY_DAY, FIRST_YEAR, LAST_YEAR, SECOND};

type Read<T> = Result<T, &'static str>;

/// Names of days; the long ones first, as the short ones begin them.
const DAYS: [(&str, &str); 7] = [
    ("monday", "mon"),
    ("tuesday", "tue"),
    ("wednesday", "wed"),
    ("thursday", "thu"),
    ("friday", "fri"),
    ("saturday", "sat"),
    ("sunday", "sun"),
];

/// Words that stand for whole expressions.
const WORDS: [(&[&str], &str); 8] = [
    (&["minutely"], "*-*-* *:*:00"),
    (&["hourly"], "*-*-* *:00:00"),
    (&["daily"], "*-*-* 00:00:00"),
    (&["weekly"], "Mon *-*-* 00:00:00"),
    (&["monthly"], "*-*-01 00:00:00"),
    (&["quarterly"], "*-01,04,07,10-01 00:00:00"),
    (&["yearly", "annually", "anually"], "*-01-01 00:00:00"),
    (&["biannually", "bi-annually", "semiannually", "semi-annually"], "*-01,07-01 00:00:00"),
];

/// The most parts that commas may divide something into.
const LONGEST: usize = 240;
/// The largest number that systemd reads.
const LARGEST: i64 = i32::MAX as i64;

pub(super) fn read(text: &str) -> Read<Calendar> {
    let (text, zone) = split_zone(text);
    if text.is_empty() {
        return Err("it is empty");
    }
    let lower = text.to_ascii_lowercase();
    let text = WORDS.iter().find(|(words, _)| words.contains(&lower.as_str())).map_or(text, |(_, text)| text);
    let (weekdays, rest) = weekdays(text)?;
    let mut calendar = Calendar { weekdays, ..at_midnight() };
    let rest = date(rest, &mut calendar)?;
    if let Some(rest) = rest {
        time(rest, &mut calendar)?;
    }
    if zone.is_some() {
        calendar.zone = zone;
    }
    normalize(&mut calendar);
    if is_valid(&calendar) { Ok(calendar) } else { Err("a number in it is out of range") }
}

fn at_midnight() -> Calendar {
    let (any, zero) = (Chain::default, || Chain::one(0));
    Calendar {
        weekdays: EVERY_DAY,
        year: any(),
        month: any(),
        day: any(),
        from_end: false,
        hour: zero(),
        minute: zero(),
        microsecond: zero(),
        zone: None,
    }
}

/// Splits off the time zone at the end. What is none is a mistake of whatever is read next.
fn split_zone(text: &str) -> (&str, Option<String>) {
    let Some((rest, word)) = text.rsplit_once(' ') else { return (text, None) };
    if word.eq_ignore_ascii_case("UTC") {
        return (rest, Some("UTC".to_owned()));
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/');
    let is_zone = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(is_name)
        && !word.ends_with('/')
        && !word.contains("//");
    let is_day = weekdays(word).is_ok_and(|(_, rest)| rest.is_empty());
    if is_zone && !is_day { (rest, Some(word.to_owned())) } else { (text, None) }
}

/// Reads the days of the week, if there are any; gives what follows them.
fn weekdays(text: &str) -> Read<(u8, &str)> {
    let (mut days, mut rest, mut from) = (0, text, None);
    loop {
        let Some((day, after)) = weekday(rest) else {
            return if rest.len() == text.len() {
                Ok((EVERY_DAY, text))
            } else {
                Err("a day of the week is missing")
            };
        };
        if !after.is_empty() && !after.starts_with(['-', '.', ',', ' ']) {
            return Err("there is no such day of the week");
        }
        if from.is_some_and(|from| from > day) {
            return Err("a range of days goes backwards");
        }
        (from.unwrap_or(day)..=day).for_each(|day| days |= 1 << day);
        let range = after.strip_prefix("..").or_else(|| after.strip_prefix('-'));
        (rest, from) = match (range, after.strip_prefix(',')) {
            (Some(_), _) if from.is_some() => return Err("a range of days has three ends"),
            (Some(rest), _) => (rest, Some(day)),
            (None, Some(rest)) => (rest, None),
            (None, None) if after.starts_with('.') => return Err("a range is written with two points"),
            (None, None) => return Ok((days, after.trim_start_matches(' '))),
        };
        // A comma may be the last.
        if rest.is_empty() || rest.starts_with(' ') {
            return match from {
                None => Ok((days, rest.trim_start_matches(' '))),
                Some(_) => Err("a range of days has no end"),
            };
        }
    }
}

/// Reads a day of the week, from Monday on, and gives what follows it.
pub(super) fn weekday(text: &str) -> Option<(u8, &str)> {
    (0..).zip(DAYS).find_map(|(number, (long, short))| {
        let starts =
            |name: &&str| text.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
        [long, short].iter().find(|name| starts(name)).map(|name| (number, &text[name.len()..]))
    })
}

/// Reads the date, if there is one; gives what follows it, and nothing where a time cannot follow.
fn date<'a>(text: &'a str, calendar: &mut Calendar) -> Read<Option<&'a str>> {
    if text.is_empty() {
        return Ok(Some(text));
    }
    if let Some(seconds) = text.strip_prefix('@') {
        *calendar = moment(seconds, calendar.weekdays)?;
        return Ok(None);
    }
    let (first, rest) = chain(text, false)?;
    if rest.is_empty() || rest.starts_with(':') {
        // This was the hour.
        return Ok(Some(text));
    }
    let (from_end, rest) = separator(rest)?;
    let (second, rest) = chain(rest, false)?;
    calendar.from_end = from_end;
    if rest.is_empty() || rest.starts_with(' ') {
        (calendar.month, calendar.day) = (first, second);
        return Ok(Some(rest.trim_start_matches(' ')));
    }
    if from_end {
        return Err("only the day can be counted from the end of the month");
    }
    let (from_end, rest) = separator(rest)?;
    let (third, rest) = chain(rest, false)?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err("something follows the date that is no time");
    }
    calendar.from_end = from_end;
    (calendar.year, calendar.month, calendar.day) = (first, second, third);
    Ok(Some(rest.trim_start_matches(' ')))
}

fn separator(text: &str) -> Read<(bool, &str)> {
    match (text.strip_prefix('-'), text.strip_prefix('~')) {
        (Some(rest), _) => Ok((false, rest)),
        (None, Some(rest)) => Ok((true, rest)),
        (None, None) => Err("the parts of a date are divided by \"-\""),
    }
}

/// The very second that is so many after the beginning of 1970.
fn moment(seconds: &str, weekdays: u8) -> Read<Calendar> {
    let seconds: i64 = match seconds.parse() {
        Ok(number) if seconds.bytes().all(|digit| digit.is_ascii_digit()) => number,
        _ => return Err("no number of seconds follows the \"@\""),
    };
    let civil = Civil::from_microseconds(seconds.saturating_mul(SECOND));
    let rest = civil.time / SECOND;
    Ok(Calendar {
        weekdays,
        year: Chain::one(civil.year),
        month: Chain::one(civil.month),
        day: Chain::one(civil.day),
        from_end: false,
        hour: Chain::one(rest / 3_600),
        minute: Chain::one(rest % 3_600 / 60),
        microsecond: Chain::one(rest % 60 * SECOND),
        zone: Some("UTC".to_owned()),
    })
}

/// Reads the time; without one it is midnight.
fn time(text: &str, calendar: &mut Calendar) -> Read<()> {
    if text.is_empty() {
        return Ok(());
    }
    let (hour, rest) = chain(text, false)?;
    let rest = rest.strip_prefix(':').ok_or("a time has an hour and a minute, divided by \":\"")?;
    let (minute, rest) = chain(rest, false)?;
    (calendar.hour, calendar.minute) = (hour, minute);
    if rest.is_empty() {
        return Ok(());
    }
    let rest = rest.strip_prefix(':').ok_or("minutes and seconds are divided by \":\"")?;
    let (seconds, rest) = chain(rest, true)?;
    calendar.microsecond = seconds;
    if rest.is_empty() { Ok(()) } else { Err("something follows the time") }
}

/// Reads one part; `seconds` may have a fraction.
fn chain(text: &str, seconds: bool) -> Read<(Chain, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Ok((if seconds { Chain::each_second() } else { Chain::default() }, rest));
    }
    let (mut found, mut rest) = (Vec::new(), text);
    loop {
        let (values, after) = values(rest, seconds)?;
        found.push(values);
        match after.strip_prefix(',') {
            Some(after) if found.len() <= LONGEST => rest = after,
            Some(_) => return Err("it has too many parts"),
            None => return Ok((Chain(found), after)),
        }
    }
}

fn values(text: &str, seconds: bool) -> Read<(Values, &str)> {
    let (start, mut rest) = number(text, seconds)?;
    let mut values = Values::one(start);
    if let Some(after) = rest.strip_prefix("..") {
        let (stop, after) = number(after, seconds)?;
        values = Values { start, stop: Some(stop), repeat: if seconds { SECOND } else { 1 } };
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('/') {
        let (repeat, after) = number(after, seconds)?;
        if repeat == 0 {
            return Err("an interval is 0");
        }
        values.repeat = repeat;
        rest = after;
    } else if seconds && values.stop.is_some_and(|stop| stop - start < SECOND) {
        return Err("a range of seconds is too short");
    }
    if rest.is_empty() || rest.starts_with([' ', ',', '-', '~', ':']) {
        Ok((values, rest))
    } else {
        Err("a number is followed by something that cannot follow it")
    }
}

/// Reads a number; of seconds in microseconds.
fn number(text: &str, seconds: bool) -> Read<(i64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, mut rest) = text.split_at(digits(text));
    let mut value: i64 = whole.parse().map_err(|_| "a number is expected")?;
    if seconds {
        value = value.checked_mul(SECOND).ok_or("a number in it is out of range")?;
        if let Some(fraction) = rest.strip_prefix('.').filter(|fraction| !fraction.starts_with('.')) {
            let (written, after) = fraction.split_at(digits(fraction));
            value += microseconds(written)?;
            rest = after;
        }
    }
    if value > LARGEST { Err("a number in it is out of range") } else { Ok((value, rest)) }
}

/// What the digits behind the point stand for; what is below half a microsecond does not count.
pub(super) fn microseconds(digits: &str) -> Read<i64> {
    if digits.is_empty() {
        return Err("a point without digits after it");
    }
    let digit = |place: usize| digits.as_bytes().get(place).map_or(0, |digit| i64::from(digit - b'0'));
    let value = (0..6).fold(0, |value, place| value * 10 + digit(place));
    Ok(value + i64::from(digit(6) >= 5))
}

fn normalize(calendar: &mut Calendar) {
    if calendar.day.0.is_empty() {
        calendar.from_end = false;
    }
    // As everywhere in the world until lately.
    let full = |year: i64| match year {
        0..70 => year + 2000,
        70..100 => year + 1900,
        _ => year,
    };
    for values in &mut calendar.year.0 {
        values.start = full(values.start);
        values.stop = values.stop.map(full);
    }
    for chain in [
        &mut calendar.year,
        &mut calendar.month,
        &mut calendar.day,
        &mut calendar.hour,
        &mut calendar.minute,
        &mut calendar.microsecond,
    ] {
        chain.normalize();
    }
}

fn is_valid(calendar: &Calendar) -> bool {
    calendar.year.is_within(FIRST_YEAR, LAST_YEAR, false)
        && calendar.month.is_within(1, 12, false)
        && calendar.day.is_within(1, 31, calendar.from_end)
        && calendar.hour.is_within(0, 23, false)
        && calendar.minute.is_within(0, 59, false)
        && calendar.microsecond.is_within(0, 60 * SECOND - 1, false)
}
