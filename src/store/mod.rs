//! Unit files on disk: written whole or not at all, and only where the file is ours or nobody's.
//!
//! A writer makes a hidden temporary file in the same folder, syncs it, renames it over the old one and syncs the
//! folder, alone under a lock file. Killed between any two steps it leaves the old file or the new one, and the next
//! writer removes its temporary file.

mod entry;
mod folder;
mod lock;
mod mark;
mod name;
mod places;
mod removal;
mod replace;
mod step;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use entry::{Entry, LARGEST};
use folder::Folder;
use lock::Locked;
pub use mark::{MARK, is_owned};

use crate::error::{Error, Kind, Result};
use crate::scope::Scope;

/// How long a writer waits for another one, which needs milliseconds unless it is stopped.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The unit files of one folder.
#[derive(Clone, Debug)]
pub struct UnitStore {
    folder: PathBuf,
    others: Vec<PathBuf>,
    lock_wait: Duration,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// There was no such file.
    Created,
    /// The file had another text.
    Changed,
    /// The file had this text already; it was not touched.
    Unchanged,
}

/// What a removal did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// The unit file was there and is gone.
    pub file: bool,
    /// What is not ours in the unit's drop-in folder, which was therefore left as it is.
    pub left: Vec<PathBuf>,
}

impl UnitStore {
    /// The store of a scope: `/etc/systemd/system`, or `$XDG_CONFIG_HOME/systemd/user` (by default
    /// `~/.config/systemd/user`). `environment` looks up a variable, as `std::env::var_os` does.
    pub fn for_scope(scope: Scope, environment: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let places = places::Places::of(scope, &environment)?;
        Ok(Self { folder: places.folder, others: places.others, lock_wait: LOCK_WAIT })
    }

