//! A copy of the folders of unit files, in which `systemctl` can do what is only to be told.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use super::{Root, UnitStore};
use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::temporary::TemporaryFolder;

/// Where presets are, and what specifiers in `[Install]` sections are about.
pub const BESIDE: [&str; 14] = [
    "/etc/systemd/system-preset",
    "/run/systemd/system-preset",
    "/usr/local/lib/systemd/system-preset",
    "/usr/lib/systemd/system-preset",
    "/lib/systemd/system-preset",
    "/etc/systemd/user-preset",
    "/run/systemd/user-preset",
    "/usr/local/lib/systemd/user-preset",
    "/usr/lib/systemd/user-preset",
    "/lib/systemd/user-preset",
    "/etc/machine-id",
    "/etc/hostname",
    "/etc/os-release",
    "/usr/lib/os-release",
];

/// The copy, and which folders stand for which.
#[derive(Debug)]
pub struct Shadow {
    folder: TemporaryFolder,
    /// The root folder that it is a copy of, if that is not `/`.
    root: Option<Root>,
    /// Each folder that is copied as a whole, and its copy; none where the copy is a root folder.
    moved: Vec<(PathBuf, PathBuf)>,
}

impl Shadow {
    /// Copies the folders of the machine's unit files, or of those in a root folder, into a root folder, with the files that
    /// links or `paths` name.
    pub fn of_system(store: &UnitStore, root: Option<Root>, paths: &[&str]) -> Result<Self> {
        let folder = TemporaryFolder::new().map_err(|error| cannot(&error))?;
        let shadow = Self { folder, root, moved: Vec::new() };
        let root = shadow.folder.path().to_owned();
        // Where one is a link to the other, it is so in the copy.
        if let Ok(target) = fs::read_link(shadow.outside(Path::new("/lib"))) {
            fs::create_dir_all(inside(&root, &Path::new("/").join(&target)))
                .map_err(|error| cannot(&error))?;
            symlink(target, root.join("lib")).map_err(|error| cannot(&error))?;
        }
        let folders =
            std::iter::once(store.folder()).chain(store.other_folders().iter().map(PathBuf::as_path));
        for folder in folders.chain(BESIDE.map(Path::new)).chain(paths.iter().map(Path::new)) {
            let Some(original) = shadow.followed(folder) else { continue };
            shadow.copy(&original, &inside(&root, folder)).map_err(|error| cannot(&error))?;
        }
        Ok(shadow)
    }

    fn outside(&self, path: &Path) -> PathBuf {
        self.root.as_ref().map_or_else(|| path.to_owned(), |root| root.outside(path))
    }

    /// Where a path of the original leads: out of no root folder.
    fn followed(&self, path: &Path) -> Option<PathBuf> {
        match &self.root {
            None => Some(path.to_owned()),
            Some(root) => root.follow(path),
        }
    }

    /// Copies the folders of a user's own unit files: of his configuration, and of what is gone with his session.
    pub fn of_user(store: &UnitStore, runtime: &Path) -> Result<Self> {
        let folder = TemporaryFolder::new().map_err(|error| cannot(&error))?;
        let configuration = store.folder().ancestors().nth(2).unwrap_or_else(|| Path::new("/"));
        let pairs = [(configuration, "config"), (runtime, "run")];
        let moved: Vec<_> =
            pairs.iter().map(|(from, name)| (from.to_path_buf(), folder.path().join(name))).collect();
        let shadow = Self { folder, root: None, moved };
        for (from, to) in &shadow.moved {
            fs::create_dir_all(to.join("systemd")).map_err(|error| cannot(&error))?;
            for name in ["user", "user.control", "user-preset", "transient", "generator", "generator.late"] {
                let inner = Path::new("systemd").join(name);
                shadow.copy(&from.join(&inner), &to.join(&inner)).map_err(|error| cannot(&error))?;
            }
        }
        Ok(shadow)
    }

    /// The options and the environment with which `systemctl` works in the copy.
    #[must_use]
    pub fn how(&self, scope: Scope) -> (Vec<String>, Vec<(&'static str, PathBuf)>) {
        match (scope, self.moved.as_slice()) {
            (Scope::User, [(_, configuration), (_, runtime)]) => {
                let environment = vec![
                    ("SYSTEMCTL_INSTALL_CLIENT_SIDE", PathBuf::from("1")),
                    ("XDG_CONFIG_HOME", configuration.clone()),
                    ("XDG_RUNTIME_DIR", runtime.clone()),
                ];
                (vec!["--user".to_owned()], environment)
            }
            (scope, _) => {
                let mut options = vec![format!("--root={}", self.folder.path().display())];
                options.extend((scope == Scope::Global).then(|| "--global".to_owned()));
                (options, Vec::new())
            }
        }
    }

    /// What was said of the copy, said of what it stands for.
    #[must_use]
    pub fn said_of_original(&self, said: &str) -> String {
        let moved = self.moved.iter().fold(said.to_owned(), |said, (from, to)| {
            said.replace(&*to.to_string_lossy(), &from.to_string_lossy())
        });
        let root = self.outside(Path::new("/")).display().to_string();
        moved.replace(&*self.folder.path().to_string_lossy(), root.trim_end_matches('/'))
    }

    /// Copies a file, or a folder with all that is in it. What cannot be read is left out, as nobody could change it.
    fn copy(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        let Ok(found) = from.symlink_metadata() else { return Ok(()) };
        if to.symlink_metadata().is_ok() && !found.is_dir() {
            return Ok(());
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        if found.is_symlink() {
            return self.copy_link(from, to);
        }
        if found.is_dir() {
            fs::create_dir_all(to)?;
            let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
            for entry in entries {
                let name = entry?.file_name();
                self.copy(&from.join(&name), &to.join(&name))?;
            }
            return Ok(());
        }
        match fs::read(from) {
            Ok(content) => fs::write(to, content),
            Err(_) => Ok(()),
        }
    }

    /// In a root folder, a link leads to what is there; elsewhere to the copy of what it led to.
    fn copy_link(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        let target = fs::read_link(from)?;
        let meant = self.moved.iter().find_map(|(from, to)| Some(to.join(target.strip_prefix(from).ok()?)));
        symlink(meant.as_ref().unwrap_or(&target), to)?;
        if !self.moved.is_empty() || !target.is_absolute() || target == Path::new("/dev/null") {
            return Ok(());
        }
        match self.followed(&target) {
            Some(file) if file.metadata().is_ok_and(|file| file.is_file()) => {
                self.copy(&file, &inside(self.folder.path(), &target))
            }
            _ => Ok(()),
        }
    }
}

/// The place in a root folder that a path stands for.
fn inside(root: &Path, path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| matches!(part, Component::Normal(_)));
    root.join(parts.collect::<PathBuf>())
}

fn cannot(error: &std::io::Error) -> Error {
    Error::file("copy the folders of unit files to", std::env::temp_dir(), error)
}
