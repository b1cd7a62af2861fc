//! The journal while it is written: its last entries, and then each that comes.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use super::cursor::Cursor;
use super::entry::Entry;
use super::fault::or_nothing;
use super::file::JournalFile;
use super::folder::{self, Journals, LeftOut};
use super::limits::Limits;
use super::listed::places;
use super::news::{Changes, News};
use super::order::Located;
use super::query::Query;
use super::reader::Reader;
use super::source::{Bounds, Source};
use crate::error::{Kind, Result};

/// The entries that were asked for, and then those that come, one after the other.
///
/// What entries of one journald are told is told in the order of their numbers, so that from each on a reader can go on
/// with the next. What was written by several is told in the order of its times, as far as it was there in time.
#[derive(Debug)]
pub struct Follower {
    journals: Journals,
    news: News,
    reader: Reader,
    /// Where to begin in files that come.
    beginning: Bounds,
    /// That is the entry that was told last.
    is_moving: bool,
    /// What was asked for of the past has been told.
    is_live: bool,
    /// How far all say that they had come when it was looked last.
    seen: Limits,
    /// That is no further than the time before.
    is_stalled: bool,
    /// Files that are read, and not written any more.
    done: HashSet<PathBuf>,
    /// What was damaged in them.
    damaged: Vec<LeftOut>,
}

impl Follower {
    /// Begins to follow.
    pub fn begin(query: &Query) -> Result<Self> {
        let journals = query.journals.clone();
        let news = News::begin()?;
        // What happens from now on is heard, and what was there before is found: nothing is between them.
        news.watch(&places(&journals)?)?;
        let (mut files, left_out) = folder::open(&journals)?;
        let limits = Limits::of(files.iter());
        let mut known: Vec<&mut JournalFile> = files.iter_mut().collect();
        let (new, _) = folder::open_new(&journals, &mut known, &HashSet::new())?;
        files.extend(new);
        for file in &mut files {
            let looked = or_nothing(file.objects.look_again());
            looked.map_err(|fault| folder::left_out(file.path(), &fault))?;
        }
        let mut reader = Reader::of(files, left_out, query, limits.clone())?;
        let is_moving = !query.is_of_last();
        let newest = if is_moving { None } else { newest(&mut reader)? };
        let new = |newest: Located| after(Cursor::of(&newest.entry, newest.seqnum_id));
        Ok(Self {
            journals,
            news,
            reader,
            beginning: newest.map_or_else(|| query.bounds(), new),
            is_moving,
            is_live: false,
            seen: limits,
            is_stalled: false,
            done: HashSet::new(),
            damaged: Vec::new(),
        })
    }

    /// It can be read when there may be more.
    #[must_use]
    pub fn news(&self) -> &Arc<OwnedFd> {
        self.news.descriptor()
    }

    /// Looks at what there is, for one who cannot wait for the news of it: journald lets 250 ms of them come together
    /// (`POST_CHANGE_TIMER_INTERVAL_USEC` of systemd's src/shared/journal-file-util.c).
    pub fn look_again(&mut self) -> Result<()> {
        if self.is_live { self.look() } else { Ok(()) }
    }

    /// Looks at so many entries, or fewer large ones, and gives those that are wanted; nothing when all are read that are
    /// there.
    pub fn read_some(&mut self, most: usize) -> Result<Option<Vec<Entry>>> {
        if let Some(found) = self.reader.read_some(most)? {
            if let Some(last) = found.last().filter(|_| self.is_moving) {
                self.beginning = after(last.cursor());
            }
            return Ok(Some(found));
        }
        if !self.is_live {
            (self.is_live, self.is_moving) = (true, true);
            self.reader.turn();
        } else if !self.news.are_there() && !self.has_more() {
            return Ok(None);
        }
        self.look()?;
        Ok(Some(Vec::new()))
    }

    /// Whether entries are there that can be told when it is looked again; not so in a file that denies what is in it.
    fn has_more(&self) -> bool {
        !self.is_stalled && self.reader.sources.iter().any(Source::has_more)
    }

    /// What is not read, and why.
    #[must_use]
    pub fn left_out(&self) -> Vec<LeftOut> {
        self.damaged.iter().cloned().chain(self.reader.left_out()).collect()
    }

    #[cfg(test)]
    pub(super) fn open_files(&self) -> usize {
        self.reader.sources.len()
    }

    /// Looks at what is there now. The order matters: see [`Limits`].
    fn look(&mut self) -> Result<()> {
        for source in &mut self.reader.sources {
            let looked = or_nothing(source.file.objects.look_again());
            looked.map_err(|fault| folder::left_out(source.file.path(), &fault))?;
        }
        let limits = Limits::of(self.reader.sources.iter().map(|source| &source.file));
        let changes = self.news.take()?;
        let before = self.reader.sources.len();
        // Of what was not known it is looked anew which entries are new: the other files have told more meanwhile.
        self.reader.sources.retain(|source| !source.is_unknown());
        let is_dropped = self.reader.sources.len() < before;
        let new = if changes.names || is_dropped || self.is_begun(&changes) {
            self.look_for_files()?
        } else {
            Vec::new()
        };
        self.reader.go_on(new, Bounds { limits, ..self.beginning.clone() });
        let seen = Limits::of(self.reader.sources.iter().map(|source| &source.file));
        self.is_stalled = seen == self.seen;
        self.seen = seen;
        self.forget_complete()
    }

    /// Whether a file was written to that was left out for what was not in it.
    fn is_begun(&self, changes: &Changes) -> bool {
        self.reader.left_out.iter().any(|left| {
            let name = left.path.file_name();
            left.reason.kind() != Kind::PermissionDenied
                && name.is_some_and(|name| changes.written.contains(name))
        })
    }

    fn look_for_files(&mut self) -> Result<Vec<JournalFile>> {
        self.news.watch(&places(&self.journals)?)?;
        self.done.retain(|path| path.exists());
        let mut known: Vec<&mut JournalFile> =
            self.reader.sources.iter_mut().map(|source| &mut source.file).collect();
        let (new, left_out) = folder::open_new(&self.journals, &mut known, &self.done)?;
        self.reader.left_out = left_out;
        Ok(new)
    }

    /// Closes what is read and not written any more: journald removes old files to make room.
    fn forget_complete(&mut self) -> Result<()> {
        let mut kept = Vec::new();
        for source in self.reader.sources.drain(..) {
            let is_removed = or_nothing(source.file.is_removed());
            let is_removed = is_removed.map_err(|fault| folder::left_out(source.file.path(), &fault))?;
            let is_old = source.file.is_old();
            if source.head.is_some() || !is_old && is_removed != Some(true) {
                kept.push(source);
                continue;
            }
            self.damaged.extend(source.damage());
            if is_old {
                self.done.insert(source.file.path().to_owned());
            }
        }
        self.reader.sources = kept;
        Ok(())
    }
}

fn after(cursor: Cursor) -> Bounds {
    Bounds { cursor: Some(cursor), after: true, ..Bounds::default() }
}

/// The newest entry of all that may be told.
fn newest(reader: &mut Reader) -> Result<Option<Located>> {
    let mut newest: Option<Located> = None;
    for source in &mut reader.sources {
        let last = source.last().map_err(|fault| folder::left_out(source.file.path(), &fault))?;
        let is_newer = |last: &Located| newest.is_none_or(|newest| newest.compare(*last).is_lt());
        newest = last.filter(is_newer).or(newest);
    }
    Ok(newest)
}