    /// The store of any folder, which knows of no other folders.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), others: Vec::new(), lock_wait: LOCK_WAIT }
    }

    /// The same store, with other folders for [`find_foreign`](Self::find_foreign) to look into.
    #[must_use]
    pub fn with_others(mut self, others: Vec<PathBuf>) -> Self {
        self.others = others;
        self
    }

    /// The folder that is written to. It need not exist.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of the unit file `name`, whether it exists or not.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        name::check(name)?;
        Ok(self.folder.join(name))
    }

    /// Writes the unit file `name` (such as `pm2-api.service`), mode 0644, so that at any time there is the old
    /// file or the new one. The folder is made when it is missing. A file that is not ours is refused.
    pub fn write(&self, name: &str, text: &str) -> Result<Written> {
        name::check(name)?;
        check_text(name, text)?;
        about(name, || {
            if self.has(name, text)? {
                return Ok(Written::Unchanged);
            }
            let locked = Locked::take(Folder::open_or_create(&self.folder)?, self.lock_wait)?;
            replace::replace(&locked, name, text.as_bytes())
        })
    }

    /// When the unit file `name` was written last, in microseconds since the epoch; `None` when it is not there.
    pub fn modified(&self, name: &str) -> Result<Option<u64>> {
        name::check(name)?;
        about(name, || match Folder::open(&self.folder)? {
            Some(folder) => folder.modified(name),
            None => Ok(None),
        })
    }

    /// Puts back an earlier text of the unit file `name`, with the time at which that was written.
    pub fn restore(&self, name: &str, text: &str, modified: Option<u64>) -> Result<()> {
        self.write(name, text)?;
        let Some(modified) = modified else { return Ok(()) };
        about(name, || match Folder::open(&self.folder)? {
            Some(folder) => folder.set_modified(name, modified),
            None => Ok(()),
        })
    }

    /// Says whether nothing needs to be written: the file has this text, and no killed writer's work is to be ended.
    fn has(&self, name: &str, text: &str) -> Result<bool> {
        let Some(folder) = Folder::open(&self.folder)? else { return Ok(false) };
        match folder.inspect(name)? {
            Entry::Owned(owned) => Ok(owned.content == text.as_bytes() && !lock::is_unfinished(&folder)),
            Entry::Foreign(foreign) => Err(foreign.refusal(&folder, name)),
            Entry::Absent => Ok(false),
        }
    }

    /// Reads the unit file `name`; `None` when there is none. A file that is not ours is refused.
    pub fn read(&self, name: &str) -> Result<Option<String>> {
        name::check(name)?;
        about(name, || {
            let Some(folder) = Folder::open(&self.folder)? else { return Ok(None) };
            match folder.inspect(name)? {
                Entry::Owned(owned) => String::from_utf8(owned.content)
                    .map(Some)
                    .map_err(|error| not_text(&folder, name, &error)),
                Entry::Foreign(foreign) => Err(foreign.refusal(&folder, name)),
                Entry::Absent => Ok(None),
            }
        })
    }

    /// The names of our `.service` files that start with `prefix`, sorted. What cannot be read is not listed.
    pub fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let Some(folder) = Folder::open(&self.folder)? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for path in folder.names()? {
            let Some(name) = path.to_str().filter(|name| name.starts_with(prefix)) else { continue };
            if !name.ends_with(".service") || name::check(name).is_err() {
                continue;
            }
            match folder.inspect(name) {
                Ok(Entry::Owned(_)) => names.push(name.to_owned()),
                Ok(Entry::Foreign(_) | Entry::Absent) => (),
                // Ours are readable by everybody.
                Err(error) if error.kind() == Kind::PermissionDenied => (),
                Err(error) => return Err(error),
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Removes the unit file `name` and its drop-in folder `name.d`; the folder only if everything in it is ours.
    /// A unit file that is not ours is refused.
    pub fn remove(&self, name: &str) -> Result<Removed> {
        name::check(name)?;
        about(name, || {
            let Some(folder) = Folder::open(&self.folder)? else { return Ok(Removed::default()) };
            match folder.inspect(name)? {
                Entry::Foreign(foreign) => return Err(foreign.refusal(&folder, name)),
                Entry::Absent if !removal::is_anything_left(&folder, name) => return Ok(Removed::default()),
                Entry::Absent | Entry::Owned(_) => (),
            }
            let locked = Locked::take(folder, self.lock_wait)?;
            removal::remove(&locked, name)
        })
    }

    /// Finds a unit of this name in the scope's other unit folders, in systemd's order: somebody else's unit, which
    /// a file of ours would hide, or which would hide ours.
    pub fn find_foreign(&self, name: &str) -> Result<Option<PathBuf>> {
        name::check(name)?;
        for folder in &self.others {
            let path = folder.join(name);
            match path.symlink_metadata() {
                Ok(_) => return Ok(Some(path)),
                Err(error) if is_absence(&error) => (),
                Err(error) => return Err(Error::file("look for", path, &error).with_unit(name)),
            }
        }
        Ok(None)
    }
}

/// Names the unit in every error of `work`.
fn about<T>(unit: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    work().map_err(|error| error.with_unit(unit))
}

fn is_absence(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// What could not be read back as ours must not be written.
fn check_text(name: &str, text: &str) -> Result<()> {
    let reason = if !is_owned(text.as_bytes()) {
        format!("has no {MARK} section")
    } else if text.len() > LARGEST {
        format!("is larger than {} MiB", LARGEST >> 20)
    } else {
        return Ok(());
    };
    Err(Error::config(format!("the text for {name} {reason}; it was not written")).with_unit(name))
}

fn not_text(folder: &Folder, name: &str, error: &std::string::FromUtf8Error) -> Error {
    let path = folder.path_of(name);
    let position = error.utf8_error().valid_up_to();
    Error::new(Kind::Storage, format!("{} is not UTF-8 at byte {position}", path.display()))
        .with_hint("systemd does not load such a file: write it anew, or remove it")
        .with_path(path)
}
