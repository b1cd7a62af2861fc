//! Reading files of units where they lie: on this machine, where a shell reaches them, or in a root folder.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Error, Result};
use crate::flow::own_thread::on_own_thread;
use crate::location::Whose;
use crate::store::{Root, ShellFile};
use crate::unit::UnitName;

/// How files are read.
#[derive(Clone, Debug)]
pub(in crate::operation) enum Reader {
    /// As anybody reads them.
    Here,
    /// By a shell of this command.
    There(Vec<String>),
    /// Out of a root folder; their paths are those outside of it.
    Within(Root),
}

impl Reader {
    /// That of where this manager's files are, or none's.
    pub(in crate::operation) fn of(whose: &Whose) -> Self {
        let location = &whose.location;
        match location.root() {
            Some(root) => Self::Within(Root::new(root)),
            None if location.is_default() => Self::Here,
            None => Self::There(location.shell()),
        }
    }

    /// What is in a file of this unit.
    pub(in crate::operation) async fn read(&self, path: &Path, unit: &UnitName) -> Result<Vec<u8>> {
        let (path, owner) = (path.to_owned(), unit.as_str());
        let read = match self {
            Self::Here => {
                on_own_thread("pm2go-files", move || {
                    std::fs::read(&path).map_err(|error| Error::file("read", path, &error))
                })
                .await?
            }
            Self::Within(root) => {
                let root = root.clone();
                on_own_thread("pm2go-files", move || root.read(&root.inside(&path))).await?
            }
            Self::There(shell) => {
                let text = ShellFile::new(shell.clone(), path.clone(), owner).read().await?;
                let missing = || Error::file("read", path, &std::io::Error::from_raw_os_error(libc::ENOENT));
                text.map(String::into_bytes).ok_or_else(missing)
            }
        };
        read.map_err(|error| error.with_unit(owner))
    }

    /// The same as text; what is no UTF-8 is refused.
    pub(in crate::operation) async fn read_text(&self, path: &Path, unit: &UnitName) -> Result<String> {
        String::from_utf8(self.read(path, unit).await?).map_err(|error| {
            let position = error.utf8_error().valid_up_to();
            Error::file("read", path, &ErrorKind::InvalidData.into())
                .with_message(format!("{} is not UTF-8 at byte {position}", path.display()))
                .with_unit(unit.as_str())
        })
    }
}
