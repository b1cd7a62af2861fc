//! The deadline of the work that this thread does right now, for steps that wait for nothing and may still take
//! long: an answer of a hundred megabytes is to be decoded.

use std::cell::Cell;
use std::time::Instant;

use crate::error::hint::text;
use crate::error::{Error, Kind, Part, Result};

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// While it lives, [`check`] fails after the deadline, and after those around it.
#[derive(Debug)]
pub struct Limit {
    around: Option<Instant>,
}

impl Limit {
    /// A limit for what this thread does from now on.
    #[must_use]
    pub fn new(deadline: Option<Instant>) -> Self {
        let around = DEADLINE.get();
        DEADLINE.set(match (around, deadline) {
            (Some(around), Some(deadline)) => Some(around.min(deadline)),
            (around, deadline) => around.or(deadline),
        });
        Self { around }
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        DEADLINE.set(self.around);
    }
}

/// Fails if the deadline has passed.
pub fn check() -> Result<()> {
    match DEADLINE.get() {
        Some(deadline) if Instant::now() >= deadline => Err(late()),
        _ => Ok(()),
    }
}

#[cold]
fn late() -> Error {
    Error::new(Kind::Timeout, "an answer is too long to be read in time")
        .with_hint([text("ask for less, or raise "), Part::Argument("timeout")])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_earliest_deadline_counts_while_it_lasts() {
        let (past, future) = (Instant::now(), Instant::now() + Duration::from_secs(600));
        let _none = Limit::new(None);
        assert!(check().is_ok());
        let _far = Limit::new(Some(future));
        assert!(check().is_ok());
        {
            let _near = Limit::new(Some(past));
            let _farther = Limit::new(Some(future));
            assert_eq!(check().unwrap_err().kind(), Kind::Timeout);
        }
        assert!(check().is_ok());
    }
}
