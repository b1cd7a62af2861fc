//! One file while it is read: which of its entries comes next.

use super::cursor::{Cursor, id_text};
use super::entries::Entries;
use super::fault::{Read, or_nothing};
use super::file::JournalFile;
use super::folder::LeftOut;
use super::format::EntryHead;
use super::matches::{Match, Matching};
use super::order::Located;
use crate::error::{Error, Kind};

/// The way through the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Oldest first.
    Forwards,
    /// Newest first.
    Backwards,
}

/// Where reading begins and ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    /// In microseconds since the epoch, itself included.
    pub(super) since: Option<u64>,
    pub(super) until: Option<u64>,
    /// Where to begin, itself included.
    pub(super) cursor: Option<Cursor>,
    /// Whether that one is passed over.
    pub(super) after: bool,
}

/// One file while it is read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) file: JournalFile,
    matching: Matching,
    direction: Direction,
    /// Where the next one is looked for.
    place: Option<u64>,
    /// The entry that comes next.
    pub(super) head: Option<EntryHead>,
    /// Entries that could not be read.
    pub(super) damaged: u64,
    /// Fields that could not be read.
    pub(super) damaged_fields: usize,
}

impl Source {
    /// The file, at its first entry.
    pub(super) fn begin(
        mut file: JournalFile,
        wanted: &Match,
        bounds: &Bounds,
        direction: Direction,
    ) -> Read<Self> {
        let matching = Matching::of(&mut file, wanted)?;
        let place = match direction {
            Direction::Forwards => Some(first_place(&mut file, bounds)?),
            Direction::Backwards => last_place(&mut file, bounds)?.checked_sub(1),
        };
        let mut source = Self { file, matching, direction, place, head: None, damaged: 0, damaged_fields: 0 };
        source.advance(bounds)?;
        if bounds.after {
            source.pass(bounds)?;
        }
        Ok(source)
    }

    /// Passes over the one that the cursor is of.
    fn pass(&mut self, bounds: &Bounds) -> Read<()> {
        let seqnum_id = self.file.objects.header.seqnum_id;
        let is_that =
            |head: &EntryHead| bounds.cursor.as_ref().is_some_and(|cursor| cursor.is_of(head, seqnum_id));
        while self.head.as_ref().is_some_and(is_that) {
            self.advance(bounds)?;
        }
        Ok(())
    }

    /// The entry that comes next.
    pub(super) fn located(&self) -> Option<Located<'_>> {
        let seqnum_id = self.file.objects.header.seqnum_id;
        self.head.as_ref().map(|entry| Located { entry, seqnum_id })
    }

    /// What was damaged of it, if anything was.
    pub(super) fn damage(&self) -> Option<LeftOut> {
        if self.damaged == 0 && self.damaged_fields == 0 {
            return None;
        }
        let path = self.file.path();
        let (entries, fields) = (self.damaged, self.damaged_fields);
        let message = format!(
            "{} is damaged: {entries} entries and {fields} fields of others cannot be read",
            path.display()
        );
        Some(LeftOut { path: path.to_owned(), reason: Error::new(Kind::Storage, message).with_path(path) })
    }

    /// Goes to the entry after this one.
    pub(super) fn advance(&mut self, bounds: &Bounds) -> Read<()> {
        self.head = self.next(bounds)?;
        if self.head.is_none() {
            self.place = None;
            // It may be one of very many.
            self.file.objects.forget()?;
        }
        Ok(())
    }

    fn next(&mut self, bounds: &Bounds) -> Read<Option<EntryHead>> {
        while let Some(place) = self.place {
            let (file, matching) = (&mut self.file, &mut self.matching);
            let (found, next) = match self.direction {
                Direction::Forwards => {
                    let found = matching.at_or_after(file, place)?.filter(|found| *found >= place);
                    (found, found.and_then(|found| found.checked_add(1)))
                }
                Direction::Backwards => {
                    let found = matching.at_or_before(file, place)?.filter(|found| *found <= place);
                    (found, found.and_then(|found| found.checked_sub(1)))
                }
            };
            let Some(found) = found else { return Ok(None) };
            self.place = next;
            match or_nothing(self.file.objects.entry(found))? {
                Some(head) => return Ok(Some(head).filter(|head| self.is_within(head, bounds))),
                None => self.damaged += 1,
            }
        }
        Ok(None)
    }

    /// Whether it is before the end of what is wanted.
    fn is_within(&self, head: &EntryHead, bounds: &Bounds) -> bool {
        match self.direction {
            Direction::Forwards => bounds.until.is_none_or(|until| head.realtime <= until),
            Direction::Backwards => bounds.since.is_none_or(|since| head.realtime >= since),
        }
    }
}

/// Where the first entry is that is not before the bounds.
fn first_place(file: &mut JournalFile, bounds: &Bounds) -> Read<u64> {
    let mut place = 0;
    if let Some(since) = bounds.since {
        place = place.max(first_not(file, |entry| entry.realtime < since)?);
    }
    if let Some(cursor) = &bounds.cursor {
        place = place.max(place_of(file, cursor, false)?);
    }
    Ok(place)
}

/// Where the first entry is that is behind the bounds.
fn last_place(file: &mut JournalFile, bounds: &Bounds) -> Read<u64> {
    let mut place = u64::MAX;
    if let Some(until) = bounds.until {
        place = place.min(first_not(file, |entry| entry.realtime <= until)?);
    }
    if let Some(cursor) = &bounds.cursor {
        place = place.min(place_of(file, cursor, true)?);
    }
    Ok(place)
}

/// Where the first entry is that is not before the cursor; or, if that is asked for, not at it either.
fn place_of(file: &mut JournalFile, cursor: &Cursor, behind: bool) -> Read<u64> {
    let is_before = |one: u64, other: u64| one < other || behind && one == other;
    if let (Some(seqnum_id), Some(seqnum)) = (cursor.seqnum_id, cursor.seqnum)
        && seqnum_id == file.objects.header.seqnum_id
    {
        return first_not(file, |entry| is_before(entry.seqnum, seqnum));
    }
    if let (Some(boot_id), Some(monotonic)) = (cursor.boot_id, cursor.monotonic) {
        let data = format!("_BOOT_ID={}", id_text(boot_id));
        let of_boot = file.entries_with(data.as_bytes())?;
        if let Some(last) = of_boot.len().checked_sub(1) {
            let last = of_boot.at(&mut file.objects, last)?;
            let place = first_of_list_not(file, &of_boot, |entry| is_before(entry.monotonic, monotonic))?;
            return Ok(place.unwrap_or(last + 1));
        }
    }
    // A cursor of another journal, which says no time, is before all.
    let Some(realtime) = cursor.realtime else { return Ok(if behind { u64::MAX } else { 0 }) };
    first_not(file, |entry| is_before(entry.realtime, realtime))
}

fn first_not(file: &mut JournalFile, is_so: impl Fn(&EntryHead) -> bool) -> Read<u64> {
    let all = file.entries()?;
    Ok(first_of_list_not(file, &all, is_so)?.unwrap_or(u64::MAX))
}

fn first_of_list_not(
    file: &mut JournalFile,
    list: &Entries,
    is_so: impl Fn(&EntryHead) -> bool,
) -> Read<Option<u64>> {
    let objects = &mut file.objects;
    let index = list.partition(objects, |objects, offset| Ok(is_so(&objects.entry(offset)?)))?;
    if index < list.len() { or_nothing(list.at(objects, index)) } else { Ok(None) }
}
