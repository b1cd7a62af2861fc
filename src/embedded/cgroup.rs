//! Ends what runs in a cgroup and removes it, where the supervisor no longer can.

use std::fs;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::{Error, Result};

/// A killed process leaves its cgroup a moment later.
const PAUSE: Duration = Duration::from_millis(10);

/// Kills every process in this cgroup and below, and removes it; that it is gone already is success.
pub(super) fn remove(cgroup: &Path, timeout: Duration) -> Result<()> {
    let deadline = Instant::now() + timeout;
    loop {
        kill(cgroup);
        match remove_tree(cgroup) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if Instant::now() >= deadline => return Err(Error::file("remove", cgroup, &error)),
            Ok(()) => return Ok(()),
            Err(_) => sleep(PAUSE),
        }
    }
}

/// `cgroup.kill` where the kernel has it (5.14), else one process after the other.
fn kill(cgroup: &Path) {
    let everything = cgroup.join("cgroup.kill");
    if !everything.exists() || fs::write(everything, "1").is_err() {
        kill_tree(cgroup);
    }
}

fn kill_tree(cgroup: &Path) {
    let processes = fs::read_to_string(cgroup.join("cgroup.procs")).unwrap_or_default();
    for process in processes.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)) {
        // It may have ended by itself, or have started another one: the caller comes back until all is gone.
        let _ = kill_process(process, Signal::KILL);
    }
    for child in children(cgroup) {
        kill_tree(&child);
    }
}

fn remove_tree(cgroup: &Path) -> io::Result<()> {
    for child in children(cgroup) {
        remove_tree(&child)?;
    }
    fs::remove_dir(cgroup)
}

fn children(cgroup: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(cgroup) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}
