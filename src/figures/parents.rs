//! What is above control groups: it concerns all that are in it.

use std::collections::HashMap;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use super::files::{Files, open};
use super::hierarchies::{Controller, Hierarchies, below};

/// What the files of version 1 say where there is no limit: the most that fits, in whole pages of any size.
const NO_LIMIT: u64 = i64::MAX as u64 / (1 << 16) * (1 << 16);

/// The limits of a group and of all that it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) memory: Option<u64>,
    pub(super) tasks: Option<u64>,
}

/// Whose files a group of version 2 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Controllers {
    pub(super) memory: bool,
    pub(super) tasks: bool,
    pub(super) transfer: bool,
}

impl Controllers {
    /// What is not known is looked for.
    pub(super) const UNKNOWN: Self = Self { memory: true, tasks: true, transfer: true };

    /// Those that a group gives to the ones in it.
    fn given(files: &mut Files, folder: &OwnedFd) -> Self {
        let Some(text) = files.text(folder, c"cgroup.subtree_control") else { return Self::UNKNOWN };
        let has = |name| text.split_ascii_whitespace().any(|given| given == name);
        Self { memory: has("memory"), tasks: has("pids"), transfer: has("io") }
    }
}

/// A group that others are in.
#[derive(Debug)]
pub(super) struct Parent {
    /// Its folder among those that are the units.
    pub(super) folder: Option<OwnedFd>,
    pub(super) limits: Limits,
    pub(super) controllers: Controllers,
}

/// Groups that others are in; each is looked at once.
#[derive(Debug, Default)]
pub(super) struct Parents {
    known: HashMap<String, Rc<Parent>>,
}

impl Parents {
    /// What is above a group, which has the name that follows; nothing is above the first one.
    pub(super) fn of<'a>(
        &mut self,
        files: &mut Files,
        hierarchies: &Hierarchies,
        group: &'a str,
    ) -> Option<(Rc<Parent>, &'a str)> {
        let (above, name) = group.trim_end_matches('/').rsplit_once('/')?;
        if let Some(known) = self.known.get(above) {
            return Some((Rc::clone(known), name));
        }
        let parent = Rc::new(self.look(files, hierarchies, above));
        self.known.insert(above.to_owned(), Rc::clone(&parent));
        Some((parent, name))
    }

    fn look(&mut self, files: &mut Files, hierarchies: &Hierarchies, group: &str) -> Parent {
        let folder = hierarchies.of_units().and_then(|root| open(&below(root, group)));
        let unified = folder.as_ref().filter(|_| hierarchies.is_unified());
        let above = self.of(files, hierarchies, group).map(|(parent, _)| parent);
        let own = above.as_ref().map_or(Controllers::UNKNOWN, |parent| parent.controllers);
        let limits = limits(files, hierarchies, (group, unified), own).within(above.as_deref());
        let controllers = unified.map_or(Controllers::UNKNOWN, |folder| Controllers::given(files, folder));
        Parent { folder, limits, controllers }
    }
}

impl Limits {
    /// Those that bind what has these, and is in that.
    pub(super) fn within(self, parent: Option<&Parent>) -> Self {
        let above = parent.map_or_else(Self::default, |parent| parent.limits);
        Self { memory: least(self.memory, above.memory), tasks: least(self.tasks, above.tasks) }
    }
}

/// A group's own limits. `unified` is its folder in the hierarchy of version 2.
pub(super) fn limits(
    files: &mut Files,
    hierarchies: &Hierarchies,
    (group, unified): (&str, Option<&OwnedFd>),
    controllers: Controllers,
) -> Limits {
    let mut limits = Limits::default();
    if let Some(folder) = unified.filter(|_| controllers.memory) {
        // Above the soft limit the kernel takes memory away, and lets processes wait for it.
        for name in [c"memory.max", c"memory.high"] {
            limits.memory = least(limits.memory, files.number(folder, name));
        }
    }
    if let Some(folder) = unified.filter(|_| controllers.tasks) {
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
