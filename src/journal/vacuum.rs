//! How much room the journal takes, and old files removed: `journal_directory_vacuum` of systemd's sd-journal.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cursor::parse_id;
use super::file::JournalFile;
use super::folder::{self, Journals};
use super::format::Id;
use super::listed::Listed;
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::unit_file::numbers::size as size_of;

/// What may be left of the files that are not written any more; all that is not named.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// So many bytes, with those of files that are written.
    pub size: Option<u64>,
    /// What is not older than that.
    pub age: Option<Duration>,
    /// So many files, with those that are written.
    pub files: Option<u64>,
}

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// The files.
    pub removed: Vec<PathBuf>,
    /// How many bytes of the disk they had.
    pub freed: u64,
}

/// A size as people write it, in bytes.
pub fn parse_size(text: &str) -> Result<u64> {
    size_of(text).ok_or_else(|| {
        Error::config(format!("size is {text:?}, which is none"))
            .with_hint("write for example \"512M\" or \"1.5G\"")
    })
}

/// How many bytes of the disk the journal's files have. `journalctl --disk-usage`.
pub(super) fn usage(journals: &Journals) -> Result<u64> {
    let listed = listed(journals)?;
    let facts = listed.files.iter().filter_map(|path| path.metadata().ok());
    Ok(facts.map(|facts| size(&facts)).sum())
}

/// Removes old files, until what is left is within the limits: of each folder by itself.
pub(super) fn vacuum(journals: &Journals, room: &Room) -> Result<Vacuumed> {
    if room.size.is_none() && room.age.is_none() && room.files.is_none() {
        return Err(Error::config("vacuuming needs a limit").with_hint("give size, time or files"));
    }
    let listed = listed(journals)?;
    if let Some(left) = listed.left_out.into_iter().next() {
        return Err(left.reason);
    }
    let now = clock::now();
    let oldest = room.age.map(|age| now.saturating_sub(u64::try_from(age.as_micros()).unwrap_or(u64::MAX)));
    let mut vacuumed = Vacuumed::default();
    for folder in &listed.folders {
        let here = listed.files.iter().filter(|path| path.parent() == Some(folder));
        vacuum_folder(here, room, oldest, &mut vacuumed)?;
    }
    Ok(vacuumed)
}

fn listed(journals: &Journals) -> Result<Listed> {
    let listed = Listed::of(journals)?;
    if listed.folders.is_empty() && !matches!(journals, Journals::Files(_)) {
        return Err(folder::missing(journals)?);
    }
    Ok(listed)
}

fn vacuum_folder<'a>(
    files: impl Iterator<Item = &'a PathBuf>,
    room: &Room,
    oldest: Option<u64>,
    vacuumed: &mut Vacuumed,
) -> Result<()> {
    let (mut old, mut count, mut sum) = (Vec::new(), 0, 0);
    for path in files {
        count += 1;
        sum += path.symlink_metadata().map_or(0, |facts| size(&facts));
        old.extend(Old::of(path)?);
    }
    // One without entries is of no use to anybody.
    let (empty, mut old): (Vec<Old>, Vec<Old>) = old.into_iter().partition(|old| old.is_empty);
    for old in empty {
        count -= 1;
        sum = sum.saturating_sub(old.size);
        vacuumed.remove(old)?;
    }
    sort(&mut old);
    for old in old {
        let is_within = oldest.is_none_or(|oldest| old.realtime >= oldest)
            && room.size.is_none_or(|size| sum <= size)
            && room.files.is_none_or(|files| count <= files);
        if is_within {
            break;
        }
        sum = sum.saturating_sub(old.size);
        count -= 1;
        vacuumed.remove(old)?;
    }
    Ok(())
}

impl Vacuumed {
    fn remove(&mut self, old: Old) -> Result<()> {
        remove(&old.path)?;
        self.freed += old.size;
        self.removed.push(old.path);
        Ok(())
    }
}

/// The oldest first: by the numbers of those that are of one source, else by their times, which may have been wrong.
fn sort(all: &mut [Old]) {
    all.sort_unstable_by_key(|old| old.first);
    for at in 1..all.len() {
        let (before, this) = (&all[at - 1], &all[at]);
        let is_same = this.first.is_some() && before.first.map(|(id, _)| id) == this.first.map(|(id, _)| id);
        if is_same {
            all[at].realtime = this.realtime.max(before.realtime);
        }
    }
    let key = |old: &Old| (old.realtime, old.first, old.path.clone());
    all.sort_by_cached_key(key);
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        // journald, or somebody else, was quicker.
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let error = Error::file("remove the journal", path, &error);
            let is_refused = error.kind() == Kind::PermissionDenied;
            Err(if is_refused { error.with_hint("root may remove it") } else { error })
        }
        _ => Ok(()),
    }
}

/// A file that is not written any more.
#[derive(Debug)]
struct Old {
    path: PathBuf,
    /// The source of its numbers and the first of them; not of one that was not closed well.
    first: Option<(Id, u64)>,
    /// When its first entry was written, in microseconds since the epoch.
    realtime: u64,
    size: u64,
    is_empty: bool,
}

impl Old {
    /// None of one that is written, or is gone.
    fn of(path: &Path) -> Result<Option<Self>> {
        let name = path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        let Some((first, named)) = named(name) else { return Ok(None) };
        let facts = match path.symlink_metadata() {
            Ok(facts) if facts.is_file() => facts,
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file("read the journal", path, &error)),
        };
        let changed = u64::try_from(facts.mtime()).unwrap_or_default().saturating_mul(1_000_000)
            + u64::try_from(facts.mtime_nsec() / 1000).unwrap_or_default();
        let is_empty = JournalFile::open(path).is_ok_and(|file| file.objects.header.entries == 0);
        Ok(Some(Self {
            path: path.to_owned(),
            first,
            // A clock may have been wrong when it was named.
            realtime: if changed > 0 { named.min(changed) } else { named },
            size: size(&facts),
            is_empty,
        }))
    }
}

/// What a name says: `system@ID-NUMBER-TIME.journal`, or `system@TIME-ANY.journal~` of one that was not closed well.
fn named(name: &str) -> Option<(Option<(Id, u64)>, u64)> {
    let number = |text: &str| {
        let is_number = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_number.then(|| u64::from_str_radix(text, 16).ok()).flatten()
    };
    if let Some(name) = name.strip_suffix(".journal~") {
        let (time, any) = name.rsplit_once('@')?.1.split_once('-')?;
        number(any)?;
        return Some((None, number(time)?));
    }
    let mut parts = name.strip_suffix(".journal")?.rsplit_once('@')?.1.split('-');
    let (id, first, time) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some((Some((parse_id(id)?, number(first)?)), number(time)?))
}

fn size(facts: &Metadata) -> u64 {
    facts.blocks() * 512
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_not_written_any_more() {
        let id = "0123456789abcdef0123456789abcdef";
        let first = Some((parse_id(id).unwrap(), 0x1f));
        let old = format!("system@{id}-000000000000001f-0006616f00000000.journal");
        assert_eq!(named(&old), Some((first, 0x0006_616f_0000_0000)));
        let broken = "user-1000@0006616f00000000-00000000000000ff.journal~";
        assert_eq!(named(broken), Some((None, 0x0006_616f_0000_0000)));
        let short = format!("system@{id}-1f-0006616f00000000.journal");
        let long = format!("system@{id}-000000000000001f-0006616f00000000-0.journal");
        for name in
            ["system.journal", "user-1000.journal", "a@b.journal", "a@b-c.journal~", "a", &short, &long]
        {
            assert_eq!(named(name), None, "{name}");
        }
    }
}
