//! How a job's outcome is judged. "done" alone is no success: a service that fails right after its start is a
//! failed start.

use super::found::Found;
use super::results::kind_of;
use super::{AskedJob, JobVerb, Witnessed};
use crate::error::Kind;

/// What a job came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The unit is as it was asked to be; `changed` says whether it was not so before.
    Done {
        /// It is another run.
        changed: bool,
    },
    /// There was nothing to do: a condition did not hold.
    Skipped,
    /// It is done or skipped, and neither systemd nor its signals tell which.
    DoneOrSkipped,
    /// It failed.
    Failed {
        /// The error that it amounts to.
        kind: Kind,
        /// The job's result in systemd's word.
        result: String,
    },
}

/// What is known when a job has ended.
pub(super) struct Ended<'a> {
    pub(super) asked: &'a AskedJob,
    /// The result as systemd said it.
    pub(super) result: Option<&'a str>,
    /// What was found of the unit afterwards.
    pub(super) found: &'a Found,
    /// What its signals told.
    pub(super) witnessed: &'a Witnessed,
    /// systemd restarted it by itself between two looks after the job.
    pub(super) was_restarted: bool,
}

impl Ended<'_> {
    pub(super) fn judge(&self) -> Verdict {
        let result = self.result.unwrap_or_else(|| self.found.presumed_result(self.asked.verb));
        let failed = |kind, result: &str| Verdict::Failed { kind, result: result.to_owned() };
        if !matches!(result, "done" | "skipped") {
            return failed(kind_of(result), result);
        }
        if self.asked.verb == JobVerb::Stop {
            return Verdict::Done { changed: true };
        }
        if self.asked.verb.is_for_what_is_up() && self.found.was_left_alone(self.asked) {
            return Verdict::Done { changed: false };
        }
        let active_state = self.found.status.active_state.as_str();
        if active_state == "failed" || self.found.status.waits_for_restart() || self.was_restarted {
            return failed(Kind::JobFailed, "failed");
        }
        if result == "skipped" {
            return Verdict::Skipped;
        }
        match self.found.was_skipped(self.asked, self.witnessed) {
            Some(true) => Verdict::Skipped,
            Some(false) => Verdict::Done { changed: self.found.has_begun(self.asked) },
            None => Verdict::DoneOrSkipped,
        }
    }
}
