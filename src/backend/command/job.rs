//! Jobs: `systemctl` waits for them; how they ended is judged as over D-Bus.

use super::properties::find;
use super::show::Block;
use super::{Command, explained, said};
use crate::backend::job::{Found, JobMode, JobVerb};
use crate::backend::{errors, status};
use crate::error::Result;
use crate::unit::UnitName;
use crate::unit_file::UnitFile;
use crate::value::Value;

impl Command {
    /// `systemctl start`, `stop` or `restart`, which waits for the job; gives its result.
    pub(in crate::backend) async fn await_job(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        mode: JobMode,
    ) -> Result<String> {
        let mode = format!("--job-mode={}", mode.as_str());
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
        Ok(result.to_owned())
    }

    pub(in crate::backend) async fn read_for_job(&self, unit: &UnitName) -> Result<Found> {
        let mut wanted = status::WANTED.to_vec();
        wanted.extend(status::FOR_JOBS);
        let block = self.show_one(unit, &wanted, "read the status of").await?;
        let values = self.values(unit, &block).await?;
        let found = Found::new(unit, |name| find(&values, name))?;
        if !found.is_forgotten() {
            return Ok(found);
        }
        // `systemctl show` does not print conditions.
        let mut values = self.get_unit_properties(unit).await?;
        if find(&values, status::CONDITIONS).is_none() && self.has_conditions(unit).await? {
            values.push((status::CONDITIONS.to_owned(), Value::List(vec![Value::Null])));
        }
        Found::new(unit, |name| find(&values, name))
    }

    /// Whether the unit's own files name conditions (`systemctl cat`).
    async fn has_conditions(&self, unit: &UnitName) -> Result<bool> {
        let answer = self.systemctl(&["cat", "--", unit.as_str()]).await?;
        let Ok(file) = UnitFile::parse(answer.text()?) else { return Ok(false) };
        let effective = file.effective();
        Ok(effective
            .assignments()
            .iter()
            .any(|assignment| assignment.section == "Unit" && assignment.key.starts_with("Condition")))
    }

    async fn show_one(&self, unit: &UnitName, properties: &[&str], action: &str) -> Result<Block> {
        let mut blocks = self.show(std::slice::from_ref(unit), properties, action).await?;
        blocks.pop().unwrap_or_else(|| Err(errors::not_found(unit)))
    }
}
