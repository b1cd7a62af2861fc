//! What clocks show in a time zone: its file's text, as tzfile(5) has it.

use super::SECOND;
use super::civil::Civil;
use super::posix::Rule;
use crate::error::{Error, Result};

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Since when, in seconds since the beginning of 1970, clocks are how many seconds ahead of UTC; in order.
    changes: Vec<(i64, i64)>,
    /// How they are before the first change.
    first: i64,
    /// How they are after the last one.
    rule: Option<Rule>,
}

/// The moment at which a clock shows something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Local {
    At(i64),
    /// The clock is put back after the first one.
    Twice(i64, i64),
    /// The clock is put forward, to this time.
    Never(Civil),
}

const HEADER: usize = 44;

impl Zone {
    /// The zone whose clocks show UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self { changes: Vec::new(), first: 0, rule: None }
    }

    /// Reads a file of the time zone database; none where it is none.
    #[must_use]
    pub fn parse(file: &[u8]) -> Option<Self> {
        let head = Head::read(file)?;
        if head.version == 0 {
            return Self::read(&head, file.get(HEADER..)?, 4, None);
        }
        // What has room for times after 2038 follows what has not.
        let file = file.get(HEADER + head.length(4)..)?;
        let head = Head::read(file)?;
        let body = file.get(HEADER..)?;
        let footer = std::str::from_utf8(body.get(head.length(8)..)?).ok()?.trim_matches('\n');
        Self::read(&head, body, 8, Rule::parse(footer))
    }

    /// The zone of a text such as `CET-1CEST,M3.5.0,M10.5.0/3`, as `TZ` may have it (tzset(3)).
    pub fn of_rule(text: &str) -> Result<Self> {
        let rule = Rule::parse(text).ok_or_else(|| {
            Error::config(format!("there is no time zone {text:?}"))
                .with_hint("give the name of one, such as \"Europe/Berlin\" or \"UTC\"")
        })?;
        Ok(Self { changes: Vec::new(), first: rule.standard(), rule: Some(rule) })
    }

    fn read(head: &Head, body: &[u8], width: usize, rule: Option<Rule>) -> Option<Self> {
        let (times, rest) = body.split_at_checked(head.times * width)?;
        let (kinds, rest) = rest.split_at_checked(head.times)?;
        let types = rest.get(..head.types * 6)?;
        let offset = |kind: u8| {
            let at = usize::from(kind) * 6;
            Some(number(types.get(at..at + 4)?))
        };
        let changes = times.chunks_exact(width).map(number).zip(kinds);
        let changes = changes.map(|(time, &kind)| Some((time, offset(kind)?))).collect::<Option<_>>()?;
        Some(Self { changes, first: offset(0)?, rule })
    }

    /// How many seconds clocks are ahead of UTC at a moment, in seconds since the beginning of 1970.
    fn offset(&self, seconds: i64) -> i64 {
        let place = self.changes.partition_point(|&(time, _)| time <= seconds);
        match (place.checked_sub(1).and_then(|last| self.changes.get(last)), &self.rule) {
            (Some(&(_, offset)), _) if place < self.changes.len() => offset,
            (_, Some(rule)) if place == self.changes.len() => rule.offset(seconds),
            (Some(&(_, offset)), _) => offset,
            (None, _) => self.first,
        }
    }

    /// What clocks show at a moment, in microseconds since the beginning of 1970.
    pub(super) fn civil(&self, moment: i64) -> Civil {
        Civil::from_microseconds(moment + self.offset(moment.div_euclid(SECOND)) * SECOND)
    }

    /// When clocks show this.
    pub(super) fn moment(&self, civil: Civil) -> Local {
        let shown = civil.microseconds();
        let seconds = shown.div_euclid(SECOND);
        // No zone is further than a day from UTC, and none changes twice within two.
        let before = self.offset(seconds - 86_400);
        let after = self.offset(seconds + 86_400);
        let is_right = |offset: i64| self.offset(seconds - offset) == offset;
        let at = |offset: i64| shown - offset * SECOND;
        match (is_right(before), is_right(after)) {
            (true, true) if before == after => Local::At(at(before)),
            (true, true) => Local::Twice(at(before), at(after)),
            (true, false) => Local::At(at(before)),
            (false, true) => Local::At(at(after)),
            (false, false) => Local::Never(self.end_of_gap(seconds, before, after)),
        }
    }

    /// What clocks show at the end of the hour that they skip and that this time lies in.
    fn end_of_gap(&self, seconds: i64, before: i64, after: i64) -> Civil {
        // In it, the zone changes: it has the offset before until then, and the other one from then on.
        let (mut early, mut late) = (seconds - after - 1, seconds - before);
        while late - early > 1 {
            let middle = early + (late - early) / 2;
            if self.offset(middle) == before { early = middle } else { late = middle }
        }
        Civil::from_microseconds((late + self.offset(late)) * SECOND)
    }
}

