//! A private, real `systemd --user`, for tests and demonstrations on machines that systemd did not boot.
//!
//! [`Embedded::start`] runs the machine's own systemd program as a manager for the calling user, in a mount
//! namespace and a cgroup of its own, with a fresh runtime folder. Neither the machine's manager nor the
//! user's own units are seen or touched. Clients need not enter anything: with
//! [`Embedded::environment`], `systemctl --user` and every D-Bus client reach it from outside, process ids
//! are the machine's own, and unit files have the same paths inside and outside.
//!
//! There is deliberately no PID namespace: to a manager inside one, a client outside has process id 0, and
//! systemd refuses such clients on its private socket. What holds the processes together is the cgroup.
//!
//! It ends with its owner, however that dies: a supervising shell waits for it, and removes processes,
//! cgroup and folder. It has a journal of its own, which the machine's journald keeps in [`Embedded::journal_dir`]:
//! what units and the manager say, as on a machine that systemd has booted.

mod cgroup;
mod folder;
mod launch;
mod log;
mod machine;
mod options;
mod ready;
mod report;
mod wait;

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use folder::Folder;
use launch::Supervisor;
pub use log::Log;
use machine::Machine;
pub use options::EmbeddedOptions;

use crate::error::{Error, Kind, Result};

/// How long the kernel may take to end killed processes, and the supervisor to clean up after them.
const KILL_TIMEOUT: Duration = Duration::from_secs(6);

/// A running embedded systemd; dropping it stops it.
#[derive(Debug)]
pub struct Embedded {
    /// A forked child has a copy of this value, but is not the owner.
    owner: u32,
    folder: Folder,
    supervisor: Supervisor,
    /// Where we see its cgroup, if we see cgroup v2 at all.
    cgroup: Option<PathBuf>,
    manager: u32,
    in_user_namespace: bool,
    log: Arc<Log>,
    /// journald goes on to tell where it is ready: it takes it for an error that nobody listens.
    listener: UnixDatagram,
    stop_timeout: Duration,
    stopped: bool,
}

impl Embedded {
    /// Starts a manager and waits until it is ready (about a tenth of a second).
    ///
    /// Rests on `systemd(1)` with `--user`, `unshare(1)`, `mount(8)` and cgroup v2. Where one of them is
    /// missing or refused, the error is of kind `Unavailable` and names the next step.
    pub fn start(options: &EmbeddedOptions) -> Result<Self> {
        let machine = Machine::look(options)?;
        let mut folder = Folder::make(&options.parent_folder.clone().unwrap_or_else(std::env::temp_dir))?;
        let prepared = folder.open_log().and_then(|log| {
            let ready = ready::bind(folder.ready_socket())?;
            let listener = ready::bind(folder.journal_ready_socket())?;
            let supervisor = launch::launch(&machine, &folder, &log, &options.search_path)?;
            Ok((log, ready, listener, supervisor))
        });
        let (log, ready, listener, supervisor) = prepared.inspect_err(|_| folder.remove_quietly())?;
        folder.hand_over();
        let mut embedded = Self {
            owner: std::process::id(),
            supervisor,
            cgroup: None,
            manager: 0,
            in_user_namespace: machine.needs_user_namespace(),
            log: Arc::new(log),
            listener,
            folder,
            // Until it is ready there is nothing that would deserve to end in peace.
            stop_timeout: Duration::ZERO,
            stopped: false,
        };
        embedded.wait(options, &machine, &ready)?;
        Ok(embedded)
    }

    fn wait(&mut self, options: &EmbeddedOptions, machine: &Machine, ready: &UnixDatagram) -> Result<()> {
        let heard = ready::Heard { manager: ready, journal: &self.listener, supervisor: &self.supervisor };
        let report = ready::wait_until_ready(machine, &self.folder, &heard, options.timeout)
            .map_err(|failure| failure.into_error(&self.log.last_words(3)))?;
        self.cgroup = machine.cgroup2.as_ref().map(|root| root.join(report.cgroup.trim_start_matches('/')));
        self.manager = report.manager;
        self.stop_timeout = options.stop_timeout;
        Ok(())
    }

