//! Waits until the manager says that it is ready, or says why it will not be.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::PathBuf;
use std::time::Duration;

use super::folder::Folder;
use super::launch::Supervisor;
use super::machine::Machine;
use super::report::Report;
use super::wait::{deadline_after, wait_readable};
use crate::error::{Error, Kind, Result};

/// Who is listened to.
#[derive(Clone, Copy)]
pub(super) struct Heard<'a> {
    pub(super) journal: &'a UnixDatagram,
    pub(super) manager: &'a UnixDatagram,
    pub(super) supervisor: &'a Supervisor,
}

/// Binds a socket on which a program says `READY=1` (`sd_notify(3)`).
pub(super) fn bind(path: PathBuf) -> Result<UnixDatagram> {
    UnixDatagram::bind(&path)
        .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
        .map_err(|error| Error::file("bind", path, &error))
}

/// Waits for readiness, the supervisor's end, or the deadline.
pub(super) fn wait_until_ready(
    machine: &Machine,
    folder: &Folder,
    heard: &Heard<'_>,
    timeout: Duration,
) -> Result<Report, Failure> {
    let Heard { journal, manager, supervisor } = *heard;
    let deadline = deadline_after(timeout);
    let (mut is_ready, mut begun) = (false, None);
    loop {
        let mut report = supervisor.told();
        if report.journal_ended && begun.is_none() {
            report.failed = Some("journal".to_owned());
        }
        if report.failed.is_some() || report.ended {
            return Err(Failure::ended(machine, &report));
        }
        if is_ready && report.manager != 0 {
            return check_socket(folder).map(|()| report);
        }
        let mut awaited = vec![supervisor.report.as_fd(), manager.as_fd()];
        if begun.is_none() {
            awaited.push(journal.as_fd());
        }
        if !wait_readable(&awaited, deadline).map_err(|error| Failure::from_wait(&error))? {
            return Err(Failure::late(timeout));
        }
        is_ready |= read_ready(manager);
        if begun.is_none() && read_ready(journal) {
            begun = Some(let_begin(folder).map_err(|error| Failure::from_wait(&error))?);
        }
        if !supervisor.hear().map_err(|error| Failure::from_wait(&error))? {
            return Err(Failure::ended(machine, &supervisor.told()));
        }
    }
}

/// Lets the manager begin. What this returns must be kept until it has.
fn let_begin(folder: &Folder) -> io::Result<File> {
    let mut pipe = OpenOptions::new().read(true).write(true).open(folder.begin())?;
    pipe.write_all(b"begin\n")?;
    Ok(pipe)
}

fn check_socket(folder: &Folder) -> Result<(), Failure> {
    let path = folder.private_socket();
    UnixStream::connect(&path).map(drop).map_err(|error| Failure {
        kind: Kind::Unavailable,
        message: format!(
            "the embedded systemd says it is ready, but {} does not answer: {error}",
            path.display()
        ),
        hint: None,
    })
}

fn read_ready(ready: &UnixDatagram) -> bool {
    let mut buffer = [0; 4096];
    let mut is_ready = false;
    while let Ok(length) = ready.recv(&mut buffer) {
        is_ready |= buffer[..length].split(|byte| *byte == b'\n').any(|line| line == b"READY=1");
    }
    is_ready
}

/// Why there is no embedded systemd; the log's last lines are added by the caller.
#[derive(Debug)]
pub(super) struct Failure {
    kind: Kind,
    message: String,
    hint: Option<&'static str>,
}

impl Failure {
    fn from_wait(error: &io::Error) -> Self {
        let message = format!("cannot wait for the embedded systemd: {error}");
        Self { kind: Kind::Unavailable, message, hint: None }
    }

    fn late(timeout: Duration) -> Self {
        Self {
            kind: Kind::Timeout,
            message: format!("the embedded systemd was not ready within {timeout:?}"),
            hint: Some("raise the timeout"),
        }
    }

    fn ended(machine: &Machine, report: &Report) -> Self {
        let user = machine.needs_user_namespace();
        let (what, hint) = match (report.started, report.failed.as_deref()) {
            (false, _) => ("cannot make a private mount namespace", namespace_hint(user)),
            (true, Some("cgroup-mount" | "cgroup-make")) => ("cannot make a cgroup", cgroup_hint(user)),
            (true, Some("journal")) => {
                ("the journal of an embedded systemd ended before it was ready", JOURNAL_HINT)
            }
            (true, Some("machine-id")) => ("this machine has no name, which a journal needs", MACHINE_HINT),
            (true, Some(_)) => ("cannot prepare the folders of an embedded systemd", namespace_hint(user)),
            (true, None) => (
                "the embedded systemd ended before it was ready",
                "run `systemd --user` by hand to see what it lacks",
            ),
        };
        Self { kind: Kind::Unavailable, message: what.to_owned(), hint: Some(hint) }
    }

    /// The error for the caller, with what was said last.
    pub(super) fn into_error(self, reason: &str) -> Error {
        let message = if reason.is_empty() { self.message } else { format!("{}: {reason}", self.message) };
        let error = Error::new(self.kind, message);
        match self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

const JOURNAL_HINT: &str = "run `systemd-journald` by hand to see what it lacks";
const MACHINE_HINT: &str = "run `systemd-machine-id-setup`, as root";

fn namespace_hint(user: bool) -> &'static str {
    if user {
        "run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, \
         user.max_user_namespaces above 0, kernel.apparmor_restrict_unprivileged_userns=0)"
    } else {
        "root needs CAP_SYS_ADMIN, and a root folder that is a mount point: start a container with \
         --privileged, enter a folder with pivot_root and not with chroot"
    }
}

fn cgroup_hint(user: bool) -> &'static str {
    if user {
        "run as root, or in a cgroup of your own: systemd-run --user --scope --property=Delegate=yes COMMAND"
    } else {
        "cgroup v2 must be writable: start the container with --privileged --cgroupns=private"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_names_the_reason_and_the_next_step() {
        let cases = [
            ("", 0, "private mount namespace", "--privileged"),
            ("", 1000, "private mount namespace", "user namespaces"),
            ("started\nfailed cgroup-make\n", 0, "cannot make a cgroup", "--cgroupns"),
            ("started\nfailed cgroup-make\n", 1000, "cannot make a cgroup", "Delegate=yes"),
            ("started\nfailed folders\n", 1000, "folders", "run as root"),
            ("started\nfailed journal\n", 0, "the journal", "systemd-journald"),
            ("started\nfailed machine-id\n", 0, "no name", "systemd-machine-id-setup"),
            ("started\nmanager 3\n", 0, "ended before it was ready", "by hand"),
        ];
        for (report, uid, what, hint) in cases {
            let machine = Machine {
                systemd: "/s".into(),
                journald: "/j".into(),
                unshare: "/u".into(),
                cgroup2: None,
                uid,
                gid: uid,
            };
            let error = Failure::ended(&machine, &Report::parse(report)).into_error("one; EPERM");
            let text = error.to_string();
            assert_eq!(error.kind(), Kind::Unavailable);
            assert!(text.contains(what) && text.contains("EPERM") && text.contains(hint), "{text}");
        }
    }
}
