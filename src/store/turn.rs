//! One at a time for each unit, across threads and processes, for as long as its work takes: a file, reloads, a job.
//!
//! It orders those who would only get into each other's way and then tell half of the truth; what must not happen to
//! files is seen to by the lock of the folder. So whoever cannot have his turn goes on without it.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{self, AtFlags, FlockOperation};

use super::file_lock::try_lock;
use super::folder::Folder;
use crate::flow::Pauses;
use crate::fork::OfThisProcess;

const PREFIX: &str = ".pm2go-";
const SUFFIX: &str = ".lock";
/// The longest name of a file, in bytes.
const LONGEST: usize = 255;

const PAUSES: Pauses = Pauses::new(Duration::from_millis(1), Duration::from_millis(40));

/// While this lives, others wait. A forked child shares the lock, which is its parent's.
#[derive(Debug)]
pub struct Turn {
    _held: OfThisProcess<Held>,
}

#[derive(Debug)]
struct Held {
    folder: Folder,
    name: String,
    lock: OwnedFd,
}

impl Turn {
    pub(super) async fn take(folder: Folder, unit: &str, until: Instant) -> Option<Self> {
        let name = file_of(unit)?;
        let mut pauses = PAUSES;
        loop {
            if let Some(lock) = try_lock(&folder, &name).ok()? {
                return Some(Self { _held: OfThisProcess::new(Held { folder, name, lock }) });
            }
            if Instant::now() >= until {
                return None;
            }
            pauses.pause_until(until).await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        release(&self.folder, &self.name, &self.lock);
    }
}

fn release(folder: &Folder, name: &str, lock: &OwnedFd) {
    let _ = fs::unlinkat(folder, name, AtFlags::empty());
    // Closing alone would not do: a child forked meanwhile has a copy of the descriptor.
    let _ = fs::flock(lock, FlockOperation::Unlock);
}

/// Removes what somebody left who was killed in his turn.
pub(super) fn sweep(folder: &Folder, name: &Path) {
    if let Some(name) = name.to_str().filter(|name| is_turn(name))
        && let Ok(Some(lock)) = try_lock(folder, name)
    {
        release(folder, name, &lock);
    }
}

/// Says whether somebody has his turn with this unit, or was killed in it.
pub(super) fn is_there(folder: &Folder, unit: &str) -> bool {
    file_of(unit).is_some_and(|name| folder.stat(Path::new(&name)).is_ok())
}

/// The name of its lock file; none where that would be too long.
pub(super) fn file_of(unit: &str) -> Option<String> {
    let name = format!("{PREFIX}{unit}{SUFFIX}");
    (name.len() <= LONGEST).then_some(name)
}

fn is_turn(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.ends_with(SUFFIX))
}
