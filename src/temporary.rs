//! Names that nobody has, and folders that are gone when nobody needs them any more.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// A name that no other file of this machine has.
pub(crate) fn random_name(beginning: &str, end: &str) -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("{beginning}{}-{random:016x}{end}", std::process::id())
}

/// A folder that nobody else can look into, and that is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// A new one.
    pub(crate) fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(random_name("pm2go-", ""));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed is in a folder that is emptied at boot.
        let _ = fs::remove_dir_all(&self.0);
    }
}
