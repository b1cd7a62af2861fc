//! One opened folder of unit files; every file in it is reached through its descriptor.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, Timespec, Timestamps};
use rustix::io::{Errno, retry_on_intr};

use super::root::Root;
use super::step;
use crate::error::{Error, Kind, Result};

const OPEN_FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A folder held open, so that moving or replacing its path cannot redirect what is done in it.
#[derive(Debug)]
pub(super) struct Folder {
    descriptor: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// Opens the folder; `None` when there is none.
    pub(super) fn open(path: &Path) -> Result<Option<Self>> {
        match retry_on_intr(|| fs::openat(CWD, path, OPEN_FOLDER, Mode::empty())) {
            Ok(descriptor) => Ok(Some(Self { descriptor, path: path.to_owned() })),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(file_error("open the folder", path, errno)),
        }
    }

    /// Opens the folder, and makes it (0755 less the umask) with its parents when it is missing.
    pub(super) fn open_or_create(path: &Path) -> Result<Self> {
        create_with_parents(path)?;
        Self::open(path)?.ok_or_else(|| file_error("open the folder", path, Errno::NOENT))
    }

    /// Opens a folder that is at this path in a root folder; `None` when there is none.
    pub(super) fn open_within(root: &Root, inner: &Path) -> Result<Option<Self>> {
        match root.open(inner, OPEN_FOLDER) {
            Ok(descriptor) => Ok(Some(Self { descriptor, path: root.outside(inner) })),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(root.error("open the folder", inner, errno)),
        }
    }

    /// The same, which is made with its parents when it is missing.
    pub(super) fn open_or_create_within(root: &Root, inner: &Path) -> Result<Self> {
        let failed = |path: &Path, errno| root.error("create the folder", path, errno);
        let mut above: Vec<&Path> = inner.ancestors().collect();
        above.reverse();
        let mut folder =
            Self::open_within(root, Path::new("/"))?.ok_or_else(|| failed(inner, Errno::NOENT))?;
        for path in above.into_iter().skip(1) {
            folder = if let Some(found) = Self::open_within(root, path)? {
                found
            } else {
                let name = path.file_name().unwrap_or_default();
                match fs::mkdirat(&folder.descriptor, name, Mode::from_raw_mode(0o755)) {
                    // Another writer may have made it first.
                    Ok(()) | Err(Errno::EXIST) => folder.sync()?,
                    Err(errno) => return Err(failed(path, errno)),
                }
                Self::open_within(root, path)?.ok_or_else(|| failed(path, Errno::NOENT))?
            };
        }
        Ok(folder)
    }

    /// Removes a folder that is at this path in a root folder, if nothing is in it.
    pub(super) fn remove_empty_within(root: &Root, inner: &Path) {
        let (Some(above), Some(name)) = (inner.parent(), inner.file_name()) else { return };
        if let Ok(above) = root.open(above, OPEN_FOLDER) {
            let _ = fs::unlinkat(&above, name, AtFlags::REMOVEDIR);
        }
    }

    /// Opens a folder inside this one, not through a symbolic link.
    pub(super) fn open_inner(&self, name: &str) -> Result<Self, Errno> {
        let descriptor = retry_on_intr(|| {
            fs::openat(&self.descriptor, name, OPEN_FOLDER | OFlags::NOFOLLOW, Mode::empty())
        })?;
        Ok(Self { descriptor, path: self.path.join(name) })
    }

    /// The path of an entry, for messages.
    pub(super) fn path_of(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// The names of all entries, without `.` and `..`.
    pub(super) fn names(&self) -> Result<Vec<PathBuf>> {
        self.read_names().map_err(|errno| self.error_here("list", errno))
    }

    fn read_names(&self) -> Result<Vec<PathBuf>, Errno> {
        let mut names = Vec::new();
        for entry in fs::Dir::read_from(&self.descriptor)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(PathBuf::from(name));
            }
        }
        Ok(names)
    }

    /// When an entry was written last, in microseconds since the epoch; `None` when it is not there.
    pub(super) fn modified(&self, name: &str) -> Result<Option<u64>> {
        match fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok(microseconds(found.st_mtime, found.st_mtime_nsec)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error("look at", name, errno)),
        }
    }

    /// Says when an entry was written last.
    pub(super) fn set_modified(&self, name: &str, microseconds: u64) -> Result<()> {
        let time = |micros: u64| Timespec {
            tv_sec: (micros / 1_000_000).try_into().unwrap_or(i64::MAX),
            tv_nsec: (micros % 1_000_000 * 1000).try_into().unwrap_or(0),
        };
        let times = Timestamps { last_access: time(microseconds), last_modification: time(microseconds) };
        fs::utimensat(&self.descriptor, name, &times, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|errno| self.error("set the time of", name, errno))
    }

    /// Makes the folder's entries survive a power cut.
    pub(super) fn sync(&self) -> Result<()> {
        step::before("sync the folder")
            .and_then(|()| sync(&self.descriptor))
            .map_err(|errno| self.error_here("make the change last on disk in", errno))
    }

    /// An error about the folder itself.
    pub(super) fn error_here(&self, action: &str, errno: Errno) -> Error {
        file_error(action, &self.path, errno)
    }

    /// An error about this entry.
    pub(super) fn error(&self, action: &str, name: impl AsRef<Path>, errno: Errno) -> Error {
        file_error(action, &self.path_of(name), errno)
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

fn microseconds(seconds: impl TryInto<u64>, nanoseconds: impl TryInto<u64>) -> Option<u64> {
    let (seconds, nanoseconds) = (seconds.try_into().ok()?, nanoseconds.try_into().ok()?);
    seconds.checked_mul(1_000_000)?.checked_add(nanoseconds / 1000)
}

/// A failed system call on a file, with the next step where one is known.
fn file_error(action: &str, path: &Path, errno: Errno) -> Error {
    let error = Error::file(action, path, &errno.into());
    match (error.kind(), errno) {
        (Kind::PermissionDenied, Errno::ROFS) => error.with_hint("the file system is mounted read-only"),
        (Kind::PermissionDenied, _) => error.with_hint(
            "run as a user who may write there (root for the system scope), or use the user scope",
        ),
        (_, Errno::NOSPC | Errno::DQUOT) => error.with_hint("free some space; nothing was changed"),
        _ => error,
    }
}

/// Some file systems cannot sync a folder and say so; there is nothing to be done about it.
fn sync(descriptor: impl AsFd) -> Result<(), Errno> {
    match retry_on_intr(|| fs::fsync(&descriptor)) {
        Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        other => other,
    }
}

fn create_with_parents(path: &Path) -> Result<()> {
    let missing: Vec<&Path> =
        path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()).collect();
    for folder in missing.into_iter().rev() {
        match step::before("create a folder")
            .and_then(|()| fs::mkdirat(CWD, folder, Mode::from_raw_mode(0o755)))
        {
            // Another writer may have made it first.
            Ok(()) | Err(Errno::EXIST) => sync_parent(folder)?,
            Err(errno) => return Err(file_error("create the folder", folder, errno)),
        }
    }
    Ok(())
}

fn sync_parent(folder: &Path) -> Result<()> {
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Folder::open(parent)?.map_or(Ok(()), |parent| parent.sync())
}
