//! Running `systemctl` and `busctl`: options, environment, and what they leave behind.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::reachable::{self, uid};
use super::{Command, stderr, unwaited};
use crate::bus::address::{self, Address};
use crate::error::{Error, Kind, Result};
use crate::flow::sleep_until;
use crate::process::{Output, Process};
use crate::scope::Scope;

/// What a command left behind.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) success: bool,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Answer {
    /// What a command left behind that has ended; an error if nothing tells how.
    fn of(output: Output) -> Result<Self> {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let success = match output.status {
            Some(status) => status.success(),
            None => unwaited::succeeded(&stderr).ok_or_else(untold)?,
        };
        Ok(Self { success, stdout: output.stdout, stderr })
    }

    /// The error, if the command failed: what systemd answered to one of these methods, else what the
    /// command itself ran into.
    pub(super) fn check(&self, methods: &[&str]) -> Result<()> {
        if self.success { Ok(()) } else { Err(self.failure(methods)) }
    }

    /// The error that a command reported which did not do what was asked.
    pub(super) fn failure(&self, methods: &[&str]) -> Error {
        if let Some(answered) = stderr::error_reply(&self.stderr, methods) {
            return answered;
        }
        stderr::error_in_words(&self.stderr)
    }

    /// The standard output as text: systemd's strings are UTF-8, as D-Bus demands.
    pub(super) fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.stdout)
            .map_err(|error| Error::new(Kind::Systemd, format!("systemctl's output is not UTF-8: {error}")))
    }
}

/// What makes the output of both programs the same everywhere. The debug log names the D-Bus errors and job
/// results that come in; without `SYSTEMD_OFFLINE=0` systemctl does nothing in a chroot and reports success;
/// `SYSTEMCTL_SKIP_SYSV` keeps Debian's systemctl from changing init scripts, which D-Bus does not do; the
/// deadline is the caller's own. See ENVIRONMENT.md of systemd.
const ENVIRONMENT: [(&str, &str); 14] = [
    ("LC_ALL", "C"),
    ("TZ", "UTC"),
    ("SYSTEMD_PAGER", ""),
    ("SYSTEMD_COLORS", "0"),
    ("SYSTEMD_URLIFY", "0"),
    ("SYSTEMD_LOG_LEVEL", "debug"),
    ("SYSTEMD_LOG_TARGET", "console"),
    ("SYSTEMD_LOG_COLOR", "0"),
    ("SYSTEMD_LOG_LOCATION", "0"),
    ("SYSTEMD_LOG_TIME", "0"),
    ("SYSTEMD_LOG_TID", "0"),
    ("SYSTEMD_OFFLINE", "0"),
    ("SYSTEMCTL_SKIP_SYSV", "1"),
    ("SYSTEMD_BUS_TIMEOUT", "infinity"),
];

impl Command {
    /// Runs `systemctl` with these arguments.
    pub(super) async fn systemctl(&self, arguments: &[&str]) -> Result<Answer> {
        let process = self.start_systemctl(arguments)?;
        self.end_of_systemctl(process).await
    }

    /// Starts `systemctl` with these arguments.
    pub(super) fn start_systemctl(&self, arguments: &[&str]) -> Result<Process> {
        self.start_program(&self.systemctl, &[&["--no-pager"], arguments].concat())
    }

    /// Starts one of systemd's programs that know the same options for whose manager it is.
    pub(super) fn start_program(&self, program: &OsStr, arguments: &[&str]) -> Result<Process> {
        reachable::booted(&self.whose)?;
        let mut command = std::process::Command::new(program);
        command.args(self.whose.location.options(self.whose.scope));
        if self.whose.scope == Scope::User {
            command.arg("--user");
        }
        if !self.interactive {
            command.arg("--no-ask-password");
        }
        command.args(arguments);
        self.start(command)
    }

    /// Waits for the end of a `systemctl`.
    pub(super) async fn end_of_systemctl(&self, process: Process) -> Result<Answer> {
        let answer = Answer::of(process.end().await?)?;
        if !answer.success && !stderr::was_answered(&answer.stderr) {
            let error = stderr::error_in_words(&answer.stderr);
            if error.kind() == Kind::Unavailable {
                return Err(self.unreachable(&error));
            }
        }
        Ok(answer)
    }

