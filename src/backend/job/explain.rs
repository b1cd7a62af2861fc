//! From a job that failed to the error that says why.

use super::evidence::Evidence;
use super::failure::Failure;
use super::found::Found;
use super::{AskedJob, Witnessed};
use crate::backend::Backend;
use crate::error::{Error, Kind};

impl Backend {
    /// The error for a job that failed.
    pub(super) async fn explain(
        &self,
        asked: &AskedJob,
        (kind, result): (Kind, String),
        found: Found,
        witnessed: Witnessed,
    ) -> Error {
        // Only of a unit that failed by itself: of any other the properties say nothing.
        let properties = self.get_unit_properties(&asked.unit).await.unwrap_or_default();
        let culprit = match kind {
            Kind::DependencyFailed => self.find_culprit(asked, &properties).await,
            _ => None,
        };
        let entries = self.entries(asked, found.status.exec_main_pid).await;
        let evidence = Evidence { properties, witnessed, entries, culprit };
        Failure { asked, kind, result, status: &found.status, evidence: &evidence }.error()
    }
}
