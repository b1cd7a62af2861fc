//! The entries of several files in one order.

use std::cmp::Ordering;
use std::path::PathBuf;

use super::boots;
use super::entry::{Entry, FieldRange};
use super::fault::{Fault, or_nothing};
use super::file::JournalFile;
use super::folder::{self, Journals, LeftOut};
use super::format::EntryHead;
use super::grep::Grep;
use super::limits::Limits;
use super::matches::Match;
use super::query::Query;
use super::source::{Bounds, Direction, Source};
use crate::error::Result;

/// About so many bytes of entries are read in one go.
const MOST_BYTES: usize = 1 << 20;

/// An entry without its fields, and the number of its file.
type Place = (usize, EntryHead);

/// What is done with what is found.
#[derive(Debug)]
enum Phase {
    /// It is told at once.
    Told,
    /// The last ones are looked for from the end.
    Looking(Vec<Place>),
    /// They are told, from the end of the list.
    Held(Vec<Place>),
}

/// What one step has brought.
enum Step {
    Entry(Entry),
    /// One that is not wanted, or not yet.
    Passed,
    End,
}

/// What was found in the files.
enum Looked {
    Wanted(usize, EntryHead),
    Other,
    Nothing,
}

/// The entries that were asked for, one after the other.
#[derive(Debug)]
pub struct Reader {
    pub(super) sources: Vec<Source>,
    wanted: Match,
    direction: Direction,
    bounds: Bounds,
    grep: Option<Grep>,
    /// Names of the fields that are wanted; of all, if there are none.
    fields: Vec<Vec<u8>>,
    /// How many more are wanted.
    left: u64,
    phase: Phase,
    pub(super) left_out: Vec<LeftOut>,
    /// Used again for each entry.
    places: Vec<u64>,
}

impl Reader {
    /// Begins to read.
    pub fn begin(query: &Query) -> Result<Self> {
        let (files, left_out) = folder::open(&query.journals)?;
        Self::of(files, left_out, query, Limits::default())
    }

    /// The same of files that are open.
    pub(super) fn of(
        mut files: Vec<JournalFile>,
        left_out: Vec<LeftOut>,
        query: &Query,
        limits: Limits,
    ) -> Result<Self> {
        let wanted = match &query.boot {
            None => query.wanted.clone(),
            Some(boot) => {
                let are_local = matches!(query.journals, Journals::Local { .. });
                let of_boot = boots::entries_of(boot, &mut files, are_local)?;
                Match::All(vec![of_boot, query.wanted.clone()])
            }
        };
        let (direction, hold) = query.way();
        let phase = if hold { Phase::Looking(Vec::new()) } else { Phase::Told };
        let mut reader = Self {
            sources: Vec::with_capacity(files.len()),
            wanted,
            direction,
            bounds: Bounds { limits, ..query.bounds() },
            grep: query.grep.clone(),
            fields: query.fields.iter().map(|name| name.clone().into_bytes()).collect(),
            left: query.lines.unwrap_or(u64::MAX),
            phase,
            left_out,
            places: Vec::new(),
        };
        reader.add(files);
        Ok(reader)
    }

    /// Reads these files as well.
    fn add(&mut self, files: Vec<JournalFile>) {
        for file in files {
            let path = file.path().to_owned();
            match Source::begin(file, &self.wanted, &self.bounds, self.direction) {
                Ok(source) => self.sources.push(source),
                Err(fault) => self.leave_out(path, &fault),
            }
        }
    }

    fn leave_out(&mut self, path: PathBuf, fault: &Fault) {
        let reason = folder::left_out(&path, fault);
        self.left_out.retain(|left| left.path != path);
        self.left_out.push(LeftOut { path, reason });
    }

    /// From now on what comes is read, however much it is.
    pub(super) fn turn(&mut self) {
        (self.phase, self.direction, self.left) = (Phase::Told, Direction::Forwards, u64::MAX);
        self.sources.iter_mut().for_each(Source::turn);
    }

    /// Goes on with what was written since, and with these files, of which nothing is read that is not within the bounds.
    pub(super) fn go_on(&mut self, files: Vec<JournalFile>, bounds: Bounds) {
        self.bounds = bounds;
        for at in 0..self.sources.len() {
            let source = &mut self.sources[at];
            if let Err(fault) = source.go_on(&self.wanted, &self.bounds) {
                let path = source.file.path().to_owned();
                self.leave_out(path, &fault);
            }
        }
        self.add(files);
    }

