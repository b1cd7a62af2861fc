//! The units that have control groups, and what each of them uses.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::files::{Files, folders_in, has_no_folders, number, open, open_in};
use super::group::{self, Figures};
use super::hierarchies::{Hierarchies, below};
use super::parents::{Controllers, Parents, limits};
use super::processes::{self, Count};
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
    known: HashMap<String, Count>,
}

impl Reader {
    /// One for the control groups that are there.
    #[must_use]
    pub fn new(hierarchies: Hierarchies) -> Self {
        Self { hierarchies, files: Files::default(), proc: open(Path::new("/proc")), known: HashMap::new() }
    }

    /// The same, where this is what groups use that are in others: those need not look again.
    #[must_use]
    pub fn knowing<'a>(self, read: impl Iterator<Item = (&'a str, &'a Figures)>) -> Self {
        let known = read.map(|(group, figures)| (group.to_owned(), Count::of(figures))).collect();
        Self { known, ..self }
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
        let mut parents = Parents::default();
        groups.map(|group| self.read_group(group, &mut parents, details)).collect()
    }

    fn read_group(&mut self, group: &str, parents: &mut Parents, details: bool) -> Option<Figures> {
        let folder = below(self.hierarchies.of_units()?, group);
        let above = parents.of(&mut self.files, &self.hierarchies, group);
        let opened = match &above {
            Some((parent, name)) => open_in(parent.folder.as_ref()?, name),
            None => open(&folder),
        }?;
        let parent = above.as_ref().map(|(parent, _)| &**parent);
        let controllers = parent.map_or(Controllers::UNKNOWN, |parent| parent.controllers);
        let (monotonic, group_number) = (clock::monotonic(), number(&opened));
        let mut figures = Figures { monotonic, group: group_number, ..Figures::default() };
        let unified = (group, Some(&opened).filter(|_| self.hierarchies.is_unified()));
        group::read(&mut self.files, &self.hierarchies, unified, controllers, &mut figures);
        self.read_processes(group.trim_end_matches('/'), (&folder, &opened), details, &mut figures);
        let own = limits(&mut self.files, &self.hierarchies, unified, controllers);
        let bound = own.within(parent);
        figures.memory_limit = bound.memory;
        figures.tasks_limit = bound.tasks;
        Some(figures)
    }

    /// What is not counted for the group, and what never is.
    fn read_processes(
        &mut self,
        group: &str,
        (folder, opened): (&Path, &OwnedFd),
        details: bool,
        into: &mut Figures,
    ) {
        if into.tasks.is_none() || into.memory.is_none() {
            self.count(group, (folder, opened)).put(into);
        }
        if let Some(proc) = self.proc.as_ref().filter(|_| details) {
            let processes = processes::numbers(&mut self.files, folder);
            processes::read_details(&mut self.files, proc, &processes, into);
        }
    }

    /// The tasks of a group and of those below it, and the memory of their processes.
    fn count(&mut self, group: &str, (folder, opened): (&Path, &OwnedFd)) -> Count {
        let mut count = self.count_own(opened);
        if !has_no_folders(opened) {
            for name in folders_in(folder) {
                count.add(self.count_below(&format!("{group}/{name}"), &folder.join(&name)));
            }
        }
        count
    }

    fn count_below(&mut self, group: &str, folder: &Path) -> Count {
        if let Some(known) = self.known.get(group) {
            return *known;
        }
        open(folder).map_or_else(Count::default, |opened| self.count(group, (folder, &opened)))
    }

    fn count_own(&mut self, opened: &OwnedFd) -> Count {
        // Version 1 calls it otherwise.
        let names = [c"cgroup.threads", c"tasks"];
        let threads = names.into_iter().find_map(|name| processes::listed(&mut self.files, opened, name));
        // One task is one process.
        let processes = match threads.as_deref() {
            Some([only]) => vec![*only],
            Some([]) => Vec::new(),
            _ => processes::listed(&mut self.files, opened, c"cgroup.procs").unwrap_or_default(),
        };
        let proc = self.proc.as_ref();
        let memory = proc.and_then(|proc| processes::memory(&mut self.files, proc, &processes));
        Count { tasks: threads.map(|threads| threads.len() as u64), memory }
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
