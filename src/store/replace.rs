//! Putting a unit file in its place in one step: temporary file, fsync, rename, fsync of the folder.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{self, AtFlags, Gid, Mode, OFlags, RenameFlags, Stat, Uid};
use rustix::io::{Errno, retry_on_intr};

use super::entry::{Entry, Owned};
use super::folder::Folder;
use super::lock::{Locked, temporary_name};
use super::{Written, step};
use crate::error::{Error, Kind, Result};

const MODE: Mode = Mode::from_raw_mode(0o644);

/// Makes the file of this name hold `content`, if it is ours or there is none.
pub(super) fn replace(locked: &Locked, name: &str, content: &[u8]) -> Result<Written> {
    let folder = locked.folder();
    let (before, written) = match folder.inspect(name)? {
        Entry::Foreign(foreign) => return Err(foreign.refusal(folder.path_of(name), name)),
        Entry::Owned(owned) if owned.content == content => {
            // A writer that was killed may have left the folder unsynced.
            folder.sync()?;
            return Ok(Written::Unchanged);
        }
        Entry::Owned(owned) => (Some(owned), Written::Changed),
        Entry::Absent => (None, Written::Created),
    };
    put(folder, name, content, before.as_ref(), MODE)?;
    Ok(written)
}

/// Makes the file of this name hold `content`, whoever's it is, if it holds what is expected; one that is replaced keeps
/// its mode.
pub(super) fn exchange(
    locked: &Locked,
    name: &str,
    expected: Option<&[u8]>,
    content: &[u8],
) -> Result<Written> {
    let folder = locked.folder();
    let before = folder.inspect_any(name)?;
    if before.as_ref().map(|file| file.content.as_slice()) != expected {
        return Err(changed_meanwhile(folder, name));
    }
    if expected == Some(content) {
        return Ok(Written::Unchanged);
    }
    let mode = before.as_ref().map_or(MODE, |file| Mode::from_raw_mode(file.stat.st_mode & 0o777));
    put(folder, name, content, before.as_ref(), mode)?;
    Ok(if before.is_some() { Written::Changed } else { Written::Created })
}

fn put(folder: &Folder, name: &str, content: &[u8], before: Option<&Owned>, mode: Mode) -> Result<()> {
    let temporary =
        Temporary::create(folder).map_err(|errno| folder.error("create a file for", name, errno))?;
    temporary.fill(content, before, mode).map_err(|errno| folder.error("write", name, errno))?;
    temporary.rename(name, before).map_err(|errno| failed_rename(folder, name, errno))?;
    folder.sync()
}

/// Somebody else was there between a look and what was to be done.
pub(super) fn changed_meanwhile(folder: &Folder, name: &str) -> Error {
    let path = folder.path_of(name);
    Error::new(Kind::Storage, format!("{} was changed by somebody else meanwhile", path.display()))
        .with_hint("try again; nothing was changed here")
        .with_path(path)
}

/// Whatever came between the look and the rename is named as if it had been there first.
fn failed_rename(folder: &Folder, name: &str, errno: Errno) -> Error {
    if errno != Errno::EXIST {
        return folder.error("write", name, errno);
    }
    match folder.inspect(name) {
        Ok(Entry::Foreign(foreign)) => foreign.refusal(folder.path_of(name), name),
        Ok(Entry::Absent | Entry::Owned(_)) => changed_meanwhile(folder, name),
        Err(error) => error,
    }
}

/// A temporary file, removed unless it was renamed.
struct Temporary<'folder> {
    folder: &'folder Folder,
    name: String,
    descriptor: OwnedFd,
    renamed: bool,
}

impl<'folder> Temporary<'folder> {
    fn create(folder: &'folder Folder) -> Result<Self, Errno> {
        step::before("create the temporary file")?;
        let name = temporary_name();
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::WRONLY | OFlags::CLOEXEC;
        let descriptor = retry_on_intr(|| fs::openat(folder, &name, flags, MODE))?;
        Ok(Self { folder, name, descriptor, renamed: false })
    }

    fn fill(&self, content: &[u8], before: Option<&Owned>, mode: Mode) -> Result<(), Errno> {
        step::before("set the mode")?;
        // The umask may have taken bits away.
        fs::fchmod(&self.descriptor, mode)?;
        if let Some(before) = before {
            self.keep_owner(&before.stat)?;
        }
        let mut rest = content;
        while !rest.is_empty() {
            step::before("write")?;
            let count = retry_on_intr(|| rustix::io::write(&self.descriptor, rest))?;
            rest = &rest[count..];
        }
        step::before("sync the file")?;
        retry_on_intr(|| fs::fsync(&self.descriptor))
    }

    /// Root who changes a user's file leaves it the user's.
    fn keep_owner(&self, before: &Stat) -> Result<(), Errno> {
        let now = fs::fstat(&self.descriptor)?;
        if (now.st_uid, now.st_gid) == (before.st_uid, before.st_gid) {
            return Ok(());
        }
        let (user, group) = (Uid::from_raw(before.st_uid), Gid::from_raw(before.st_gid));
        match fs::fchown(&self.descriptor, Some(user), Some(group)) {
            // Only root may give a file away; for others the file becomes theirs.
            Err(Errno::PERM) => Ok(()),
            other => other,
        }
    }

    fn rename(mut self, name: &str, before: Option<&Owned>) -> Result<(), Errno> {
        step::before("rename")?;
        match before {
            Some(before) => self.rename_over(name, &before.stat)?,
            None => self.rename_to_free(name)?,
        }
        self.renamed = true;
        Ok(())
    }

    fn rename_over(&self, name: &str, before: &Stat) -> Result<(), Errno> {
        match self.folder.stat(Path::new(name)) {
            Ok(now) if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino) => Err(Errno::EXIST),
            Ok(_) => fs::renameat(self.folder, &self.name, self.folder, name),
            // Somebody removed it, which is no reason to keep it away.
            Err(Errno::NOENT) => self.rename_to_free(name),
            Err(errno) => Err(errno),
        }
    }

    fn rename_to_free(&self, name: &str) -> Result<(), Errno> {
        let (old, new) = (&self.name, name);
        match fs::renameat_with(self.folder, old, self.folder, new, RenameFlags::NOREPLACE) {
            // The file system cannot promise it (some network ones): look, then rename.
            Err(Errno::INVAL | Errno::NOSYS) => match self.folder.stat(Path::new(name)) {
                Ok(_) => Err(Errno::EXIST),
                Err(Errno::NOENT) => fs::renameat(self.folder, old, self.folder, new),
                Err(errno) => Err(errno),
            },
            other => other,
        }
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.renamed {
            // One that cannot be removed is removed by the next writer.
            let _ = step::before("remove the temporary file")
                .and_then(|()| fs::unlinkat(self.folder, &self.name, AtFlags::empty()));
        }
    }
}