    /// The next entry.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        loop {
            match self.step()? {
                Step::Entry(entry) => return Ok(Some(entry)),
                Step::Passed => {}
                Step::End => return Ok(None),
            }
        }
    }

    /// Looks at so many entries, or fewer large ones, and gives those that are wanted; nothing when all are read.
    pub fn read_some(&mut self, most: usize) -> Result<Option<Vec<Entry>>> {
        let (mut found, mut size) = (Vec::new(), 0);
        for looked in 0..most {
            match self.step()? {
                Step::Entry(entry) => {
                    size += entry.bytes.len();
                    found.push(entry);
                }
                Step::Passed => {}
                Step::End if looked == 0 => return Ok(None),
                Step::End => break,
            }
            if size >= MOST_BYTES {
                break;
            }
        }
        Ok(Some(found))
    }

    /// What was not read, and why.
    #[must_use]
    pub fn left_out(&self) -> Vec<LeftOut> {
        let damaged = self.sources.iter().filter_map(Source::damage);
        self.left_out.iter().cloned().chain(damaged).collect()
    }

    fn step(&mut self) -> Result<Step> {
        match &mut self.phase {
            Phase::Told => match self.next_wanted()? {
                Looked::Wanted(source, head) => self.told(source, head),
                Looked::Other => Ok(Step::Passed),
                Looked::Nothing => Ok(Step::End),
            },
            Phase::Looking(_) => self.look_for_last(),
            Phase::Held(last) => match last.pop() {
                Some((source, head)) => self.told(source, head),
                None => Ok(Step::End),
            },
        }
    }

    /// Looks for one more of the last ones, from the end.
    fn look_for_last(&mut self) -> Result<Step> {
        let looked = self.next_wanted()?;
        if let Phase::Looking(last) = &mut self.phase {
            match looked {
                Looked::Wanted(source, head) => last.push((source, head)),
                Looked::Other => {}
                Looked::Nothing => self.phase = Phase::Held(std::mem::take(last)),
            }
        }
        Ok(Step::Passed)
    }

    fn told(&mut self, source: usize, head: EntryHead) -> Result<Step> {
        let fields = std::mem::take(&mut self.fields);
        let entry = self.entry(source, head, &fields);
        self.fields = fields;
        Ok(entry?.map_or(Step::Passed, Step::Entry))
    }

    /// Looks at the next of all files, as long as more are wanted.
    fn next_wanted(&mut self) -> Result<Looked> {
        if self.left == 0 {
            return Ok(Looked::Nothing);
        }
        let Some((source, head)) = self.next_of_all()? else { return Ok(Looked::Nothing) };
        if !self.is_like(source, head)? {
            return Ok(Looked::Other);
        }
        self.left -= 1;
        Ok(Looked::Wanted(source, head))
    }

    fn is_like(&mut self, source: usize, head: EntryHead) -> Result<bool> {
        let Some(grep) = self.grep.clone() else { return Ok(true) };
        let entry = self.entry(source, head, &[b"MESSAGE".to_vec()])?;
        Ok(entry.as_ref().and_then(Entry::message).is_some_and(|message| grep.is_in(message)))
    }

    /// The next of all files; the same entry of others is passed over.
    fn next_of_all(&mut self) -> Result<Option<Place>> {
        let Some(best) = self.best() else { return Ok(None) };
        let Some(head) = self.sources[best].due() else { return Ok(None) };
        for other in 0..self.sources.len() {
            if other != best && self.compare(other, best) == Some(Ordering::Equal) {
                self.advance(other)?;
            }
        }
        self.advance(best)?;
        Ok(Some((best, head)))
    }

    fn advance(&mut self, source: usize) -> Result<()> {
        let source = &mut self.sources[source];
        source.advance(&self.bounds).map_err(|fault| folder::left_out(source.file.path(), &fault))
    }

    /// The file whose entry comes first.
    fn best(&self) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (at, source) in self.sources.iter().enumerate() {
            let is_better = match (source.due(), best) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(_), Some(best)) => self.compare(at, best) == Some(self.earlier()),
            };
            if is_better {
                best = Some(at);
            }
        }
        best
    }

    fn earlier(&self) -> Ordering {
        match self.direction {
            Direction::Forwards => Ordering::Less,
            Direction::Backwards => Ordering::Greater,
        }
    }

    fn compare(&self, one: usize, other: usize) -> Option<Ordering> {
        Some(self.sources[one].located()?.compare(self.sources[other].located()?))
    }

    /// The whole entry; none if it is damaged.
    fn entry(&mut self, source: usize, head: EntryHead, wanted: &[Vec<u8>]) -> Result<Option<Entry>> {
        let source = &mut self.sources[source];
        let (mut bytes, mut ranges) = (Vec::new(), Vec::new());
        let take = |bytes: &mut Vec<u8>, start: usize| {
            let equals = bytes[start..].iter().position(|byte| *byte == b'=').unwrap_or_default() + start;
            let name = start..equals;
            if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == bytes[name.clone()]) {
                ranges.push(FieldRange { name, value: equals + 1..bytes.len() });
            } else {
                bytes.truncate(start);
            }
        };
        let read = source.file.fields(head.offset, &mut self.places, take, &mut bytes);
        match or_nothing(read) {
            Ok(Some(damaged)) => {
                source.damaged_fields += damaged;
                let seqnum_id = source.file.objects.header.seqnum_id;
                Ok(Some(Entry { head, seqnum_id, bytes, fields: ranges }))
            }
            Ok(None) => {
                source.damaged += 1;
                Ok(None)
            }
            Err(fault) => Err(folder::left_out(source.file.path(), &fault)),
        }
    }
}
