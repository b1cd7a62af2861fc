//! What is to be known of a unit before its file is written.

use std::time::Instant;

use super::{ForeignUnit, UnitStore};
use crate::clock;
use crate::error::Result;

/// What is known of a unit before its file is written.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Somebody else's unit of the name, in another folder; then nothing else was looked at.
    pub foreign: Option<ForeignUnit>,
    /// What is in the file, if it is there.
    pub text: Option<String>,
    /// When it was written, in microseconds since the epoch.
    pub modified: Option<u64>,
    now: u64,
    at: Instant,
}

impl Looked {
    /// At this moment, which is that time where the file is.
    pub(super) fn at(now: u64, foreign: Option<ForeignUnit>) -> Self {
        Self { foreign, text: None, modified: None, now, at: Instant::now() }
    }

    /// The same with what there is.
    pub(super) fn with_file(mut self, text: Option<String>, modified: Option<u64>) -> Self {
        self.text = text;
        // A clock that was set back since must not make every file one that does not run yet.
        self.modified = modified.filter(|modified| *modified <= self.now);
        self
    }

    /// The time where the file is, in microseconds since the epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        let since = u64::try_from(self.at.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.now.saturating_add(since)
    }
}

impl UnitStore {
    /// Looks at the unit of this name. A file that is not ours is refused.
    pub fn look(&self, name: &str) -> Result<Looked> {
        let looked = Looked::at(clock::now(), self.find_foreign(name)?);
        if looked.foreign.is_some() {
            return Ok(looked);
        }
        Ok(looked.with_file(self.read(name)?, self.modified(name)?))
    }
}
