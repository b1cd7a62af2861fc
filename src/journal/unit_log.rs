//! What was logged of a unit, read through journalctl(1); or, of an embedded systemd, which has no journal, from its log.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::error::Result;
use crate::location::Whose;
use crate::process;
use crate::scope::Scope;
use crate::unit::UnitName;

/// In the runtime folder of an embedded systemd: a file that no other has, and its log.
pub(crate) const MARK_OF_EMBEDDED: &str = "run-systemd/user.conf.d/zz-pm2go.conf";
pub(crate) const LOG_OF_EMBEDDED: &str = "log";
/// `SD_MESSAGE_SPAWN_FAILED` and `SD_MESSAGE_COREDUMP` of systemd's sd-messages.h.
const NOT_EXECUTED: &str = "641257651c1b4ec9a8624d7a40a9e1e7";
const CORE_DUMP: &str = "fc2e22bc6ee647b6b90729ab34a250b1";
/// At most this much of the end of such a log is read, in bytes.
const MOST_OF_LOG: u64 = 64 << 10;

/// One run of a unit, to tell its entries from others.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// When it was asked for, in microseconds since the epoch; without it, earlier runs count as well.
    pub since: Option<u64>,
    /// Its main process.
    pub pid: Option<u32>,
}

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitEntry {
    /// What was said.
    pub message: String,
    /// What the manager says of a process that ended.
    pub exit: Option<ProcessEnd>,
    /// What the manager says of a job that is done: whether it had anything started.
    pub started: Option<bool>,
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

/// The last `lines` lines of a unit, oldest first; only of this run of it.
///
/// What may not be read, or is not there, is an empty list: the journal is a help, not a promise.
pub async fn tail(whose: &Whose, unit: &UnitName, run: &Run, lines: usize) -> Result<Vec<String>> {
    let entries = entries(whose, unit, run, lines).await?;
    Ok(entries.into_iter().map(|entry| entry.message).collect())
}

/// The same with what the manager says in fields of its own.
pub(crate) async fn entries(
    whose: &Whose,
    unit: &UnitName,
    run: &Run,
    lines: usize,
) -> Result<Vec<UnitEntry>> {
    let output = process::run(command(whose, unit, run, lines)).await?;
    Ok(parse(&output.stdout, run))
}

/// The log of an embedded systemd, if this is the runtime folder of one.
pub(crate) fn log_of_embedded(runtime_folder: &Path) -> Option<PathBuf> {
    runtime_folder.join(MARK_OF_EMBEDDED).is_file().then(|| runtime_folder.join(LOG_OF_EMBEDDED))
}

/// The last lines of a file, oldest first; none of one that cannot be read.
pub(crate) fn tail_of_file(path: &Path, lines: usize) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(MOST_OF_LOG)))?;
        let mut bytes = Vec::new();
        file.take(MOST_OF_LOG).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].iter().map(|&line| line.to_owned()).collect()
}

fn command(whose: &Whose, unit: &UnitName, run: &Run, lines: usize) -> Command {
    let mut words = ["--quiet", "--output=json", "--all"].map(str::to_owned).to_vec();
    words.push(format!("--lines={lines}"));
    match (whose.scope, whose.uid) {
        (Scope::System, _) => words.extend(of_system_unit(unit)),
        // Whoever is asked there says what his own manager logged.
        (Scope::User | Scope::Global, None) => words.push(format!("--user-unit={unit}")),
        (Scope::User | Scope::Global, Some(uid)) => {
            let user = format!("_UID={uid}");
            words.extend([format!("_SYSTEMD_USER_UNIT={unit}"), user.clone()]);
            words.extend(["+".to_owned(), format!("USER_UNIT={unit}"), user.clone()]);
            // journald does not know the unit of a user's process that ended before it got to the line.
            if let Some(pid) = run.pid {
                words.extend(["+".to_owned(), format!("_PID={pid}"), user]);
            }
        }
    }
    journalctl(whose, &words)
}

/// What `journalctl --unit` looks for (`add_matches_for_unit` of systemd's src/shared/logs-show.c), and what a process says that
/// did not get as far as its program: it may be gone before journald knows whose it was.
fn of_system_unit(unit: &UnitName) -> Vec<String> {
    let groups = [
        format!("_SYSTEMD_UNIT={unit}"),
        format!("UNIT={unit} _PID=1"),
        format!("UNIT={unit} MESSAGE_ID={NOT_EXECUTED}"),
        format!("OBJECT_SYSTEMD_UNIT={unit} _UID=0"),
        format!("COREDUMP_UNIT={unit} MESSAGE_ID={CORE_DUMP} _UID=0"),
    ];
    groups.join(" + ").split(' ').map(str::to_owned).collect()
}

/// `journalctl` with these arguments, for the journal of where the manager runs.
pub(crate) fn journalctl(whose: &Whose, words: &[String]) -> Command {
    let location = &whose.location;
    let options = if location.is_here() { Vec::new() } else { location.options(whose.scope) };
    let mut line = vec!["journalctl", "--no-pager"];
    // It has no --host=, and is run there.
    line.extend(options.iter().map(String::as_str).filter(|option| option.starts_with("--machine=")));
    line.extend(words.iter().map(String::as_str));
    let line = location.command(&line);
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]).env("LC_ALL", "C");
    command
}

