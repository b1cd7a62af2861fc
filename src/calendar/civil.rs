//! Days and times of the Gregorian calendar, as numbers.

use super::SECOND;

pub(super) const DAY: i64 = 86_400 * SECOND;

/// A time as clocks on a wall show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    /// Microseconds since midnight.
    pub(super) time: i64,
}

impl Civil {
    /// The time that is so many microseconds after the beginning of 1970, as a clock shows it that is never put forward.
    pub(super) fn from_microseconds(microseconds: i64) -> Self {
        let (year, month, day) = date_of(microseconds.div_euclid(DAY));
        Self { year, month, day, time: microseconds.rem_euclid(DAY) }
    }

    /// The contrary.
    pub(super) fn microseconds(self) -> i64 {
        days_of(self.year, self.month, self.day) * DAY + self.time
    }

    /// The beginning of this day, which may lie beyond the end of its month.
    pub(super) fn midnight(year: i64, month: i64, day: i64) -> Self {
        let (year, month) = if month > 12 { (year + 1, 1) } else { (year, month) };
        Self::from_microseconds((days_of(year, month, 1) + day - 1) * DAY)
    }

    /// The day of the week, from Monday on.
    pub(super) fn weekday(self) -> i64 {
        (days_of(self.year, self.month, self.day) + 3).rem_euclid(7)
    }
}

/// How many days a month has.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_of(next_year, next, 1) - days_of(year, month, 1)
}

/// The days from the beginning of 1970 to this one. Years are counted from March on, so that leap days come last.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The contrary.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_days() {
        for (days, date, weekday) in [
            (0, (1970, 1, 1), 3),
            (59, (1970, 3, 1), 6),
            (11_016, (2000, 2, 29), 1),
            (20_786, (2026, 11, 29), 6),
        ] {
            assert_eq!(date_of(days), date);
            let (year, month, day) = date;
            assert_eq!(Civil::midnight(year, month, day).weekday(), weekday);
        }
        assert_eq!((days_in(2000, 2), days_in(1900, 2), days_in(2026, 12)), (29, 28, 31));
        assert_eq!(Civil::midnight(2026, 13, 1), Civil::midnight(2027, 1, 1));
        assert_eq!(Civil::midnight(2026, 2, 29), Civil::midnight(2026, 3, 1));
    }

    proptest! {
        #[test]
        fn there_and_back(microseconds in -1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000) {
            prop_assert_eq!(Civil::from_microseconds(microseconds).microseconds(), microseconds);
        }
    }
}
