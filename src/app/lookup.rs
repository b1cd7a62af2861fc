//! What is asked of the machine where relative names become absolute paths: the only input here.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::error::{Error, Result};

/// Who can read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAccess {
    /// There is no such file.
    Missing,
    /// Not everybody can read it.
    Restricted,
    /// Every local user can read it.
    Everybody,
    /// It is in a folder that cannot be looked into.
    Unknown,
}

/// What [`super::AppConfig::check`] asks of the machine.
pub trait Lookup {
    /// The current folder, absolute.
    fn current_dir(&self) -> Result<String>;
    /// The absolute path of the program that this name runs.
    fn which(&self, name: &str) -> Option<String>;
    /// Whether this path is a file.
    fn is_file(&self, path: &str) -> bool;
    /// Whether this path is a file that somebody may execute.
    fn is_executable(&self, path: &str) -> bool;
    /// Whether this path is a folder.
    fn is_dir(&self, path: &str) -> bool;
    /// The path without symlinks and `..`, if it exists.
    fn canonicalize(&self, path: &str) -> Option<String>;
    /// Who can read the file of this path.
    fn file_access(&self, path: &str) -> FileAccess;
}

/// The machine as it is now: the current folder, `PATH`, the files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Lookup for Machine {
    fn current_dir(&self) -> Result<String> {
        let folder = std::env::current_dir().map_err(|error| {
            Error::config(format!("the current folder is not known: {error}"))
                .with_hint("give an absolute cwd")
        })?;
        folder.into_os_string().into_string().map_err(|folder| {
            Error::config(format!("the current folder {} is not UTF-8", folder.display()))
                .with_hint("unit files are UTF-8; give another cwd")
        })
    }

    fn which(&self, name: &str) -> Option<String> {
        let search = std::env::var_os("PATH")?;
        let folders = std::env::split_paths(&search).filter(|folder| !folder.as_os_str().is_empty());
        for folder in folders {
            let found = std::path::absolute(folder.join(name))
                .ok()
                .and_then(|path| path.into_os_string().into_string().ok());
            if let Some(path) = found.filter(|path| self.is_executable(path)) {
                return Some(path);
            }
        }
        None
    }

    fn is_file(&self, path: &str) -> bool {
        Path::new(path).is_file()
    }

    fn is_executable(&self, path: &str) -> bool {
        // Any of the bits will do: the app may run as another user than the caller.
        std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    }

    fn is_dir(&self, path: &str) -> bool {
        Path::new(path).is_dir()
    }

    fn canonicalize(&self, path: &str) -> Option<String> {
        std::fs::canonicalize(path).ok()?.into_os_string().into_string().ok()
    }

    fn file_access(&self, path: &str) -> FileAccess {
        let allows = |path: &Path, bit: u32| {
            std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & bit != 0)
        };
        match std::fs::canonicalize(path) {
            Ok(path) if !path.is_file() => FileAccess::Missing,
            Ok(path) => {
                let folders_open = path.ancestors().skip(1).all(|folder| allows(folder, 0o001));
                if folders_open && allows(&path, 0o004) {
                    FileAccess::Everybody
                } else {
                    FileAccess::Restricted
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => FileAccess::Missing,
            Err(_) => FileAccess::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_knows_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let (folder, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
        assert!(Machine.is_dir(folder) && !Machine.is_dir(file));
        assert!(Machine.is_file(file) && !Machine.is_file(folder));
        assert!(!Machine.is_executable(file) && !Machine.is_executable(folder));
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o711)).unwrap();
        assert!(Machine.is_executable(file));
        let shell = Machine.which("sh").unwrap();
        assert!(shell.starts_with('/') && Machine.is_executable(&shell));
        assert_eq!(Machine.which("no-such-program"), None);
        assert!(Machine.current_dir().unwrap().starts_with('/'));
        assert_eq!(Machine.canonicalize(&format!("{folder}/../no-such-file")), None);
    }

    #[test]
    fn who_can_read_a_file() {
        // The folder is the owner's alone, so that its files are, whatever their mode.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let access = |path: &Path| Machine.file_access(path.to_str().unwrap());
        assert_eq!(access(&file), FileAccess::Restricted);
        assert_eq!(access(folder.path()), FileAccess::Missing);
        assert_eq!(access(&folder.path().join("no-such-file")), FileAccess::Missing);
        assert_eq!(Machine.file_access("/etc/passwd"), FileAccess::Everybody);
    }
}
