//! What one part of an expression allows: any value, or some of them.

use super::SECOND;

/// The values that one part of an expression may have; empty where it may have any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Chain(pub(super) Vec<Values>);

/// A value, and what follows it at intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Values {
    pub(super) start: i64,
    /// The last one; none where there is no range.
    pub(super) stop: Option<i64>,
    /// The interval; 0 where there is but one value.
    pub(super) repeat: i64,
}

impl Values {
    pub(super) fn one(start: i64) -> Self {
        Self { start, stop: None, repeat: 0 }
    }

    /// The first value that is not below this one.
    fn next(self, least: i64) -> Option<i64> {
        if self.start >= least {
            return Some(self.start);
        }
        if self.repeat == 0 {
            return None;
        }
        let steps = (least - self.start + self.repeat - 1) / self.repeat;
        let value = self.start + steps * self.repeat;
        (self.stop.is_none_or(|stop| value <= stop)).then_some(value)
    }

    /// The same in a month of so many days, where days are counted from its end.
    fn counted_from_end(self, days: i64) -> Self {
        let day = |number: i64| days + 1 - number;
        match self.stop {
            Some(stop) => Self { start: day(stop), stop: Some(day(self.start)), repeat: self.repeat },
            None => Self { start: day(self.start), ..self },
        }
    }
}

impl Chain {
    pub(super) fn one(value: i64) -> Self {
        Self(vec![Values::one(value)])
    }

    /// The seconds of `*`.
    pub(super) fn each_second() -> Self {
        Self(vec![Values { start: 0, stop: None, repeat: SECOND }])
    }

    /// The first allowed value that is not below this one.
    pub(super) fn next(&self, least: i64) -> Option<i64> {
        self.find(least, |values| values)
    }

    /// The same for days that are counted from the end of a month with so many days.
    pub(super) fn next_from_end(&self, least: i64, days: i64) -> Option<i64> {
        self.find(least, |values| values.counted_from_end(days))
    }

    fn find(&self, least: i64, meant: impl Fn(Values) -> Values) -> Option<i64> {
        if self.0.is_empty() {
            return Some(least);
        }
        self.0.iter().filter_map(|&values| meant(values).next(least)).min()
    }

    /// Brings it into the order and the form in which systemd writes it.
    pub(super) fn normalize(&mut self) {
        for values in &mut self.0 {
            let Values { start, stop: Some(stop), repeat } = *values else { continue };
            let stop = if stop > start && repeat > 0 { stop - (stop - start) % repeat } else { stop };
            values.stop = Some(stop);
            if stop == start {
                *values = Values::one(start);
            }
        }
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// Whether all values are between these.
    pub(super) fn is_within(&self, from: i64, to: i64, from_end: bool) -> bool {
        (1..).zip(&self.0).all(|(place, values)| {
            // Not all months have more than 28 days. systemd takes these three off anew for each further part of a list.
            let to = if from_end { to - 3 * place } else { to };
            let Values { start, stop, repeat } = *values;
            let fits = match stop {
                Some(stop) => (from..=to).contains(&stop) && start + repeat <= stop,
                None if from_end => start - repeat >= from,
                None => start + repeat <= to,
            };
            (from..=to).contains(&start) && repeat <= to - from && fits
        })
    }
}
