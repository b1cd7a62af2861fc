//! What an entry about a unit tells of it, in the fields that the manager gives it.

use super::entry::Entry;

/// `SD_MESSAGE_SPAWN_FAILED` of systemd's sd-messages.h.
pub(super) const NOT_EXECUTED: &str = "641257651c1b4ec9a8624d7a40a9e1e7";
/// `SD_MESSAGE_UNIT_STOPPING` of the same.
const STOPPING: &str = "de5b426a63be47a7b6ac3eaac82e2f6f";
/// Of which run of the unit the manager speaks.
const RUNS: [&str; 2] = ["INVOCATION_ID", "USER_INVOCATION_ID"];
/// And in which one a process said something.
const RUN_OF_PROCESS: &str = "_SYSTEMD_INVOCATION_ID";

/// An entry about a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitEntry {
    /// What was said.
    pub message: String,
    /// The run of the unit that it belongs to, as far as it tells: the invocation's id.
    pub invocation_id: Option<String>,
    /// What the manager says of a process that ended.
    pub exit: Option<ProcessEnd>,
    /// What the manager says of a job that is done: whether it had anything started.
    pub started: Option<bool>,
    /// The manager says that a job stops the unit, be that the first half of a restart; of what restarts by itself it
    /// does not say so.
    pub is_stopping: bool,
    /// A process says that it did not get as far as its program.
    pub not_executed: bool,
}

/// How a process of a unit's ended, as the manager logs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessEnd {
    /// The setting that it was started by: `ExecStart`, `ExecStartPre`, ...
    pub command: String,
    /// `exited`, `killed` or `dumped`.
    pub code: String,
    /// Its exit code, or the number of the signal.
    pub status: i32,
}

impl UnitEntry {
    /// The fields that it is made of.
    pub(super) const FIELDS: [&str; 11] = [
        "MESSAGE",
        "MESSAGE_ID",
        RUNS[0],
        RUNS[1],
        RUN_OF_PROCESS,
        "COMMAND",
        "EXIT_CODE",
        "EXIT_STATUS",
        "UNIT_RESULT",
        "JOB_TYPE",
        "JOB_RESULT",
    ];

    /// What this entry tells; none if it says nothing.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let said_by_manager = RUNS.iter().find_map(|name| text(entry, name));
        let invocation_id = said_by_manager.or_else(|| text(entry, RUN_OF_PROCESS));
        Some(Self {
            message: String::from_utf8_lossy(entry.message()?).into_owned(),
            invocation_id: invocation_id.map(str::to_owned),
            exit: process_end(entry),
            started: started(entry),
            is_stopping: text(entry, "MESSAGE_ID") == Some(STOPPING),
            not_executed: text(entry, "MESSAGE_ID") == Some(NOT_EXECUTED),
        })
    }
}

/// Those of one run, of which the unit's were read from some moment on: of this one if it is named, and else of the first
/// that was not stopped by a job, which is what a restart did with the one before. No more than `most` were read: of a unit
/// that is restarted again and again the first run may then lack its beginning, and the next one is told.
pub(crate) fn of_one_run(mut entries: Vec<UnitEntry>, run: Option<&str>, most: usize) -> Vec<UnitEntry> {
    let stopped: Vec<String> = entries
        .iter()
        .filter(|entry| entry.is_stopping)
        .filter_map(|entry| entry.invocation_id.clone())
        .collect();
    // What a process says that journald came too late for comes behind what is said of its run.
    let mut last: Option<String> = None;
    for entry in &mut entries {
        match &entry.invocation_id {
            Some(_) => last.clone_from(&entry.invocation_id),
            None => entry.invocation_id.clone_from(&last),
        }
    }
    let first = || {
        let runs = entries.iter().filter_map(|entry| entry.invocation_id.clone());
        let runs: Vec<String> = runs.filter(|run| !stopped.contains(run)).collect();
        let is_cut = entries.len() >= most;
        let whole = runs.iter().find(|run| !is_cut || Some(*run) != runs.first());
        whole.or(runs.first()).cloned()
    };
    let wanted = run.map(str::to_owned).or_else(first);
    entries.retain(|entry| entry.invocation_id.is_none() || entry.invocation_id == wanted);
    entries
}

/// A field that is there, and not empty.
fn text<'a>(entry: &'a Entry, field: &str) -> Option<&'a str> {
    std::str::from_utf8(entry.get(field)?).ok().filter(|text| !text.is_empty())
}

