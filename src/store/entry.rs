//! What stands under a name in a folder of unit files, looked at without following symbolic links.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

use super::folder::Folder;
use super::mark;
use super::root::LARGEST;
use crate::error::hint::{command, first};
use crate::error::{Error, Kind, Result};

/// What stands under a name.
pub(super) enum Entry {
    Absent,
    /// A unit file of this library.
    Owned(Owned),
    /// Something that is not ours to touch.
    Foreign(Foreign),
}

/// A unit file, of this library where nothing else is said.
pub(super) struct Owned {
    pub(super) content: Vec<u8>,
    pub(super) stat: Stat,
    /// Held open, so that its inode number cannot come to mean another file.
    _file: File,
}

/// Why an entry is not ours.
pub(super) enum Foreign {
    /// A mask: a link to `/dev/null` or an empty file (systemd.unit(5)).
    Mask,
    Link(PathBuf),
    /// A folder, pipe, socket or device.
    Special(&'static str),
    TooLarge,
    Unmarked,
}

impl Folder {
    /// Looks at the entry of this name.
    pub(super) fn inspect(&self, name: impl AsRef<Path>) -> Result<Entry> {
        let name = name.as_ref();
        match self.look(name) {
            Ok(entry) => Ok(entry),
            Err(Errno::NOENT) => Ok(Entry::Absent),
            Err(errno) => Err(self.error("read", name, errno)),
        }
    }

    fn look(&self, name: &Path) -> Result<Entry, Errno> {
        let stat = self.stat(name)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => self.look_into(name),
            FileType::Symlink => self.look_at_link(name),
            FileType::Directory => Ok(Entry::Foreign(Foreign::Special("folder"))),
            FileType::Fifo => Ok(Entry::Foreign(Foreign::Special("pipe"))),
            FileType::Socket => Ok(Entry::Foreign(Foreign::Special("socket"))),
            FileType::CharacterDevice | FileType::BlockDevice | FileType::Unknown => {
                Ok(Entry::Foreign(Foreign::Special("device")))
            }
        }
    }

    pub(super) fn stat(&self, name: &Path) -> Result<Stat, Errno> {
        fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    fn look_at_link(&self, name: &Path) -> Result<Entry, Errno> {
        let target = fs::readlinkat(self, name, Vec::new())?;
        if target.as_bytes() == b"/dev/null" {
            return Ok(Entry::Foreign(Foreign::Mask));
        }
        let target = PathBuf::from(target.to_string_lossy().into_owned());
        Ok(Entry::Foreign(Foreign::Link(target)))
    }

    fn look_into(&self, name: &Path) -> Result<Entry, Errno> {
        let Some(file) = self.load(name)? else { return Ok(Entry::Foreign(Foreign::Special("device"))) };
        Ok(if file.content.is_empty() {
            Entry::Foreign(Foreign::Mask)
        } else if file.content.len() > LARGEST {
            Entry::Foreign(Foreign::TooLarge)
        } else if mark::is_owned(&file.content) {
            Entry::Owned(file)
        } else {
            Entry::Foreign(Foreign::Unmarked)
        })
    }

    /// A file with its content, be it ours or not; none where it is no regular one.
    fn load(&self, name: &Path) -> Result<Option<Owned>, Errno> {
        // The name may mean something else by now: a link is refused here, a pipe must not block.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(retry_on_intr(|| fs::openat(self, name, flags, Mode::empty()))?);
        let stat = fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(None);
        }
        let mut content = Vec::new();
        let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
        (&file)
            .take(limit + 1)
            .read_to_end(&mut content)
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        Ok(Some(Owned { content, stat, _file: file }))
    }

    /// The file of this name, be it ours or not; none where there is nothing. What is no file, or a mask, is refused.
    pub(super) fn inspect_any(&self, name: &str) -> Result<Option<Owned>> {
        match self.inspect(name)? {
            Entry::Absent => Ok(None),
            Entry::Owned(owned) => Ok(Some(owned)),
            Entry::Foreign(Foreign::Unmarked) => {
                self.load(Path::new(name)).map_err(|errno| self.error("read", name, errno))
            }
            Entry::Foreign(foreign) => Err(foreign.refusal(self.path_of(name), name)),
        }
    }
}

impl Foreign {
    /// The error of whoever wanted to do something with this entry.
    pub(super) fn refusal(self, path: PathBuf, name: &str) -> Error {
        let shown = path.display();
        let not_owned = |reason: String| {
            Error::new(Kind::NotOwned, format!("{shown} is not a unit file of pm2go: {reason}"))
                .with_hint("choose another name, or move it away")
        };
        let error = match self {
            Self::Mask => Error::new(Kind::UnitMasked, format!("{name} is masked by {shown}")).with_hint(
                // In a folder of any other kind systemctl can do it as well, if it is a user's.
                first(
                    super::unmask_command(name, &path)
                        .unwrap_or_else(|| command("systemctl", format!("unmask {name}"))),
                ),
            ),
            Self::Link(target) => not_owned(format!("it is a symbolic link to {}", target.display())),
            Self::Special(what) => not_owned(format!("it is a {what}")),
            Self::TooLarge => not_owned(format!("it is larger than {} MiB", LARGEST >> 20)),
            Self::Unmarked => not_owned(format!("it has no {} section", mark::MARK)),
        };
        error.with_path(path)
    }
}
