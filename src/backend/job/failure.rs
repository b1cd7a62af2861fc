//! A job that failed, and what is known of it.

use super::AskedJob;
use super::evidence::Evidence;
use crate::error::Kind;
use crate::unit::UnitStatus;

/// A job that failed, and what is known of it.
pub(super) struct Failure<'a> {
    pub(super) asked: &'a AskedJob,
    pub(super) kind: Kind,
    /// The job's result in systemd's word.
    pub(super) result: String,
    pub(super) status: &'a UnitStatus,
    pub(super) evidence: &'a Evidence,
}
