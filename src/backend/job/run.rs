//! A job's way: it is asked for, systemd takes it on, it ends, and its outcome is judged.

use std::time::Instant;

use super::end::JobEnd;
use super::exit_codes;
use super::found::Found;
use super::notes::{files_changed, still_triggered};
use super::outcome::{Ended, Verdict};
use super::results::kind_of;
use super::{AskedJob, Before, JobVerb, Witnessed};
use crate::backend::command::CommandJob;
use crate::backend::dbus::DbusJob;
use crate::backend::transient::{TransientUnit, WithoutFile};
use crate::backend::{Backend, Dbus, JobOptions};
use crate::error::hint::{command, over_dbus, text};
use crate::error::{Error, Kind, Result};
use crate::flow::sleep_until;
use crate::unit::{AffectedJob, JobResult, UnitName};

const CHANGED: &str = "StateChangeTimestampMonotonic";

/// `CLD_EXITED` of sigaction(2).
const EXITED: i64 = 1;
/// What tells whether a main process was that of the program. The last one came with systemd 256.
const OF_MAIN_PROCESS: [&str; 4] =
    ["ExecMainCode", "ExecMainStatus", "ExecMainPID", "ExecMainHandoffTimestampMonotonic"];

/// A job that systemd has taken on and that somebody listens for.
#[derive(Debug)]
pub enum BegunJob {
    /// Over D-Bus.
    Dbus(Box<DbusJob>),
    /// Over `systemctl`.
    Command(Box<CommandJob>),
}

impl BegunJob {
    /// The job's number, where it is known: `systemctl` tells it since systemd 242.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        match self {
            Self::Dbus(job) => Some(job.id()),
            Self::Command(job) => job.id(),
        }
    }

    /// The other jobs that were queued with it, by their numbers; none where systemd was not asked, or `systemctl`, which
    /// does not tell.
    #[must_use]
    pub fn affected(&self) -> Option<&[AffectedJob]> {
        match self {
            Self::Dbus(job) => job.affected(),
            Self::Command(_) => None,
        }
    }

    /// Waits for its end.
    pub async fn end(self) -> Result<JobEnd> {
        match self {
            // The job was systemd's: no error may say that nothing was sent.
            Self::Dbus(job) => job.end().await.map_err(|error| error.with_unsent(false)),
            Self::Command(job) => job.end().await,
        }
    }
}

/// A unit after its job, looked at as often as it takes.
struct Looked {
    found: Found,
    was_restarted: bool,
}

impl Backend {
    /// Starts, stops or restarts a unit, waits for the job and judges its outcome.
    ///
    /// A service that only has a process so far gets the time `options.settle` to fail.
    pub async fn run_job(&self, verb: JobVerb, unit: &UnitName, options: JobOptions) -> Result<JobResult> {
        let asked = AskedJob::now(verb, unit, options);
        let begun = self.begin_job(&asked, false).await?;
        let end = begun.end().await?;
        self.judge_job(&asked, &end).await
    }

    /// Asks systemd for a job, and listens for its end. With `announced` it returns when systemd has taken the job
    /// on, and has told which others it queued; without, `systemctl` may not have come so far.
    pub async fn begin_job(&self, asked: &AskedJob, announced: bool) -> Result<BegunJob> {
        Ok(match self {
            Self::Dbus(dbus) => BegunJob::Dbus(Box::new(dbus.begin_job(asked, announced).await?)),
            Self::Command(command) if asked.transient.is_some() => command.start_transient(asked).await?,
            Self::Command(command) if announced => {
                BegunJob::Command(Box::new(command.begin_job(asked).await?))
            }
            Self::Command(command) => BegunJob::Command(Box::new(command.run_job(asked).await?)),
        })
    }

    /// Asks systemd for a job whose end nobody waits for.
    pub(crate) async fn enqueue_job(&self, asked: &AskedJob) -> Result<()> {
        match self {
            Self::Dbus(dbus) => dbus.begin_job(asked, false).await.map(drop),
            Self::Command(command) => command.enqueue_job(asked).await,
        }
    }

