//! Which files the journal has, and which of them cannot be read.

use std::collections::HashSet;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::file::JournalFile;
pub(super) use super::journals::left_out;
pub use super::journals::{Journals, LeftOut, Owner};
use super::listed::{self, Listed};
use super::windows::FileId;
use crate::error::{Error, Kind, Result};

/// The files that can be read, and those that cannot.
pub(super) fn open(journals: &Journals) -> Result<(Vec<JournalFile>, Vec<LeftOut>)> {
    let mut found = Found::default();
    if let Journals::Files(files) = journals {
        for path in files {
            found.open_given(path);
        }
    } else {
        let listed = Listed::of(journals)?;
        if listed.folders.is_empty() {
            return Err(missing(journals)?);
        }
        found.left_out = listed.left_out;
        listed.files.into_iter().for_each(|path| found.open(path));
    }
    if let Journals::Local { owner: Owner::EverybodyAndSystem, .. } = journals {
        found.check_system()?;
    }
    found.check()?;
    Ok((found.files, found.left_out))
}

/// The same of those that have come since these were opened; of these, which were renamed. `done` are read, and not opened.
pub(super) fn open_new(
    journals: &Journals,
    known: &mut [&mut JournalFile],
    done: &HashSet<PathBuf>,
) -> Result<(Vec<JournalFile>, Vec<LeftOut>)> {
    let listed = Listed::of(journals)?;
    let mut found = Found { left_out: listed.left_out, ..Found::default() };
    let ids: Vec<Option<FileId>> =
        known.iter().map(|file| file.objects.identity().ok().map(|(id, _)| id)).collect();
    for path in listed.files {
        if done.contains(&path) {
            continue;
        }
        let id = path.metadata().ok().map(|facts| (facts.dev(), facts.ino()));
        match ids.iter().position(|known| id.is_some() && *known == id) {
            Some(at) => known[at].rename(path),
            None => found.open(path),
        }
    }
    Ok((found.files, found.left_out))
}

#[derive(Default)]
struct Found {
    files: Vec<JournalFile>,
    left_out: Vec<LeftOut>,
}

impl Found {
    /// Opens a file that was asked for.
    fn open_given(&mut self, path: &Path) {
        match JournalFile::open(path) {
            Ok(file) => self.files.push(file),
            Err(fault) => self.leave_out(path.to_owned(), &fault),
        }
    }

    fn open(&mut self, path: PathBuf) {
        match JournalFile::open(&path) {
            Ok(file) => self.files.push(file),
            // It was removed since the folder was read.
            Err(Fault::File(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(fault) => self.leave_out(path, &fault),
        }
    }

    fn leave_out(&mut self, path: PathBuf, fault: &Fault) {
        let reason = left_out(&path, fault);
        self.left_out.push(LeftOut { path, reason });
    }

    /// Refuses to say nothing of the system where it may not be asked.
    fn check_system(&self) -> Result<()> {
        let name =
            |path: &Path| path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default().to_owned();
        let is_of_system = |path: &Path| Owner::System.has(&name(path)) || path.is_dir();
        let refused = self.left_out.iter().find(|left| is_of_system(&left.path));
        match refused {
            Some(left) if !self.files.iter().any(|file| is_of_system(file.path())) => {
                Err(left.reason.clone())
            }
            _ => Ok(()),
        }
    }

    /// Refuses to read nothing, where there is something.
    fn check(&self) -> Result<()> {
        let Some(first) = self.left_out.first() else { return Ok(()) };
        if !self.files.is_empty() {
            return Ok(());
        }
        let refused = self.left_out.iter().find(|left| left.reason.kind() == Kind::PermissionDenied);
        Err(refused.unwrap_or(first).reason.clone())
    }
}

/// That there is no journal.
pub(super) fn missing(journals: &Journals) -> Result<Error> {
    let namespace = match journals {
        Journals::Local { namespace, .. } => namespace.as_deref(),
        Journals::Folder(folder) => {
            let missing = io::Error::from(io::ErrorKind::NotFound);
            return Ok(Error::file("read the journals in", folder, &missing));
        }
        Journals::Files(_) => None,
    };
    let folders = listed::folders(namespace)?;
    let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let which = namespace.map_or_else(|| "no journal".to_owned(), |name| format!("no journal {name:?}"));
    let message = format!("there is {which} here: neither {} is there", folders.join(" nor "));
    Ok(Error::new(Kind::Storage, message).with_errno(Some(libc::ENOENT)))
}
