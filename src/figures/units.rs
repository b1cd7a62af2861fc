//! The units that have control groups, and what each of them uses.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::files::{Files, folders_in, has_no_folders, open};
use super::group::{self, Figures};
use super::hierarchies::{Hierarchies, below};
use super::limits::KnownLimits;
use super::processes;
use crate::clock;
use crate::unit::{UnitName, UnitType};

/// A unit's control group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The unit.
    pub unit: UnitName,
    /// The group's name, as systemd's property `ControlGroup` has it.
    pub name: String,
}

/// Reads what units use.
#[derive(Debug)]
pub struct Reader {
    hierarchies: Hierarchies,
    files: Files,
    proc: Option<OwnedFd>,
}

impl Reader {
    /// One for the control groups that are there.
    #[must_use]
    pub fn new(hierarchies: Hierarchies) -> Self {
        Self { hierarchies, files: Files::default(), proc: open(Path::new("/proc")) }
    }

    /// The units below a manager's own group, slices with what is in them: those that have processes, or could have.
    pub fn units_below(&self, group: &str) -> io::Result<Vec<Group>> {
        let Some(root) = self.hierarchies.of_units() else { return Ok(Vec::new()) };
        let group = group.trim_end_matches('/');
        let folder = below(root, group);
        fs::read_dir(&folder)?;
        let mut found = Vec::new();
        collect(&folder, group, &mut found);
        Ok(found)
    }

    /// What each of these groups uses, in their order; `None` for one that is gone. With `details`, the descriptors and
    /// threads of its processes, too.
    pub fn read<'a>(&mut self, groups: impl Iterator<Item = &'a str>, details: bool) -> Vec<Option<Figures>> {
        let mut limits = KnownLimits::default();
        groups.map(|group| self.read_group(group, &mut limits, details)).collect()
    }

    fn read_group(&mut self, group: &str, limits: &mut KnownLimits, details: bool) -> Option<Figures> {
        let folder = below(self.hierarchies.of_units()?, group);
        let opened = open(&folder)?;
        let mut figures = Figures { monotonic: clock::monotonic(), ..Figures::default() };
        let unified = (group, Some(&opened).filter(|_| self.hierarchies.is_unified()));
        group::read(&mut self.files, &self.hierarchies, unified, &mut figures);
        if figures.tasks.is_none() {
            figures.tasks = self.count_tasks(&opened, &folder);
        }
        if (figures.memory.is_none() || details)
            && let Some(proc) = &self.proc
        {
            let processes = processes::numbers(&mut self.files, &folder);
            if figures.memory.is_none() {
                processes::read_memory(&mut self.files, proc, &processes, &mut figures);
            }
            if details {
                processes::read_details(&mut self.files, proc, &processes, &mut figures);
            }
        }
        let bound = limits.of(&mut self.files, &self.hierarchies, unified);
        figures.memory_limit = bound.memory;
        figures.tasks_limit = bound.tasks;
        Some(figures)
    }

    fn count_tasks(&mut self, opened: &OwnedFd, folder: &Path) -> Option<u64> {
        // Version 1 calls it otherwise.
        let names = [c"cgroup.threads", c"tasks"];
        let text = names.into_iter().find_map(|name| self.files.text(opened, name).map(str::to_owned))?;
        let own = text.lines().count() as u64;
        if has_no_folders(opened) {
            return Some(own);
        }
        let below: u64 = folders_in(folder)
            .filter_map(|name| {
                let folder = folder.join(name);
                self.count_tasks(&open(&folder)?, &folder)
            })
            .sum();
        Some(own + below)
    }
}

fn collect(folder: &Path, group: &str, into: &mut Vec<Group>) {
    for name in folders_in(folder) {
        // An underscore tells a unit from what the kernel has of the same name.
        let plain = name.strip_prefix('_').unwrap_or(&name);
        let Ok(unit) = plain.parse::<UnitName>() else { continue };
        let inner = format!("{group}/{name}");
        let is_slice = unit.unit_type() == UnitType::Slice;
        into.push(Group { unit, name: inner.clone() });
        // What is below another unit is its own.
        if is_slice {
            collect(&folder.join(&name), &inner, into);
        }
    }
}
