//! Where a unit's files lie: on this machine, or where a shell reaches them, with the rights of whose manager it is.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::DropInName;
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::scope::Scope;
use crate::store::{ShellFile, ShellFolders, TextFile, UnitStore};
use crate::unit::UnitName;

/// The folders of a manager's unit files.
pub(super) enum Place {
    /// On this machine, in the caller's own name; and the folder that is gone with the next boot.
    Here(UnitStore, PathBuf),
    /// Elsewhere, or somebody else's.
    There(ShellFolders),
}

/// A file in one of them.
pub(super) enum PlacedFile {
    Here(TextFile),
    There(ShellFile),
}

impl Place {
    /// The folders are those of the manager's environment as far as it is known: its `XDG_RUNTIME_DIR`, and ours.
    pub(super) async fn of(client: &Client) -> Result<Self> {
        if !client.whose().location.is_default() {
            return ShellFolders::of(client.whose()).await.map(Self::There);
        }
        let store = UnitStore::for_scope(client.scope(), |name| match (name, client.runtime_folder()) {
            ("XDG_RUNTIME_DIR", Some(folder)) => Some(folder.into()),
            _ => std::env::var_os(name),
        })?;
        let runtime = match (client.scope(), client.runtime_folder()) {
            (Scope::User, Some(folder)) => folder.join("systemd/user"),
            _ => "/run/systemd/system".into(),
        };
        Ok(Self::Here(store, runtime))
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Here(store, _) => store.folder(),
            Self::There(folders) => &folders.folder,
        }
    }

    fn runtime_folder(&self) -> &Path {
        match self {
            Self::Here(_, runtime) => runtime,
            Self::There(folders) => &folders.runtime,
        }
    }

    /// The command of a shell that reaches it, if it takes one.
    pub(super) fn shell(&self) -> Option<&[String]> {
        match self {
            Self::Here(..) => None,
            Self::There(folders) => Some(&folders.shell),
        }
    }

    /// The file of a unit in the administrator's folder.
    pub(super) fn unit_file(&self, unit: &str) -> Result<PlacedFile> {
        Ok(self.placed(TextFile::of_unit(self.folder(), unit)?, unit))
    }

    /// A drop-in of a unit.
    pub(super) fn drop_in(&self, unit: &str, drop_in: &DropInName) -> Result<PlacedFile> {
        let folder = if drop_in.runtime { self.runtime_folder() } else { self.folder() };
        Ok(self.placed(TextFile::drop_in(folder, unit, &drop_in.name)?, unit))
    }

    fn placed(&self, file: TextFile, unit: &str) -> PlacedFile {
        match self {
            Self::Here(..) => PlacedFile::Here(file),
            Self::There(folders) => {
                PlacedFile::There(ShellFile::new(folders.shell.clone(), file.path(), unit))
            }
        }
    }

    /// What is in any file of a unit.
    pub(super) async fn read(&self, path: &Path, unit: &UnitName) -> Result<String> {
        let unit = unit.as_str();
        match self {
            Self::Here(..) => std::fs::read_to_string(path)
                .map_err(|error| Error::file("read", path, &error).with_unit(unit)),
            Self::There(folders) => {
                let text = ShellFile::new(folders.shell.clone(), path.into(), unit).read().await?;
                text.ok_or_else(|| {
                    Error::file("read", path, &std::io::ErrorKind::NotFound.into()).with_unit(unit)
                })
            }
        }
    }

    /// Where the file of a template is, which systemd does not keep in memory.
    pub(super) async fn find_template(&self, unit: &UnitName) -> Result<PathBuf> {
        let found = match self {
            Self::Here(store, _) => {
                let others = store.other_folders().iter().map(PathBuf::as_path);
                let folders = std::iter::once(store.folder()).chain(others);
                folders.map(|folder| folder.join(unit.as_str())).find(|path| path.exists())
            }
            Self::There(folders) => folders.find(unit.as_str()).await?,
        };
        found.ok_or_else(|| {
            Error::new(Kind::UnitNotFound, format!("there is no unit file {unit}")).with_unit(unit.as_str())
        })
    }
}

impl PlacedFile {
    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Here(file) => file.path(),
            Self::There(file) => file.path(),
        }
    }

    /// What is in it; none where it is not there.
    pub(super) async fn read(&self) -> Result<Option<String>> {
        match self {
            Self::Here(file) => file.read(),
            Self::There(file) => file.read().await,
        }
    }

    /// Has it hold this text, if it holds what is expected.
    pub(super) async fn write(
        &self,
        expected: Option<&str>,
        text: &str,
        deadline: Option<Instant>,
    ) -> Result<()> {
        match self {
            Self::Here(file) => file.write(expected, text, deadline).await.map(drop),
            Self::There(file) => file.write(expected, text, deadline).await.map(drop),
        }
    }

    /// Removes it, if it holds what is expected.
    pub(super) async fn remove(&self, expected: &str, deadline: Option<Instant>) -> Result<()> {
        match self {
            Self::Here(file) => file.remove(expected, deadline).await,
            Self::There(file) => file.remove(expected, deadline).await,
        }
    }
}
