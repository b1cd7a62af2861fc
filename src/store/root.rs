//! A folder that stands for `/`, as that of an image: paths in it are followed as they would be if it were, and no link leads
//! out of it.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{self, CWD, FileType, Mode, OFlags, ResolveFlags, readlinkat};
use rustix::io::{Errno, retry_on_intr};

use crate::error::{Error, Result};

/// The largest unit file that is read or written, in bytes. systemd itself refuses a line over 1 MiB.
pub(super) const LARGEST: usize = 4 << 20;

/// How often a path is followed while somebody moves folders on the way.
const ATTEMPTS: usize = 100;

/// A root folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root(PathBuf);

impl Root {
    /// This folder.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where a path in it is to be found from outside.
    #[must_use]
    pub fn outside(&self, inner: &Path) -> PathBuf {
        self.0.join(inner.strip_prefix("/").unwrap_or(inner))
    }

    /// A path as it is in the folder.
    #[must_use]
    pub fn inside(&self, outside: &Path) -> PathBuf {
        outside.strip_prefix(&self.0).map_or_else(|_| outside.to_owned(), |inner| Path::new("/").join(inner))
    }

    /// Opens what is at a path in it.
    pub(super) fn open(&self, inner: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let root = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = retry_on_intr(|| fs::openat(CWD, &self.0, root, Mode::empty()))?;
        let (path, resolve) = (relative(inner), ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS);
        let open = || fs::openat2(&root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve);
        for _ in 0..ATTEMPTS {
            match retry_on_intr(open) {
                Err(Errno::AGAIN) => {}
                done => return done,
            }
        }
        Err(Errno::AGAIN)
    }

    /// Where a path in it leads to, seen from outside; none where nothing is there.
    #[must_use]
    pub fn follow(&self, inner: &Path) -> Option<PathBuf> {
        use std::os::fd::AsRawFd as _;
        let found = self.open(inner, OFlags::PATH).ok()?;
        std::fs::read_link(format!("/proc/self/fd/{}", found.as_raw_fd())).ok()
    }

    /// Whether whoever follows links at a path from outside gets to somewhere else than within it.
    #[must_use]
    pub fn leads_out(&self, inner: &Path) -> bool {
        self.outside(inner).canonicalize().ok() != self.follow(inner)
    }

    /// The content of a file in it. A mask has none.
    pub fn read(&self, inner: &Path) -> Result<Vec<u8>> {
        self.load(inner).map_err(|errno| self.error("read", inner, errno))
    }

    fn load(&self, inner: &Path) -> Result<Vec<u8>, Errno> {
        if self.is_mask(inner) {
            return Ok(Vec::new());
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = File::from(self.open(inner, flags)?);
        if FileType::from_raw_mode(fs::fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(Errno::INVAL);
        }
        let mut content = Vec::new();
        let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
        let read = file.take(limit + 1).read_to_end(&mut content);
        match read.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))? {
            length if length > LARGEST => Err(Errno::FBIG),
            _ => Ok(content),
        }
    }

    fn is_mask(&self, inner: &Path) -> bool {
        let (Some(folder), Some(name)) = (inner.parent(), inner.file_name()) else { return false };
        let Ok(folder) = self.open(folder, OFlags::PATH | OFlags::DIRECTORY) else { return false };
        readlinkat(&folder, name, Vec::new()).is_ok_and(|target| target.as_bytes() == b"/dev/null")
    }

    /// A failed system call on a path in it.
    pub(super) fn error(&self, action: &str, inner: &Path, errno: Errno) -> Error {
        let error = Error::file(action, self.outside(inner), &errno.into());
        if errno == Errno::NOSYS {
            return error.with_hint("to follow paths in a root folder takes Linux 5.6 or newer");
        }
        error
    }
}

/// The same path from where the root folder is; no `..` is left in it that the kernel would have to stop.
fn relative(inner: &Path) -> &Path {
    let relative = inner.strip_prefix("/").unwrap_or(inner);
    if relative.as_os_str().is_empty() { Path::new(".") } else { relative }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn no_link_leads_out_of_it() {
        let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(other.path().join("secret"), "outside").unwrap();
        std::fs::create_dir_all(root.path().join("usr/lib")).unwrap();
        std::fs::write(root.path().join("usr/lib/a"), "inside").unwrap();
        symlink("/usr/lib", root.path().join("lib")).unwrap();
        symlink(other.path(), root.path().join("out")).unwrap();
        symlink("../../../../../usr/lib/a", root.path().join("up")).unwrap();
        symlink("/dev/null", root.path().join("mask")).unwrap();
        let it = Root::new(root.path());
        for (path, expected) in [
            ("/lib/a", Some("inside")),
            ("/usr/../lib/a", Some("inside")),
            ("/up", Some("inside")),
            ("/mask", Some("")),
            ("/out/secret", None),
            ("/../../etc/passwd", None),
            ("/usr", None),
        ] {
            let found = it.read(Path::new(path)).ok();
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{path}");
        }
        assert_eq!(it.follow(Path::new("/lib")), Some(root.path().canonicalize().unwrap().join("usr/lib")));
        assert_eq!(it.follow(Path::new("/out")), None);
        assert!(it.leads_out(Path::new("/out")) && it.leads_out(Path::new("/lib")));
        assert!(!it.leads_out(Path::new("/usr/lib")) && !it.leads_out(Path::new("/nothing")));
        assert_eq!(it.inside(&it.outside(Path::new("/lib/a"))), Path::new("/lib/a"));
        let error = it.read(Path::new("/nothing")).unwrap_err();
        assert!(error.to_string().contains(&*root.path().to_string_lossy()), "{error}");
    }
}
