//! Jobs: `systemctl` waits for them; how they ended is judged as over D-Bus.

use std::time::Instant;

use super::properties::find;
use super::show::Block;
use super::{Command, explained, said};
use crate::backend::job::{self, Ended, Found, JobVerb};
use crate::backend::{JobOptions, errors, status};
use crate::error::Result;
use crate::flow::sleep_until;
use crate::unit::{JobResult, UnitName};

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
        if verb == JobVerb::Stop && result == "done" {
            return Ok(job::done(verb, unit));
        }
        let mut found = self.read_for_job(unit).await?;
        if result == "done" && !options.settle.is_zero() && found.may_fail_yet() {
            sleep_until(Instant::now() + options.settle).await;
            found = self.read_for_job(unit).await?;
        }
        Ended { verb, unit, result, found: &found }.judge()
    }

    async fn read_for_job(&self, unit: &UnitName) -> Result<Found> {
        let mut wanted = status::WANTED.to_vec();
        wanted.extend(status::FOR_JOBS);
        let block = self.show_one(unit, &wanted, "read the status of").await?;
        let values = self.values(unit, &block).await?;
        let found = Found::new(unit, |name| find(&values, name))?;
        if !found.is_forgotten() {
            return Ok(found);
        }
        // systemctl does not print conditions.
        let values = self.get_unit_properties(unit).await?;
        Found::new(unit, |name| find(&values, name))
    }

    async fn show_one(&self, unit: &UnitName, properties: &[&str], action: &str) -> Result<Block> {
        let mut blocks = self.show(std::slice::from_ref(unit), properties, action).await?;
        blocks.pop().unwrap_or_else(|| Err(errors::not_found(unit)))
    }
}
