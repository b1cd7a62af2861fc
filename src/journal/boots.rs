//! The boots of which the journal knows.

use std::collections::HashMap;

use super::entries::Entries;
use super::fault::Read;
use super::file::JournalFile;
use super::folder::{self, Journals};
use super::matches::Match;
use super::query::Boot;
use crate::error::hint::call;
use crate::error::{Error, Hint, Result};

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A boot of which the journal knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootInfo {
    /// Its id, 32 digits.
    pub id: String,
    /// The times of its first and its last entry, in microseconds since the epoch.
    pub first: u64,
    /// The last one.
    pub last: u64,
}

/// All boots of which the journal knows, the oldest first.
pub(super) fn boots(journals: &Journals) -> Result<Vec<BootInfo>> {
    let (mut files, _) = folder::open(journals)?;
    boots_of(&mut files)
}

/// All boots of some files, the oldest first.
pub(super) fn boots_of(files: &mut [JournalFile]) -> Result<Vec<BootInfo>> {
    let mut found: HashMap<String, (u64, u64)> = HashMap::new();
    for file in files {
        let read = boots_of_file(file, &mut found);
        read.map_err(|fault| folder::left_out(file.path(), &fault))?;
    }
    let mut boots: Vec<BootInfo> =
        found.into_iter().map(|(id, (first, last))| BootInfo { id, first, last }).collect();
    boots.sort_unstable_by(|one, other| (one.first, &one.id).cmp(&(other.first, &other.id)));
    Ok(boots)
}

fn boots_of_file(file: &mut JournalFile, found: &mut HashMap<String, (u64, u64)>) -> Read<()> {
    file.values(b"_BOOT_ID", |file, value, entries| {
        let id = value.split_at_checked("_BOOT_ID=".len()).map(|(_, id)| String::from_utf8_lossy(id));
        if let (Some(id), Some((first, last))) = (id, ends(file, &entries)?) {
            let known = found.entry(id.into_owned()).or_insert((first, last));
            *known = (known.0.min(first), known.1.max(last));
        }
        Ok(())
    })
}

/// The times of the first and the last of a list.
fn ends(file: &mut JournalFile, entries: &Entries) -> Read<Option<(u64, u64)>> {
    let Some(last) = entries.len().checked_sub(1) else { return Ok(None) };
    let mut time = |index| {
        let offset = entries.at(&mut file.objects, index)?;
        Ok(file.objects.entry(offset)?.realtime)
    };
    super::fault::or_nothing(time(0).and_then(|first| Ok((first, time(last)?))))
}

/// The entries of this boot.
pub(super) fn entries_of(boot: &Boot, files: &mut [JournalFile], are_local: bool) -> Result<Match> {
    let id = match boot {
        Boot::Id(id) => id.clone(),
        Boot::Number(0) if are_local => {
            let read =
                std::fs::read_to_string(BOOT_ID).map_err(|error| Error::file("read", BOOT_ID, &error))?;
            read.trim().replace('-', "")
        }
        Boot::Number(number) => numbered(&boots_of(files)?, *number)?,
    };
    Ok(Match::field("_BOOT_ID", id))
}

/// 1 is the first one, 0 the last, -1 the one before that.
fn numbered(boots: &[BootInfo], number: i64) -> Result<String> {
    let count = i64::try_from(boots.len()).unwrap_or(i64::MAX);
    let index = if number > 0 { number - 1 } else { count - 1 + number };
    let found = usize::try_from(index).ok().and_then(|index| boots.get(index));
    found.map(|boot| boot.id.clone()).ok_or_else(|| {
        Error::config(format!("there is no boot {number}: the journal knows of {count}"))
            .with_hint(Hint::from([call("journal.boots")]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boots_are_counted_from_both_ends() {
        let boots = ["a", "b", "c"].map(|id| BootInfo { id: id.to_owned(), first: 0, last: 0 });
        for (number, id) in [(0, "c"), (-1, "b"), (-2, "a"), (1, "a"), (3, "c")] {
            assert_eq!(numbered(&boots, number).unwrap(), id);
        }
        for number in [4, -3, i64::MIN + 10, i64::MAX] {
            assert!(numbered(&boots, number).is_err(), "{number}");
        }
    }
}
