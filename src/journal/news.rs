//! What tells of news in the journal: the kernel, of each file that is written to, comes or goes (inotify(7)).

use std::collections::HashSet;
use std::ffi::OsString;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::io::Errno;

use crate::error::{Error, Kind, Result};
use crate::flow::{Bell, TOO_MANY_FILES};

const AT_ONCE: usize = 16 << 10;

/// What tells of news in some places.
#[derive(Debug)]
pub(super) struct News {
    descriptor: Arc<OwnedFd>,
}

/// What has happened.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// A file came or went, has another name, or others may read it.
    pub(super) names: bool,
    /// The names of files that were written to.
    pub(super) written: HashSet<OsString>,
}

impl News {
    /// Hears of nothing yet.
    pub(super) fn begin() -> Result<Self> {
        let descriptor = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(no_instance)?;
        Ok(Self { descriptor: Arc::new(descriptor) })
    }

    /// It can be read when there is news.
    pub(super) fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.descriptor
    }

    /// Hears of what happens in these folders, or to these files, from now on; of one that is not there, when it comes.
    pub(super) fn watch(&self, places: &[PathBuf]) -> Result<()> {
        for place in places {
            let mut missing = place.as_path();
            while !self.watch_one(place, all())? {
                // One above it may come or go meanwhile: it is tried again after each that is there.
                let Some(above) = missing.parent() else { break };
                missing = above;
                let is_here = above.as_os_str().is_empty();
                if self.watch_one(if is_here { Path::new(".") } else { above }, comes())? {
                    self.watch_one(place, all())?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// False says that there is nothing at this place.
    fn watch_one(&self, place: &Path, what: WatchFlags) -> Result<bool> {
        match add_watch(&*self.descriptor, place, what | WatchFlags::MASK_ADD) {
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
            // What may not be read is left out, and told elsewhere.
            Ok(_) | Err(Errno::ACCESS | Errno::PERM) => Ok(true),
            Err(errno) => Err(no_watch(place, errno)),
        }
    }

    /// Whether there is something to be taken.
    pub(super) fn are_there(&self) -> bool {
        let mut fds = [PollFd::new(&*self.descriptor, PollFlags::IN)];
        matches!(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(count) if count > 0)
    }

    /// What has happened since it was asked last.
    pub(super) fn take(&self) -> Result<Changes> {
        let mut buffer = [MaybeUninit::uninit(); AT_ONCE];
        let mut reader = Reader::new(&*self.descriptor, &mut buffer);
        let mut changes = Changes::default();
        loop {
            match reader.next() {
                Ok(event) if event.events() == ReadFlags::MODIFY => {
                    let name = event.file_name().map(|name| name.to_bytes().to_vec());
                    changes.written.extend(name.map(OsString::from_vec));
                }
                Ok(_) => changes.names = true,
                Err(Errno::AGAIN) => return Ok(changes),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(failed(errno, &format!("cannot follow the journal: {errno}"))),
            }
        }
    }
}

fn all() -> WatchFlags {
    let comes_or_goes = WatchFlags::MOVED_FROM | WatchFlags::DELETE | WatchFlags::DELETE_SELF;
    comes() | comes_or_goes | WatchFlags::MOVE_SELF | WatchFlags::MODIFY | WatchFlags::ATTRIB
}

fn comes() -> WatchFlags {
    WatchFlags::CREATE | WatchFlags::MOVED_TO
}

/// The kernel says the same of a user's instances and of a process's descriptors.
fn no_instance(errno: Errno) -> Error {
    let error = failed(errno, &format!("cannot follow the journal: {errno}"));
    if errno == Errno::MFILE && Bell::new(Kind::Unavailable, "").is_ok() {
        return error.with_hint(
            "this user follows too many things; end some, or raise the limit (sysctl fs.inotify.max_user_instances)",
        );
    }
    error.with_hint(TOO_MANY_FILES)
}

fn no_watch(place: &Path, errno: Errno) -> Error {
    let error = failed(errno, &format!("cannot follow the journal in {}: {errno}", place.display()));
    if errno != Errno::NOSPC {
        return error.with_path(place);
    }
    error
        .with_path(place)
        .with_hint("this user follows too many things; end some, or raise the limit (sysctl fs.inotify.max_user_watches)")
}

fn failed(errno: Errno, message: &str) -> Error {
    Error::new(Kind::Unavailable, message).with_errno(Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_heard_what_comes_is_written_and_goes_and_a_folder_that_was_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a/b");
        let news = News::begin().unwrap();
        let happened = |names: bool, written: &[&str]| {
            assert!(news.are_there());
            let changes = news.take().unwrap();
            assert_eq!((changes.names, changes.written.len()), (names, written.len()));
            assert!(written.iter().all(|name| changes.written.contains(std::ffi::OsStr::new(name))));
            assert!(!news.are_there());
            news.watch(std::slice::from_ref(&place)).unwrap();
        };
        news.watch(std::slice::from_ref(&place)).unwrap();
        assert!(!news.are_there());
        std::fs::create_dir(folder.path().join("a")).unwrap();
        happened(true, &[]);
        std::fs::create_dir(&place).unwrap();
        happened(true, &[]);
        let file = place.join("file");
        std::fs::write(&file, "").unwrap();
        happened(true, &[]);
        std::fs::write(&file, "x").unwrap();
        happened(false, &["file"]);
        std::fs::remove_file(&file).unwrap();
        happened(true, &[]);
        std::fs::remove_dir(&place).unwrap();
        happened(true, &[]);
        std::fs::create_dir(&place).unwrap();
        happened(true, &[]);
    }
}
