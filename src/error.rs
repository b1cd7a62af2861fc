//! The one error type of this crate: what went wrong, with the facts as fields.

pub mod hint;
mod problem;

use std::fmt;
use std::path::PathBuf;

pub use hint::{Hint, Part};
pub use problem::Problem;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong. Each kind is one exception class in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An argument, a setting or an app's configuration is wrong; nothing was done.
    Config,
    /// No systemd could be reached at all.
    Unavailable,
    /// The connection broke while systemd may have been working on the request.
    ConnectionLost,
    /// The deadline of the call passed.
    Timeout,
    /// A watch has not begun in time.
    NotBegun,
    /// systemd, the bus or the file system refused for want of rights.
    PermissionDenied,
    /// polkit wants somebody to authenticate, and nobody can be asked.
    AuthorizationRequired,
    /// No unit of that name exists.
    UnitNotFound,
    /// A unit of that name exists already.
    UnitExists,
    /// The unit is masked.
    UnitMasked,
    /// systemd could not load the unit's file.
    UnitLoad,
    /// The unit file was not written by this library.
    NotOwned,
    /// The job ended, and the unit failed.
    JobFailed,
    /// The job was canceled by somebody.
    JobCanceled,
    /// The job ran into systemd's own time limit.
    JobTimeout,
    /// A unit that this one depends on failed.
    DependencyFailed,
    /// systemd did not take the job on.
    JobRefused,
    /// The job ended with another result that is not success.
    Job,
    /// Watching is turned off, or this backend cannot watch.
    MonitoringUnavailable,
    /// This systemd, or this backend, cannot do what was asked.
    Unsupported,
    /// Anything else that systemd answered.
    Systemd,
    /// A file could not be read or written.
    Storage,
    /// The wait was ended from outside (a Python signal handler raised).
    Interrupted,
}

/// What is known of a unit whose job did not succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFacts {
    /// The job's result, in systemd's word: `failed`, `canceled`, `timeout`, `dependency`, ...
    pub result: String,
    /// The unit's `ActiveState` afterwards.
    pub active_state: Option<String>,
    /// The unit's `SubState` afterwards.
    pub sub_state: Option<String>,
    /// The unit's own `Result`: `exit-code`, `signal`, `start-limit-hit`, ...
    pub unit_result: Option<String>,
    /// The setting whose command failed (`ExecStart`, `ExecStartPre`, ...), where one ended in this attempt.
    pub command: Option<String>,
    /// That command's exit code, if it exited.
    pub exit_code: Option<i32>,
    /// The number of the signal that ended it, if one did.
    pub signal: Option<i32>,
    /// The unit's last journal lines, oldest first, where they can be read.
    pub log: Vec<String>,
}

/// The fields of an [`Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What kind of error this is.
    pub kind: Kind,
    /// What went wrong, in one line, without the next step.
    pub message: String,
    /// The unit it is about.
    pub unit: Option<String>,
    /// Another unit that is to blame: one that this one depends on.
    pub culprit: Option<String>,
    /// The name of the D-Bus error that systemd or the bus answered with.
    pub dbus_name: Option<String>,
    /// What to do next.
    pub hint: Option<Hint>,
    /// All that is wrong, each with its key, where it is about the description of an app.
    pub problems: Vec<Problem>,
    /// The file it is about.
    pub path: Option<PathBuf>,
    /// `errno` of the system call that failed.
    pub errno: Option<i32>,
    /// What became of the job, for the job kinds.
    pub job: Option<JobFacts>,
    /// The unit's `ActiveState` and `SubState` when the deadline of a wait passed.
    pub state: Option<(String, String)>,
    /// What a command had written when the deadline of its run passed: to its standard output, and its standard error.
    pub output: Option<[Vec<u8>; 2]>,
    /// What had been done before it went wrong, where several steps were asked for: `unit file written`, `enabled`, ...
    pub done: Vec<&'static str>,
    /// The request had not left this process when the connection broke, so that sending it again is safe.
    pub unsent: bool,
}

/// An error: boxed, so that a `Result` stays small.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(Box<Facts>);

