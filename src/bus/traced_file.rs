//! Files that are told from all others, so that tests can count who holds them open while others run beside them.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{MemfdFlags, memfd_create};

/// A file in memory with a name of its own.
#[derive(Debug)]
pub(crate) struct TracedFile {
    descriptor: OwnedFd,
    link: PathBuf,
}

impl TracedFile {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("pm2go-traced-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let descriptor = memfd_create(&name, MemfdFlags::CLOEXEC).unwrap();
        Self { descriptor, link: format!("/memfd:{name} (deleted)").into() }
    }

    /// So many of them.
    pub(crate) fn several(count: usize) -> Vec<Self> {
        (0..count).map(|_| Self::new()).collect()
    }

    /// Whether this descriptor is of this file.
    pub(crate) fn is(&self, descriptor: impl AsFd) -> bool {
        let entry = format!("/proc/self/fd/{}", descriptor.as_fd().as_raw_fd());
        std::fs::read_link(entry).unwrap() == self.link
    }

    /// How many descriptors of this process are of this file, besides its own.
    pub(crate) fn others(&self) -> usize {
        let entries = std::fs::read_dir("/proc/self/fd").unwrap();
        // Those of other tests go while this looks at them.
        let links = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        links.filter(|link| *link == self.link).count() - 1
    }
}

impl AsFd for TracedFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// How many descriptors of any of these files are open, besides their own.
pub(crate) fn others(files: &[TracedFile]) -> usize {
    files.iter().map(TracedFile::others).sum()
}
