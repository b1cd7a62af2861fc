//! Waits until the manager says that it is ready, or says why it will not be.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::folder::Folder;
use super::machine::Machine;
use crate::error::{Error, Kind, Result};

/// What the supervisor told us by the time the manager was ready.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    started: bool,
    /// The step that failed, in the supervisor's word.
    failed: Option<String>,
    /// The cgroup of the manager and its units, relative to the root of cgroup v2.
    pub(super) cgroup: String,
    pub(super) manager: u32,
}

impl Report {
    /// Reads the whole lines of `text`; a line that is not finished yet changes nothing.
    fn parse(text: &str) -> Self {
        let mut report = Self::default();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match line.split_once(' ') {
                None if line == "started" => report.started = true,
                Some(("failed", step)) => report.failed = Some(step.to_owned()),
                Some(("cgroup", path)) => path.clone_into(&mut report.cgroup),
                Some(("manager", process)) => report.manager = process.parse().unwrap_or_default(),
                _ => {}
            }
        }
        report
    }
}

/// Binds the socket on which the manager says `READY=1` (`sd_notify(3)`).
pub(super) fn bind_ready_socket(folder: &Folder) -> Result<UnixDatagram> {
    let path = folder.ready_socket();
    UnixDatagram::bind(&path)
        .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
        .map_err(|error| Error::file("bind", path, &error))
}

/// Waits for readiness, the supervisor's end, or the deadline.
pub(super) fn wait_until_ready(
    machine: &Machine,
    folder: &Folder,
    ready: &UnixDatagram,
    report: BorrowedFd<'_>,
    timeout: Duration,
) -> Result<Report, Failure> {
    let deadline = deadline_after(timeout);
    let mut text = String::new();
    let mut is_ready = false;
    loop {
        let parsed = Report::parse(&text);
        if is_ready && parsed.manager != 0 {
            return check_socket(folder).map(|()| parsed);
        }
        if !wait_readable(&[ready.as_fd(), report], deadline).map_err(|error| Failure::from_wait(&error))? {
            return Err(Failure::late(timeout));
        }
        is_ready |= read_ready(ready);
        if is_readable(report)
            && !read_report(report, &mut text).map_err(|error| Failure::from_wait(&error))?
        {
            return Err(Failure::ended(machine, &Report::parse(&text)));
        }
    }
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

/// Reads what there is; false at the end of the report, which is the end of the supervisor.
pub(super) fn read_report(report: BorrowedFd<'_>, text: &mut String) -> io::Result<bool> {
    let mut buffer = [0; 4096];
    let length = rustix::io::retry_on_intr(|| rustix::io::read(report, &mut buffer))?;
    text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    Ok(length > 0)
}

fn is_readable(descriptor: BorrowedFd<'_>) -> bool {
    wait_readable(&[descriptor], Instant::now()).unwrap_or(false)
}

/// The moment after this time; a time too long to count is as good as a year.
pub(super) fn deadline_after(timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or(now + YEAR)
}

/// Waits until one of these can be read (or has ended); false when the deadline passed.
pub(super) fn wait_readable(descriptors: &[BorrowedFd<'_>], deadline: Instant) -> io::Result<bool> {
    let mut polled: Vec<PollFd<'_>> =
        descriptors.iter().map(|descriptor| PollFd::from_borrowed_fd(*descriptor, PollFlags::IN)).collect();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: i64::MAX, tv_nsec: 0 });
        match poll(&mut polled, Some(&left)) {
            Ok(count) => return Ok(count > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
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
            (true, Some(_)) => ("cannot prepare the folders of an embedded systemd", namespace_hint(user)),
            (true, None) => (
                "the embedded systemd ended before it was ready",
                "run `systemd --user` by hand to see what it lacks",
            ),
        };
        Self { kind: Kind::Unavailable, message: what.to_owned(), hint: Some(hint) }
    }

    /// The error for the caller, with what was written to the log.
    pub(super) fn into_error(self, log: &str) -> Error {
        let reason: Vec<&str> = log.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let reason = reason[reason.len().saturating_sub(3)..].join("; ");
        let message = if reason.is_empty() { self.message } else { format!("{}: {reason}", self.message) };
        let error = Error::new(self.kind, message);
        match self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

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
    fn only_whole_lines_of_the_report_count() {
        let text = "started\ncgroup /a/b\nmanager 712\n";
        let whole = Report::parse(text);
        assert_eq!((whole.started, whole.cgroup.as_str(), whole.manager), (true, "/a/b", 712));
        assert_eq!(Report::parse("started\ncgroup /a/b\nmanager 71").manager, 0);
        assert_eq!(Report::parse("failed cgroup-make\n").failed.as_deref(), Some("cgroup-make"));
        assert_eq!(Report::parse("noise\nmanager x\n"), Report::default());
    }

    #[test]
    fn each_failure_names_the_reason_and_the_next_step() {
        let cases = [
            ("", 0, "private mount namespace", "--privileged"),
            ("", 1000, "private mount namespace", "user namespaces"),
            ("started\nfailed cgroup-make\n", 0, "cannot make a cgroup", "--cgroupns"),
            ("started\nfailed cgroup-make\n", 1000, "cannot make a cgroup", "Delegate=yes"),
            ("started\nfailed folders\n", 1000, "folders", "run as root"),
            ("started\nmanager 3\n", 0, "ended before it was ready", "by hand"),
        ];
        for (report, uid, what, hint) in cases {
            let machine =
                Machine { systemd: "/s".into(), unshare: "/u".into(), cgroup2: None, uid, gid: uid };
            let error = Failure::ended(&machine, &Report::parse(report)).into_error("one\nEPERM\n\n");
            let text = error.to_string();
            assert_eq!(error.kind(), Kind::Unavailable);
            assert!(text.contains(what) && text.contains("EPERM") && text.contains(hint), "{text}");
        }
    }
}
