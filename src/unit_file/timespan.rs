//! Time spans as systemd.time(7) writes them, exact to the microsecond, which is systemd's own unit.

use std::time::Duration;

use crate::error::Result;
use crate::settings::Timeout;

/// The value of a setting that is a time span, such as `RestartSec=`; what is below a microsecond is dropped.
#[must_use]
pub fn timespan(value: Duration) -> String {
    let microseconds = value.as_micros();
    if microseconds.is_multiple_of(1_000_000) {
        format!("{}s", microseconds / 1_000_000)
    } else if microseconds.is_multiple_of(1_000) {
        format!("{}ms", microseconds / 1_000)
    } else {
        format!("{microseconds}us")
    }
}

/// The time that a time span's text stands for; none for `infinity`. A number without a unit is in seconds.
pub fn parse_timespan(text: &str) -> Result<Option<Duration>> {
    Ok(text.parse::<Timeout>()?.limit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_spans() {
        for (text, microseconds) in [
            ("90", 90_000_000),
            ("1min 30s", 90_000_000),
            ("1min30s", 90_000_000),
            ("1.5s", 1_500_000),
            (".5", 500_000),
            ("2 h", 7_200_000_000),
            ("1week 1us", 604_800_000_001),
            ("0", 0),
        ] {
            assert_eq!(parse_timespan(text).unwrap(), Some(Duration::from_micros(microseconds)), "{text}");
        }
        assert_eq!(parse_timespan("infinity").unwrap(), None);
        for text in ["", " ", "s", "-1s", "1x", "1.2.3s", ".", "99999999999999999999", "999999999999y"] {
            assert!(parse_timespan(text).is_err(), "{text}");
        }
        assert_eq!(timespan(Duration::from_millis(1500)), "1500ms");
        assert_eq!(timespan(Duration::ZERO), "0s");
    }

    proptest! {
        #[test]
        fn there_and_back(microseconds in 0..u64::MAX) {
            let value = Duration::from_micros(microseconds);
            prop_assert_eq!(parse_timespan(&timespan(value)).unwrap(), Some(value));
        }
    }
}
