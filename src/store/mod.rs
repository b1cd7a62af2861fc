//! Unit files on disk: written whole or not at all, and only where the file is ours or nobody's.
//!
//! A writer makes a hidden temporary file in the same folder, syncs it, renames it over the old one and syncs the
//! folder, alone under a lock file, and on a thread of its own: a disk that is slow holds up nobody else. Killed between any two steps it leaves the old file or the new one, and the next
//! writer removes its temporary file.

mod access;
mod entry;
mod file_lock;
mod find;
mod folder;
mod kept;
mod lock;
mod looked;
mod mark;
mod name;
mod places;
mod record;
mod removal;
mod replace;
mod root;
mod shadow;
mod shell_file;
mod shell_folders;
mod shell_store;
mod step;
#[cfg(test)]
mod tests;
mod text_file;
mod turn;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use entry::Entry;
pub use find::{FoundUnit, Search};
use folder::Folder;
pub(crate) use kept::{KeptFolder, OUTPUTS};
pub use looked::Looked;
pub use mark::{MARK, is_owned};
use root::LARGEST;
pub use root::Root;
pub use shadow::{BESIDE, Shadow};
pub use shell_file::ShellFile;
pub use shell_folders::ShellFolders;
pub use shell_store::ShellStore;
pub use text_file::TextFile;
pub use turn::Turn;

use crate::error::hint::command;
use crate::error::{Error, Kind, Part, Result};
use crate::flow::tell::tell;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Written {
    /// There was no such file.
    Created,
    /// The file had another text.
    Changed,
    /// The file had this text already; it was not touched.
    Unchanged,
}

impl Written {
    /// What was done, as a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What a removal did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// The unit file was there and is gone.
    pub file: bool,
    /// What is not ours in the unit's drop-in folder, which was therefore left as it is.
    pub left: Vec<PathBuf>,
}

/// Somebody else's unit file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignUnit {
    /// Where it is.
    pub path: PathBuf,
    /// It is a mask: a link to `/dev/null` or an empty file.
    pub is_mask: bool,
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
    ///
    /// Another writer is waited for until the deadline, and not for ever without one.
    pub async fn write(&self, name: &str, text: &str, deadline: Option<Instant>) -> Result<Written> {
        name::check(name)?;
        check_text(name, text)?;
        if about(name, || self.has(name, text))? {
            return Ok(Written::Unchanged);
        }
        let folder = about(name, || Folder::open_or_create(&self.folder))?;
        let locked = self.lock(folder, name, deadline).await?;
        let (file, content) = (name.to_owned(), text.to_owned());
        let written = step::apart(move || {
            let written = replace::replace(&locked, &file, content.as_bytes())?;
            record::add(locked.folder(), &file);
            Ok(written)
        })
        .await;
        about(name, || written).inspect(|_| tell(format!("wrote {}", self.folder.join(name).display())))
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
    pub async fn restore(
        &self,
        name: &str,
        text: &str,
        modified: Option<u64>,
        deadline: Option<Instant>,
    ) -> Result<()> {
        self.write(name, text, deadline).await?;
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
            Entry::Owned(owned) if owned.content == text.as_bytes() && !lock::is_unfinished(&folder) => {
                // Earlier versions kept no records.
                if !record::has(&folder, name) {
                    record::add(&folder, name);
                }
                Ok(true)
            }
            Entry::Owned(_) | Entry::Absent => Ok(false),
            Entry::Foreign(foreign) => Err(foreign.refusal(folder.path_of(name), name)),
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
                    .map_err(|error| not_text(&folder.path_of(name), &error)),
                Entry::Foreign(foreign) => Err(foreign.refusal(folder.path_of(name), name)),
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
    pub async fn remove(&self, name: &str, deadline: Option<Instant>) -> Result<Removed> {
        name::check(name)?;
        let Some(folder) = about(name, || self.open_to_remove(name))? else { return Ok(Removed::default()) };
        let locked = self.lock(folder, name, deadline).await?;
        let file = name.to_owned();
        let removed = step::apart(move || removal::remove(&locked, &file)).await;
        about(name, || removed).inspect(|_| tell(format!("removed {}", self.folder.join(name).display())))
    }

    /// The folder, if there is anything to remove.
    fn open_to_remove(&self, name: &str) -> Result<Option<Folder>> {
        let Some(folder) = Folder::open(&self.folder)? else { return Ok(None) };
        match folder.inspect(name)? {
            Entry::Foreign(foreign) => Err(foreign.refusal(folder.path_of(name), name)),
            Entry::Absent if !removal::is_anything_left(&folder, name) => Ok(None),
            Entry::Absent | Entry::Owned(_) => Ok(Some(folder)),
        }
    }

    /// Finds a unit of this name in the scope's other unit folders, in systemd's order: somebody else's unit, which
    /// a file of ours would hide, or which would hide ours.
    pub fn find_foreign(&self, name: &str) -> Result<Option<ForeignUnit>> {
        name::check(name)?;
        for folder in &self.others {
            let path = folder.join(name);
            match path.symlink_metadata() {
                Ok(found) => {
                    let leads_nowhere =
                        || path.read_link().is_ok_and(|target| target == Path::new("/dev/null"));
                    let is_mask = found.is_file() && found.len() == 0 || leads_nowhere();
                    return Ok(Some(ForeignUnit { path, is_mask }));
                }
                Err(error) if is_absence(&error) => (),
                Err(error) => return Err(Error::file("look for", path, &error).with_unit(name)),
            }
        }
        Ok(None)
    }
}

/// The command that takes away a mask at this path; systemctl takes away only those that it makes.
#[must_use]
pub fn unmask_command(unit: &str, mask: &Path) -> Option<Part> {
    if mask.starts_with("/run") {
        Some(command("systemctl", format!("unmask --runtime {unit}")))
    } else if mask.starts_with("/etc") {
        Some(command("systemctl", format!("unmask {unit}")))
    } else {
        None
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

fn not_text(path: &Path, error: &std::string::FromUtf8Error) -> Error {
    let position = error.utf8_error().valid_up_to();
    Error::new(Kind::Storage, format!("{} is not UTF-8 at byte {position}", path.display()))
        .with_hint("systemd does not load such a file: write it anew, or remove it")
        .with_path(path)
}
