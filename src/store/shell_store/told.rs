//! What the scripts tell of a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::store::entry::Foreign;
use crate::store::{ForeignUnit, is_owned};

/// What is known of a folder, and of some names in it.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The time there, in microseconds since the epoch.
    pub(super) now: u64,
    /// A writer is at work, or was killed.
    pub(super) unfinished: bool,
    /// Somebody has his turn with the unit, or was killed in it.
    pub(super) turn: bool,
    /// The units whose files were put here.
    pub(super) records: BTreeSet<String>,
    /// Somebody else's unit of the name.
    pub(super) other: Option<ForeignUnit>,
    /// What was left in place.
    pub(super) left: Vec<PathBuf>,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    kind: String,
    content: Vec<u8>,
    modified: u64,
}

/// What stands under a name.
pub(super) enum Seen {
    Absent,
    /// A file of ours: what is in it, and when it was written.
    Owned(Vec<u8>, u64),
    Foreign(Foreign),
    /// A file that may not be read.
    Closed,
}

impl Told {
    /// Reads what was told; none where it does not end as it should.
    pub(super) fn read(mut told: &[u8]) -> Option<Self> {
        let mut found = Self::default();
        while !told.is_empty() {
            let end = told.iter().position(|&byte| byte == b'\n')?;
            let line = String::from_utf8_lossy(&told[..end]).into_owned();
            told = &told[end + 1..];
            let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match word {
                "now" => found.now = microseconds(rest)?,
                "unfinished" => found.unfinished = true,
                "turn" => found.turn = true,
                "record" => drop(found.records.insert(rest.to_owned())),
                "other" => {
                    let (is_mask, path) = rest.split_once(' ')?;
                    found.other = Some(ForeignUnit { path: path.into(), is_mask: is_mask == "yes" });
                }
                "left" => found.left.push(rest.into()),
                kind => {
                    let (name, entry, after) = entry(kind, rest, told)?;
                    found.entries.insert(name, entry);
                    told = after;
                }
            }
        }
        Some(found)
    }

    /// What stands under this name.
    pub(super) fn seen(&self, name: &str) -> Seen {
        self.entries.get(name).map_or(Seen::Absent, Entry::seen)
    }

    /// All names under which there is something.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }
}

impl Entry {
    fn seen(&self) -> Seen {
        match self.kind.as_str() {
            "link" if self.content == b"/dev/null" => Seen::Foreign(Foreign::Mask),
            "link" => {
                Seen::Foreign(Foreign::Link(String::from_utf8_lossy(&self.content).into_owned().into()))
            }
            "file" if self.content.is_empty() => Seen::Foreign(Foreign::Mask),
            "file" if is_owned(&self.content) => Seen::Owned(self.content.clone(), self.modified),
            "file" => Seen::Foreign(Foreign::Unmarked),
            "large" => Seen::Foreign(Foreign::TooLarge),
            "unreadable" => Seen::Closed,
            "folder" => Seen::Foreign(Foreign::Special("folder")),
            "pipe" => Seen::Foreign(Foreign::Special("pipe")),
            "socket" => Seen::Foreign(Foreign::Special("socket")),
            _ => Seen::Foreign(Foreign::Special("device")),
        }
    }
}

fn entry<'a>(kind: &str, lengths: &str, rest: &'a [u8]) -> Option<(String, Entry, &'a [u8])> {
    let mut words = lengths.split(' ');
    let (name, content) = (words.next()?.parse::<usize>().ok()?, words.next()?.parse::<usize>().ok()?);
    let modified = microseconds(words.next()?)?;
    let (name, rest) = rest.split_at_checked(name)?;
    let (content, rest) = rest.split_at_checked(content)?;
    let entry = Entry { kind: kind.to_owned(), content: content.to_owned(), modified };
    Some((String::from_utf8_lossy(name).into_owned(), entry, rest.strip_prefix(b"\n")?))
}

/// Seconds with six places after the point, or none.
fn microseconds(seconds: &str) -> Option<u64> {
    match seconds.split_once('.') {
        Some((whole, parts)) if parts.len() == 6 => format!("{whole}{parts}").parse().ok(),
        Some(_) => None,
        None => seconds.parse::<u64>().ok()?.checked_mul(1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read() {
        let ours = "[X-Pm2go]\nA=\0\n";
        let text = format!(
            "now 12.000345\nunfinished\nrecord a.service\nother yes /run/a.service\nfile 9 {} 7.500000\na.service{ours}\n\
             link 1 9 0\nx/dev/null\nfolder 3 0 0\na\nb\n",
            ours.len()
        );
        let told = Told::read(text.as_bytes()).unwrap();
        assert_eq!((told.now, told.unfinished, told.turn), (12_000_345, true, false));
        assert!(told.records.contains("a.service") && told.other.as_ref().unwrap().is_mask);
        assert!(matches!(told.seen("a.service"), Seen::Owned(text, 7_500_000) if text == ours.as_bytes()));
        assert!(matches!(told.seen("x"), Seen::Foreign(Foreign::Mask)));
        assert!(matches!(told.seen("a\nb"), Seen::Foreign(Foreign::Special("folder"))));
        assert!(matches!(told.seen("y"), Seen::Absent));
        // A file that was cut off while it was read.
        for broken in ["file 1 9 0\nabc\n", "file 1 1 0\nabc\n", "file 1\n", "now x\n", "now 1.5\n", "no end"]
        {
            assert!(Told::read(broken.as_bytes()).is_none(), "{broken:?}");
        }
    }
}