    /// Calls a D-Bus method of systemd with `busctl`; `None` where no message bus is there or systemd is not
    /// on it, so that `systemctl` must do.
    pub(super) async fn busctl(&self, call: &[&str]) -> Result<Option<Answer>> {
        let (Some(program), Some(way)) = (&self.busctl, self.way_to_bus()) else { return Ok(None) };
        reachable::booted(&self.whose)?;
        // A user's bus starts when somebody connects to it, and systemd comes to it a moment later.
        let mut patience = if self.absent.load(Relaxed) { &[][..] } else { &[50, 150, 400][..] }.iter();
        loop {
            match self.run(bus_call(program, &way, call)).await {
                Ok(answer) if answer.success || stderr::systemd_answered(&answer.stderr) => {
                    self.absent.store(false, Relaxed);
                    return Ok(Some(answer));
                }
                Ok(answer) if !stderr::was_answered(&answer.stderr) => return Ok(None),
                Ok(_) => {}
                Err(error) if error.facts().unsent => return Ok(None),
                Err(error) => return Err(error),
            }
            let Some(&pause) = patience.next() else { break };
            sleep_until(Instant::now() + Duration::from_millis(pause)).await;
        }
        self.absent.store(true, Relaxed);
        Ok(None)
    }

    async fn run(&self, command: std::process::Command) -> Result<Answer> {
        Answer::of(self.start(command)?.end().await?)
    }

    fn start(&self, mut command: std::process::Command) -> Result<Process> {
        command.envs(ENVIRONMENT);
        if self.whose.scope == Scope::User && self.whose.location.is_default() {
            let folder = self.user_runtime_folder();
            if self.runtime_folder.is_some() {
                // The session's bus may be that of another manager.
                let bus = Address::Path(folder.join("bus"));
                command.envs(written(&bus).map(|bus| ("DBUS_SESSION_BUS_ADDRESS", bus)));
            }
            command.env("XDG_RUNTIME_DIR", folder);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Process::start(command)
    }

    /// A variable as the commands see it.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let set = self.environment.iter().rev().find(|(key, _)| key == name);
        set.map(|(_, value)| value.clone()).or_else(|| std::env::var(name).ok())
    }

    pub(in crate::backend) fn user_runtime_folder(&self) -> PathBuf {
        match &self.runtime_folder {
            Some(folder) => folder.clone(),
            None => address::runtime_folder(&|name| self.variable(name), uid()),
        }
    }

    /// The options that lead to the message bus that systemd is on; none, if its socket is not there.
    fn way_to_bus(&self) -> Option<Vec<String>> {
        let whose = &self.whose;
        if whose.location.is_default() {
            return self.bus_address().map(|address| vec![format!("--address={address}")]);
        }
        let mut way = whose.location.options(whose.scope);
        if whose.scope == Scope::User {
            way.push("--user".to_owned());
        }
        Some(way)
    }

    /// The address of the message bus that systemd is on, if its socket is there.
    pub(super) fn bus_address(&self) -> Option<String> {
        let addresses = match (self.whose.scope, &self.runtime_folder) {
            (Scope::User, Some(folder)) => vec![Address::Path(folder.join("bus"))],
            _ => address::bus_endpoints(self.whose.scope, &|name| self.variable(name), uid())
                .ok()?
                .into_iter()
                .map(|endpoint| endpoint.address)
                .collect(),
        };
        addresses.iter().find(|address| may_be_there(address)).and_then(written)
    }
}

fn untold() -> Error {
    Error::new(
        Kind::ConnectionLost,
        "nobody knows how systemctl ended: this process ignores SIGCHLD or waits elsewhere for any child, and \
         systemctl did not come to say it",
    )
}

fn bus_call(program: &OsStr, way: &[String], call: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(program);
    // A bus that systemd is not on must say so, not try to start systemd.
    command.args(["--json=short", "--auto-start=no"]).args(way);
    command.args(["--", "call", crate::backend::dbus::SERVICE]).args(call);
    command
}

fn may_be_there(address: &Address) -> bool {
    match address {
        Address::Path(path) => path.exists(),
        Address::Abstract(_) | Address::Program(_) => true,
    }
}

/// A socket's address as the D-Bus specification writes it.
fn written(address: &Address) -> Option<String> {
    let (key, bytes) = match address {
        Address::Path(path) => ("path", path.as_os_str().as_bytes()),
        Address::Abstract(name) => ("abstract", name.as_slice()),
        Address::Program(_) => return None,
    };
    let mut text = format!("unix:{key}=");
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_/.\\*".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&crate::backend::status::hexadecimal(&[byte]));
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_were_written() {
        for path in ["/run/user/1000/bus", "/tmp/a b,c;d=e%/ü/bus"] {
            let address = Address::Path(path.into());
            assert_eq!(address::parse(&written(&address).unwrap()).unwrap(), [address]);
        }
    }

    #[test]
    fn an_explicit_folder_is_the_only_place_of_a_bus() {
        let folder = tempfile::tempdir().unwrap();
        let command = Command::new(Scope::User, Some(folder.path().into()), Vec::new(), false);
        assert_eq!(command.bus_address(), None);
        std::fs::write(folder.path().join("bus"), "").unwrap();
        assert!(command.bus_address().unwrap().ends_with("/bus"));
    }
}
