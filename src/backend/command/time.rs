//! Points in time and durations as `systemctl show` prints them, back to microseconds.

const SECOND: u64 = 1_000_000;
const DAY: u64 = 86_400 * SECOND;

/// Units of systemd.time(7) as systemd prints them; a year has 365.25 days, a month a twelfth of that.
const UNITS: [(&str, u64); 9] = [
    ("y", 31_557_600 * SECOND),
    ("month", 2_629_800 * SECOND),
    ("w", 7 * DAY),
    ("d", DAY),
    ("h", 3600 * SECOND),
    ("min", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1000),
    ("us", 1),
];

/// A duration such as `1min 30.500000s` in microseconds; `infinity` is the largest number, as on D-Bus.
pub(super) fn span(text: &str) -> Option<u64> {
    match text {
        "infinity" => Some(u64::MAX),
        "0" => Some(0),
        "" => None,
        _ => text.split(' ').try_fold(0_u64, |sum, part| sum.checked_add(span_part(part)?)),
    }
}

fn span_part(text: &str) -> Option<u64> {
    let begin = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(begin);
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(*unit)?.checked_add(scaled(fraction, *unit)?)
}

/// A decimal fraction of `unit`.
fn scaled(digits: &str, unit: u64) -> Option<u64> {
    if digits.is_empty() {
        return Some(0);
    }
    let number: u64 = digits.parse().ok()?;
    let power = 10_u64.checked_pow(u32::try_from(digits.len()).ok()?)?;
    Some(number.checked_mul(unit)? / power)
}

/// A time such as `Mon 2026-11-23 03:22:20.978729 UTC` in microseconds since the epoch; 0 for one that never
/// was, as on D-Bus.
///
/// The fraction is there with `--timestamp=us+utc`; without (systemd before 248) it is lost.
pub(super) fn timestamp(text: &str) -> Option<u64> {
    if text.is_empty() || text == "n/a" {
        return Some(0);
    }
    let mut parts = text.strip_suffix(" UTC")?.split(' ').rev();
    let (clock, date) = (parts.next()?, parts.next()?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hours, minutes, seconds] = numbers(clock, ':')?;
    let [year, month, day] = numbers(date, '-')?;
    let whole = days(year, month, day)? * 86_400 + hours * 3600 + minutes * 60 + seconds;
    whole.checked_mul(SECOND)?.checked_add(scaled(fraction, SECOND)?)
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let numbers: Option<Vec<u64>> = text.split(separator).map(|part| part.parse().ok()).collect();
    numbers?.try_into().ok()
}

/// Days from 1970-01-01 to this day of the Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March end with the leap day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    (year * 365 + leap_days + (153 * month + 2) / 5 + day - 1).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, microseconds) in [
            ("0", Some(0)),
            ("infinity", Some(u64::MAX)),
            ("100ms", Some(100_000)),
            ("1.500000s", Some(1_500_000)),
            ("12min 3.250000s", Some(723_250_000)),
            ("1h 43min 13.566361s", Some(6_193_566_361)),
            ("3min 5ms", Some(180_005_000)),
            ("1month", Some(2_629_800_000_000)),
            ("1y 2month 3w 1d", Some(31_557_600_000_000 + 2 * 2_629_800_000_000 + 22 * 86_400_000_000)),
            ("7us", Some(7)),
            ("", None),
            ("5", None),
            ("5 apples", None),
            ("x", None),
            ("[not set]", None),
            ("99999999999999999999s", None),
            ("9999999999y", None),
        ] {
            assert_eq!(span(text), microseconds, "{text}");
        }
    }

    #[test]
    fn timestamps() {
        for (text, microseconds) in [
            ("", Some(0)),
            ("n/a", Some(0)),
            // From systemctl and busctl 252 on the same unit.
            ("Mon 2026-11-23 03:22:20.978729 UTC", Some(1_795_404_140_978_729)),
            ("Mon 2026-11-23 03:22:20 UTC", Some(1_795_404_140_000_000)),
            ("Thu 1970-01-01 00:00:00.000001 UTC", Some(1)),
            ("Thu 2024-02-29 12:00:00 UTC", Some(1_709_208_000_000_000)),
            ("Fri 2100-03-01 00:00:00 UTC", Some(4_107_542_400_000_000)),
            ("Mon 2026-11-23 03:22:20 CET", None),
            ("yesterday UTC", None),
            ("2026-13-01 00:00:00 UTC", None),
        ] {
            assert_eq!(timestamp(text), microseconds, "{text}");
        }
    }
}
