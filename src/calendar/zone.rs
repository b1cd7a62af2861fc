//! What clocks show in a time zone.

use super::SECOND;
use super::civil::Civil;
use super::posix::{Clock, Rule};
use crate::error::{Error, Result};

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Since when, in seconds since the beginning of 1970, clocks are how: the place among `clocks`; in order.
    pub(super) changes: Vec<(i64, usize)>,
    /// How clocks can be; the first is how they are before the first change.
    pub(super) clocks: Vec<Clock>,
    /// How they are after the last change.
    pub(super) rule: Option<Rule>,
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

impl Zone {
    /// The zone whose clocks show UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self::fixed(0, "UTC")
    }

    /// The zone whose clocks are always so many seconds ahead of UTC.
    pub(super) fn fixed(offset: i64, name: &str) -> Self {
        let clock = Clock { offset, name: name.to_owned() };
        Self { changes: Vec::new(), clocks: vec![clock], rule: None }
    }

    /// The zone of a text such as `CET-1CEST,M3.5.0,M10.5.0/3`, as `TZ` may have it (tzset(3)).
    pub fn of_rule(text: &str) -> Result<Self> {
        let rule = Rule::parse(text).ok_or_else(|| {
            Error::config(format!("there is no time zone {text:?}"))
                .with_hint("give the name of one, such as \"Europe/Berlin\" or \"UTC\"")
        })?;
        Ok(Self { changes: Vec::new(), clocks: vec![rule.standard().clone()], rule: Some(rule) })
    }

    /// How clocks are at a moment, in seconds since the beginning of 1970.
    pub(super) fn clock(&self, seconds: i64) -> &Clock {
        let place = self.changes.partition_point(|&(time, _)| time <= seconds);
        match (place.checked_sub(1), &self.rule) {
            (_, Some(rule)) if place == self.changes.len() => rule.clock(seconds),
            (Some(last), _) => &self.clocks[self.changes[last].1],
            (None, _) => &self.clocks[0],
        }
    }

    fn offset(&self, seconds: i64) -> i64 {
        self.clock(seconds).offset
    }

    /// How many seconds clocks are ahead that are as this is called, such as `CEST`.
    pub(super) fn offset_of(&self, name: &str) -> Option<i64> {
        let by_rule = self.rule.iter().flat_map(Rule::clocks);
        let before = self.changes.iter().rev().map(|&(_, clock)| &self.clocks[clock]);
        let mut all = by_rule.chain(before).chain(self.clocks.first());
        all.find(|clock| clock.name.eq_ignore_ascii_case(name)).map(|clock| clock.offset)
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

    /// The first moment at which clocks show this; of what they skip, that at which they would if they were not put
    /// forward, as mktime(3) has it.
    pub(super) fn first_moment(&self, civil: Civil) -> i64 {
        match self.moment(civil) {
            Local::At(moment) | Local::Twice(moment, _) => moment,
            Local::Never(_) => {
                let shown = civil.microseconds();
                shown - self.offset(shown.div_euclid(SECOND) - 86_400) * SECOND
            }
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
}
