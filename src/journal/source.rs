//! One file while it is read: which of its entries comes next.

use super::cursor::{Cursor, id_text};
use super::entries::Entries;
use super::fault::{Fault, Read, or_nothing};
use super::file::JournalFile;
use super::folder::LeftOut;
use super::format::EntryHead;
use super::limits::Limits;
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
    /// How far the files can be believed.
    pub(super) limits: Limits,
}

/// One file while it is read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) file: JournalFile,
    matching: Matching,
    direction: Direction,
    /// Where the next one is looked for.
    place: Option<u64>,
    /// From where on is new what was not there when it was begun at its end.
    end: u64,
    /// What has a greater number may not be told yet.
    limit: u64,
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
        let limit = bounds.limits.last(file.objects.header.seqnum_id);
        let (matching, (place, end)) = looked(&mut file, |file| {
            let matching = Matching::of(file, wanted)?;
            let places = match direction {
                Direction::Forwards => (Some(first_place(file, bounds)?), 0),
                Direction::Backwards => {
                    let end = last_place(file, bounds, limit)?;
                    (end.checked_sub(1), end)
                }
            };
            Ok((matching, places))
        })?;
        let (head, damaged, damaged_fields) = (None, 0, 0);
        let mut source = Self { file, matching, direction, place, end, limit, head, damaged, damaged_fields };
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

    /// The entry that comes next, if it may be told.
    pub(super) fn due(&self) -> Option<EntryHead> {
        self.head.filter(|head| head.seqnum <= self.limit)
    }

    /// The same, to be compared with those of others.
    pub(super) fn located(&self) -> Option<Located> {
        let seqnum_id = self.file.objects.header.seqnum_id;
        self.due().map(|entry| Located { entry, seqnum_id })
    }

    /// Whether an entry is there that may not be told yet.
    pub(super) fn has_more(&self) -> bool {
        self.head.is_some() && self.due().is_none()
    }

    /// Whether nothing of it could be told yet, for nothing was known of its numbers.
    pub(super) fn is_unknown(&self) -> bool {
        self.limit == 0
    }

    /// The last entry that may be told, whether it is wanted or not.
    pub(super) fn last(&mut self) -> Read<Option<Located>> {
        let all = self.file.entries()?;
        let (objects, limit) = (&mut self.file.objects, self.limit);
        let index = all.partition(objects, |objects, offset| Ok(objects.entry(offset)?.seqnum <= limit))?;
        let Some(last) = index.checked_sub(1) else { return Ok(None) };
        let entry = all.at(objects, last).and_then(|offset| objects.entry(offset));
        let seqnum_id = objects.header.seqnum_id;
        Ok(or_nothing(entry)?.map(|entry| Located { entry, seqnum_id }))
    }

    /// Has it go on forwards from where it was begun.
    pub(super) fn turn(&mut self) {
        if self.direction == Direction::Backwards {
            (self.direction, self.head, self.place) = (Direction::Forwards, None, Some(self.end));
        }
    }

    /// Goes on with what was written since.
    pub(super) fn go_on(&mut self, wanted: &Match, bounds: &Bounds) -> Read<()> {
        self.place = self.head.take().map(|head| head.offset).or(self.place);
        self.file.objects.look_again()?;
        self.limit = bounds.limits.last(self.file.objects.header.seqnum_id);
        self.matching = looked(&mut self.file, |file| Matching::of(file, wanted))?;
        self.advance(bounds)
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
            match self.entry(found)? {
                Some(head) => return Ok(Some(head).filter(|head| self.is_within(head, bounds))),
                None => self.damaged += 1,
            }
        }
        Ok(None)
    }

    /// The entry at this place. Of one that was written just now other parts may have been read before that.
    fn entry(&mut self, place: u64) -> Read<Option<EntryHead>> {
        match or_nothing(self.file.objects.entry(place))? {
            None => {
                self.file.objects.forget()?;
                or_nothing(self.file.objects.entry(place))
            }
            found => Ok(found),
        }
    }

    /// Whether it is before the end of what is wanted.
    fn is_within(&self, head: &EntryHead, bounds: &Bounds) -> bool {
        match self.direction {
            Direction::Forwards => bounds.until.is_none_or(|until| head.realtime <= until),
            Direction::Backwards => bounds.since.is_none_or(|since| head.realtime >= since),
        }
    }
}

/// Looks at a file that may be written meanwhile: what seems to be damaged may only not have been there yet.
fn looked<T>(file: &mut JournalFile, look: impl Fn(&mut JournalFile) -> Read<T>) -> Read<T> {
    const MOST: usize = 5;
    for _ in 1..MOST {
        match look(file) {
            Err(Fault::Damaged(_)) => file.objects.look_again()?,
            read => return read,
        }
    }
    look(file)
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
    if bounds.limits.are_set() {
        place = place.min(behind_last(file)?);
    }
    Ok(place)
}

/// Where the first entry is that is behind the bounds.
fn last_place(file: &mut JournalFile, bounds: &Bounds, limit: u64) -> Read<u64> {
    let mut place = u64::MAX;
    if bounds.limits.are_set() {
        place = first_not(file, |entry| entry.seqnum <= limit)?.min(behind_last(file)?);
    }
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

/// What is written next will be there or behind.
fn behind_last(file: &mut JournalFile) -> Read<u64> {
    let all = file.entries()?;
    for index in (0..all.len()).rev() {
        if let Some(last) = or_nothing(all.at(&mut file.objects, index))? {
            return Ok(last + 1);
        }
    }
    Ok(0)
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
