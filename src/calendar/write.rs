//! An expression in its normal form, letter by letter as `systemd-analyze calendar` has it.

use std::fmt;

use super::chain::{Chain, Values};
use super::{Calendar, EVERY_DAY, SECOND};

pub(super) const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl fmt::Display for Calendar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.weekdays != EVERY_DAY {
            write!(out, "{} ", self.written_days())?;
        }
        write_chain(out, &self.year, 4, 1)?;
        out.write_str("-")?;
        write_chain(out, &self.month, 2, 1)?;
        out.write_str(if self.from_end { "~" } else { "-" })?;
        write_chain(out, &self.day, 2, 1)?;
        out.write_str(" ")?;
        write_chain(out, &self.hour, 2, 1)?;
        out.write_str(":")?;
        write_chain(out, &self.minute, 2, 1)?;
        out.write_str(":")?;
        write_chain(out, &self.microsecond, 2, SECOND)?;
        match &self.zone {
            Some(zone) => write!(out, " {zone}"),
            None => Ok(()),
        }
    }
}

impl Calendar {
    /// Days in a row as a range: two of them are listed.
    fn written_days(&self) -> String {
        let has = |day: usize| self.weekdays >> day & 1 == 1;
        let mut parts = Vec::new();
        let mut day = 0;
        while day < DAYS.len() {
            let end = (day..DAYS.len()).find(|&next| !has(next)).unwrap_or(DAYS.len());
            match end - day {
                0 => {}
                1 => parts.push(DAYS[day].to_owned()),
                2 => parts.push(format!("{},{}", DAYS[day], DAYS[end - 1])),
                _ => parts.push(format!("{}..{}", DAYS[day], DAYS[end - 1])),
            }
            day = end + 1;
        }
        parts.join(",")
    }
}

/// `unit` is how much one stands for: seconds are kept as microseconds.
fn write_chain(out: &mut fmt::Formatter<'_>, chain: &Chain, width: usize, unit: i64) -> fmt::Result {
    if chain.0.is_empty() || unit > 1 && *chain == Chain::each_second() {
        return out.write_str("*");
    }
    for (place, values) in chain.0.iter().enumerate() {
        let Values { start, stop, repeat } = *values;
        if place > 0 {
            out.write_str(",")?;
        }
        write_number(out, start, width, unit)?;
        if let Some(stop) = stop {
            out.write_str("..")?;
            write_number(out, stop, width, unit)?;
        }
        if repeat > 0 && !(stop.is_some() && repeat == unit) {
            out.write_str("/")?;
            write_number(out, repeat, 0, unit)?;
        }
    }
    Ok(())
}

fn write_number(out: &mut fmt::Formatter<'_>, number: i64, width: usize, unit: i64) -> fmt::Result {
    write!(out, "{:0width$}", number / unit)?;
    match number % unit {
        0 => Ok(()),
        fraction => write!(out, ".{fraction:06}"),
    }
}
