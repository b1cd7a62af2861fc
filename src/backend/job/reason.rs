//! Why a job failed, in words: systemd's own reason comes first, then the process that ended, and only one of this
//! attempt.

use std::time::Duration;

use super::JobVerb;
use super::ends::End;
use super::evidence::most_entries;
use super::executed::{MAIN, executed};
use super::exit_codes;
use super::failure::Failure;
use super::found::UNKNOWN;
use super::results::meaning_of;
use crate::backend::find;
use crate::error::hint::{command, text};
use crate::error::{Error, Hint, JobFacts, Kind, Part};
use crate::journal::{UnitEntry, of_one_run};
use crate::unit_file::timespan;
use crate::value::Value;

/// What systemd logs of a unit that was started too often.
const TOO_OFTEN: &str = "Start request repeated too quickly";
/// `Result` of a unit whose process ended: where none of this attempt did, it is an old one.
const RESULTS_OF_PROCESSES: [&str; 6] =
    ["success", "exit-code", "signal", "core-dump", "watchdog", "timeout"];

impl Failure<'_> {
    pub(super) fn error(&self) -> Error {
        let of_unit = self.kind == Kind::JobFailed;
        let unit_result = self.unit_result();
        let end = if of_unit { self.end() } else { None };
        let (message, hint) = self.words(unit_result, end.as_ref());
        let log: Vec<String> = self.entries_of_run().into_iter().map(|entry| entry.message).collect();
        let facts = JobFacts {
            result: self.result.clone(),
            active_state: Some(self.status.active_state.clone()),
            sub_state: Some(self.status.sub_state.clone()),
            unit_result: unit_result.map(str::to_owned),
            exit_code: end.as_ref().and_then(|end| end.exit.exit_code()),
            signal: end.as_ref().and_then(|end| end.exit.signal()),
            command: end.map(|end| end.command),
            log: log[log.len().saturating_sub(self.asked.options.log_lines)..].to_vec(),
        };
        let error = Error::new(self.kind, message).with_unit(self.asked.unit.as_str()).with_hint(hint);
        match &self.evidence.culprit {
            Some(culprit) => error.with_job(facts).with_culprit(culprit),
            None => error.with_job(facts),
        }
    }

    /// Of a stop all, and else those of the run that it began.
    fn entries_of_run(&self) -> Vec<UnitEntry> {
        let entries = self.evidence.entries.clone();
        if self.asked.verb == JobVerb::Stop {
            entries
        } else {
            of_one_run(entries, None, most_entries(self.asked))
        }
    }

    fn words(&self, unit_result: Option<&str>, end: Option<&End>) -> (String, Hint) {
        let (subject, unit) = (self.asked.subject(), &self.asked.unit);
        match self.kind {
            Kind::JobCanceled => (
                format!("{subject} was canceled: another job took its place, or somebody canceled it"),
                "ask again when that job has ended".into(),
            ),
            Kind::JobTimeout => self.job_timeout(),
            Kind::DependencyFailed => match &self.evidence.culprit {
                Some(culprit) => (
                    format!("{subject} failed because its dependency {culprit} failed"),
                    Hint::from([command("systemctl", format!("status {culprit}")), text(" says why")]),
                ),
                None => (
                    format!("{subject} failed because a dependency failed"),
                    Hint::from([
                        command("systemctl", format!("list-dependencies {unit}")),
                        text(" shows which one"),
                    ]),
                ),
            },
            Kind::JobFailed => {
                (format!("{subject} failed: {}", self.cause(unit_result, end)), self.hint(unit_result, end))
            }
            _ if self.result == UNKNOWN => (
                format!("nobody heard how the {subject} ended, and the unit is {}", self.status.active_state),
                self.journal_may_say_more(),
            ),
            _ if self.result == "assert" => (
                format!("{subject} failed: one of the unit's Assert...= settings did not hold"),
                Hint::from([command("systemctl", format!("status {unit}")), text(" names it")]),
            ),
            _ => (self.ended_with(&subject), self.journal_may_say_more()),
        }
    }

    fn ended_with(&self, subject: &str) -> String {
        let meaning = meaning_of(&self.result).map(|meaning| format!(": {meaning}")).unwrap_or_default();
        format!("{subject} ended with the result {}{meaning}", self.result)
    }

    /// `JobTimeoutSec=` is a limit of the job, whatever the unit is at. It is none of the limits of the service.
    fn job_timeout(&self) -> (String, Hint) {
        // JobTimeoutSec= sets both.
        let limits = [("JobTimeoutSec", "JobTimeoutUSec"), ("JobRunningTimeoutSec", "JobRunningTimeoutUSec")];
        let set =
            limits.into_iter().filter_map(|(setting, property)| Some((setting, self.number(property)?)));
        let (setting, value) = match set.min_by_key(|(_, micros)| *micros) {
            Some((setting, micros)) => (setting, timespan(Duration::from_micros(micros))),
            None => ("JobTimeoutSec", String::new()),
        };
        let shown = if value.is_empty() { format!("{setting}=") } else { format!("{setting}={value}") };
        (
            format!("{} ran into the time limit of the unit's jobs, {shown}", self.asked.subject()),
            Hint::from([
                text(format!("raise {setting}= in [Unit], or find out what it waits for: ")),
                command("systemctl", "list-jobs"),
            ]),
        )
    }

    fn cause(&self, unit_result: Option<&str>, end: Option<&End>) -> String {
        match unit_result {
            Some("start-limit-hit") => "it was started too often in a short time".to_owned(),
            Some("timeout") => self.timeout(end),
            Some("resources") => match self.said_by_systemd() {
                Some(said) => format!("systemd could not set it up: {said}"),
                None => "systemd could not set it up (resources)".to_owned(),
            },
            Some("protocol") => self.protocol(end),
            Some("watchdog") => {
                let limit = self.span("WatchdogUSec").unwrap_or_default();
                format!("it gave no sign of life within WatchdogSec={limit}")
            }
            Some("oom-kill") => "it ran out of memory, and the kernel killed a process of it".to_owned(),
            other => match end {
                Some(end) => self.ended(end),
                None if self.status.waits_for_restart() || self.status.active_state == "active" => {
                    "its main process ended, and systemd started another one".to_owned()
                }
                None => format!("its result is {}", other.unwrap_or("unknown")),
            },
        }
    }

    fn ended(&self, end: &End) -> String {
        let (code, signal) = (end.exit.exit_code(), end.exit.signal());
        if let Some((code, cause)) = code.and_then(|code| Some((code, exit_codes::cause(code)?))) {
            let settings = exit_codes::settings(code).iter();
            let values: Vec<_> =
                settings.filter_map(|&name| Some(format!("{name}={}", self.text(name)?))).collect();
            let of = if end.command == MAIN { String::new() } else { format!(" for {}=", end.command) };
            let shown = if values.is_empty() { String::new() } else { format!(", {}", values.join(", ")) };
            match self.was_executed(end, code) {
                Some(false) => return format!("{cause}{of} (exit code {code}{shown})"),
                None => {
                    return format!(
                        "{cause}{of}, or its program ended so itself: the journal has nothing of it (exit code \
                         {code}{shown})"
                    );
                }
                Some(true) => {}
            }
        }
        let who = if end.command == MAIN {
            "its main process".to_owned()
        } else {
            format!("its {}= command", end.command)
        };
        match (code, signal) {
            (Some(code), _) => format!("{who} exited with code {code}"),
            (None, Some(number)) => format!("{who} was ended by signal {number}"),
            (None, None) => format!("{who} ended"),
        }
    }

    /// Whether a process that ended with a code of systemd's was its program's, as far as that is known.
    fn was_executed(&self, end: &End, code: i32) -> Option<bool> {
        let handed_over = self.number("ExecMainHandoffTimestampMonotonic").filter(|_| end.command == MAIN);
        let handed_over = handed_over.filter(|&time| self.asked.is_before(Some(time)));
        exit_codes::was_executed(code.into(), handed_over)
            .or_else(|| executed(&self.evidence.entries, &end.command))
    }

    fn timeout(&self, end: Option<&End>) -> String {
        if self.asked.verb == JobVerb::Stop {
            let limit = self.span("TimeoutStopUSec").unwrap_or_default();
            return format!("it did not end within TimeoutStopSec={limit}, and was killed");
        }
        let limit = self.span("TimeoutStartUSec").unwrap_or_default();
        match end.filter(|end| end.command != MAIN) {
            Some(end) => format!("its {}= command did not end within TimeoutStartSec={limit}", end.command),
            None => format!("it did not get ready within TimeoutStartSec={limit}"),
        }
    }

    fn protocol(&self, end: Option<&End>) -> String {
        let kind = self.text("Type").unwrap_or("its type");
        let what = match (kind, self.text("PIDFile").filter(|path| !path.is_empty())) {
            ("notify" | "notify-reload", _) => "it ended before it said that it is ready".to_owned(),
            ("forking", Some(file)) => format!("no running process is named in PIDFile={file}"),
            ("dbus", _) => "it ended before it had its name on the bus".to_owned(),
            _ => "it did not do what its type demands".to_owned(),
        };
        match end {
            Some(end) => format!("{what} (Type={kind}): {}", self.ended(end)),
            None => format!("{what} (Type={kind})"),
        }
    }

    fn journal(&self) -> Part {
        command("journalctl", format!("-u {}", self.asked.unit))
    }

    fn journal_may_say_more(&self) -> Hint {
        Hint::from([self.journal(), text(" may say more")])
    }

    fn hint(&self, unit_result: Option<&str>, end: Option<&End>) -> Hint {
        let unit = &self.asked.unit;
        let limit = match (self.asked.verb, end.map(|end| end.command.as_str())) {
            (JobVerb::Stop, _) => "TimeoutStopSec",
            _ => "TimeoutStartSec",
        };
        match unit_result {
            Some("start-limit-hit") => Hint::from([
                text("find out why it ends; "),
                Part::Call("reset_failed_unit", Some(unit.to_string())),
                text(" lets it be started again at once"),
            ]),
            Some("timeout") => {
                Hint::from([text(format!("raise {limit}= or find out what it waits for: ")), self.journal()])
            }
            Some("resources") => match self.environment_files() {
                Some(files) => {
                    Hint::from(format!("check EnvironmentFile={files}; ")).and(self.journal_may_say_more())
                }
                None => self.journal_may_say_more(),
            },
            Some("oom-kill") => Hint::from([
                text("raise MemoryMax= if it is set, or "),
                self.journal(),
                text(" for what it did"),
            ]),
            _ => self.journal_may_say_more(),
        }
    }

    /// The unit's `Result`; systemd 252 leaves an older one in place when it refuses a start that comes too soon.
    fn unit_result(&self) -> Option<&str> {
        let result = self.text("Result").or(self.status.result.as_deref());
        let is_of_this = self.kind == Kind::JobFailed && self.asked.verb != JobVerb::Stop;
        if is_of_this && (self.is_refused_start(result) || self.says(TOO_OFTEN)) {
            return Some("start-limit-hit");
        }
        result
    }

    /// Whether the job failed and nothing was started: what the unit's `Result` tells is older.
    fn is_refused_start(&self, result: Option<&str>) -> bool {
        let begun = ["InactiveExitTimestampMonotonic", "ExecMainStartTimestampMonotonic"];
        !self.evidence.properties.is_empty()
            && self.result == "failed"
            && self.status.active_state == "failed"
            && result.is_some_and(|result| RESULTS_OF_PROCESSES.contains(&result))
            && !begun.iter().any(|name| self.asked.is_before(self.number(name)))
            && self.end().is_none()
            && self.number("StartLimitBurst").is_some_and(|burst| burst > 0)
    }

    /// What systemd itself logged of what it could not do for the unit.
    fn said_by_systemd(&self) -> Option<&str> {
        let begin = format!("{}: ", self.asked.unit);
        let said = self.evidence.entries.iter().filter_map(|entry| entry.message.strip_prefix(&begin));
        said.into_iter().find(|said| said.starts_with("Failed to ") && !said.starts_with("Failed to run '"))
    }

    fn says(&self, words: &str) -> bool {
        let begin = format!("{}: ", self.asked.unit);
        let entries = &self.evidence.entries;
        entries
            .iter()
            .any(|entry| entry.message.strip_prefix(&begin).is_some_and(|said| said.starts_with(words)))
    }

    /// Those that have to be there: `a(sb)`, path and whether it may be missing.
    fn environment_files(&self) -> Option<String> {
        let Value::List(files) = self.find("EnvironmentFiles")? else { return None };
        let needed = files.iter().filter_map(|file| match file {
            Value::Tuple(fields) if fields.get(1)?.as_boolean() == Some(false) => fields.first()?.as_text(),
            _ => None,
        });
        let needed: Vec<_> = needed.collect();
        (!needed.is_empty()).then(|| needed.join(", EnvironmentFile="))
    }

    pub(super) fn find(&self, wanted: &str) -> Option<&Value> {
        find(&self.evidence.properties, wanted)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.find(name).and_then(Value::as_text)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.find(name).and_then(Value::as_unsigned)
    }

    fn span(&self, name: &str) -> Option<String> {
        self.number(name).map(|micros| timespan(Duration::from_micros(micros)))
    }
}

#[cfg(test)]
mod tests;
