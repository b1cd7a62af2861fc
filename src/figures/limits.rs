//! The limits that bind a control group: the least of its own and of those that it is in.

use std::collections::HashMap;
use std::ffi::CStr;
use std::os::fd::OwnedFd;

use super::files::{Files, open};
use super::hierarchies::{Controller, Hierarchies};

/// What the files of version 1 say where there is no limit: the most that fits, in whole pages of any size.
const NO_LIMIT: u64 = i64::MAX as u64 / (1 << 16) * (1 << 16);

/// The limits of a group and of all that it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) memory: Option<u64>,
    pub(super) tasks: Option<u64>,
}

/// The limits of groups; each is read once.
#[derive(Debug, Default)]
pub(super) struct KnownLimits {
    of_groups: HashMap<String, Limits>,
}

impl KnownLimits {
    /// The limits that bind a group. Those that lie above are remembered, as others have them, too.
    pub(super) fn of(
        &mut self,
        files: &mut Files,
        hierarchies: &Hierarchies,
        (group, unified): (&str, Option<&OwnedFd>),
    ) -> Limits {
        let own = own(files, hierarchies, group, unified);
        let Some((above, _)) = group.trim_end_matches('/').rsplit_once('/') else { return own };
        let above = self.remembered(files, hierarchies, above);
        Limits { memory: least(own.memory, above.memory), tasks: least(own.tasks, above.tasks) }
    }

    fn remembered(&mut self, files: &mut Files, hierarchies: &Hierarchies, group: &str) -> Limits {
        if let Some(known) = self.of_groups.get(group) {
            return *known;
        }
        let unified = hierarchies.unified(group).and_then(|folder| open(&folder));
        let found = self.of(files, hierarchies, (group, unified.as_ref()));
        self.of_groups.insert(group.to_owned(), found);
        found
    }
}

fn own(files: &mut Files, hierarchies: &Hierarchies, group: &str, unified: Option<&OwnedFd>) -> Limits {
    let mut limits = Limits::default();
    if let Some(folder) = unified {
        // Above the soft limit the kernel takes memory away, and lets processes wait for it.
        for name in [c"memory.max", c"memory.high"] {
            limits.memory = least(limits.memory, files.number(folder, name));
        }
        limits.tasks = files.number(folder, c"pids.max");
    }
    let mut of = |controller, name: &CStr| {
        let folder = hierarchies.of(controller, group).and_then(|folder| open(&folder))?;
        files.number(&folder, name)
    };
    if limits.memory.is_none() {
        let found = of(Controller::Memory, c"memory.limit_in_bytes");
        limits.memory = found.filter(|limit| *limit < NO_LIMIT);
    }
    if limits.tasks.is_none() {
        limits.tasks = of(Controller::Tasks, c"pids.max");
    }
    limits
}

fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    [one, other].into_iter().flatten().min()
}
