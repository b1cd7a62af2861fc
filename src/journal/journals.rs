//! Which journals are read, and what cannot be.

use std::path::{Path, PathBuf};

use super::fault::Fault;
use crate::error::hint::text;
use crate::error::{Error, Hint, Kind};

/// Which journals are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Journals {
    /// Those of this machine.
    Local {
        /// Whose.
        owner: Owner,
        /// The namespace (`LogNamespace=`), if it is not the one that all have.
        namespace: Option<String>,
    },
    /// All files of a folder, and of those in it that are named after machines.
    Folder(PathBuf),
    /// These files.
    Files(Vec<PathBuf>),
}

/// Whose journals are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Those of the system and of all users.
    Everybody,
    /// The same, of which that of the system has to be readable.
    EverybodyAndSystem,
    /// That of the system: services and kernel, and users who have none of their own.
    System,
    /// That of the user with this number.
    User(u32),
}

impl Owner {
    /// Whether a file of this name is his.
    pub(super) fn has(self, name: &str) -> bool {
        let prefix = match self {
            Self::Everybody | Self::EverybodyAndSystem => return true,
            Self::System => "system".to_owned(),
            Self::User(uid) => format!("user-{uid}"),
        };
        name.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with('@') || rest.starts_with(".journal"))
    }
}

/// A file that was not read, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: Error,
}

/// Why a file is not read.
pub(super) fn left_out(path: &Path, fault: &Fault) -> Error {
    match fault {
        Fault::File(error) => {
            let told = Error::file("read the journal", path, error);
            if told.kind() == Kind::PermissionDenied { told.with_hint(who_may_read()) } else { told }
        }
        Fault::Damaged(_) | Fault::Unknown(_) => {
            let message = format!("cannot read the journal {}: {fault}", path.display());
            Error::new(Kind::Storage, message).with_path(path)
        }
    }
}

pub(super) fn who_may_read() -> Hint {
    Hint::from([text(
        "root may read it, and who is in the group systemd-journal (on many systems adm or wheel as well)",
    )])
}
