//! The files and folders of the kernel's.

use std::ffi::CStr;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, fstat, openat};
use rustix::io::{Errno, retry_on_intr};

use super::text::{self, Pressure};

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
            self.buffer.reserve(4096);
            match rustix::io::read(&file, rustix::buffer::spare_capacity(&mut self.buffer)) {
                Ok(0) => break,
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
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    retry_on_intr(|| openat(CWD, folder, flags, Mode::empty())).ok()
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