    /// Starts a unit that has no file, and returns when its start has ended well.
    pub async fn start_without_file(&self, asked: &AskedJob) -> Result<()> {
        let end = self.begin_job(asked, false).await?.end().await?;
        // What it does after that is not the job's; and one that ends at once may end before systemd knows that it had
        // begun (`service_sigchld_event` comes before the end of the exec pipe).
        if end.is("done") || end.is("failed") && self.has_run(asked).await {
            return Ok(());
        }
        let ended = self.judge_job(asked, &end).await?;
        let message = format!("the {} was {}: a condition does not hold", asked.subject(), ended.result);
        Err(Error::new(Kind::Job, message).with_unit(asked.unit.as_str()))
    }

    /// Whether the main process was that of the program, as far as that is known, and not one that systemd could not prepare
    /// for it: that one ends with an exit code of systemd's own (systemd.exec(5)).
    async fn has_run(&self, asked: &AskedJob) -> bool {
        let mut found = Vec::new();
        for name in OF_MAIN_PROCESS {
            let answer = self.get_unit_property(&asked.unit, name).await;
            found.push(
                answer.and_then(|answer| answer.decode(name)).ok().and_then(|value| value.as_integer()),
            );
        }
        match found[..] {
            [Some(EXITED), Some(status), pid, handed_over] if exit_codes::is_of_systemd(status) => {
                let handed_over = handed_over.and_then(|time| u64::try_from(time).ok());
                if let Some(was_executed) = exit_codes::was_executed(status, handed_over) {
                    return was_executed;
                }
                let pid = pid.and_then(|pid| u32::try_from(pid).ok());
                self.journal_says_executed(asked, pid).await == Some(true)
            }
            [Some(code), ..] => code != 0,
            _ => false,
        }
    }

    /// Looks at a unit without a file whose start has failed: nothing is wrong if its program has run all the same.
    pub async fn check_failed_start(&self, asked: &AskedJob) -> Result<()> {
        if self.has_run(asked).await {
            return Ok(());
        }
        self.judge_job(asked, &JobEnd::said("failed", None)).await.map(drop)
    }

    /// The same manager over a connection that carries file descriptors.
    pub async fn with_descriptors(&self) -> Result<Dbus> {
        let dbus = self.over_dbus().await?;
        if dbus.connection().carries_descriptors() {
            return Ok(dbus);
        }
        let message = "cannot run a command: this connection carries no file descriptors";
        Err(Error::new(Kind::Unsupported, message).with_hint(over_dbus()))
    }

    /// The same, or over one to another host, where ssh carries what descriptors would.
    pub async fn to_run(&self) -> Result<Dbus> {
        if self.whose().location.host().is_some() {
            self.over_dbus().await
        } else {
            self.with_descriptors().await
        }
    }

    async fn over_dbus(&self) -> Result<Dbus> {
        match self {
            Self::Dbus(dbus) => Ok(dbus.clone()),
            Self::Command(command) => command.over_bridge().await,
        }
    }

    /// What became of a job that ended.
    pub async fn judge_job(&self, asked: &AskedJob, end: &JobEnd) -> Result<JobResult> {
        self.judge(asked, end).await.map_err(|error| error.with_unsent(false))
    }

    async fn judge(&self, asked: &AskedJob, end: &JobEnd) -> Result<JobResult> {
        if asked.verb == JobVerb::Stop && end.is("done") {
            return Ok(self.stopped(asked, end).await);
        }
        let looked = match self.look(asked, end).await {
            Err(error) if error.kind() == Kind::UnitNotFound && asked.transient.is_some() => {
                return self.judge_forgotten(asked, end).await;
            }
            looked => looked?,
        };
        let witnessed = end.told();
        let ended = Ended {
            asked,
            result: end.result.as_deref(),
            found: &looked.found,
            witnessed: &witnessed,
            was_restarted: looked.was_restarted,
        };
        let (result, changed) = match ended.judge() {
            Verdict::Done { changed } => ("done", changed),
            Verdict::Skipped => ("skipped", false),
            Verdict::DoneOrSkipped => match self.journal_says_skipped(asked).await {
                Some(true) => ("skipped", false),
                // Nobody can tell: one that stays up would be up.
                None if looked.found.stays_up() => ("skipped", false),
                Some(false) | None => ("done", true),
            },
            Verdict::Failed { kind, result } => {
                return Err(self.explain(asked, (kind, result), looked.found, witnessed).await);
            }
        };
        let stale = looked.found.status.need_daemon_reload;
        let notes = stale.then(|| files_changed(&asked.unit)).into_iter().collect();
        Ok(job_result(asked, result, changed, notes))
    }

