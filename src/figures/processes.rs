//! What the processes of a control group use, from /proc: for what nobody counts for the group.

use std::ffi::{CStr, CString};
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
    into.extend(listed(files, &opened, c"cgroup.procs").unwrap_or_default());
    if has_no_folders(&opened) {
        return;
    }
    for name in folders_in(folder) {
        collect(files, &folder.join(name), into);
    }
}

/// The numbers that a file of a group lists, a line each; one in another PID namespace is 0.
pub(super) fn listed(files: &mut Files, folder: &OwnedFd, name: &CStr) -> Option<Vec<u32>> {
    let text = files.text(folder, name)?;
    Some(text.lines().filter_map(|line| line.parse().ok()).collect())
}

/// What is counted by looking at each process.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    /// Where it may be known.
    pub(super) tasks: Option<u64>,
    /// In bytes: all, and what of it is no file.
    pub(super) memory: Option<(u64, u64)>,
}

impl Count {
    /// What was read of a group.
    pub(super) fn of(figures: &Figures) -> Self {
        Self { tasks: figures.tasks, memory: figures.memory.zip(figures.memory_without_cache) }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.tasks = sum(self.tasks, other.tasks, |one, other| one + other);
        self.memory = sum(self.memory, other.memory, |one, other| (one.0 + other.0, one.1 + other.1));
    }

    /// Puts in what the kernel does not count.
    pub(super) fn put(self, into: &mut Figures) {
        into.tasks = into.tasks.or(self.tasks);
        if let Some((all, own)) = self.memory.filter(|_| into.memory.is_none()) {
            into.memory = Some(all);
            into.memory_without_cache = Some(own);
            into.memory_source = Some(MemorySource::Processes);
        }
    }
}

fn sum<T>(one: Option<T>, other: Option<T>, add: impl Fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(add(one, other)),
        (one, other) => one.or(other),
    }
}

/// The memory that processes have, and what of it is no file: the second and third word of `/proc/PID/statm`
/// (`proc_pid_statm(5)`), in pages.
pub(super) fn memory(files: &mut Files, proc: &OwnedFd, processes: &[u32]) -> Option<(u64, u64)> {
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
    sum
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
