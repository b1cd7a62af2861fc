//! The files and folders of the kernel's.

use std::ffi::CStr;
use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, fstat, openat};
use rustix::io::{Errno, retry_on_intr};
use rustix::path::Arg;

use super::text::{self, Pressure};

/// So much is read at once: more than most of these files have.
const PIECE: usize = 16 << 10;
/// The kernel fills at least half a page of a file before it gives less than was asked for: what is shorter is its end, and
/// need not be asked for once more.
const SURELY_ALL: usize = 2048;

/// Reads files of control groups one after the other, into the same memory.
#[derive(Debug, Default)]
pub(super) struct Files {
    buffer: Vec<u8>,
}

impl Files {
    /// The text of a file in a folder; `None` where there is none (any more), or where it may not be read.
    pub(super) fn text(&mut self, folder: &OwnedFd, name: &CStr) -> Option<&str> {
        let open = || openat(folder, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let file = retry_on_intr(open).ok()?;
        self.buffer.clear();
        loop {
            self.buffer.reserve(PIECE);
            match rustix::io::read(&file, rustix::buffer::spare_capacity(&mut self.buffer)) {
                Ok(0) => break,
                Ok(count) if count < SURELY_ALL => break,
                Ok(_) | Err(Errno::INTR) => {}
                // A group that is removed meanwhile has no device any more.
                Err(_) => return None,
            }
        }
        std::str::from_utf8(&self.buffer).ok()
    }

    pub(super) fn number(&mut self, folder: &OwnedFd, name: &CStr) -> Option<u64> {
        self.text(folder, name).and_then(text::number)
    }

    pub(super) fn pressure(&mut self, folder: &OwnedFd, name: &CStr) -> Option<Pressure> {
        self.text(folder, name).and_then(text::pressure)
    }
}

/// Opens the folder of a group; `None` where there is none.
pub(super) fn open(folder: &Path) -> Option<OwnedFd> {
    open_at(CWD, folder)
}

/// The same of a folder in another one.
pub(super) fn open_in(parent: &OwnedFd, name: &str) -> Option<OwnedFd> {
    open_at(parent, name)
}

fn open_at(parent: impl AsFd, folder: impl Arg + Copy) -> Option<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    retry_on_intr(|| openat(&parent, folder, flags, Mode::empty())).ok()
}

/// The number of a folder: the kernel gives none twice.
pub(super) fn number(folder: &OwnedFd) -> Option<u64> {
    fstat(folder).ok().map(|found| found.st_ino)
}

/// Each folder in a folder is a link to that: with its name and its own dot there are two without any.
pub(super) fn has_no_folders(folder: &OwnedFd) -> bool {
    fstat(folder).is_ok_and(|found| found.st_nlink == 2)
}

/// The groups right below one.
pub(super) fn folders_in(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries: Option<Vec<fs::DirEntry>> = fs::read_dir(folder).ok().map(|found| found.flatten().collect());
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    entries.into_iter().flatten().filter(is_folder).filter_map(|entry| entry.file_name().into_string().ok())
}
