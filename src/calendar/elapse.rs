//! When an expression elapses next.

use super::civil::{Civil, days_in};
use super::zone::{Local, Zone};
use super::{Calendar, FIRST_YEAR, HOUR, LAST_YEAR, MINUTE};

impl Calendar {
    /// When it elapses for the first time after this moment; both are microseconds since the beginning of 1970. None
    /// where it never does again, up to the year 2199, in which systemd ends its search as well.
    ///
    /// As in systemd, a time that clocks skip when they are put forward is left out, and of one that they show twice
    /// only the first counts.
    #[must_use]
    pub fn next_elapse(&self, after: i64, zone: &Zone) -> Option<i64> {
        let mut from = zone.civil(after.saturating_add(1).max(0));
        loop {
            let found = self.next_civil(from)?;
            from = match zone.moment(found) {
                Local::At(moment) | Local::Twice(moment, _) if moment > after => return Some(moment),
                // The clock was put back already when this began: what it shows now is the second time.
                Local::Twice(_, second) if second > after => return Some(second),
                Local::At(_) | Local::Twice(..) => later(found),
                Local::Never(end) => end.max(later(found)),
            };
        }
    }

    /// The first time on the wall, from this one on, that the expression allows.
    fn next_civil(&self, from: Civil) -> Option<Civil> {
        let mut at = from;
        if at.year < FIRST_YEAR {
            at = Civil::midnight(FIRST_YEAR, 1, 1);
        }
        loop {
            let year = self.year.next(at.year).filter(|&year| year <= LAST_YEAR)?;
            if year > at.year {
                at = Civil::midnight(year, 1, 1);
            }
            let Some(month) = self.month.next(at.month).filter(|&month| month <= 12) else {
                at = Civil::midnight(at.year + 1, 1, 1);
                continue;
            };
            if month > at.month {
                at = Civil::midnight(at.year, month, 1);
            }
            let Some(day) = self.next_day(at) else {
                at = Civil::midnight(at.year, at.month + 1, 1);
                continue;
            };
            if day > at.day {
                at = Civil::midnight(at.year, at.month, day);
            }
            let time = if self.weekdays >> at.weekday() & 1 == 1 { self.next_time(at.time) } else { None };
            match time {
                Some(time) => return Some(Civil { time, ..at }),
                None => at = Civil::midnight(at.year, at.month, at.day + 1),
            }
        }
    }

    fn next_day(&self, at: Civil) -> Option<i64> {
        let days = days_in(at.year, at.month);
        let day = if self.from_end { self.day.next_from_end(at.day, days) } else { self.day.next(at.day) };
        day.filter(|&day| day <= days)
    }

    /// The first time of a day, from this one on.
    fn next_time(&self, from: i64) -> Option<i64> {
        let mut at = from;
        loop {
            let hour = self.hour.next(at / HOUR).filter(|&hour| hour < 24)?;
            at = at.max(hour * HOUR);
            let Some(minute) = self.minute.next(at % HOUR / MINUTE).filter(|&minute| minute < 60) else {
                at = (hour + 1) * HOUR;
                continue;
            };
            let begin = hour * HOUR + minute * MINUTE;
            at = at.max(begin);
            match self.microsecond.next(at - begin).filter(|&rest| rest < MINUTE) {
                Some(rest) => return Some(begin + rest),
                None => at = begin + MINUTE,
            }
        }
    }
}

fn later(than: Civil) -> Civil {
    Civil::from_microseconds(than.microseconds() + 1)
}
