//! Which entries are wanted: fields joined by "and" and "or", found by the lists that each file keeps of its data.

use super::entries::Entries;
use super::fault::Read;
use super::file::JournalFile;
use crate::unit::Pattern;

/// Which entries are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// Those that have this field, `NAME=value`.
    Field(Vec<u8>),
    /// Those in which this field has a value like this.
    Like(String, Pattern),
    /// Those that one of these is true of.
    Any(Vec<Match>),
    /// Those that all of these are true of; without any, all entries.
    All(Vec<Match>),
}

impl Match {
    /// Entries that have this field.
    #[must_use]
    pub fn field(name: &str, value: impl AsRef<[u8]>) -> Self {
        Self::Field([name.as_bytes(), b"=", value.as_ref()].concat())
    }
}

/// The entries of one file that are wanted.
#[derive(Debug)]
pub(super) enum Matching {
    List(Entries),
    Any(Vec<Matching>),
    All(Vec<Matching>),
}

impl Matching {
    pub(super) fn of(file: &mut JournalFile, wanted: &Match) -> Read<Self> {
        let each = |file: &mut JournalFile, parts: &[Match]| -> Read<Vec<Self>> {
            parts.iter().map(|part| Self::of(file, part)).collect()
        };
        Ok(match wanted {
            Match::Field(data) => Self::List(file.entries_with(data)?),
            Match::Like(name, pattern) => Self::Any(like(file, name, pattern)?),
            Match::All(parts) if parts.is_empty() => Self::List(file.entries()?),
            Match::All(parts) => Self::All(each(file, parts)?),
            Match::Any(parts) => Self::Any(each(file, parts)?),
        })
    }

    /// The first of them that is at `offset` or behind it.
    pub(super) fn at_or_after(&mut self, file: &mut JournalFile, offset: u64) -> Read<Option<u64>> {
        match self {
            Self::List(entries) => entries.at_or_after(&mut file.objects, offset),
            Self::Any(parts) => {
                let found = parts.iter_mut().map(|part| part.at_or_after(file, offset));
                Ok(found.collect::<Read<Vec<_>>>()?.into_iter().flatten().min())
            }
            Self::All(parts) => agreed(parts, offset, |part, offset| part.at_or_after(file, offset)),
        }
    }

    /// The last of them that is at `offset` or before it.
    pub(super) fn at_or_before(&mut self, file: &mut JournalFile, offset: u64) -> Read<Option<u64>> {
        match self {
            Self::List(entries) => entries.at_or_before(&mut file.objects, offset),
            Self::Any(parts) => {
                let found = parts.iter_mut().map(|part| part.at_or_before(file, offset));
                Ok(found.collect::<Read<Vec<_>>>()?.into_iter().flatten().max())
            }
            Self::All(parts) => agreed(parts, offset, |part, offset| part.at_or_before(file, offset)),
        }
    }
}

/// The entries with each value of a field that is like this.
fn like(file: &mut JournalFile, name: &str, pattern: &Pattern) -> Read<Vec<Matching>> {
    let mut found = Vec::new();
    file.values(name.as_bytes(), |_, value, entries| {
        let value = value.get(name.len() + 1..).and_then(|value| std::str::from_utf8(value).ok());
        if value.is_some_and(|value| pattern.matches(value)) {
            found.push(Matching::List(entries));
        }
        Ok(())
    })?;
    Ok(found)
}

/// The nearest place that all have: each goes on from where the others are, until nobody has to.
fn agreed(
    parts: &mut [Matching],
    offset: u64,
    mut next: impl FnMut(&mut Matching, u64) -> Read<Option<u64>>,
) -> Read<Option<u64>> {
    let (mut place, mut agree) = (offset, 0);
    for part in (0..parts.len()).cycle() {
        let Some(found) = next(&mut parts[part], place)? else { return Ok(None) };
        agree = if found == place { agree + 1 } else { 1 };
        place = found;
        if agree >= parts.len() {
            break;
        }
    }
    Ok(Some(place))
}
