//! What can be found out of a job that failed: the unit's properties, what its signals told, the journal, and which
//! dependency is to blame.

use std::time::{Duration, Instant};

use super::executed::{MAIN, executed};
use super::{AskedJob, Witnessed};
use crate::backend::{Backend, Properties};
use crate::flow::sleep_until;
use crate::journal::{self, UnitEntry};
use crate::unit::UnitStatus;

/// The journal comes after the fact: entries may still be on their way to it. So long is the pause between two
/// looks, and so many there are at most.
const JOURNAL_PAUSE: Duration = Duration::from_millis(40);
const JOURNAL_LOOKS: usize = 5;
/// So many entries are looked at for the reason, if not more are wanted for the exception.
const FEWEST_ENTRIES: usize = 30;

/// How many entries are read of a job.
pub(super) fn most_entries(asked: &AskedJob) -> usize {
    asked.options.log_lines.max(FEWEST_ENTRIES)
}

/// What is known of a failed job.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// The unit's properties; none where they could not be read.
    pub(super) properties: Properties,
    /// What was told of them while the job ran.
    pub(super) witnessed: Witnessed,
    /// What was logged since the job was asked for.
    pub(super) entries: Vec<UnitEntry>,
    /// The unit that is to blame, of those that this one depends on.
    pub(super) culprit: Option<String>,
}

impl Backend {
    /// What was logged of the unit since the job was asked for.
    pub(super) async fn entries(&self, asked: &AskedJob, pid: Option<u32>) -> Vec<UnitEntry> {
        let lines = most_entries(asked);
        let run = journal::Run { since: Some(asked.at_real), pid };
        let mut known = Vec::new();
        for _ in 0..JOURNAL_LOOKS {
            let entries =
                journal::unit_entries(self.whose(), &asked.unit, &run, lines).await.unwrap_or_default();
            if !entries.is_empty() && entries == known {
                break;
            }
            known = entries;
            sleep_until(Instant::now() + JOURNAL_PAUSE).await;
        }
        known
    }

    /// The last lines that were logged of a unit's present run, or of its last one. No time tells where that begins: a process
    /// may have said something, and have ended, before systemd notes that the unit is not inactive any more.
    pub(crate) async fn log_of_run(&self, status: &UnitStatus, lines: usize) -> Vec<String> {
        let Ok(unit) = status.name.parse() else { return Vec::new() };
        let run = journal::Run { since: None, pid: status.exec_main_pid };
        let most = lines.max(FEWEST_ENTRIES);
        let entries = journal::unit_entries(self.whose(), &unit, &run, most).await.unwrap_or_default();
        let entries = journal::of_one_run(entries, status.invocation_id.as_deref(), most);
        let skipped = entries.len().saturating_sub(lines);
        entries.into_iter().skip(skipped).map(|entry| entry.message).collect()
    }

    /// Whether the journal says that the unit's conditions kept the job from starting anything.
    pub(super) async fn journal_says_skipped(&self, asked: &AskedJob) -> Option<bool> {
        let run = journal::Run { since: Some(asked.at_real), pid: None };
        for _ in 0..JOURNAL_LOOKS {
            let entries =
                journal::unit_entries(self.whose(), &asked.unit, &run, FEWEST_ENTRIES).await.ok()?;
            // What ExecCondition= ended has begun a run, and then says that it was skipped.
            let told: Vec<bool> = entries.iter().filter_map(|entry| entry.started).collect();
            if !told.is_empty() {
                return Some(told.contains(&false));
            }
            sleep_until(Instant::now() + JOURNAL_PAUSE).await;
        }
        None
    }

    /// Whether the journal says that the main process got as far as its program. It says first that it did not, and then how
    /// it ended.
    pub(super) async fn journal_says_executed(&self, asked: &AskedJob, pid: Option<u32>) -> Option<bool> {
        for _ in 0..JOURNAL_LOOKS {
            let says = executed(&self.entries(asked, pid).await, MAIN);
            if says.is_some() {
                return says;
            }
            sleep_until(Instant::now() + JOURNAL_PAUSE).await;
        }
        None
    }
}
