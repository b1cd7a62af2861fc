//! Which unit files were put here: an empty file of the unit's name for each, in a hidden folder that systemd ignores.
//!
//! It proves that a unit is ours when its file is gone and there is no mark left to read. It is made after the
//! file and removed after it, so that whoever is killed between the two never has claimed too much.

use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::entry::Entry;
use super::folder::Folder;
use super::{UnitStore, about, step};
use crate::error::Result;

const RECORDS: &str = ".pm2go.units";

/// Says whether a unit file of this name was put here.
pub(super) fn has(folder: &Folder, name: &str) -> bool {
    folder.open_inner(RECORDS).is_ok_and(|records| records.stat(Path::new(name)).is_ok())
}

/// Records a unit file. One that cannot be recorded is only not known any more when it is gone.
pub(super) fn add(folder: &Folder, name: &str) {
    let _ = try_add(folder, name);
}

fn try_add(folder: &Folder, name: &str) -> Result<(), Errno> {
    step::before("record the unit")?;
    match fs::mkdirat(folder, RECORDS, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => (),
        Err(errno) => return Err(errno),
    }
    let records = folder.open_inner(RECORDS)?;
    let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(&records, name, flags, Mode::from_raw_mode(0o644))).map(drop)
}

/// Forgets a unit file, and with the last one the folder of the records.
pub(super) fn remove(folder: &Folder, name: &str) {
    let _ = try_remove(folder, name);
}

fn try_remove(folder: &Folder, name: &str) -> Result<(), Errno> {
    let records = folder.open_inner(RECORDS)?;
    step::before("forget the unit")?;
    fs::unlinkat(&records, name, AtFlags::empty())?;
    fs::unlinkat(folder, RECORDS, AtFlags::REMOVEDIR)
}

/// The names of all units that are recorded here.
pub(super) fn names(folder: &Folder) -> Vec<PathBuf> {
    folder.open_inner(RECORDS).ok().and_then(|records| records.names().ok()).unwrap_or_default()
}

impl UnitStore {
    /// The names of `.service` units that start with `prefix` and whose files were put here, but are gone; sorted.
    pub fn list_gone(&self, prefix: &str) -> Result<Vec<String>> {
        let Some(folder) = Folder::open(&self.folder)? else { return Ok(Vec::new()) };
        let names = names(&folder);
        let names = names.iter().filter_map(|name| name.to_str());
        let mut names: Vec<String> = names
            .filter(|name| name.starts_with(prefix) && name.ends_with(".service"))
            .filter(|name| is_gone(&folder, name))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Says whether the unit file `name` was put here, but is gone.
    pub fn has_gone(&self, name: &str) -> Result<bool> {
        super::name::check(name)?;
        let folder = about(name, || Folder::open(&self.folder))?;
        Ok(folder.is_some_and(|folder| has(&folder, name) && is_gone(&folder, name)))
    }
}

fn is_gone(folder: &Folder, name: &str) -> bool {
    matches!(folder.inspect(name), Ok(Entry::Absent))
}
