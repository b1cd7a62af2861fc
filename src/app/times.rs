//! The times of an app: as systemd counts them.

use std::time::Duration;

use crate::error::Result;
use crate::settings::{Given, span};

/// Seconds as a time of whole microseconds, which is how systemd counts.
pub(super) fn seconds(field: &str, value: Option<f64>) -> Result<Option<Duration>> {
    let Some(value) = value else { return Ok(None) };
    let exact = span(field, Given::Seconds(value))?;
    let micros = exact.as_nanos().saturating_add(500) / 1000;
    Ok(Some(u64::try_from(micros).map_or(Duration::MAX, Duration::from_micros)))
}
