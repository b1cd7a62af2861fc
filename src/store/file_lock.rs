//! The lock of one file, which its holder makes and removes.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::folder::Folder;
use super::step;

/// `None`: somebody else has it, or has just removed the file that was opened here.
pub(super) fn try_lock(folder: &Folder, name: &str) -> Result<Option<OwnedFd>, Errno> {
    step::before("open the lock file")?;
    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let lock = retry_on_intr(|| fs::openat(folder, name, flags, Mode::from_raw_mode(0o600)))?;
    step::before("lock")?;
    match retry_on_intr(|| fs::flock(&lock, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => Ok(is_at_its_name(folder, name, &lock)?.then_some(lock)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(errno) => Err(errno),
    }
}

fn is_at_its_name(folder: &Folder, name: &str, lock: impl AsFd) -> Result<bool, Errno> {
    let opened = fs::fstat(lock)?;
    match folder.stat(Path::new(name)) {
        Ok(named) => Ok((named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}
