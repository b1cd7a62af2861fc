//! Jobs: `systemctl` waits for them; how they ended is judged as over D-Bus.

use super::call::Answer;
use super::show::Block;
use super::{Command, explained, stderr};
use crate::backend::job::{AskedJob, Before, Found, JobEnd, JobVerb};
use crate::backend::{errors, find, status};
use crate::error::{Error, Kind, Result};
use crate::process::Process;
use crate::unit::UnitName;
use crate::unit_file::UnitFile;
use crate::value::Value;

/// A `systemctl` that waits for a job. Dropping this ends the wait; the job goes on.
#[derive(Debug)]
pub struct CommandJob {
    command: Command,
    asked: AskedJob,
    id: Option<u32>,
    before: Option<Before>,
    wait: Wait,
}

#[derive(Debug)]
enum Wait {
    /// It runs.
    Running(Process),
    /// It has ended already, with this result.
    Ended(String),
}

impl CommandJob {
    pub(in crate::backend) fn id(&self) -> Option<u32> {
        self.id
    }

    pub(in crate::backend) async fn end(self) -> Result<JobEnd> {
        let result = match self.wait {
            Wait::Ended(result) => result,
            Wait::Running(process) => {
                let answer = self.command.end_of_systemctl(process).await?;
                job_result(&answer, &self.asked)?
            }
        };
        Ok(JobEnd::said(&result, self.before))
    }
}

impl Command {
    /// `systemctl start`, `stop` or `restart`, which waits for the job.
    pub(in crate::backend) async fn run_job(&self, asked: &AskedJob) -> Result<CommandJob> {
        let before = self.before(asked).await;
        self.ask_for_job(asked, before, &[])
    }

    /// The same, up to where systemd has taken the job on. Since systemd 242 systemctl can tell, by a method that
    /// the message bus lets only root call; for others it is as without.
    pub(in crate::backend) async fn begin_job(&self, asked: &AskedJob) -> Result<CommandJob> {
        let before = self.before(asked).await;
        let job = self.ask_for_job(asked, before, &["--show-transaction"])?;
        let Wait::Running(mut process) = job.wait else { return Ok(job) };
        if let Some(id) = process.find_in_stderr(stderr::job_id).await? {
            return Ok(CommandJob { id: Some(id), wait: Wait::Running(process), ..job });
        }
        let answer = self.end_of_systemctl(process).await?;
        match job_result(&answer, asked) {
            Ok(result) => Ok(CommandJob { wait: Wait::Ended(result), ..job }),
            Err(error) if stderr::is_unknown_option(&answer.stderr) || is_denied(&error) => {
                self.ask_for_job(asked, job.before, &[])
            }
            Err(error) => Err(error),
        }
    }

    /// The same, and nobody waits for its end. systemctl may not live to tell that systemd has taken it on, where it is its
    /// own unit that is stopped.
    pub(in crate::backend) async fn enqueue_job(&self, asked: &AskedJob) -> Result<()> {
        let job = self.ask_for_job(asked, None, &["--no-block"])?;
        match job.end().await {
            // It was ended before it could say anything.
            Err(error) if error.kind() == Kind::Systemd && error.facts().dbus_name.is_none() => Ok(()),
            ended => ended.map(drop),
        }
    }

    /// A job whose end a command has waited for.
    pub(super) fn ended_job(&self, asked: &AskedJob, answer: &Answer) -> Result<CommandJob> {
        let wait = Wait::Ended(job_result(answer, asked)?);
        Ok(CommandJob { command: self.clone(), asked: asked.clone(), id: None, before: None, wait })
    }

    /// How a unit is before it is stopped: systemd may forget it right after.
    async fn before(&self, asked: &AskedJob) -> Option<Before> {
        if asked.verb != JobVerb::Stop {
            return None;
        }
        let block = self.show_one(&asked.unit, &Before::WANTED, "read the status of").await.ok()?;
        let values = block.values();
        Some(Before::of(|name| find(&values, name)))
    }

    fn ask_for_job(&self, asked: &AskedJob, before: Option<Before>, options: &[&str]) -> Result<CommandJob> {
        let mode = format!("--job-mode={}", asked.options.mode.as_str());
        let mut arguments = vec![asked.verb.as_str(), &mode];
        arguments.extend(options);
        arguments.extend(["--", asked.unit.as_str()]);
        let wait = Wait::Running(self.start_systemctl(&arguments)?);
        Ok(CommandJob { command: self.clone(), asked: asked.clone(), id: None, before, wait })
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
        let [conditions, _] = status::CONDITIONS;
        if find(&values, conditions).is_none() && self.has_conditions(unit).await? {
            values.push((conditions.to_owned(), Value::List(vec![Value::Null])));
        }
        Found::new(unit, |name| find(&values, name))
    }

    /// Whether the unit's own files name conditions, `ExecCondition=` included (`systemctl cat`).
    async fn has_conditions(&self, unit: &UnitName) -> Result<bool> {
        let answer = self.systemctl(&["cat", "--", unit.as_str()]).await?;
        let Ok(file) = UnitFile::parse(answer.text()?) else { return Ok(false) };
        let effective = file.effective();
        Ok(effective.assignments().iter().any(|assignment| {
            (assignment.section == "Unit" && assignment.key.starts_with("Condition"))
                || (assignment.section == "Service" && assignment.key == "ExecCondition")
        }))
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

/// The result of the job that a `systemctl` waited for; an error is what systemd answered instead of a job.
fn job_result(answer: &Answer, asked: &AskedJob) -> Result<String> {
    let explain = |error| explained(error, asked.verb.as_str(), Some(&asked.unit));
    let methods = [asked.verb.method(), "EnqueueUnitJob", "StartTransientUnit"];
    let refused = || stderr::error_reply(&answer.stderr, &methods);
    let result = match stderr::job_result(&answer.stderr) {
        Some(result) => result,
        None if answer.success => "done",
        None => match refused() {
            Some(error) => return Err(explain(error)),
            None => stderr::job_result_in_words(&answer.stderr)
                .ok_or_else(|| explain(stderr::error_in_words(&answer.stderr)))?,
        },
    };
    Ok(result.to_owned())
}
