//! Which files the journal has, and which of them cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::file::JournalFile;
use crate::error::hint::text;
use crate::error::{Error, Hint, Kind, Result};

const MACHINE_ID: &str = "/etc/machine-id";
/// What was logged since the machine booted, where nothing is kept, and what is kept.
const FOLDERS: [&str; 2] = ["/run/log/journal", "/var/log/journal"];

/// Which journals are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Journals {
    /// Those of this machine.
    Local {
        /// Whose.
        owner: Owner,
        /// The namespace (`LogNamespace=`), if it is not the one that all have.
        namespace: Option<String>,
    },
    /// All files of a folder, and of those in it that are named after machines.
    Folder(PathBuf),
    /// These files.
    Files(Vec<PathBuf>),
}

/// Whose journals are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Those of the system and of all users.
    Everybody,
    /// The same, of which that of the system has to be readable.
    EverybodyAndSystem,
    /// That of the system: services and kernel, and users who have none of their own.
    System,
    /// That of the user with this number.
    User(u32),
}

impl Owner {
    /// Whether a file of this name is his.
    fn has(self, name: &str) -> bool {
        let prefix = match self {
            Self::Everybody | Self::EverybodyAndSystem => return true,
            Self::System => "system".to_owned(),
            Self::User(uid) => format!("user-{uid}"),
        };
        name.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with('@') || rest.starts_with(".journal"))
    }
}

/// A file that was not read, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: Error,
}

/// The files that can be read, and those that cannot.
pub(super) fn open(journals: &Journals) -> Result<(Vec<JournalFile>, Vec<LeftOut>)> {
    let mut found = Found::default();
    match journals {
        Journals::Local { owner, namespace } => {
            let bases = FOLDERS.map(PathBuf::from);
            found.look_on_machine(&bases, &machine_id()?, *owner, namespace.as_deref())?;
        }
        Journals::Folder(folder) => found.look_in_folder(folder)?,
        Journals::Files(files) => files.iter().for_each(|path| found.open_given(path)),
    }
    found.check()?;
    Ok((found.files, found.left_out))
}

fn machine_id() -> Result<String> {
    let read =
        std::fs::read_to_string(MACHINE_ID).map_err(|error| Error::file("read", MACHINE_ID, &error))?;
    Ok(read.trim().to_owned())
}

#[derive(Default)]
struct Found {
    files: Vec<JournalFile>,
    left_out: Vec<LeftOut>,
}

impl Found {
    fn look_on_machine(
        &mut self,
        bases: &[PathBuf],
        machine_id: &str,
        owner: Owner,
        namespace: Option<&str>,
    ) -> Result<()> {
        let name = namespace.map_or_else(|| machine_id.to_owned(), |name| format!("{machine_id}.{name}"));
        let folders: Vec<PathBuf> = bases.iter().map(|base| base.join(&name)).collect();
        let mut there = false;
        for folder in &folders {
            there |= self.look_in(folder, &|name| owner.has(name), false)?;
        }
        if !there {
            return Err(no_journal(&folders, namespace));
        }
        if owner == Owner::EverybodyAndSystem { self.check_system() } else { Ok(()) }
    }

    fn look_in_folder(&mut self, folder: &Path) -> Result<()> {
        if self.look_in(folder, &|_| true, true)? {
            return Ok(());
        }
        let missing = io::Error::from(io::ErrorKind::NotFound);
        Err(Error::file("read the journals in", folder, &missing))
    }

    /// Opens the files in a folder; false if there is no such folder.
    fn look_in(&mut self, folder: &Path, wanted: &dyn Fn(&str) -> bool, deeper: bool) -> Result<bool> {
        let listed = match std::fs::read_dir(folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.leave_out(folder.to_owned(), &Fault::File(error));
                return Ok(true);
            }
            Err(error) => return Err(Error::file("read", folder, &error)),
        };
        let mut paths: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
        paths.sort_unstable();
        for path in paths {
            let name = path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
            let is_journal = name.ends_with(".journal") || name.ends_with(".journal~");
            if is_journal && wanted(name) {
                self.open(path);
            } else if deeper && is_named_after_machine(name) {
                self.look_in(&path, wanted, false)?;
            }
        }
        Ok(true)
    }

    /// Opens a file that was asked for.
    fn open_given(&mut self, path: &Path) {
        match JournalFile::open(path) {
            Ok(file) => self.files.push(file),
            Err(fault) => self.leave_out(path.to_owned(), &fault),
        }
    }

    fn open(&mut self, path: PathBuf) {
        match JournalFile::open(&path) {
            Ok(file) => self.files.push(file),
            // It was removed since the folder was read.
            Err(Fault::File(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(fault) => self.leave_out(path, &fault),
        }
    }

    fn leave_out(&mut self, path: PathBuf, fault: &Fault) {
        let reason = left_out(&path, fault);
        self.left_out.push(LeftOut { path, reason });
    }

    /// Refuses to say nothing of the system where it may not be asked.
    fn check_system(&self) -> Result<()> {
        let name =
            |path: &Path| path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default().to_owned();
        let is_of_system = |path: &Path| Owner::System.has(&name(path)) || path.is_dir();
        let refused = self.left_out.iter().find(|left| is_of_system(&left.path));
        match refused {
            Some(left) if !self.files.iter().any(|file| is_of_system(file.path())) => {
                Err(left.reason.clone())
            }
            _ => Ok(()),
        }
    }

    /// Refuses to read nothing, where there is something.
    fn check(&self) -> Result<()> {
        let Some(first) = self.left_out.first() else { return Ok(()) };
        if !self.files.is_empty() {
            return Ok(());
        }
        let refused = self.left_out.iter().find(|left| left.reason.kind() == Kind::PermissionDenied);
        Err(refused.unwrap_or(first).reason.clone())
    }
}

/// A folder's name that is a machine's id, perhaps with a namespace.
fn is_named_after_machine(name: &str) -> bool {
    let id = name.split('.').next().unwrap_or_default();
    super::cursor::parse_id(id).is_some()
}

/// Why a file is not read.
pub(super) fn left_out(path: &Path, fault: &Fault) -> Error {
    match fault {
        Fault::File(error) => {
            let told = Error::file("read the journal", path, error);
            if told.kind() == Kind::PermissionDenied { told.with_hint(who_may_read()) } else { told }
        }
        Fault::Damaged(_) | Fault::Unknown(_) => {
            let message = format!("cannot read the journal {}: {fault}", path.display());
            Error::new(Kind::Storage, message).with_path(path)
        }
    }
}

fn who_may_read() -> Hint {
    Hint::from([text(
        "root may read it, and who is in the group systemd-journal (on many systems adm or wheel as well)",
    )])
}

fn no_journal(folders: &[PathBuf], namespace: Option<&str>) -> Error {
    let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let which = namespace.map_or_else(|| "no journal".to_owned(), |name| format!("no journal {name:?}"));
    let message = format!("there is {which} here: neither {} is there", folders.join(" nor "));
    Error::new(Kind::Storage, message).with_errno(Some(libc::ENOENT))
}
