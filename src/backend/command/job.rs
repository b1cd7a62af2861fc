//! Jobs: `systemctl` waits for them; how they ended is judged as over D-Bus.

use std::time::Instant;

use super::properties::status_properties;
use super::show::Block;
use super::{Command, explained, said};
use crate::backend::job::{Ended, JobVerb};
use crate::backend::{JobOptions, errors};
use crate::error::{Kind, Result};
use crate::flow::sleep_until;
use crate::unit::{JobResult, UnitName, UnitStatus, UnitType};

impl Command {
    /// See [`Backend::run_job`](crate::backend::Backend::run_job): `systemctl start`, `stop`, `restart`.
    pub async fn run_job(&self, verb: JobVerb, unit: &UnitName, options: JobOptions) -> Result<JobResult> {
        let mode = format!("--job-mode={}", options.mode.as_str());
        let answer = self.systemctl(&[verb.as_str(), &mode, "--", unit.as_str()]).await?;
        let explain = |error| explained(error, verb.as_str(), Some(unit));
        let refused = || said::error_reply(&answer.stderr, &[verb.method()]);
        let result = match said::job_result(&answer.stderr) {
            Some(result) => result,
            None if answer.success => "done",
            None => match refused() {
                Some(error) => return Err(explain(error)),
                None => said::job_result_in_words(&answer.stderr)
                    .ok_or_else(|| explain(said::error_in_words(&answer.stderr)))?,
            },
        };
        // The job was systemd's: no error may say that nothing was sent.
        self.judge(verb, unit, result, options).await.map_err(|error| error.with_unsent(false))
    }

    async fn judge(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        result: &str,
        options: JobOptions,
    ) -> Result<JobResult> {
        let settles = verb != JobVerb::Stop && result == "done" && !options.settle.is_zero();
        if settles && unit.unit_type() == UnitType::Service && self.may_fail_yet(unit).await? {
            sleep_until(Instant::now() + options.settle).await;
        }
        let mut names = status_properties();
        names.push("ConditionResult");
        let block = self.show_one(unit, &names, "read the status of").await?;
        let status = match self.status(unit, &block).await {
            // A unit whose file is gone is forgotten when it stops.
            Err(error) if error.kind() == Kind::UnitNotFound && verb == JobVerb::Stop => {
                UnitStatus { name: unit.as_str().to_owned(), ..UnitStatus::default() }
            }
            other => other?,
        };
        let condition_failed = block.text("ConditionResult") == Some("no");
        Ended { verb, unit, result, status: &status, condition_failed }.judge()
    }

    /// Whether "started" only means that there is a process.
    async fn may_fail_yet(&self, unit: &UnitName) -> Result<bool> {
        let block = self.show_one(unit, &["Type", "ActiveState"], "read").await?;
        let started = matches!(block.text("Type"), Some("simple" | "exec" | "idle"));
        Ok(started && matches!(block.text("ActiveState"), Some("active" | "activating")))
    }

    async fn show_one(&self, unit: &UnitName, properties: &[&str], action: &str) -> Result<Block> {
        let mut blocks = self.show(std::slice::from_ref(unit), properties, action).await?;
        blocks.pop().unwrap_or_else(|| Err(errors::not_found(unit)))
    }
}
