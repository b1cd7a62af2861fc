//! Calendar expressions of systemd.time(7), such as `Mon *-*-* 03:00`: read, written in their normal form, and when they
//! elapse; and moments as texts.

mod chain;
mod civil;
mod elapse;
mod posix;
mod read;
#[cfg(test)]
mod tests;
mod timestamp;
mod write;
mod zone;
mod zone_file;

use crate::error::{Error, Result};

use chain::Chain;
pub use timestamp::{format_timestamp, parse_timestamp};
pub use zone::Zone;

/// A calendar expression, checked and in its normal form, which [`ToString`] writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Calendar {
    /// A bit for each day, from Monday on; all of them where none is named.
    weekdays: u8,
    year: Chain,
    month: Chain,
    day: Chain,
    /// Days are counted from the end of the month.
    from_end: bool,
    hour: Chain,
    minute: Chain,
    microsecond: Chain,
    zone: Option<String>,
}

const EVERY_DAY: u8 = 0x7f;
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const FIRST_YEAR: i64 = 1970;
/// Where systemd ends its search.
const LAST_YEAR: i64 = 2199;

impl Calendar {
    /// Reads an expression, in its long form or as a word such as `daily`.
    pub fn parse(text: &str) -> Result<Self> {
        read::read(text).map_err(|reason| {
            Error::config(format!("{text:?} is no calendar expression: {reason}"))
                .with_hint("write for example \"Mon..Fri 08:30\", \"*-*-01 03:00\" or \"hourly\"")
        })
    }

    /// The time zone that it names; without one it is meant in the machine's.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }
}
