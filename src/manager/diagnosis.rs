//! Why an app did not start, in plain words, where systemd only has a number.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Manager;
use crate::app::{AppConfig, read_app};
use crate::error::hint::{extra, given, text};
use crate::error::{Error, Hint, Kind};
use crate::unit::UnitName;
use crate::unit_file::UnitFile;

mod program;

/// What is read of a program at most: the kernel itself looks no further for the name of an interpreter.
const HEAD: u64 = 4096;

/// Exit codes of systemd.exec(5), where a program could not be started or what it prints has no place.
const NOT_EXECUTED: i32 = 203;
const NO_STDIN: i32 = 208;
const NO_STDOUT: i32 = 209;
const NO_STDERR: i32 = 222;
/// What shells and env(1) end with if there is no such command.
const NO_SUCH_COMMAND: i32 = 127;

/// A reason, and the next step.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    reason: String,
    hint: Hint,
}

impl Manager {
    /// The same error, in plainer words where the app's own files tell more.
    pub(crate) fn diagnose(&self, error: Error, app: &AppConfig) -> Error {
        // What is here says nothing of another place.
        let code = failed_exit(&error).filter(|_| self.files.is_here());
        let found = code.and_then(|code| find(code, app));
        let Some(Finding { reason, hint }) = found else { return error };
        let message = match error.facts().message.split_once(" failed: ") {
            Some((subject, _)) => format!("{subject} failed: {reason}"),
            None => format!("{}: {reason}", error.facts().message),
        };
        error.with_message(message).with_hint(hint)
    }

    /// The same for an app that is deployed.
    pub(crate) async fn diagnose_deployed(&self, error: Error, unit: &UnitName) -> Error {
        if failed_exit(&error).is_none() || !self.files.is_here() {
            return error;
        }
        let text = self.files.read(unit.as_str()).await.ok().flatten();
        let app =
            text.and_then(|text| UnitFile::parse(text).ok()).and_then(|file| read_app(&file).ok().flatten());
        match app {
            Some(app) => self.diagnose(error, &app),
            None => error,
        }
    }
}

/// The code that a start failed with.
fn failed_exit(error: &Error) -> Option<i32> {
    match error.kind() {
        Kind::JobFailed => error.facts().job.as_ref()?.exit_code,
        _ => None,
    }
}

fn find(code: i32, app: &AppConfig) -> Option<Finding> {
    match code {
        NOT_EXECUTED => program::not_executed(app.argv().first()?, read_head, exists),
        NO_SUCH_COMMAND => no_such_command(app),
        NO_STDIN => no_stream(code, app, "StandardInput"),
        NO_STDOUT => no_stream(code, app, "StandardOutput"),
        NO_STDERR => no_stream(code, app, "StandardError"),
        0 if is_program_the_service(app) => Some(Finding {
            reason:
                "its program ended at once with exit code 0, as one does that puts itself into the background"
                    .to_owned(),
            hint: Hint::from([
                text(
                    "run it in the foreground (many daemons have an option for that), or, if it forks, give ",
                ),
                extra("Service", [("Type", "forking")]),
                text("; if it has just done its work, give "),
                given("restart", "no"),
            ]),
        }),
        _ => None,
    }
}

/// Whether the app counts as up as long as its first process lives.
fn is_program_the_service(app: &AppConfig) -> bool {
    setting(app, "Type").is_none_or(|value| matches!(value, "simple" | "exec"))
}

/// The last value of a setting of the service that the app brings with it.
fn setting<'a>(app: &'a AppConfig, key: &str) -> Option<&'a str> {
    app.extra.get("Service")?.get(key)?.last().map(String::as_str)
}

/// The script, or the program, that a shell or env(1) could not find the command of.
fn no_such_command(app: &AppConfig) -> Option<Finding> {
    let script = app.script.as_ref().map(ToString::to_string).or_else(|| app.argv().into_iter().next())?;
    let head = read_head(&script)?;
    program::wrong_line_ends(&script, &head).or_else(|| program::not_in_path(&script, &head))
}

/// A file for input or output that cannot be opened.
fn no_stream(code: i32, app: &AppConfig, key: &str) -> Option<Finding> {
    let value = setting(app, key)?;
    let (_, path) =
        value.split_once(':').filter(|(kind, _)| matches!(*kind, "file" | "append" | "truncate"))?;
    let folder = Path::new(path).parent()?;
    let problem = if !folder.exists() {
        format!("the folder {} does not exist", folder.display())
    } else if Path::new(path).is_dir() {
        format!("{path} is a folder")
    } else {
        format!("{path} cannot be opened")
    };
    Some(Finding {
        reason: format!("{problem}, where {key}= of the unit leads (exit code {code})"),
        hint:
            "make the folder (LogsDirectory= in extra has systemd make one below /var/log), and see that the \
               file may be written"
                .into(),
    })
}

fn exists(path: &str) -> bool {
    Path::new(path).exists()
}

/// The beginning of a file; nothing of what is no file, or cannot be read.
fn read_head(path: &str) -> Option<Vec<u8>> {
    // A pipe must not block.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file: File = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head).ok()?;
    Some(head)
}
