//! Entries that are read before they are taken, by those who wait or by a thread of their own.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::asked::Asked;
use super::elsewhere::Elsewhere;
use super::entry::Entry;
use super::folder::LeftOut;
use super::follower::Follower;
use super::progress::Progress;
use super::query::Query;
use super::reader::Reader;
use super::tidings::Tidings;
use crate::error::{Error, Kind, Result};
use crate::flow::notice::Notice;
use crate::flow::{Bell, First, TOO_MANY_FILES, first, own_thread, readable, with_deadline};
use crate::fork::OfThisProcess;
use crate::location::Location;

/// How many entries are looked at in one go.
const MOST: usize = 128;
/// What the reading of one entry needs, with the decoders of its fields.
const STACK: usize = 1 << 20;

/// A reader that several threads may share. A forked child leaves it alone: a thread that it does not have may be at it.
#[derive(Debug)]
pub struct Ahead {
    /// Gone when all is read.
    reading: OfThisProcess<Mutex<Option<Reading>>>,
    found: Notice<Found>,
    /// What tells of more, where the journal is followed.
    tidings: Option<Tidings>,
}

#[derive(Debug)]
enum Reading {
    Once(Box<Reader>),
    Followed(Box<Follower>),
    Elsewhere(Box<Elsewhere>),
}

#[derive(Debug, Default)]
struct Found {
    entries: VecDeque<Entry>,
    ended: bool,
    /// What ended it, for whoever comes next.
    error: Option<Error>,
    /// A thread of ours reads.
    is_working: bool,
    /// All was read that there was, when it was looked last.
    is_idle: bool,
    /// Those who wait for that thread.
    bells: Vec<Bell>,
    left_out: Vec<LeftOut>,
}

impl Found {
    fn take(&mut self) -> Result<Option<Entry>> {
        match self.entries.pop_front() {
            None => self.error.take().map_or(Ok(None), Err),
            found => Ok(found),
        }
    }

    fn has_news(&self) -> bool {
        !self.entries.is_empty() || self.ended || self.error.is_some()
    }

    fn end_work(&mut self, error: Option<Error>) {
        self.is_working = false;
        self.error = error;
        self.ring();
    }

    /// Wakes all who wait for the thread.
    fn ring(&mut self) {
        self.bells.drain(..).for_each(|bell| bell.ring());
    }
}

impl Ahead {
    /// Begins to read.
    pub fn begin(asked: &Asked, location: Location) -> Result<Self> {
        if !location.is_here() {
            return Self::elsewhere(Elsewhere::begin(asked, location, false)?);
        }
        Self::of_query(&asked.query()?)
    }

    /// The same of the journal here, of one who knows what its entries have.
    pub(super) fn of_query(query: &Query) -> Result<Self> {
        Ok(Self::of(Reading::Once(Box::new(Reader::begin(query)?)), None))
    }

    fn elsewhere(reader: Elsewhere) -> Result<Self> {
        let tidings = Tidings::of(reader.news())?;
        Ok(Self::of(Reading::Elsewhere(Box::new(reader)), Some(tidings)))
    }

    /// Begins to read, and goes on with what comes.
    pub fn follow(asked: &Asked, location: Location) -> Result<Self> {
        if !location.is_here() {
            return Self::elsewhere(Elsewhere::begin(asked, location, true)?);
        }
        Self::follow_query(&asked.query_to_follow()?)
    }

    /// The same of the journal here, of one who knows what its entries have.
    pub(super) fn follow_query(query: &Query) -> Result<Self> {
        let follower = Follower::begin(query)?;
        let tidings = Tidings::of(follower.news())?;
        Ok(Self::of(Reading::Followed(Box::new(follower)), Some(tidings)))
    }

    fn of(reading: Reading, tidings: Option<Tidings>) -> Self {
        let reading = OfThisProcess::new(Mutex::new(Some(reading)));
        Self { reading, found: Notice::new(Found::default()), tidings }
    }