/// `log_unit_process_exit` of systemd's src/core/unit.c.
fn process_end(entry: &Entry) -> Option<ProcessEnd> {
    Some(ProcessEnd {
        command: text(entry, "COMMAND")?.to_owned(),
        code: text(entry, "EXIT_CODE")?.to_owned(),
        status: text(entry, "EXIT_STATUS")?.parse().ok()?,
    })
}

/// `job_emit_done_message` of systemd's src/core/job.c: a job whose conditions did not hold began no run, and has no
/// invocation. What `ExecCondition=` ended says so itself (`unit_log_skip`).
fn started(entry: &Entry) -> Option<bool> {
    if text(entry, "UNIT_RESULT") == Some("exec-condition") {
        return Some(false);
    }
    let is_start = matches!(text(entry, "JOB_TYPE"), Some("start" | "restart"));
    (is_start && text(entry, "JOB_RESULT") == Some("done"))
        .then(|| RUNS.iter().any(|field| text(entry, field).is_some()))
}

#[cfg(test)]
mod tests {
    use super::super::cursor::Cursor;
    use super::*;

    const CURSOR: &str =
        "s=01010101010101010101010101010101;i=1;b=02020202020202020202020202020202;m=5;t=6;x=7";

    fn entry(fields: &[(&str, &str)]) -> Entry {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        Entry::new(&Cursor::parse(CURSOR).unwrap(), fields.collect()).unwrap()
    }

    fn told(fields: &[(&str, &str)]) -> UnitEntry {
        let fields = [&[("MESSAGE", "m")], fields].concat();
        UnitEntry::of(&entry(&fields)).unwrap()
    }

    #[test]
    fn what_the_manager_says_is_read_from_its_fields() {
        let done = [("JOB_TYPE", "start"), ("JOB_RESULT", "done")];
        for (more, expected) in [
            (&[("INVOCATION_ID", "")][..], Some(false)),
            (&[("USER_INVOCATION_ID", "12")], Some(true)),
            (&[("UNIT_RESULT", "exec-condition"), ("INVOCATION_ID", "12")], Some(false)),
        ] {
            assert_eq!(told(&[&done[..], more].concat()).started, expected);
        }
        assert_eq!(told(&[]).started, None);
        assert_eq!(UnitEntry::of(&entry(&[("X", "1")])), None);
        assert!(told(&[("MESSAGE_ID", NOT_EXECUTED)]).not_executed);
        let exit = told(&[("COMMAND", "ExecStart"), ("EXIT_CODE", "exited"), ("EXIT_STATUS", "7")]).exit;
        let exit = exit.unwrap();
        assert_eq!((exit.command.as_str(), exit.code.as_str(), exit.status), ("ExecStart", "exited", 7));
    }

    #[test]
    fn what_an_entry_tells_needs_no_other_fields() {
        let names: Vec<(&str, &str)> = UnitEntry::FIELDS.iter().map(|name| (*name, "1")).collect();
        assert!(UnitEntry::of(&entry(&names)).unwrap().exit.is_some());
    }

    #[test]
    fn one_run_is_told_from_others() {
        let said = |run: &str, is_stopping: bool| UnitEntry {
            message: format!("{run}{is_stopping}"),
            invocation_id: Some(run.to_owned()).filter(|run| !run.is_empty()),
            is_stopping,
            ..UnitEntry::default()
        };
        let (old, stop, new, later, unknown) = (
            said("old", false),
            said("old", true),
            said("new", false),
            said("later", false),
            said("", false),
        );
        for (entries, run, expected) in [
            (vec![], None, 0),
            (vec![&old, &stop, &unknown, &new], None, 1),
            (vec![&stop, &old, &new, &unknown, &later, &unknown, &new], None, 3),
            (vec![&unknown, &new, &later], None, 2),
            (vec![&unknown], None, 1),
            (vec![&old, &stop], None, 0),
            (vec![&old, &unknown, &new, &unknown], Some("old"), 2),
        ] {
            let entries: Vec<UnitEntry> = entries.into_iter().cloned().collect();
            assert_eq!(of_one_run(entries.clone(), run, 9).len(), expected, "{entries:?} {run:?}");
        }
        for (entries, most, expected) in [
            (vec![&old, &new, &new, &later], 5, "old"),
            (vec![&old, &new, &new, &later], 4, "new"),
            (vec![&old; 4], 4, "old"),
        ] {
            let entries: Vec<UnitEntry> = entries.into_iter().cloned().collect();
            assert_eq!(of_one_run(entries, None, most)[0].invocation_id.as_deref(), Some(expected));
        }
    }
}
