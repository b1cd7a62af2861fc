//! What the processes of a control group use, from /proc: for what nobody counts for the group.

use std::ffi::CString;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::files::{Files, folders_in, has_no_folders, open};
use super::group::{Figures, MemorySource};

/// The processes of a group and of those below it.
pub(super) fn numbers(files: &mut Files, folder: &Path) -> Vec<u32> {
    let mut found = Vec::new();
    collect(files, folder, &mut found);
    found
}

fn collect(files: &mut Files, folder: &Path, into: &mut Vec<u32>) {
    let Some(opened) = open(folder) else { return };
    if let Some(text) = files.text(&opened, c"cgroup.procs") {
        // A process in another PID namespace is 0.
        into.extend(text.lines().filter_map(|line| line.parse::<u32>().ok()).filter(|number| *number != 0));
    }
    if has_no_folders(&opened) {
        return;
    }
    for name in folders_in(folder) {
        collect(files, &folder.join(name), into);
    }
}

/// The memory that processes have, and with it what of it is no file: the second and third word of `/proc/PID/statm`
/// (`proc_pid_statm(5)`), in pages.
pub(super) fn read_memory(files: &mut Files, proc: &OwnedFd, processes: &[u32], into: &mut Figures) {
    let page = rustix::param::page_size() as u64;
    let mut sum = None;
    for process in processes {
        let Some(text) = of_process(files, proc, *process, "statm") else { continue };
        let mut words = text.split_ascii_whitespace().skip(1).map_while(|word| word.parse::<u64>().ok());
        if let (Some(resident), Some(shared)) = (words.next(), words.next()) {
            let (all, own) = sum.unwrap_or((0, 0));
            sum = Some((all + resident * page, own + resident.saturating_sub(shared) * page));
        }
    }
    if let Some((all, own)) = sum {
        into.memory = Some(all);
        into.memory_without_cache = Some(own);
        into.memory_source = Some(MemorySource::Processes);
    }
}

/// Threads, and open descriptors. Those of other users' processes only root may count: then there is no sum.
pub(super) fn read_details(files: &mut Files, proc: &OwnedFd, processes: &[u32], into: &mut Figures) {
    let mut threads = 0;
    let mut descriptors = Some(0);
    for process in processes {
        let Some(text) = of_process(files, proc, *process, "status") else { continue };
        threads +=
            text.lines().find_map(|line| line.strip_prefix("Threads:\t")?.parse::<u64>().ok()).unwrap_or(0);
        let counted = match fs::read_dir(format!("/proc/{process}/fd")) {
            Ok(found) => Some(found.count() as u64),
            // It has ended meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(0),
            Err(_) => None,
        };
        descriptors = descriptors.zip(counted).map(|(sum, more)| sum + more);
    }
    into.threads = Some(threads);
    into.descriptors = descriptors;
}

fn of_process<'a>(files: &'a mut Files, proc: &OwnedFd, process: u32, name: &str) -> Option<&'a str> {
    files.text(proc, &CString::new(format!("{process}/{name}")).ok()?)
}
