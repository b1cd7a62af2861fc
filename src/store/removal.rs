//! Removing a unit file of ours, with its drop-in folder when that is ours too.

use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags};
use rustix::io::Errno;

use super::entry::Entry;
use super::folder::Folder;
use super::lock::{self, Locked};
use super::{Removed, record, step};
use crate::error::Result;

/// Says whether there is anything to do for a unit whose file is gone: drop-ins, its record, or what a killed writer
/// left.
pub(super) fn is_anything_left(folder: &Folder, name: &str) -> bool {
    lock::is_unfinished(folder)
        || record::has(folder, name)
        || folder.stat(Path::new(&format!("{name}.d"))).is_ok()
}

/// Removes the file first: without it the drop-ins mean nothing, and a next call finds them again.
pub(super) fn remove(locked: &Locked, name: &str) -> Result<Removed> {
    let folder = locked.folder();
    let file = match folder.inspect(name)? {
        Entry::Foreign(foreign) => return Err(foreign.refusal(folder.path_of(name), name)),
        Entry::Owned(_) => unlink(folder, Path::new(name))?,
        Entry::Absent => false,
    };
    let left = remove_drop_ins(folder, &format!("{name}.d"))?;
    folder.sync()?;
    record::remove(folder, name);
    Ok(Removed { file, left })
}

/// Gives what keeps the drop-in folder: everything in it that is not ours.
fn remove_drop_ins(folder: &Folder, name: &str) -> Result<Vec<PathBuf>> {
    let drop_ins = match folder.open_inner(name) {
        Ok(drop_ins) => drop_ins,
        Err(Errno::NOENT | Errno::NAMETOOLONG) => return Ok(Vec::new()),
        // A link or a file under this name: not made here.
        Err(Errno::LOOP | Errno::NOTDIR) => return Ok(vec![folder.path_of(name)]),
        Err(errno) => return Err(folder.error("open the folder", name, errno)),
    };
    let names = drop_ins.names()?;
    let foreign = foreign_entries(&drop_ins, &names)?;
    if !foreign.is_empty() {
        return Ok(foreign);
    }
    for file in &names {
        unlink(&drop_ins, file)?;
    }
    match step::before("remove the drop-in folder")
        .and_then(|()| fs::unlinkat(folder, name, AtFlags::REMOVEDIR))
    {
        Ok(()) | Err(Errno::NOENT) => Ok(Vec::new()),
        // Somebody has put a file there since.
        Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(vec![folder.path_of(name)]),
        Err(errno) => Err(folder.error("remove", name, errno)),
    }
}

fn foreign_entries(folder: &Folder, names: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut foreign = Vec::new();
    for name in names {
        match folder.inspect(name)? {
            Entry::Foreign(_) => foreign.push(folder.path_of(name)),
            Entry::Owned(_) | Entry::Absent => (),
        }
    }
    foreign.sort();
    Ok(foreign)
}

/// Says whether there was something to remove.
fn unlink(folder: &Folder, name: &Path) -> Result<bool> {
    match step::before("remove").and_then(|()| fs::unlinkat(folder, name, AtFlags::empty())) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(folder.error("remove", name, errno)),
    }
}