/// What the beginning of a file tells of its length.
struct Head {
    version: u8,
    utc: usize,
    standard: usize,
    leaps: usize,
    times: usize,
    types: usize,
    letters: usize,
}

impl Head {
    fn read(file: &[u8]) -> Option<Self> {
        let head = file.get(..HEADER)?;
        if !head.starts_with(b"TZif") {
            return None;
        }
        let count =
            |at: usize| usize::try_from(number(&head[at..at + 4])).ok().filter(|&count| count < 1 << 20);
        Some(Self {
            version: head[4],
            utc: count(20)?,
            standard: count(24)?,
            leaps: count(28)?,
            times: count(32)?,
            types: count(36)?,
            letters: count(40)?,
        })
    }

    /// How long what follows it is, where times have so many bytes.
    fn length(&self, width: usize) -> usize {
        self.times * (width + 1)
            + self.types * 6
            + self.letters
            + self.leaps * (width + 4)
            + self.standard
            + self.utc
    }
}

/// A number with a sign, of four or eight bytes.
fn number(bytes: &[u8]) -> i64 {
    match (<[u8; 4]>::try_from(bytes), <[u8; 8]>::try_from(bytes)) {
        (Ok(four), _) => i32::from_be_bytes(four).into(),
        (_, Ok(eight)) => i64::from_be_bytes(eight),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::civil::DAY;
    use super::*;

    const HOUR: i64 = 3_600 * SECOND;

    #[test]
    fn what_is_shown_twice_and_never() {
        let zone = Zone::of_rule("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let at = |year, month, day, hour| {
            let midnight = Civil::midnight(year, month, day);
            Civil { time: hour * HOUR, ..midnight }
        };
        let spring = at(2026, 3, 29, 2);
        assert_eq!(zone.moment(spring), Local::Never(at(2026, 3, 29, 3)));
        assert_eq!(zone.moment(Civil { time: 2 * HOUR + 1, ..spring }), Local::Never(at(2026, 3, 29, 3)));
        assert_eq!(zone.moment(at(2026, 3, 29, 3)), Local::At(at(2026, 3, 29, 1).microseconds()));
        let autumn = at(2026, 10, 25, 2).microseconds();
        assert_eq!(zone.moment(at(2026, 10, 25, 2)), Local::Twice(autumn - 2 * HOUR, autumn - HOUR));
        assert_eq!(zone.moment(at(2026, 12, 1, 0)), Local::At(at(2026, 12, 1, 0).microseconds() - HOUR));
        assert_eq!(zone.civil(autumn - HOUR), at(2026, 10, 25, 2));
    }

    #[test]
    fn every_moment_is_found_again() {
        for rule in [
            "UTC0",
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
            "EST5EDT,M3.2.0,M11.1.0",
        ] {
            let zone = Zone::of_rule(rule).unwrap();
            for step in 0..3_000 {
                let moment = step * (DAY / 3 + 17 * SECOND + 1);
                match zone.moment(zone.civil(moment)) {
                    Local::At(found) => assert_eq!(found, moment, "{rule}"),
                    Local::Twice(first, second) => assert!(first == moment || second == moment, "{rule}"),
                    Local::Never(_) => panic!("{rule}: {moment} is shown"),
                }
            }
        }
    }

    #[test]
    fn what_is_no_file() {
        for file in [&b""[..], b"TZif", b"TZif2", &[0; 100]] {
            assert_eq!(Zone::parse(file), None);
        }
        let mut huge = b"TZif2".to_vec();
        huge.extend([0xff; 60]);
        assert_eq!(Zone::parse(&huge), None);
        assert!(Zone::of_rule("Mars/Crater").is_err());
    }
}
