//! Which files the journal has.

use std::io;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::journals::{Journals, LeftOut, Owner, left_out};
use crate::error::{Error, Result};

const MACHINE_ID: &str = "/etc/machine-id";
/// What was logged since the machine booted, where nothing is kept, and what is kept.
const FOLDERS: [&str; 2] = ["/run/log/journal", "/var/log/journal"];

/// Which files the journal has.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) files: Vec<PathBuf>,
    /// The folders that are there.
    pub(super) folders: Vec<PathBuf>,
    /// Those of them that may not be read.
    pub(super) left_out: Vec<LeftOut>,
}

impl Listed {
    pub(super) fn of(journals: &Journals) -> Result<Self> {
        let mut listed = Self::default();
        match journals {
            Journals::Local { owner, namespace } => {
                for folder in folders(namespace.as_deref())? {
                    listed.look_in(folder, *owner, false)?;
                }
            }
            Journals::Folder(folder) => listed.look_in(folder.clone(), Owner::Everybody, true)?,
            Journals::Files(files) => listed.files.clone_from(files),
        }
        Ok(listed)
    }

    /// Lists a folder, if there is one; and those in it that are named after machines.
    fn look_in(&mut self, folder: PathBuf, owner: Owner, deeper: bool) -> Result<()> {
        let listed = match std::fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let reason = left_out(&folder, &Fault::File(error));
                self.left_out.push(LeftOut { path: folder.clone(), reason });
                self.folders.push(folder);
                return Ok(());
            }
            Err(error) => return Err(Error::file("read", folder, &error)),
        };
        self.folders.push(folder);
        let mut paths: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
        paths.sort_unstable();
        for path in paths {
            let name = path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
            let is_journal = name.ends_with(".journal") || name.ends_with(".journal~");
            if is_journal && owner.has(name) {
                self.files.push(path);
            } else if deeper && is_named_after_machine(name) {
                self.look_in(path, owner, false)?;
            }
        }
        Ok(())
    }
}

/// The folders of this machine's journals.
pub(super) fn folders(namespace: Option<&str>) -> Result<Vec<PathBuf>> {
    let read =
        std::fs::read_to_string(MACHINE_ID).map_err(|error| Error::file("read", MACHINE_ID, &error))?;
    let machine_id = read.trim();
    let name = namespace.map_or_else(|| machine_id.to_owned(), |name| format!("{machine_id}.{name}"));
    Ok(FOLDERS.iter().map(|base| Path::new(base).join(&name)).collect())
}

/// Where files come and go: the folders; or the files themselves, if those were named.
pub(super) fn places(journals: &Journals) -> Result<Vec<PathBuf>> {
    match journals {
        Journals::Local { namespace, .. } => folders(namespace.as_deref()),
        Journals::Folder(folder) => {
            let machines = Listed::of(journals)?.folders;
            Ok(std::iter::once(folder.clone()).chain(machines).collect())
        }
        Journals::Files(files) => Ok(files.clone()),
    }
}

/// A folder's name that is a machine's id, perhaps with a namespace.
fn is_named_after_machine(name: &str) -> bool {
    let id = name.split('.').next().unwrap_or_default();
    super::cursor::parse_id(id).is_some()
}
