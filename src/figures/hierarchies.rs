//! Where the control groups of this machine are: one hierarchy (version 2), one for each controller (version 1), or both
//! (systemd's "hybrid").

use std::path::{Path, PathBuf};

/// What a hierarchy of version 1 is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Controller {
    Cpu,
    Memory,
    Tasks,
    Transfer,
}

impl Controller {
    /// The folder below the mount point, as systemd names it.
    fn folder(self) -> &'static str {
        match self {
            Self::Cpu => "cpuacct",
            Self::Memory => "memory",
            Self::Tasks => "pids",
            Self::Transfer => "blkio",
        }
    }
}

/// The folders in which the hierarchies of control groups are mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchies {
    /// That of version 2.
    unified: Option<PathBuf>,
    /// That in which systemd of version 1 keeps its units, without any controller.
    named: Option<PathBuf>,
    /// Those of version 1 are below.
    root: PathBuf,
}

impl Hierarchies {
    /// Those of this machine.
    #[must_use]
    pub fn of_machine() -> Self {
        Self::at("/sys/fs/cgroup")
    }

    /// Those below this folder, in the order in which systemd looks for them (`cg_unified_cached` in its
    /// src/basic/cgroup-util.c).
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let is_unified = |folder: &Path| folder.join("cgroup.procs").exists();
        let inside = root.join("unified");
        let unified = if is_unified(&root) {
            Some(root.clone())
        } else {
            Some(inside).filter(|folder| is_unified(folder))
        };
        let named = Some(root.join("systemd")).filter(|folder| is_unified(folder));
        Self { unified, named, root }
    }

    /// Whether there are any.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.of_units().is_some()
    }

    /// The one whose folders are the units: systemd's own.
    pub(super) fn of_units(&self) -> Option<&Path> {
        self.unified.as_deref().or(self.named.as_deref())
    }

    /// Whether systemd's own hierarchy is of version 2.
    pub(super) fn is_unified(&self) -> bool {
        self.unified.is_some()
    }

    /// The folder of a group in the hierarchy of a controller, where that belongs to version 1.
    pub(super) fn of(&self, controller: Controller, group: &str) -> Option<PathBuf> {
        if self.unified.as_deref() == Some(&self.root) {
            return None;
        }
        Some(below(&self.root.join(controller.folder()), group))
    }
}

/// Groups have absolute names.
pub(super) fn below(root: &Path, group: &str) -> PathBuf {
    root.join(group.trim_start_matches('/'))
}
