//! Starts the supervisor: a shell in a mount namespace of its own that runs and outlives the manager.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::net::SendFlags;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Signal;

use super::folder::Folder;
use super::log::Log;
use super::machine::Machine;
use super::report::Report;
use super::wait::{deadline_after, wait_readable};
use crate::error::{Error, Kind, Result};

const SCRIPT: &str = include_str!("supervise.sh");
/// What the manager may know of its owner's environment.
const KEPT_VARIABLES: [&str; 5] = ["HOME", "USER", "LOGNAME", "SHELL", "LANG"];

/// A running supervisor, and our ends of what leads to it.
#[derive(Debug)]
pub(super) struct Supervisor {
    pub(super) child: Child,
    /// A line sent here asks it to stop; its end makes it kill everything. A socket, because a write to
    /// a pipe that nobody reads any more may cost a Python script its life (SIGPIPE).
    pub(super) control: UnixStream,
    /// What it tells, line by line; ends with the last of its processes.
    pub(super) report: OwnedFd,
    heard: Mutex<Heard>,
}

/// What was heard of the report.
#[derive(Debug, Default)]
struct Heard {
    text: String,
    is_all: bool,
}

impl Supervisor {
    /// Asks for a stop of all units and then of the manager. One that is gone needs no asking.
    pub(super) fn ask_to_stop(&self) {
        let _ = rustix::net::send(&self.control, b"stop\n", SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
    }

    /// Lets it kill everything that is left.
    pub(super) fn let_go(&self) {
        // Closing would not do: a forked child of ours may have it open too. If the other end is gone, fine.
        drop(self.control.shutdown(Shutdown::Both));
    }

    /// What it has told so far.
    pub(super) fn told(&self) -> Report {
        Report::parse(&self.heard().text)
    }

    /// Waits for the end of the manager and of all units; false if one has not ended by then.
    pub(super) fn wait_for_units(&self, timeout: Duration) -> io::Result<bool> {
        self.wait_until(timeout, |heard| heard.is_all || Report::parse(&heard.text).ended)
    }

    /// Waits for the end of all its processes; false if one has not ended by then.
    pub(super) fn wait_for_end(&self, timeout: Duration) -> io::Result<bool> {
        self.wait_until(timeout, |heard| heard.is_all)
    }

    fn wait_until(&self, timeout: Duration, is_enough: impl Fn(&Heard) -> bool) -> io::Result<bool> {
        let deadline = deadline_after(timeout);
        loop {
            self.hear()?;
            if is_enough(&self.heard()) {
                return Ok(true);
            }
            if !wait_readable(&[self.report.as_fd()], deadline)? {
                return Ok(false);
            }
        }
    }

    /// Hears what there is, without a wait; false if that is all there will be.
    pub(super) fn hear(&self) -> io::Result<bool> {
        let mut heard = self.heard();
        while !heard.is_all && wait_readable(&[self.report.as_fd()], Instant::now())? {
            let mut buffer = [0; 4096];
            let length = rustix::io::retry_on_intr(|| rustix::io::read(&self.report, &mut buffer))?;
            heard.text.push_str(&String::from_utf8_lossy(&buffer[..length]));
            heard.is_all = length == 0;
        }
        Ok(!heard.is_all)
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the supervisor; it removes `folder` when it ends.
pub(super) fn launch(machine: &Machine, folder: &Folder, log: &Log, search_path: &str) -> Result<Supervisor> {
    let (control_end, control) = UnixStream::pair().map_err(|error| cannot_start(&error))?;
    let (report, report_end) = pipe_with(PipeFlags::CLOEXEC).map_err(|error| cannot_start(&error.into()))?;
    let log = log.file().map_err(|error| cannot_start(&error))?;
    let mut command = Command::new(&machine.unshare);
    if machine.needs_user_namespace() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "--propagation", "private", "/bin/sh", "-c", SCRIPT, "pm2go-embedded"]);
    command.arg(folder.path()).arg(&machine.systemd).arg(&machine.journald);
    command.arg(std::process::id().to_string());
    command.arg(machine.cgroup2.as_deref().unwrap_or(Path::new("")));
    command.arg(folder.name()).arg(become_argument(machine));
    command.current_dir("/").stdin(OwnedFd::from(control_end)).stdout(report_end).stderr(Stdio::from(log));
    set_environment(&mut command, folder, search_path);
    tie_to_owner(&mut command);
    let child = command.spawn().map_err(|error| cannot_start(&error))?;
    Ok(Supervisor { child, control, report, heard: Mutex::default() })
}

/// An ordinary user is root in the supervisor's namespace, for its mounts; units must run as the user.
fn become_argument(machine: &Machine) -> String {
    if machine.needs_user_namespace() { format!("{}:{}", machine.uid, machine.gid) } else { String::new() }
}

fn set_environment(command: &mut Command, folder: &Folder, search_path: &str) {
    command.env_clear();
    for name in KEPT_VARIABLES {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("PATH", search_path);
    command.env("XDG_RUNTIME_DIR", folder.path());
    command.env("XDG_CONFIG_HOME", folder.config_home());
    command.env("XDG_DATA_HOME", folder.data_home());
    command.env("NOTIFY_SOCKET", folder.ready_socket());
}

/// Lets the supervisor hear of our death, and keeps a Ctrl-C in our terminal from it.
///
/// The control socket alone would not do: a forked child of ours that never calls `exec` has it open too.
#[expect(unsafe_code, reason = "std has no safe way to set up a child between fork and exec")]
fn tie_to_owner(command: &mut Command) {
    let set_up = || -> io::Result<()> {
        rustix::process::setsid()?;
        rustix::process::set_parent_process_death_signal(Some(Signal::USR1))?;
        Ok(())
    };
    // SAFETY: the closure runs after fork in a process that may have had threads, so it may only do what is
    // async-signal-safe. It makes two system calls through rustix, which allocates nothing and takes no
    // lock, and the conversion of their error to `io::Error` stores a number.
    unsafe {
        command.pre_exec(set_up);
    }
}

fn cannot_start(error: &io::Error) -> Error {
    Error::new(Kind::Unavailable, format!("cannot start the supervisor of an embedded systemd: {error}"))
        .with_errno(error.raw_os_error())
}