    /// The manager's `XDG_RUNTIME_DIR`: a fresh folder that only its owner may enter.
    #[must_use]
    pub fn runtime_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Where unit files belong; the same path inside and outside.
    #[must_use]
    pub fn unit_dir(&self) -> PathBuf {
        self.folder.unit_dir()
    }

    /// The manager's private socket, on which it speaks D-Bus without a bus.
    #[must_use]
    pub fn private_socket(&self) -> PathBuf {
        self.folder.private_socket()
    }

    /// The socket of the session bus, if there is one: systemd starts it where `dbus-user-session` is
    /// installed.
    #[must_use]
    pub fn bus_socket(&self) -> Option<PathBuf> {
        Some(self.folder.bus_socket()).filter(|path| path.exists())
    }

    /// The environment variables with which `systemctl --user` and other clients reach this manager.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        vec![
            ("XDG_RUNTIME_DIR".to_owned(), text(self.folder.path())),
            ("XDG_CONFIG_HOME".to_owned(), text(&self.folder.config_home())),
            ("XDG_DATA_HOME".to_owned(), text(&self.folder.data_home())),
            ("DBUS_SESSION_BUS_ADDRESS".to_owned(), format!("unix:path={}", text(&self.folder.bus_socket()))),
        ]
    }

    /// The process id of the manager, `systemd --user`.
    #[must_use]
    pub fn leader_pid(&self) -> u32 {
        self.manager
    }

    /// The command that runs `command` in the manager's mount namespace (`nsenter(1)`), where
    /// `/run/systemd` and `/sys/fs/cgroup` are as its units see them. Clients do not need this.
    #[must_use]
    pub fn enter_command<S: AsRef<str>>(&self, command: &[S]) -> Vec<String> {
        let supervisor = self.supervisor.child.id().to_string();
        let mut entered = vec!["nsenter", "--target", &supervisor, "--mount"];
        if self.in_user_namespace {
            entered.extend(["--user", "--preserve-credentials"]);
        }
        entered.push("--");
        entered.extend(command.iter().map(AsRef::as_ref));
        entered.into_iter().map(str::to_owned).collect()
    }

    /// The folder of its journal, which `journalctl --directory=` reads as well.
    #[must_use]
    pub fn journal_dir(&self) -> PathBuf {
        self.folder.journal_dir()
    }

    /// The end of what units and the manager have said (at most a MiB), also after the end.
    pub fn read_log(&self) -> Result<String> {
        self.log.read()
    }

    /// The log, for those who read it while another stops it.
    #[must_use]
    pub fn log(&self) -> Arc<Log> {
        Arc::clone(&self.log)
    }

    /// Whether the manager still runs: it ends early if somebody kills it or tells it to exit.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.stopped && matches!(self.supervisor.wait_for_units(Duration::ZERO), Ok(false))
    }

    /// Stops all units and the manager, kills what has not ended within `stop_timeout`, and removes the
    /// cgroup and the runtime folder. A second call does nothing, and neither does a call in a forked
    /// child.
    pub fn stop(&mut self) -> Result<()> {
        if self.stopped || std::process::id() != self.owner {
            return Ok(());
        }
        let ended = self.end_supervisor().map_err(|error| {
            Error::new(Kind::Systemd, format!("cannot wait for the embedded systemd to end: {error}"))
                .with_errno(error.raw_os_error())
        });
        let left = match &self.cgroup {
            Some(cgroup) => cgroup::remove(cgroup, KILL_TIMEOUT),
            None => Ok(()),
        };
        let removed = self.folder.remove();
        self.stopped = true;
        ended.and(left).and(removed)
    }

    fn end_supervisor(&mut self) -> io::Result<()> {
        if self.stop_timeout > Duration::ZERO {
            self.supervisor.ask_to_stop();
            self.supervisor.wait_for_units(self.stop_timeout)?;
        }
        self.log.keep();
        self.supervisor.let_go();
        if !self.supervisor.wait_for_end(KILL_TIMEOUT)? {
            self.supervisor.child.kill()?;
        }
        match self.supervisor.child.wait() {
            // Somebody who waits for any child has it already.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::CHILD.raw_os_error()) => Ok(()),
            result => result.map(drop),
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure; `stop` is there for those who want to.
        drop(self.stop());
    }
}