impl Error {
    /// An error of this kind that says `message`.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            kind,
            message: message.into(),
            unit: None,
            culprit: None,
            dbus_name: None,
            hint: None,
            problems: Vec::new(),
            path: None,
            errno: None,
            job: None,
            state: None,
            output: None,
            done: Vec::new(),
            unsent: false,
        }))
    }

    /// A wrong argument, setting or configuration.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// All that is wrong with the description of an app.
    #[must_use]
    pub fn of_problems(problems: Vec<Problem>) -> Self {
        let mut error = match problems.as_slice() {
            [only] => {
                let mut error = Self::config(only.message.clone());
                error.0.hint.clone_from(&only.hint);
                error
            }
            several => {
                let messages: Vec<&str> = several.iter().map(|problem| problem.message.as_str()).collect();
                let app = several.first().and_then(|first| first.app.as_deref());
                let app = app.map_or_else(|| "the app".to_owned(), |name| format!("app {name}"));
                Self::config(format!("{app} has {} mistakes: {}", several.len(), messages.join("; ")))
            }
        };
        error.0.problems = problems;
        error
    }

    /// The same as what is wrong with a key of an app.
    #[must_use]
    pub fn into_problem(self, key: &str) -> Problem {
        Problem { app: None, key: key.to_owned(), message: self.0.message, hint: self.0.hint }
    }

    /// A failed system call on a file: refused rights are `PermissionDenied`, all else is `Storage`.
    #[must_use]
    pub fn file(action: &str, path: impl Into<PathBuf>, source: &std::io::Error) -> Self {
        let path = path.into();
        let kind = match source.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Kind::PermissionDenied
            }
            _ => Kind::Storage,
        };
        let mut error = Self::new(kind, format!("cannot {action} {}: {source}", path.display()));
        error.0.errno = source.raw_os_error();
        error.0.path = Some(path);
        error
    }

    /// The same error, about this unit.
    #[must_use]
    pub fn with_unit(mut self, unit: impl Into<String>) -> Self {
        self.0.unit = Some(unit.into());
        self
    }

    /// The same error, with another unit that is to blame.
    #[must_use]
    pub fn with_culprit(mut self, unit: impl Into<String>) -> Self {
        self.0.culprit = Some(unit.into());
        self
    }

    /// The same error, with the next step.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Hint>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same error, about this file.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// The same error, with the D-Bus error it came from.
    #[must_use]
    pub fn with_dbus_name(mut self, name: impl Into<String>) -> Self {
        self.0.dbus_name = Some(name.into());
        self
    }

    /// The same error, with the number of the system call's, if it has one.
    #[must_use]
    pub fn with_errno(mut self, errno: Option<i32>) -> Self {
        self.0.errno = errno;
        self
    }

    /// The same error in other words.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same error, of another kind.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same error, with what became of the job.
    #[must_use]
    pub fn with_job(mut self, job: JobFacts) -> Self {
        self.0.job = Some(job);
        self
    }

    /// The same error, with the unit's `ActiveState` and `SubState` at that time.
    #[must_use]
    pub fn with_state(mut self, active: impl Into<String>, sub: impl Into<String>) -> Self {
        self.0.state = Some((active.into(), sub.into()));
        self
    }

    /// The same error, with what a command had written.
    #[must_use]
    pub fn with_output(mut self, output: [Vec<u8>; 2]) -> Self {
        self.0.output = Some(output);
        self
    }

    /// The same error, which says what had been done before.
    #[must_use]
    pub fn with_done(mut self, done: Vec<&'static str>) -> Self {
        if !done.is_empty() {
            self.0.message = format!("{} (before that: {})", self.0.message, done.join(", "));
            self.0.done = done;
        }
        self
    }

    /// The same error, marked as having happened before the request left this process.
    #[must_use]
    pub fn with_unsent(mut self, unsent: bool) -> Self {
        self.0.unsent = unsent;
        self
    }

    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// All its facts.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.0
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hint {
            Some(hint) => write!(out, "{}; {hint}", self.message),
            None => out.write_str(&self.message),
        }
    }
}
