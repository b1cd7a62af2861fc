//! One writer at a time in a folder, across threads and processes.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{self, AtFlags, FlockOperation};

use super::file_lock::try_lock;
use super::folder::Folder;
use super::{step, turn};
use crate::error::{Error, Kind, Result};
use crate::flow::Pauses;
use crate::temporary::random_name;

/// The lock file: there while a writer works, so that one left behind tells of a writer that was killed.
/// It is not the folder itself that is locked: every local user may open and lock a folder for good, but
/// not a file of mode 0600.
const LOCK: &str = ".pm2go.lock";

const TEMPORARY_PREFIX: &str = ".pm2go-";
const TEMPORARY_SUFFIX: &str = ".tmp";

const PAUSES: Pauses = Pauses::new(Duration::from_millis(1), Duration::from_millis(20));

/// A folder in which this writer is alone.
pub(super) struct Locked {
    folder: Folder,
    lock: OwnedFd,
}

impl Locked {
    /// Waits for the lock until then, and removes what killed writers left behind. The thread is not blocked.
    pub(super) async fn take(folder: Folder, until: Instant) -> Result<Self> {
        let begin = Instant::now();
        let mut pauses = PAUSES;
        loop {
            if let Some(lock) =
                try_lock(&folder, LOCK).map_err(|errno| folder.error_here("write to the folder", errno))?
            {
                let locked = Self { folder, lock };
                locked.sweep()?;
                return Ok(locked);
            }
            let now = Instant::now();
            if now >= until {
                return Err(busy(&folder, now - begin));
            }
            pauses.pause_until(until).await;
        }
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    fn sweep(&self) -> Result<()> {
        for name in self.folder.names()? {
            turn::sweep(&self.folder, &name);
            if is_temporary(&name) {
                // What cannot be removed does no harm: systemd ignores hidden files.
                let _ = step::before("remove a dead writer's file")
                    .and_then(|()| fs::unlinkat(&self.folder, &name, AtFlags::empty()));
            }
        }
        Ok(())
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // A lock file that stays is taken over by the next writer.
        let _ = step::before("remove the lock file")
            .and_then(|()| fs::unlinkat(&self.folder, LOCK, AtFlags::empty()));
        // Closing alone would not do: a child forked meanwhile has a copy of the descriptor.
        let _ = fs::flock(&self.lock, FlockOperation::Unlock);
    }
}

/// Says whether a writer is at work in the folder, or was killed there.
pub(super) fn is_unfinished(folder: &Folder) -> bool {
    folder.stat(Path::new(LOCK)).is_ok()
}

/// A new name for a temporary file, which no other writer of this machine uses.
pub(super) fn temporary_name() -> String {
    random_name(TEMPORARY_PREFIX, TEMPORARY_SUFFIX)
}

fn is_temporary(name: &Path) -> bool {
    name.to_str().is_some_and(|name| {
        name.strip_prefix(TEMPORARY_PREFIX).is_some_and(|rest| rest.ends_with(TEMPORARY_SUFFIX))
    })
}

/// It has a path, which tells it from a deadline that passed somewhere on the way.
fn busy(folder: &Folder, waited: Duration) -> Error {
    let path = folder.path_of(LOCK);
    Error::new(
        Kind::Timeout,
        format!("another writer has held {} for {:.1} s", path.display(), waited.as_secs_f64()),
    )
    .with_hint("see who holds it (fuser), and try again; nothing was changed")
    .with_path(path)
}
