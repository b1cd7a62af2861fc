//! Entries that are read before they are taken, by those who wait or by a thread of their own.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, eventfd};

use super::entry::Entry;
use super::folder::LeftOut;
use super::query::Query;
use super::reader::Reader;
use crate::error::{Error, Kind, Result};
use crate::flow::own_thread;
use crate::fork::OfThisProcess;

/// How many entries are looked at in one go.
const MOST: usize = 128;
/// What the reading of one entry needs, with the decoders of its fields.
const STACK: usize = 1 << 20;

/// A reader that several threads may share. A forked child leaves it alone: a thread that it does not have may be at it.
#[derive(Debug)]
pub struct Ahead {
    process: OfThisProcess<()>,
    /// Gone when all is read.
    reader: Mutex<Option<Reader>>,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    entries: VecDeque<Entry>,
    ended: bool,
    /// What ended it, for whoever comes next.
    error: Option<Error>,
    /// A thread of ours reads.
    is_working: bool,
    /// Those who wait for it.
    bells: Vec<OwnedFd>,
    left_out: Vec<LeftOut>,
}

impl Found {
    fn take(&mut self) -> Result<Option<Entry>> {
        match self.entries.pop_front() {
            None => self.error.take().map_or(Ok(None), Err),
            found => Ok(found),
        }
    }

    /// Wakes all who wait.
    fn ring(&mut self) {
        for bell in self.bells.drain(..) {
            // It is ours, and its count is zero: there is room in it.
            let _ = rustix::io::write(&bell, &1_u64.to_ne_bytes());
        }
    }
}

impl Ahead {
    /// Begins to read.
    pub fn begin(query: &Query) -> Result<Self> {
        let reader = Reader::begin(query)?;
        Ok(Self {
            process: OfThisProcess::default(),
            reader: Mutex::new(Some(reader)),
            found: Mutex::default(),
        })
    }

    fn check_process(&self) -> Result<()> {
        self.process.get().copied().ok_or_else(|| {
            Error::new(Kind::ConnectionLost, "this stream of entries belongs to the parent process")
                .with_hint("read the journal anew in the forked child, from a cursor on if need be")
        })
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Option<Reader>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next entry that was read, unless somebody else is at it.
    pub fn try_take(&self) -> Result<Option<Entry>> {
        self.check_process()?;
        self.found.try_lock().map_or(Ok(None), |mut found| found.take())
    }

    /// The next entry that was read.
    pub fn take(&self) -> Result<Option<Entry>> {
        self.check_process()?;
        self.found().take()
    }

    /// Whether all was taken.
    pub fn has_ended(&self) -> bool {
        if self.process.is_inherited() {
            return false;
        }
        let found = self.found();
        found.ended && found.entries.is_empty() && found.error.is_none()
    }

    /// Reads some more, unless there are some; false if there is nothing left.
    pub fn read_some(&self) -> Result<bool> {
        self.check_process()?;
        let mut reader = self.reader();
        if !self.found().entries.is_empty() {
            return Ok(true);
        }
        let Some(reading) = reader.as_mut() else { return Ok(false) };
        let read = reading.read_some(MOST);
        if !matches!(read, Ok(Some(_))) {
            self.found().left_out = reading.left_out();
            *reader = None;
        }
        let mut found = self.found();
        found.ended |= reader.is_none();
        match read? {
            Some(_) if found.ended => Ok(false),
            Some(entries) => {
                found.entries.extend(entries);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Reads some more on a thread of its own. The descriptor can be read when there is something to take, or nothing left.
    pub fn read_ahead(this: &Arc<Self>) -> Result<OwnedFd> {
        this.check_process()?;
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(std::io::Error::from)
            .and_then(|bell| Ok((bell.try_clone()?, bell)));
        let (ours, bell) = bell.map_err(|error| no_thread(&error))?;
        let mut found = this.found();
        found.bells.push(ours);
        if found.is_working {
            return Ok(bell);
        }
        if !found.entries.is_empty() || found.ended {
            found.ring();
            return Ok(bell);
        }
        found.is_working = true;
        drop(found);
        let working = Arc::clone(this);
        if let Err(error) = own_thread::start("pm2go-journal", STACK, move || working.work()) {
            let mut found = this.found();
            found.is_working = false;
            found.ring();
            return Err(no_thread(&error));
        }
        Ok(bell)
    }

    fn work(&self) {
        let read = loop {
            match self.read_some() {
                Ok(true) if self.found().entries.is_empty() => {}
                read => break read,
            }
        };
        let mut found = self.found();
        found.error = read.err();
        found.is_working = false;
        found.ring();
    }

    /// What was not read, and why.
    pub fn left_out(&self) -> Vec<LeftOut> {
        if self.process.is_inherited() {
            return Vec::new();
        }
        let reader = self.reader();
        reader.as_ref().map_or_else(|| self.found().left_out.clone(), Reader::left_out)
    }

    /// Ends it: nothing more is given.
    pub fn close(&self) {
        if self.process.is_inherited() {
            return;
        }
        self.found().ended = true;
        let reader = self.reader().take();
        let mut found = self.found();
        if let Some(reader) = reader {
            found.left_out = reader.left_out();
        }
        found.entries.clear();
        found.error = None;
        found.ring();
    }
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::new(Kind::Unavailable, format!("cannot read the journal ahead: {error}"))
        .with_errno(error.raw_os_error())
        .with_hint(
            "this user has too many processes, threads or files; end some, or raise the limit (ulimit)",
        )
}
