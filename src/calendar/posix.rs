//! The rule by which a zone's clocks are put forward and back each year, as tzset(3) has it:
//! `CET-1CEST,M3.5.0,M10.5.0/3`.

use super::civil::{Civil, days_in, days_of};
use super::{FIRST_YEAR, SECOND};

/// How clocks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// How many seconds they are ahead of UTC.
    pub(super) offset: i64,
    /// What this is called, such as `CEST`.
    pub(super) name: String,
}

/// How clocks are, each year anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    standard: Clock,
    summer: Option<Summer>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Summer {
    clock: Clock,
    begin: Change,
    end: Change,
}

/// When clocks are changed: a day, and the seconds from its midnight on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    day: Day,
    time: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// From 1 on, without leap days.
    Julian(i64),
    /// From 0 on, with them.
    Number(i64),
    /// Of a month: the so-many-th of this weekday, from Sunday on; the fifth is the last one.
    Weekday { month: i64, week: i64, weekday: i64 },
}

impl Rule {
    /// Reads a rule; none where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name_of_standard, rest) = name(text)?;
        let (behind, rest) = offset(rest)?;
        // What is written is how far UTC is ahead.
        let standard = Clock { offset: -behind, name: name_of_standard.to_owned() };
        if rest.is_empty() {
            return Some(Self { standard, summer: None });
        }
        let (name_of_summer, rest) = name(rest)?;
        let (ahead, rest) = match rest.strip_prefix(',') {
            Some(rest) => (standard.offset + 3_600, rest),
            None if rest.is_empty() => return None,
            None => {
                let (offset, rest) = offset(rest)?;
                (-offset, rest.strip_prefix(',')?)
            }
        };
        let (begin, end) = rest.split_once(',')?;
        let clock = Clock { offset: ahead, name: name_of_summer.to_owned() };
        let summer = Summer { clock, begin: Change::parse(begin)?, end: Change::parse(end)? };
        Some(Self { standard, summer: Some(summer) })
    }

    /// How clocks are when they are not put forward.
    pub(super) fn standard(&self) -> &Clock {
        &self.standard
    }

    /// How clocks can be.
    pub(super) fn clocks(&self) -> impl Iterator<Item = &Clock> {
        std::iter::once(&self.standard).chain(self.summer.iter().map(|summer| &summer.clock))
    }

    /// How clocks are at a moment, in seconds since the beginning of 1970.
    pub(super) fn clock(&self, seconds: i64) -> &Clock {
        let Some(summer) = &self.summer else { return &self.standard };
        let year = Civil::from_microseconds((seconds + self.standard.offset).saturating_mul(SECOND)).year;
        let begin = summer.begin.in_year(year) - self.standard.offset;
        let end = summer.end.in_year(year) - summer.clock.offset;
        let is_summer =
            if begin < end { (begin..end).contains(&seconds) } else { !(end..begin).contains(&seconds) };
        if is_summer { &summer.clock } else { &self.standard }
    }
}

impl Change {
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = match text.split_once('/') {
            Some((day, time)) => (day, offset(time).filter(|(_, rest)| rest.is_empty())?.0),
            None => (text, 7_200),
        };
        Some(Self { day: Day::parse(day)?, time })
    }

    /// The seconds from the beginning of 1970 on, as clocks show them.
    fn in_year(self, year: i64) -> i64 {
        let first = days_of(year, 1, 1);
        let is_leap = days_in(year.max(FIRST_YEAR), 2) == 29;
        let day = match self.day {
            Day::Julian(day) => first + day - 1 + i64::from(is_leap && day >= 60),
            Day::Number(day) => first + day,
            Day::Weekday { month, week, weekday } => {
                let first = days_of(year, month, 1);
                let before = (weekday - (first + 4)).rem_euclid(7);
                let day = before + (week - 1) * 7;
                first + if day < days_in(year, month) { day } else { day - 7 }
            }
        };
        day * 86_400 + self.time
    }
}

impl Day {
    fn parse(text: &str) -> Option<Self> {
        if let Some(day) = text.strip_prefix('J') {
            return within(day, 1, 365).map(Self::Julian);
        }
        let Some(parts) = text.strip_prefix('M') else { return within(text, 0, 365).map(Self::Number) };
        let mut parts = parts.split('.');
        let mut next = |from, to| within(parts.next()?, from, to);
        let day = Self::Weekday { month: next(1, 12)?, week: next(1, 5)?, weekday: next(0, 6)? };
        parts.next().is_none().then_some(day)
    }
}

fn within(text: &str, from: i64, to: i64) -> Option<i64> {
    text.parse().ok().filter(|number| (from..=to).contains(number))
}

/// A name and what follows it: at least three letters, or anything between angle brackets.
fn name(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('<') {
        return rest.split_once('>');
    }
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    (letters >= 3).then(|| text.split_at(letters))
}

/// Reads `[+-]HH[:MM[:SS]]`, in seconds, and gives what follows it.
fn offset(text: &str) -> Option<(i64, &str)> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|c: char| c != ':' && !c.is_ascii_digit()).unwrap_or(text.len());
    let (written, rest) = text.split_at(end);
    let mut seconds = 0;
    for (place, part) in written.split(':').enumerate() {
        let most = if place == 0 { 167 } else { 59 };
        let length = [3_600, 60, 1].get(place)?;
        seconds += within(part, 0, most)? * length;
    }
    Some((sign * seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        for (text, moment, offset) in [
            ("UTC0", 0, 0),
            ("<-03>3", 0, -10_800),
            ("<+0545>-5:45", 0, 20_700),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_745_999, 3_600),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_746_000, 7_200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_792_889_999, 7_200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_792_890_000, 3_600),
            // South of the equator summer goes over the end of the year.
            ("NZST-12NZDT,M9.5.0,M4.1.0/3", 1_767_225_600, 46_800),
            ("NZST-12NZDT,M9.5.0,M4.1.0/3", 1_782_864_000, 43_200),
            ("AAA0BBB,J60/0,J61/0", 1_709_251_200, 3_600),
            ("AAA0BBB,59/0,60/0", 1_709_164_800, 3_600),
        ] {
            assert_eq!(Rule::parse(text).unwrap().clock(moment).offset, offset, "{text} {moment}");
        }
        for text in
            ["", "A0", "UTC", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1:99", "<a"]
        {
            assert_eq!(Rule::parse(text), None, "{text}");
        }
    }
}
