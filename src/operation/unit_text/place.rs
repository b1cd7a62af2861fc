//! Where a unit's files lie: on this machine, where a shell reaches them, with the rights of whose manager it is, or in a root
//! folder.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::DropInName;
use super::reader::Reader;
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::scope::Scope;
use crate::store::{FoundUnit, Root, Search, ShellFile, ShellFolders, TextFile, UnitStore};
use crate::unit::UnitName;

/// The folders of unit files, and how they are reached.
pub(super) struct Place {
    way: Way,
    /// The administrator's, or the user's own.
    folder: PathBuf,
    /// The one that is gone with the next boot.
    runtime: PathBuf,
    reader: Reader,
}

enum Way {
    /// On this machine, in the caller's own name.
    Here(UnitStore),
    /// Elsewhere, or somebody else's.
    There(ShellFolders),
    /// No manager's: in a root folder, or what all users have.
    Within(Root, UnitStore),
}

/// A file in one of them.
pub(super) enum PlacedFile {
    Here(TextFile),
    There(ShellFile),
}

impl Place {
    /// The folders are those of the manager's environment as far as it is known: its `XDG_RUNTIME_DIR`, and ours.
    pub(super) async fn of(client: &Client) -> Result<Self> {
        let whose = client.whose();
        let reader = Reader::of(whose);
        if matches!(reader, Reader::There(_)) {
            let folders = ShellFolders::of(whose).await?;
            let (folder, runtime) = (folders.folder.clone(), folders.runtime.clone());
            return Ok(Self { way: Way::There(folders), folder, runtime, reader });
        }
        let store = UnitStore::for_scope(client.scope(), |name| match (name, client.runtime_folder()) {
            ("XDG_RUNTIME_DIR", Some(folder)) => Some(folder.into()),
            _ => std::env::var_os(name),
        })?;
        let runtime = match (client.scope(), client.runtime_folder()) {
            (Scope::User, Some(folder)) => folder.join("systemd/user"),
            (Scope::Global, _) => "/run/systemd/user".into(),
            (Scope::System | Scope::User, _) => "/run/systemd/system".into(),
        };
        let folder = store.folder().to_owned();
        let way = if whose.has_manager() {
            Way::Here(store)
        } else {
            Way::Within(Root::new(whose.location.root().unwrap_or(Path::new("/"))), store)
        };
        Ok(Self { way, folder, runtime, reader })
    }

    /// The command of a shell that reaches it, if it takes one.
    pub(super) fn shell(&self) -> Option<&[String]> {
        match &self.way {
            Way::Here(_) | Way::Within(..) => None,
            Way::There(folders) => Some(&folders.shell),
        }
    }

    /// The file of a unit in the administrator's folder.
    pub(super) fn unit_file(&self, unit: &str) -> Result<PlacedFile> {
        Ok(self.placed(TextFile::of_unit(&self.folder, unit)?, unit))
    }

    /// A drop-in of a unit.
    pub(super) fn drop_in(&self, unit: &str, drop_in: &DropInName) -> Result<PlacedFile> {
        let folder = if drop_in.runtime { &self.runtime } else { &self.folder };
        Ok(self.placed(TextFile::drop_in(folder, unit, &drop_in.name)?, unit))
    }

    fn placed(&self, file: TextFile, unit: &str) -> PlacedFile {
        match &self.way {
            Way::Here(_) => PlacedFile::Here(file),
            Way::There(folders) => {
                PlacedFile::There(ShellFile::new(folders.shell.clone(), file.path(), unit))
            }
            Way::Within(root, _) => PlacedFile::Here(file.within(root)),
        }
    }

    /// What is in any file of a unit.
    pub(super) async fn read(&self, path: &Path, unit: &UnitName) -> Result<String> {
        self.reader.read_text(path, unit).await
    }

    /// The files of a unit, where no manager tells them; none where one does.
    pub(super) fn find(&self, unit: &UnitName) -> Option<Result<FoundUnit>> {
        let Way::Within(root, store) = &self.way else { return None };
        Some(find_within(root, store, unit))
    }

    /// Where the file of a template is, which systemd does not keep in memory.
    pub(super) async fn find_template(&self, unit: &UnitName) -> Result<PathBuf> {
        let found = match &self.way {
            Way::Here(store) => {
                let folders = store.all_folders();
                folders.iter().map(|folder| folder.join(unit.as_str())).find(|path| path.exists())
            }
            Way::Within(root, store) => return find_within(root, store, unit).map(|found| found.fragment),
            Way::There(folders) => folders.find(unit.as_str()).await?,
        };
        found.ok_or_else(|| {
            Error::new(Kind::UnitNotFound, format!("there is no unit file {unit}")).with_unit(unit.as_str())
        })
    }
}

/// The paths are those outside of the root folder.
pub(in crate::operation) fn find_within(
    root: &Root,
    store: &UnitStore,
    unit: &UnitName,
) -> Result<FoundUnit> {
    let found = Search::of(root, &store.all_folders())?.find(unit)?;
    let drop_ins = found.drop_ins.iter().map(|path| root.outside(path)).collect();
    Ok(FoundUnit { id: found.id, fragment: root.outside(&found.fragment), drop_ins })
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
