//! Counters that only grow: what systemd and the kernel count of a unit begins anew whenever that is started.

use std::collections::HashMap;

use super::families::{COUNTERS, Owner};
use crate::figures::Figures;
use crate::unit::UnitName;

/// So many units are remembered that systemd has forgotten: it does so with each that is stopped and that nothing needs.
const MOST_ABSENT: usize = 10_000;

/// What was counted of all units, from the first reading on.
#[derive(Debug, Default)]
pub(super) struct Totals {
    units: HashMap<UnitName, OfUnit>,
    readings: u64,
}

/// What was counted of one.
#[derive(Clone, Debug)]
pub(super) struct OfUnit {
    counters: [Counter; COUNTERS.len()],
    group: Option<u64>,
    /// When systemd was last asked, in microseconds of the clock that never jumps: before that, and until its answer was
    /// there.
    read: u64,
    /// Of the reading.
    number: u64,
}

/// A reading of a unit: each counter that is known now, in the order of the table.
pub(super) struct Reading<'a> {
    pub(super) unit: &'a UnitName,
    pub(super) figures: Option<&'a Figures>,
    pub(super) counted: [Option<u64>; COUNTERS.len()],
}

/// When it was read, in microseconds of the clock that never jumps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) begin: u64,
    pub(super) end: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    last: Option<u64>,
    /// What was counted before it began anew.
    before: u64,
}

impl Counter {
    fn take(&mut self, now: Option<u64>, is_new: bool) {
        let Some(now) = now else { return };
        if let Some(last) = self.last.filter(|last| is_new || now < *last) {
            self.before = self.before.saturating_add(last);
        }
        self.last = Some(now);
    }

    fn total(self) -> Option<u64> {
        Some(self.before.saturating_add(self.last?))
    }
}

impl Totals {
    /// Adds a reading of all units that are told, and gives the totals of each, in the same order.
    pub(super) fn add(&mut self, span: Span, readings: &[Reading<'_>]) -> Vec<[Option<u64>; COUNTERS.len()]> {
        self.readings += 1;
        let number = self.readings;
        let of_each =
            readings.iter().map(|reading| self.of(reading.unit).add(span, number, reading)).collect();
        self.forget();
        of_each
    }

    fn of(&mut self, unit: &UnitName) -> &mut OfUnit {
        self.units.entry(unit.clone()).or_insert_with(|| OfUnit {
            counters: [Counter::default(); COUNTERS.len()],
            group: None,
            read: 0,
            number: 0,
        })
    }

    /// Forgets those that were longest absent, where there are too many.
    fn forget(&mut self) {
        let mut absent: Vec<u64> =
            self.units.values().map(|unit| unit.number).filter(|number| *number != self.readings).collect();
        let Some(spare) = absent.len().checked_sub(MOST_ABSENT).filter(|spare| *spare > 0) else { return };
        absent.sort_unstable();
        let last = absent.get(spare - 1).copied().unwrap_or_default();
        self.units.retain(|_, unit| unit.number > last);
    }
}

impl OfUnit {
    /// Of two readings at the same time nobody knows which number is the later one: only one of them counts.
    fn add(&mut self, span: Span, number: u64, reading: &Reading<'_>) -> [Option<u64>; COUNTERS.len()] {
        self.number = number;
        if span.begin >= self.read {
            self.read = span.end;
            let group = reading.figures.and_then(|figures| figures.group);
            let is_new = group.is_some() && self.group.is_some() && group != self.group;
            self.group = group.or(self.group);
            for ((counter, row), now) in self.counters.iter_mut().zip(&COUNTERS).zip(reading.counted) {
                counter.take(now, is_new && row.owner == Owner::Group);
            }
        }
        self.counters.map(Counter::total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Processor time of programs, and restarts.
    const CPU: usize = 0;

    fn restarts() -> usize {
        COUNTERS.iter().position(|row| row.owner == Owner::Systemd).unwrap()
    }

    struct Unit {
        totals: Totals,
        time: u64,
    }

    impl Unit {
        fn read(&mut self, group: Option<u64>, cpu: Option<u64>, count: u64) -> [Option<u64>; 2] {
            self.time += 10;
            self.read_in(Span { begin: self.time, end: self.time + 1 }, group, cpu, count)
        }

        fn read_in(
            &mut self,
            span: Span,
            group: Option<u64>,
            cpu: Option<u64>,
            count: u64,
        ) -> [Option<u64>; 2] {
            let figures = Figures { group, ..Figures::default() };
            let mut counted = [None; COUNTERS.len()];
            (counted[CPU], counted[restarts()]) = (cpu, Some(count));
            let unit = "a.service".parse().unwrap();
            let reading = Reading { unit: &unit, figures: Some(&figures), counted };
            let told = self.totals.add(span, &[reading]).remove(0);
            [told[CPU], told[restarts()]]
        }
    }

    fn unit() -> Unit {
        Unit { totals: Totals::default(), time: 0 }
    }

    #[test]
    fn totals_never_fall() {
        let mut unit = unit();
        assert_eq!(unit.read(Some(1), Some(100), 2), [Some(100), Some(2)]);
        assert_eq!(unit.read(Some(1), Some(150), 3), [Some(150), Some(3)]);
        // It was started by somebody: its group is another one, which has used more already.
        assert_eq!(unit.read(Some(2), Some(170), 0), [Some(320), Some(3)]);
        // It is stopped, and started again.
        assert_eq!(unit.read(None, None, 0), [Some(320), Some(3)]);
        assert_eq!(unit.read(Some(3), Some(5), 1), [Some(325), Some(4)]);
        // systemd begins anew with the same group.
        assert_eq!(unit.read(Some(3), Some(4), 1), [Some(329), Some(4)]);
    }

    #[test]
    fn what_was_never_counted_is_not_told() {
        assert_eq!(unit().read(None, None, 0), [None, Some(0)]);
    }

    #[test]
    fn of_readings_at_the_same_time_one_counts() {
        let mut unit = unit();
        unit.read_in(Span { begin: 5, end: 20 }, Some(1), Some(100), 0);
        assert_eq!(unit.read_in(Span { begin: 10, end: 30 }, Some(1), Some(90), 0)[0], Some(100));
        assert_eq!(unit.read_in(Span { begin: 20, end: 30 }, Some(1), Some(110), 0)[0], Some(110));
    }

    #[test]
    fn those_that_are_long_gone_are_forgotten() {
        let mut totals = Totals::default();
        let mut add = |names: &[String]| {
            let units: Vec<UnitName> = names.iter().map(|name| name.parse().unwrap()).collect();
            let counted = [Some(1); COUNTERS.len()];
            let readings: Vec<_> =
                units.iter().map(|unit| Reading { unit, figures: None, counted }).collect();
            totals.add(Span { begin: 0, end: 0 }, &readings);
            totals.units.len()
        };
        assert_eq!(add(&["a.service".to_owned()]), 1);
        let scopes: Vec<String> = (0..MOST_ABSENT).map(|number| format!("run-{number}.scope")).collect();
        assert_eq!(add(&scopes), MOST_ABSENT + 1);
        assert_eq!(
            add(&["b.service".to_owned()]),
            MOST_ABSENT + 1,
            "all but the one that was absent for longest"
        );
        assert_eq!(add(&["b.service".to_owned()]), MOST_ABSENT + 1);
    }
}