    /// A unit without a file is forgotten when it is down, and has not failed (or has `CollectMode=` that wants it so).
    async fn judge_forgotten(&self, asked: &AskedJob, end: &JobEnd) -> Result<JobResult> {
        let result = end.result.as_deref().unwrap_or("done");
        if !matches!(result, "done" | "skipped") {
            let message = format!(
                "the {} ended with the result {result}, and systemd has forgotten the unit since",
                asked.subject()
            );
            let log = format!("-u {}", asked.unit);
            return Err(Error::new(kind_of(result), message)
                .with_unit(asked.unit.as_str())
                .with_hint([command("journalctl", log), text(" has the reason")]));
        }
        let may_be_skipped = asked
            .transient
            .as_deref()
            .and_then(WithoutFile::named)
            .is_some_and(TransientUnit::has_conditions);
        let is_skipped =
            result == "skipped" || may_be_skipped && self.journal_says_skipped(asked).await == Some(true);
        Ok(job_result(asked, if is_skipped { "skipped" } else { "done" }, !is_skipped, Vec::new()))
    }

    async fn look(&self, asked: &AskedJob, end: &JobEnd) -> Result<Looked> {
        let may_be_up = end.is("done") || end.is("skipped");
        let found = self.read_for_job(asked, may_be_up, &end.told()).await?;
        if !end.is("done") || asked.options.settle.is_zero() || !found.may_fail_yet() {
            return Ok(Looked { found, was_restarted: false });
        }
        sleep_until(Instant::now() + asked.options.settle).await;
        let again = self.read_for_job(asked, may_be_up, &Witnessed::default()).await?;
        Ok(Looked { was_restarted: again.was_restarted_since(&found), found: again })
    }

    async fn read_for_job(&self, asked: &AskedJob, may_be_up: bool, told: &Witnessed) -> Result<Found> {
        match self {
            Self::Dbus(dbus) => {
                if may_be_up && let Some(found) = dbus.read_if_up(asked, told).await {
                    return Ok(found);
                }
                dbus.read_for_job(&asked.unit).await
            }
            Self::Command(command) => command.read_for_job(&asked.unit).await,
        }
    }

    async fn stopped(&self, asked: &AskedJob, end: &JobEnd) -> JobResult {
        let before = end.before.as_ref();
        let mut notes = Vec::new();
        if before.is_some_and(Before::need_daemon_reload) {
            notes.push(files_changed(&asked.unit));
        }
        let triggers: Vec<UnitName> = before.map(|before| before.triggers().collect()).unwrap_or_default();
        let active = self.active_among(&triggers).await;
        if !active.is_empty() {
            notes.push(still_triggered(&asked.unit, &active));
        }
        let was_up = match before.and_then(Before::is_up).or_else(|| end.told().has_changed_state(asked)) {
            Some(was_up) => was_up,
            None => self.has_changed_state(asked).await,
        };
        job_result(asked, "done", was_up, notes)
    }

    /// Whether a unit that is stopped was up, where its signals do not tell: one that was loaded for this job is announced
    /// by its name alone (`bus_unit_send_pending_change_signal` in systemd's src/core/dbus-unit.c), and never was up.
    async fn has_changed_state(&self, asked: &AskedJob) -> bool {
        let answer =
            self.get_unit_property(&asked.unit, CHANGED).await.and_then(|answer| answer.decode(CHANGED));
        // Who does not know how it was must not say that nothing happened.
        answer.map_or(true, |changed| asked.is_before(changed.as_unsigned()))
    }

    /// Those of the units that are up.
    async fn active_among(&self, units: &[UnitName]) -> Vec<String> {
        if units.is_empty() {
            return Vec::new();
        }
        let statuses = self.get_unit_statuses(units).await.unwrap_or_default();
        let active = statuses.into_iter().flatten().filter(|status| status.active_state == "active");
        active.map(|status| status.name).collect()
    }
}

fn job_result(asked: &AskedJob, result: &str, changed: bool, notes: Vec<String>) -> JobResult {
    JobResult {
        unit: asked.unit.as_str().to_owned(),
        operation: asked.verb.as_str().to_owned(),
        result: result.to_owned(),
        changed,
        notes,
    }
}
