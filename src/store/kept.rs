//! The folder of a command that outlives its caller: what it writes is kept there until somebody collects it.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};
use crate::temporary::random_name;
use crate::unit::UnitName;
use crate::value::{Descriptor, Value};

/// What its outputs are called.
pub(crate) const OUTPUTS: [&str; 2] = ["stdout", "stderr"];
const SCHEME: &str = "file:";

/// A folder that its unit names in `Documentation=`: so it is found again, and by nobody who could not have made the unit.
#[derive(Clone, Debug)]
pub(crate) struct KeptFolder(PathBuf);

impl KeptFolder {
    /// A new one in this place.
    pub(crate) fn make(place: &Path, unit: &UnitName) -> Result<Self> {
        let path = place.join(random_name(&format!("{unit}-"), ""));
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        let made = match builder.create(place) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => builder.create(&path),
        };
        made.map(|()| Self(path.clone())).map_err(|error| failed(&path, &error))
    }

    /// That of a unit, by its `Documentation=`, if it is in this place.
    pub(crate) fn of(place: &Path, documentation: &Value) -> Option<Self> {
        let Value::List(pages) = documentation else { return None };
        let paths = pages.iter().filter_map(|page| page.as_text()?.strip_prefix(SCHEME)).map(PathBuf::from);
        paths.into_iter().find(|path| path.parent() == Some(place) && path.file_name().is_some()).map(Self)
    }

    /// What the unit says of it.
    pub(crate) fn url(&self) -> String {
        format!("{SCHEME}{}", self.0.display())
    }

    /// A file that an output goes to.
    pub(crate) fn create(&self, name: &str) -> Result<Descriptor> {
        let path = self.0.join(name);
        let mut options = OpenOptions::new();
        let file = options.append(true).create_new(true).mode(0o600).open(&path);
        file.map(|file| OwnedFd::from(file).into()).map_err(|error| failed(&path, &error))
    }

    /// The same file to be read, if it is there, and what tells of news in it.
    pub(crate) fn open(&self, name: &str) -> Result<Option<(Descriptor, Descriptor)>> {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        let path = self.0.join(name);
        let file = match OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, &error)),
        };
        let news = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)
            .and_then(|news| add_watch(&news, &path, WatchFlags::MODIFY).map(|_| news));
        let news = news.map_err(|errno| failed(&path, &errno.into()))?;
        Ok(Some((OwnedFd::from(file).into(), news.into())))
    }

    /// Nothing of it is left.
    pub(crate) fn remove(&self) {
        for name in OUTPUTS {
            let _ = std::fs::remove_file(self.0.join(name));
        }
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Storage, format!("cannot keep output in {}: {error}", path.display()))
        .with_path(path)
        .with_errno(error.raw_os_error())
}