    fn look<R>(&self, look: impl FnOnce(&mut Found) -> R) -> Result<R> {
        self.found.look(look).ok_or_else(of_parent)
    }

    /// The next entry that was read.
    pub fn take(&self) -> Result<Option<Entry>> {
        self.look(Found::take)?
    }

    /// Whether all was taken.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let has_ended = |found: &mut Found| found.ended && found.entries.is_empty() && found.error.is_none();
        self.found.look(has_ended).unwrap_or(false)
    }

    /// Refuses to go on after the deadline, if nothing was found by then.
    pub fn check_time(&self, deadline: Option<Instant>) -> Result<()> {
        let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if is_over && !self.look(|found| found.has_news())? { Err(no_entry_in_time()) } else { Ok(()) }
    }

    /// Reads some more, unless there are some.
    pub fn read_some(&self) -> Result<Progress> {
        let mut reading = self.reading.lock().ok_or_else(of_parent)?;
        if self.look(|found| !found.entries.is_empty())? {
            return Ok(Progress::Some);
        }
        let Some(reader) = reading.as_mut() else { return Ok(Progress::End) };
        let read = reader.read_some();
        if !matches!(read, Ok((Progress::Some | Progress::Nothing, _))) {
            let left_out = reader.left_out();
            *reading = None;
            self.look(|found| (found.ended, found.left_out) = (true, left_out))?;
        }
        let (progress, entries) = read?;
        self.found.tell(|found| found.take_in(progress, entries)).ok_or_else(of_parent)
    }

    /// All that is there, for one who does not wait for the news of it.
    pub fn rest(&self) -> Result<Vec<Entry>> {
        if let Some(Reading::Followed(follower)) = self.reading.lock().ok_or_else(of_parent)?.as_mut() {
            follower.look_again()?;
        }
        let mut rest = Vec::new();
        loop {
            while let Some(entry) = self.take()? {
                rest.push(entry);
            }
            match self.read_some()? {
                Progress::Some => {}
                Progress::Nothing | Progress::End => return Ok(rest),
            }
        }
    }

    /// What there is elsewhere behind all that was read; here, the rest is all.
    pub fn rest_elsewhere(&self) -> Result<Option<Self>> {
        match self.reading.lock().ok_or_else(of_parent)?.as_ref() {
            Some(Reading::Elsewhere(reader)) => Ok(Some(Self::elsewhere(reader.rest_of_now()?)?)),
            Some(Reading::Once(_) | Reading::Followed(_)) | None => Ok(None),
        }
    }

    /// Whether all that is logged from now on is told. Elsewhere that takes a moment.
    pub fn has_begun(&self) -> Result<bool> {
        Ok(match self.reading.lock().ok_or_else(of_parent)?.as_ref() {
            Some(Reading::Elsewhere(reader)) => reader.has_begun(),
            Some(Reading::Once(_) | Reading::Followed(_)) | None => true,
        })
    }

    /// Ends when that is so; or at the deadline, with an error.
    pub async fn begun(&self, deadline: Option<Instant>) -> Result<()> {
        while !self.has_begun()? {
            if self.read_some()? == Progress::Nothing {
                self.news(deadline).await.map_err(|error| match error.kind() {
                    Kind::Timeout => {
                        Error::new(Kind::Timeout, "cannot follow the journal: it was not begun in time")
                    }
                    _ => error,
                })?;
            }
        }
        Ok(())
    }

    /// Ends when there may be something to take or to read, or nothing follows; or at the deadline, with an error.
    pub async fn news(&self, deadline: Option<Instant>) -> Result<()> {
        let heard = self.found.hear(|found| found.has_news().then_some(()));
        let news = async {
            match self.tidings.as_ref().and_then(Tidings::news) {
                Some(news) => match first(heard, readable(&news)).await {
                    First::One(()) | First::Other(()) => {}
                },
                None => heard.await,
            }
            Ok(())
        };
        with_deadline(deadline, news).await.map_err(|error| match error.kind() {
            Kind::Timeout => no_entry_in_time(),
            _ => error,
        })
    }

    /// Reads some more on a thread of its own, if there may be more. The descriptor can be read when there may be something
    /// to take or to read, or nothing is left.
    pub fn read_ahead(this: &Arc<Self>) -> Result<OwnedFd> {
        let idle = this.tidings.as_ref().filter(|tidings| !tidings.are_there());
        if let Some(tidings) = idle
            && this.look(|found| found.is_idle && !found.has_news())?
        {
            return tidings.wait();
        }
        let bell = Bell::new(Kind::Unavailable, READ_AHEAD)?;
        let ours = bell.clone();
        let has_to_start = this.look(|found| {
            found.bells.push(ours);
            if found.has_news() {
                found.ring();
            }
            !found.has_news() && !std::mem::replace(&mut found.is_working, true)
        })?;
        if has_to_start {
            let working = Arc::clone(this);
            let started = own_thread::start("pm2go-journal", STACK, move || working.work());
            if let Err(error) = started {
                this.look(|found| found.end_work(None))?;
                return Err(own_thread::not_started(READ_AHEAD, &error));
            }
        }
        bell.descriptor().try_clone().map_err(|error| no_descriptor(&error))
    }

    fn work(&self) {
        let read = loop {
            match self.read_some() {
                Ok(Progress::Some) if self.look(|found| !found.has_news()).unwrap_or(false) => {}
                read => break read,
            }
        };
        self.found.tell(|found| found.end_work(read.err()));
    }

    /// What was not read, and why.
    #[must_use]
    pub fn left_out(&self) -> Vec<LeftOut> {
        let Some(reading) = self.reading.lock() else { return Vec::new() };
        let ended = || self.found.look(|found| found.left_out.clone()).unwrap_or_default();
        reading.as_ref().map_or_else(ended, Reading::left_out)
    }

    /// Ends it: nothing more is given.
    pub fn close(&self) {
        let end = |found: &mut Found| {
            found.ended = true;
            found.entries.clear();
            found.error = None;
            found.ring();
        };
        if self.found.tell(end).is_none() {
            return;
        }
        self.tidings.iter().for_each(Tidings::end);
        let reading = self.reading.lock().and_then(|mut reading| reading.take());
        if let Some(reading) = reading {
            self.found.look(|found| found.left_out = reading.left_out());
        }
    }
}

