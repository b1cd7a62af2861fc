//! What was asked for, and when.

use std::sync::Arc;

use super::JobVerb;
use crate::backend::JobOptions;
use crate::backend::transient::{TransientUnit, WithoutFile};
use crate::clock::{monotonic, now};
use crate::unit::UnitName;
use crate::value::Value;

/// One asking for a job. What happened to the unit before this moment says nothing of the job.
#[derive(Clone, Debug)]
pub struct AskedJob {
    /// What to do.
    pub verb: JobVerb,
    /// With which unit.
    pub unit: UnitName,
    /// How.
    pub options: JobOptions,
    /// When, on the clock that systemd's `...TimestampMonotonic` properties are of, in microseconds.
    pub(in crate::backend) at: u64,
    /// When, in microseconds since the epoch, as the journal tells its times.
    pub(in crate::backend) at_real: u64,
    /// What a unit is made of that has no file, and is there only from this start on.
    pub(in crate::backend) transient: Option<Arc<WithoutFile>>,
}

impl AskedJob {
    /// Asked for now.
    #[must_use]
    pub fn now(verb: JobVerb, unit: &UnitName, options: JobOptions) -> Self {
        Self { verb, unit: unit.clone(), options, at: monotonic(), at_real: now(), transient: None }
    }

    /// The same for a unit that has no file but these properties (`StartTransientUnit`).
    #[must_use]
    pub fn without_file(mut self, properties: Value) -> Self {
        self.transient = Some(Arc::new(WithoutFile::Sent(properties)));
        self
    }

    /// The same for a unit that is made of settings, and for those that come with it.
    #[must_use]
    pub fn of_transient(mut self, unit: TransientUnit) -> Self {
        self.transient = Some(Arc::new(WithoutFile::Named(unit)));
        self
    }

    /// The same of a unit that is new: all that has happened to it came after, whatever the clocks of its host say.
    #[must_use]
    pub fn of_new_unit(self) -> Self {
        Self { at: 0, at_real: 0, ..self }
    }

    /// Whether something of this time, by the monotonic clock, came after the asking.
    pub(in crate::backend) fn is_before(&self, time: Option<u64>) -> bool {
        time.is_some_and(|time| time >= self.at)
    }

    /// "start of nginx.service"
    pub(in crate::backend) fn subject(&self) -> String {
        format!("{} of {}", self.verb.as_str(), self.unit)
    }
}
