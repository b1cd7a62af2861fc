//! The runtime folder of an embedded systemd: everything that it has on disk.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{CWD, Mode, mkfifoat};

use super::log::Log;
use crate::error::{Error, Kind, Result};
use crate::journal::{JOURNALS_OF_EMBEDDED, MARK_OF_EMBEDDED};

/// `sockaddr_un` has 108 bytes, the last of them a zero.
const SOCKET_PATH_LENGTH: usize = 107;
/// The longest socket path that systemd makes below its runtime folder.
const LONGEST_SOCKET: &str = "systemd/private";
const FOLDER_TRIES: u32 = 100;
/// As many descriptors as it takes to remove the folder: one for each level, and for what is in the way.
const SPARE: usize = 6;

/// Read by the manager at every reload, unlike its command line, which a reload forgets.
const MANAGER_CONFIGURATION: &str =
    "[Manager]\nDefaultStandardOutput=journal\nDefaultStandardError=inherit\n";
/// Read by journald. Nothing but what is said to it belongs into this journal, and all of that.
const JOURNAL_CONFIGURATION: &str = "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitIntervalSec=0\n\
    ForwardToSyslog=no\nForwardToKMsg=no\nForwardToConsole=no\nForwardToWall=no\n";

static MADE: AtomicU32 = AtomicU32::new(0);

/// A fresh private folder, removed with all that is in it by [`Folder::remove`].
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held until it is used for sure, so that it can be removed where this process has no descriptor left.
    spare: Vec<File>,
}

impl Folder {
    /// Makes the folder and what the manager expects in it.
    pub(super) fn make(parent: &Path) -> Result<Self> {
        let spare = (0..SPARE).map(|_| File::open("/dev/null")).collect::<io::Result<_>>();
        let spare = spare.map_err(|error| Error::file("open", "/dev/null", &error))?;
        let mut folder = Self { path: make_private(parent)?, spare };
        match folder.fill() {
            Ok(()) => Ok(folder),
            Err(error) => {
                folder.remove_quietly();
                Err(error)
            }
        }
    }

    /// From now on somebody else removes it, whatever becomes of this process.
    pub(super) fn hand_over(&mut self) {
        self.spare.clear();
    }

    fn fill(&self) -> Result<()> {
        let below = |path: &str| self.path.join(path);
        let folders = [
            self.unit_dir(),
            self.journal_dir(),
            below("run-systemd/system"),
            below("run-systemd/journal"),
            below("run-user"),
        ];
        for folder in folders.iter().chain([&self.empty()]) {
            fs::create_dir_all(folder).map_err(|error| Error::file("make", folder, &error))?;
        }
        write(&below(MARK_OF_EMBEDDED), MANAGER_CONFIGURATION)?;
        write(&below("run-systemd/journald.conf.d/zz-pm2go.conf"), JOURNAL_CONFIGURATION)?;
        let begin = self.begin();
        mkfifoat(CWD, &begin, Mode::RUSR | Mode::WUSR)
            .map_err(|error| Error::file("make", &begin, &error.into()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's own name, which no other embedded systemd of this machine has.
    pub(super) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    pub(super) fn unit_dir(&self) -> PathBuf {
        self.config_home().join("systemd/user")
    }

    pub(super) fn config_home(&self) -> PathBuf {
        self.path.join("config")
    }

    pub(super) fn data_home(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(super) fn private_socket(&self) -> PathBuf {
        self.path.join(LONGEST_SOCKET)
    }

    pub(super) fn bus_socket(&self) -> PathBuf {
        self.path.join("bus")
    }

    pub(super) fn ready_socket(&self) -> PathBuf {
        self.path.join("ready")
    }

    /// The socket on which journald says that it is ready.
    pub(super) fn journal_ready_socket(&self) -> PathBuf {
        self.path.join("journal-ready")
    }

    /// The pipe from which the supervisor reads that the manager may begin.
    pub(super) fn begin(&self) -> PathBuf {
        self.path.join("begin")
    }

    /// Where the journal's files are, each machine's in a folder of its own.
    pub(super) fn journal_dir(&self) -> PathBuf {
        self.path.join(JOURNALS_OF_EMBEDDED)
    }

    /// What is said before there is a journal.
    fn log_file(&self) -> PathBuf {
        self.path.join("log")
    }

    fn empty(&self) -> PathBuf {
        self.path.join("empty")
    }

    /// Opens a file for what is said before there is a journal.
    pub(super) fn open_log(&self) -> Result<Log> {
        let path = self.log_file();
        let file = OpenOptions::new().create(true).append(true).read(true).open(&path);
        let file = file.map_err(|error| Error::file("open", &path, &error))?;
        Ok(Log::new(path, file, self.journal_dir()))
    }

    /// Removes the folder; that it is gone already is success.
    pub(super) fn remove(&self) -> Result<()> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::file("remove", &self.path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Removes the folder where another error is on its way to the caller.
    pub(super) fn remove_quietly(&mut self) {
        self.spare.clear();
        drop(self.remove());
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| Error::file("make", folder, &error))?;
    fs::write(path, text).map_err(|error| Error::file("write", path, &error))
}

fn make_private(parent: &Path) -> Result<PathBuf> {
    for _ in 0..FOLDER_TRIES {
        let path = parent.join(format!("pm2go-{}", unlikely_name()));
        check_length(&path.join(LONGEST_SOCKET))?;
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::file("make", path, &error)),
        }
    }
    Err(Error::new(Kind::Storage, format!("cannot find a free name in {}", parent.display()))
        .with_path(parent))
}

/// Need not be secret: a name that is taken, by whomever, is not used.
fn unlikely_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{:x}", std::process::id(), u128::from(made) << 30 ^ now.as_nanos() & 0xffff_ffff_ffff)
}

fn check_length(socket: &Path) -> Result<()> {
    if socket.is_absolute() && socket.as_os_str().as_bytes().len() <= SOCKET_PATH_LENGTH {
        return Ok(());
    }
    Err(Error::config(format!(
        "{} cannot be the path of a unix socket: it must be absolute and have at most {SOCKET_PATH_LENGTH} bytes",
        socket.display()
    ))
    .with_hint("choose a shorter parent folder (or TMPDIR), for example /tmp"))
}
