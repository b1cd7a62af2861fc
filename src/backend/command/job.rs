//! Jobs: `systemctl` waits for them; how they ended is judged as over D-Bus.

use super::call::Answer;
use super::properties::find;
use super::show::Block;
use super::{Command, explained, said};
use crate::backend::job::{Found, JobEnd, JobMode, JobVerb};
use crate::backend::{errors, status};
use crate::error::{Error, Result};
use crate::process::Process;
use crate::unit::UnitName;
use crate::unit_file::UnitFile;
use crate::value::Value;

/// A `systemctl` that waits for a job. Dropping this ends the wait; the job goes on.
#[derive(Debug)]
pub struct CommandJob {
    command: Command,
    verb: JobVerb,
    unit: UnitName,
    id: Option<u32>,
    wait: Wait,
}

#[derive(Debug)]
enum Wait {
    /// It runs.
    Running(Process),
    /// It has ended already.
    Ended(JobEnd),
}

impl CommandJob {
    pub(in crate::backend) fn id(&self) -> Option<u32> {
        self.id
    }

    pub(in crate::backend) async fn end(self) -> Result<JobEnd> {
        match self.wait {
            Wait::Ended(end) => Ok(end),
            Wait::Running(process) => {
                let answer = self.command.end_of_systemctl(process).await?;
                job_end(&answer, self.verb, &self.unit)
            }
        }
    }
}

impl Command {
    /// `systemctl start`, `stop` or `restart`, which waits for the job.
    pub(in crate::backend) fn run_job(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        mode: JobMode,
    ) -> Result<CommandJob> {
        self.ask_for_job(verb, unit, mode, &[])
    }

    /// The same, up to where systemd has taken the job on. Since systemd 242 systemctl can tell, by a method that
    /// the message bus lets only root call; for others it is as without.
    pub(in crate::backend) async fn begin_job(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        mode: JobMode,
    ) -> Result<CommandJob> {
        let job = self.ask_for_job(verb, unit, mode, &["--show-transaction"])?;
        let Wait::Running(mut process) = job.wait else { return Ok(job) };
        if let Some(id) = process.find_in_stderr(said::job_id).await? {
            return Ok(CommandJob { id: Some(id), wait: Wait::Running(process), ..job });
        }
        let answer = self.end_of_systemctl(process).await?;
        match job_end(&answer, verb, unit) {
            Ok(end) => Ok(CommandJob { wait: Wait::Ended(end), ..job }),
            Err(error) if said::is_unknown_option(&answer.stderr) || is_denied(&error) => {
                self.run_job(verb, unit, mode)
            }
            Err(error) => Err(error),
        }
    }

    fn ask_for_job(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        mode: JobMode,
        options: &[&str],
    ) -> Result<CommandJob> {
        let mode = format!("--job-mode={}", mode.as_str());
        let mut arguments = vec![verb.as_str(), &mode];
        arguments.extend(options);
        arguments.extend(["--", unit.as_str()]);
        let wait = Wait::Running(self.start_systemctl(&arguments)?);
        Ok(CommandJob { command: self.clone(), verb, unit: unit.clone(), id: None, wait })
    }

    /// `systemctl cancel`
    pub(in crate::backend) async fn cancel_job(&self, id: u32) -> Result<()> {
        let answer = self.systemctl(&["cancel", "--", &id.to_string()]).await?;
        answer.check(&["CancelJob"]).map_err(|error| explained(error, "cancel a job", None))
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

/// Whether nothing was done, as the caller may not: another method may be open to him.
fn is_denied(error: &Error) -> bool {
    error.facts().dbus_name.as_deref() == Some("org.freedesktop.DBus.Error.AccessDenied")
}

/// How the job ended that a `systemctl` waited for; an error is what systemd answered instead of a job.
fn job_end(answer: &Answer, verb: JobVerb, unit: &UnitName) -> Result<JobEnd> {
    let explain = |error| explained(error, verb.as_str(), Some(unit));
    let refused = || said::error_reply(&answer.stderr, &[verb.method(), "EnqueueUnitJob"]);
    let result = match said::job_result(&answer.stderr) {
        Some(result) => result,
        None if answer.success => "done",
        None => match refused() {
            Some(error) => return Err(explain(error)),
            None => said::job_result_in_words(&answer.stderr)
                .ok_or_else(|| explain(said::error_in_words(&answer.stderr)))?,
        },
    };
    Ok(JobEnd::Said(result.to_owned()))
}