impl Found {
    fn take_in(&mut self, progress: Progress, entries: Vec<Entry>) -> Progress {
        if self.ended {
            return Progress::End;
        }
        self.is_idle = progress == Progress::Nothing;
        self.entries.extend(entries);
        progress
    }
}

impl Reading {
    fn read_some(&mut self) -> Result<(Progress, Vec<Entry>)> {
        let (read, without) = match self {
            Self::Once(reader) => (reader.read_some(MOST)?, Progress::End),
            Self::Followed(follower) => (follower.read_some(MOST)?, Progress::Nothing),
            Self::Elsewhere(reader) => return reader.read_some(MOST),
        };
        Ok(read.map_or((without, Vec::new()), |entries| (Progress::Some, entries)))
    }

    fn left_out(&self) -> Vec<LeftOut> {
        match self {
            Self::Once(reader) => reader.left_out(),
            Self::Followed(follower) => follower.left_out(),
            Self::Elsewhere(reader) => reader.left_out(),
        }
    }
}

const READ_AHEAD: &str = "cannot read the journal ahead";

fn of_parent() -> Error {
    Error::new(Kind::ConnectionLost, "this stream of entries belongs to the parent process")
        .with_hint("read the journal anew in the forked child, from a cursor on if need be")
}

fn no_entry_in_time() -> Error {
    Error::new(Kind::Timeout, "no entry came in time")
}

fn no_descriptor(error: &std::io::Error) -> Error {
    Error::new(Kind::Unavailable, format!("{READ_AHEAD}: {error}"))
        .with_errno(error.raw_os_error())
        .with_hint(TOO_MANY_FILES)
}
