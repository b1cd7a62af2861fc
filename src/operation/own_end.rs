//! A job that ends this program itself: nobody waits for that.

use super::control_group::units_of;
use crate::backend::{AskedJob, Backend, JobVerb};
use crate::error::Result;
use crate::location::Whose;
use crate::unit::JobResult;

/// Whether a job may stop a unit that this program runs in.
pub(super) fn is_ended_by(asked: &AskedJob, whose: &Whose) -> bool {
    match asked.verb {
        // Who reloads hears of it, and goes on.
        JobVerb::Start | JobVerb::Reload => false,
        JobVerb::Stop
        | JobVerb::Restart
        | JobVerb::TryRestart
        | JobVerb::ReloadOrRestart
        | JobVerb::ReloadOrTryRestart => {
            whose.location.is_here()
                && std::fs::read_to_string("/proc/self/cgroup")
                    .is_ok_and(|text| units_of(&text, whose.scope).contains(&asked.unit))
        }
    }
}

/// Asks for the job, and tells that systemd has taken it on.
pub(super) async fn begin(backend: &Backend, asked: &AskedJob) -> Result<JobResult> {
    backend.enqueue_job(asked).await?;
    let note = format!(
        "this program runs in {}: it was not waited for the {}, which ends it",
        asked.unit,
        asked.verb.as_str()
    );
    Ok(JobResult {
        unit: asked.unit.as_str().to_owned(),
        operation: asked.verb.as_str().to_owned(),
        result: "running".to_owned(),
        changed: true,
        notes: vec![note],
    })
}