/// The entries in journalctl's JSON, a line each, from where the run begins.
fn parse(output: &[u8], run: &Run) -> Vec<UnitEntry> {
    let mut entries: Vec<UnitEntry> = output
        .split(|byte| *byte == b'\n')
        .rev()
        .filter_map(|line| serde_json::from_slice::<Json>(line).ok())
        .take_while(|entry| run.since.is_none() || time(entry) >= run.since)
        .filter_map(|entry| read(&entry))
        .collect();
    entries.reverse();
    entries
}

fn time(entry: &Json) -> Option<u64> {
    text(entry, "__REALTIME_TIMESTAMP")?.parse().ok()
}

fn text<'a>(entry: &'a Json, field: &str) -> Option<&'a str> {
    entry.get(field)?.as_str()
}

fn read(entry: &Json) -> Option<UnitEntry> {
    Some(UnitEntry {
        message: message(entry)?,
        exit: process_end(entry),
        started: started(entry),
        not_executed: text(entry, "MESSAGE_ID") == Some(NOT_EXECUTED),
    })
}

/// `log_unit_process_exit` of systemd's src/core/unit.c.
fn process_end(entry: &Json) -> Option<ProcessEnd> {
    Some(ProcessEnd {
        command: text(entry, "COMMAND")?.to_owned(),
        code: text(entry, "EXIT_CODE")?.to_owned(),
        status: text(entry, "EXIT_STATUS")?.parse().ok()?,
    })
}

/// `job_emit_done_message` of systemd's src/core/job.c: a job whose conditions did not hold began no run, and has no
/// invocation. What `ExecCondition=` ended says so itself (`unit_log_skip`).
fn started(entry: &Json) -> Option<bool> {
    if text(entry, "UNIT_RESULT") == Some("exec-condition") {
        return Some(false);
    }
    let is_start = matches!(text(entry, "JOB_TYPE"), Some("start" | "restart"));
    (is_start && text(entry, "JOB_RESULT") == Some("done")).then(|| {
        let fields = ["INVOCATION_ID", "USER_INVOCATION_ID"];
        fields.iter().any(|field| text(entry, field).is_some_and(|id| !id.is_empty()))
    })
}

/// An entry's message. One that is not text is a list of bytes.
fn message(entry: &Json) -> Option<String> {
    match entry.get("MESSAGE")? {
        Json::String(text) => Some(text.clone()),
        Json::Array(bytes) => {
            let bytes: Vec<u8> = bytes
                .iter()
                .filter_map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok()))
                .collect();
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(output: &[u8], run: &Run) -> Vec<String> {
        parse(output, run).into_iter().map(|entry| entry.message).collect()
    }

    #[test]
    fn messages_are_found_in_the_json() {
        let output =
            b"{\"MESSAGE\":\"one\"}\nnonsense\n{\"X\":1}\n{\"MESSAGE\":[255,104,105]}\n{\"MESSAGE\":null}\n";
        assert_eq!(messages(output, &Run::default()), ["one", "\u{fffd}hi"]);
    }

    #[test]
    fn a_run_begins_when_it_was_asked_for() {
        let output = br#"{"MESSAGE":"old","__REALTIME_TIMESTAMP":"49"}
{"MESSAGE":"starting","__REALTIME_TIMESTAMP":"50"}
{"MESSAGE":"failed","__REALTIME_TIMESTAMP":"60"}
"#;
        let run = |since| Run { since, pid: None };
        assert_eq!(messages(output, &run(Some(50))), ["starting", "failed"]);
        assert_eq!(messages(output, &run(Some(61))), [""; 0]);
        assert_eq!(messages(output, &run(None)).len(), 3);
    }

    #[test]
    fn what_the_manager_says_is_read_from_its_fields() {
        let output = br#"{"MESSAGE":"1","JOB_TYPE":"start","JOB_RESULT":"done","INVOCATION_ID":""}
{"MESSAGE":"2","JOB_TYPE":"start","JOB_RESULT":"done","USER_INVOCATION_ID":"12"}
{"MESSAGE":"3","UNIT_RESULT":"exec-condition"}
{"MESSAGE":"4","COMMAND":"ExecStart","EXIT_CODE":"exited","EXIT_STATUS":"7"}
{"MESSAGE":"5","MESSAGE_ID":"641257651c1b4ec9a8624d7a40a9e1e7"}
"#;
        let entries = parse(output, &Run::default());
        assert_eq!(entries.iter().position(|entry| entry.not_executed), Some(4));
        let started: Vec<_> = entries.iter().map(|entry| entry.started).collect();
        assert_eq!(started, [Some(false), Some(true), Some(false), None, None]);
        let exit = entries[3].exit.clone().unwrap();
        assert_eq!((exit.command.as_str(), exit.code.as_str(), exit.status), ("ExecStart", "exited", 7));
    }

    #[test]
    fn the_end_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert!(tail_of_file(&path, 2).is_empty());
        std::fs::write(&path, "a\nb\nc\n").unwrap();
        assert_eq!(tail_of_file(&path, 2), ["b", "c"]);
        assert_eq!(log_of_embedded(folder.path()), None);
    }
}
