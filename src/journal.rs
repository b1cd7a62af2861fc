//! The last lines that a unit logged, read through journalctl(1).

use std::process::Command;

use crate::error::Result;
use crate::process;
use crate::scope::Scope;
use crate::unit::UnitName;

/// One run of a unit, to tell its lines from others.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Its `InvocationID`; without it, earlier runs count as well.
    pub invocation: Option<String>,
    /// Its main process.
    pub pid: Option<u32>,
    /// When that was started, in microseconds since the epoch.
    pub started: Option<u64>,
}

/// The last `lines` lines of a unit, oldest first; only of this run of it.
///
/// What may not be read, or is not there, is an empty list: the journal is a help, not a promise.
pub async fn tail(scope: Scope, unit: &UnitName, run: &Run, lines: usize) -> Result<Vec<String>> {
    let output = process::run(command(scope, unit, run, lines)).await?;
    Ok(messages(&output.stdout, run))
}

fn command(scope: Scope, unit: &UnitName, run: &Run, lines: usize) -> Command {
    let mut command = Command::new("journalctl");
    command.args(["--no-pager", "--quiet", "--output=json", "--all"]).arg(format!("--lines={lines}"));
    command.env("LC_ALL", "C");
    match scope {
        Scope::System => {
            command.arg("--unit").arg(unit.as_str());
        }
        Scope::User => {
            let user = format!("_UID={}", rustix::process::geteuid().as_raw());
            command.arg(format!("_SYSTEMD_USER_UNIT={unit}")).arg(&user);
            command.args(["+", &format!("USER_UNIT={unit}"), &user]);
            // journald does not know the unit of a user's process that ended before it got to the line.
            if let Some(pid) = run.pid {
                command.args(["+", &format!("_PID={pid}"), &user]);
            }
        }
    }
    command
}

/// The messages in journalctl's JSON, a line each, from where the run begins.
fn messages(output: &[u8], run: &Run) -> Vec<String> {
    let mut messages: Vec<String> = output
        .split(|byte| *byte == b'\n')
        .rev()
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .take_while(|entry| may_be_of(entry, run))
        .filter_map(|entry| message(&entry))
        .collect();
    messages.reverse();
    messages
}

/// Whether an entry may be of this run. journald does not know the run of a process that ended before it got
/// to the line: one that names none counts if it is not older than the main process.
fn may_be_of(entry: &serde_json::Value, run: &Run) -> bool {
    // What the manager says of a unit has the unit's invocation in the first two, and its own in the last.
    let fields = ["USER_INVOCATION_ID", "INVOCATION_ID", "_SYSTEMD_INVOCATION_ID"];
    let named = fields.iter().find_map(|field| entry.get(field)?.as_str());
    let time = || entry.get("__REALTIME_TIMESTAMP")?.as_str()?.parse::<u64>().ok();
    match (named, run.invocation.as_deref()) {
        (_, None) => true,
        (Some(named), Some(wanted)) => named == wanted,
        (None, Some(_)) => time() >= run.started,
    }
}

/// An entry's message. One that is not text is a list of bytes.
fn message(entry: &serde_json::Value) -> Option<String> {
    match entry.get("MESSAGE")? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(bytes) => {
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

    #[test]
    fn messages_are_found_in_the_json() {
        let output =
            b"{\"MESSAGE\":\"one\"}\nnonsense\n{\"X\":1}\n{\"MESSAGE\":[255,104,105]}\n{\"MESSAGE\":null}\n";
        assert_eq!(messages(output, &Run::default()), ["one", "\u{fffd}hi"]);
    }

    #[test]
    fn a_run_ends_where_another_one_is_named() {
        let output = br#"{"MESSAGE":"old","INVOCATION_ID":"1"}
{"MESSAGE":"starting","INVOCATION_ID":"2","_SYSTEMD_INVOCATION_ID":"9"}
{"MESSAGE":"here is why","__REALTIME_TIMESTAMP":"50"}
{"MESSAGE":"working","_SYSTEMD_INVOCATION_ID":"2"}
{"MESSAGE":"failed","USER_INVOCATION_ID":"2","_SYSTEMD_INVOCATION_ID":"9"}
"#;
        let run = |id: &str, started| Run { invocation: Some(id.to_owned()), pid: None, started };
        assert_eq!(messages(output, &run("2", Some(50))), ["starting", "here is why", "working", "failed"]);
        assert_eq!(messages(output, &run("2", None)).len(), 4);
        assert_eq!(messages(output, &run("2", Some(51))), ["working", "failed"]);
        assert_eq!(messages(output, &Run::default()).len(), 5);
        assert!(messages(output, &run("3", None)).is_empty());
    }
}
