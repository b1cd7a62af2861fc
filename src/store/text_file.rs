//! A unit file or a drop-in as a text, be it ours or not: it is replaced or removed only by whoever knows what is in it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::fs::{self, AtFlags};

use super::folder::Folder;
use super::lock::Locked;
use super::root::Root;
use super::{LOCK_WAIT, UnitStore, Written, about, name, not_text, replace, step};
use crate::error::{Error, Result};
use crate::flow::tell::tell;

/// The longest name of a file, in bytes.
const LONGEST: usize = 255;

/// A file in a folder of unit files, or in the folder of a unit's drop-ins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// What the folder's path begins in, if that is not `/`.
    root: Option<Root>,
    folder: PathBuf,
    name: String,
    unit: String,
    is_drop_in: bool,
}

impl TextFile {
    /// The unit's own file in this folder.
    pub fn of_unit(folder: impl Into<PathBuf>, unit: &str) -> Result<Self> {
        if unit.contains('/') || unit.starts_with('.') {
            name::check(unit)?;
        }
        let (name, unit) = (unit.to_owned(), unit.to_owned());
        Ok(Self { root: None, folder: folder.into(), name, unit, is_drop_in: false })
    }

    /// The same file in a root folder.
    #[must_use]
    pub fn within(self, root: &Root) -> Self {
        Self { root: Some(root.clone()), ..self }
    }

    /// The drop-in of this name, without `.conf`.
    pub fn drop_in(folder: &Path, unit: &str, name: &str) -> Result<Self> {
        let name = name.strip_suffix(".conf").unwrap_or(name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ':');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(allowed) || name.len() + 5 > LONGEST
        {
            return Err(Error::config(format!("{name:?} is no name of a drop-in"))
                .with_hint("such names have letters, digits, \"-\", \"_\" and \".\", as 50-limits has")
                .with_unit(unit));
        }
        let own = Self::of_unit(folder, unit)?;
        let (folder, name) = (folder.join(format!("{unit}.d")), format!("{name}.conf"));
        Ok(Self { folder, name, is_drop_in: true, ..own })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        let path = self.folder.join(&self.name);
        self.root.as_ref().map_or(path.clone(), |root| root.outside(&path))
    }

    fn open(&self) -> Result<Option<Folder>> {
        match &self.root {
            None => Folder::open(&self.folder),
            Some(root) => Folder::open_within(root, &self.folder),
        }
    }

    fn open_or_create(&self) -> Result<Folder> {
        match &self.root {
            None => Folder::open_or_create(&self.folder),
            Some(root) => Folder::open_or_create_within(root, &self.folder),
        }
    }

    /// What is in it; none where it is not there. What is no file is refused.
    pub fn read(&self) -> Result<Option<String>> {
        about(&self.unit, || {
            let Some(folder) = self.open()? else { return Ok(None) };
            let Some(file) = folder.inspect_any(&self.name)? else { return Ok(None) };
            String::from_utf8(file.content)
                .map(Some)
                .map_err(|error| not_text(&folder.path_of(&self.name), &error))
        })
    }

    /// Has it hold this text, if it holds what is expected. The folder is made where it is missing.
    pub async fn write(
        &self,
        expected: Option<&str>,
        text: &str,
        deadline: Option<Instant>,
    ) -> Result<Written> {
        let folder = about(&self.unit, || self.open_or_create())?;
        let locked = self.lock(folder, deadline).await?;
        let (name, expected, text) = (self.name.clone(), expected.map(str::to_owned), text.to_owned());
        let written = step::apart(move || {
            replace::exchange(&locked, &name, expected.as_deref().map(str::as_bytes), text.as_bytes())
        })
        .await;
        self.tidy();
        about(&self.unit, || written).inspect(|_| tell(format!("wrote {}", self.path().display())))
    }

    /// Removes it, if it holds what is expected.
    pub async fn remove(&self, expected: &str, deadline: Option<Instant>) -> Result<()> {
        let Some(folder) = about(&self.unit, || self.open())? else { return Ok(()) };
        let locked = self.lock(folder, deadline).await?;
        let (name, expected) = (self.name.clone(), expected.to_owned());
        let removed = step::apart(move || {
            let folder = locked.folder();
            match folder.inspect_any(&name)? {
                None => return Ok(()),
                Some(file) if file.content == expected.as_bytes() => {}
                Some(_) => return Err(replace::changed_meanwhile(folder, &name)),
            }
            step::before("remove")
                .and_then(|()| fs::unlinkat(folder, &*name, AtFlags::empty()))
                .map_err(|errno| folder.error("remove", &name, errno))?;
            folder.sync()
        })
        .await;
        self.tidy();
        about(&self.unit, || removed).inspect(|()| tell(format!("removed {}", self.path().display())))
    }

    async fn lock(&self, folder: Folder, deadline: Option<Instant>) -> Result<Locked> {
        let longest = Instant::now() + LOCK_WAIT;
        let until = deadline.map_or(longest, |deadline| deadline.min(longest));
        Locked::take(folder, until).await.map_err(|error| error.with_unit(&self.unit))
    }

    /// Removes a folder of drop-ins in which there are none.
    fn tidy(&self) {
        // One that is not empty stays.
        match &self.root {
            _ if !self.is_drop_in => {}
            None => drop(std::fs::remove_dir(&self.folder)),
            Some(root) => Folder::remove_empty_within(root, &self.folder),
        }
    }
}

impl UnitStore {
    /// The folders that a unit's file may lie in, but for that which is written to, in systemd's order.
    #[must_use]
    pub fn other_folders(&self) -> &[PathBuf] {
        &self.others
    }

    /// All folders that a unit's file may lie in, in systemd's order as far as it matters: what is written to hides the
    /// vendor's.
    #[must_use]
    pub fn all_folders(&self) -> Vec<PathBuf> {
        // Those of what is set at run time, and of what is attached, come before it.
        let before = |folder: &PathBuf| {
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.ends_with(".control") || matches!(name, "transient" | "generator.early")
        };
        let (mut folders, after): (Vec<_>, Vec<_>) = self.others.iter().cloned().partition(before);
        folders.push(self.folder.clone());
        folders.extend(after);
        folders
    }
}
