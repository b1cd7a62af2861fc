//! Our ends of a command's streams. What has been read, and what is to be written, outlives the wait for more.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use crate::flow::{readable, writable};
use crate::process::stream::{PIECE, unblocked};
use crate::value::Descriptor;

/// What a command reads.
#[derive(Debug, Default)]
pub(super) struct Input(Mutex<Feed>);

#[derive(Debug, Default)]
struct Feed {
    pipe: Option<Descriptor>,
    waiting: Vec<u8>,
    sent: usize,
}

/// How far one write came.
enum Written {
    Some(usize),
    /// Who reads no more does not want the rest.
    Unwanted,
    Full(Arc<OwnedFd>),
}

impl Feed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<Written> {
        let Some(pipe) = &self.pipe else { return Ok(Written::Unwanted) };
        let pipe = unblocked(pipe)?;
        loop {
            return match rustix::io::write(pipe.as_fd(), bytes) {
                Ok(written) => Ok(Written::Some(written)),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Ok(Written::Full(pipe)),
                // The master of a pseudo terminal says it so.
                Err(Errno::PIPE | Errno::IO) => {
                    *self = Self::default();
                    Ok(Written::Unwanted)
                }
                Err(errno) => Err(errno.into()),
            };
        }
    }

    fn write_waiting(&mut self) -> io::Result<Written> {
        let waiting = std::mem::take(&mut self.waiting);
        let written = self.write(&waiting[self.sent..])?;
        match written {
            Written::Some(count) if self.sent + count == waiting.len() => self.sent = 0,
            Written::Some(count) => (self.waiting, self.sent) = (waiting, self.sent + count),
            Written::Full(_) => self.waiting = waiting,
            Written::Unwanted => {}
        }
        Ok(written)
    }
}

impl Input {
    fn lock(&self) -> MutexGuard<'_, Feed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self, pipe: Option<Descriptor>) {
        self.lock().pipe = pipe;
    }

    pub(super) fn descriptor(&self) -> Option<Descriptor> {
        self.lock().pipe.clone()
    }

    /// Whether something waits to be written.
    pub(super) fn waits(&self) -> bool {
        !self.lock().waiting.is_empty()
    }

    /// Has this written next.
    pub(super) fn put(&self, bytes: &[u8]) {
        self.lock().waiting.extend_from_slice(bytes);
    }

    /// Writes all that waits. False says that nobody reads it.
    pub(super) async fn drain(&self) -> io::Result<bool> {
        loop {
            let written = {
                let mut feed = self.lock();
                if feed.waiting.is_empty() {
                    return Ok(feed.pipe.is_some());
                }
                feed.write_waiting()?
            };
            match written {
                Written::Some(_) => {}
                Written::Unwanted => return Ok(false),
                Written::Full(pipe) => writable(&pipe).await,
            }
        }
    }

    /// Writes some of these bytes after all that waits, and tells how many; none says that nobody reads them.
    pub(super) async fn write(&self, bytes: &[u8]) -> io::Result<Option<usize>> {
        loop {
            if !self.drain().await? {
                return Ok(None);
            }
            let written = self.lock().write(bytes)?;
            match written {
                Written::Some(count) => return Ok(Some(count)),
                Written::Unwanted => return Ok(None),
                Written::Full(pipe) => writable(&pipe).await,
            }
        }
    }

    pub(super) fn close(&self) {
        *self.lock() = Feed::default();
    }
}

/// What a command writes.
#[derive(Debug, Default)]
pub(super) struct Output(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    pipe: Option<Descriptor>,
    /// What tells of news, where it is a file; after its end there are none.
    news: Option<Descriptor>,
    is_there: bool,
    bytes: Vec<u8>,
}

/// How far one read came.
enum Found {
    Some,
    End,
    Nothing(Arc<OwnedFd>),
}

impl Kept {
    fn read(&mut self) -> io::Result<Found> {
        let Some(pipe) = &self.pipe else { return Ok(Found::End) };
        let pipe = unblocked(pipe)?;
        let news = self.news.clone();
        if let Some(news) = &news {
            // What comes after this is told again.
            let mut told = [0; 4096];
            while rustix::io::read(news, &mut told).is_ok_and(|length| length > 0) {}
        }
        loop {
            self.bytes.try_reserve(PIECE).map_err(|_| io::ErrorKind::OutOfMemory)?;
            return match rustix::io::read(pipe.as_fd(), rustix::buffer::spare_capacity(&mut self.bytes)) {
                // The master of a pseudo terminal says its end so.
                Ok(0) | Err(Errno::IO) => {
                    if let Some(news) = news {
                        return Ok(Found::Nothing(Arc::clone(news.shared())));
                    }
                    self.pipe = None;
                    Ok(Found::End)
                }
                Ok(_) => Ok(Found::Some),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Ok(Found::Nothing(pipe)),
                Err(errno) => Err(errno.into()),
            };
        }
    }
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self, pipe: Option<Descriptor>) {
        let mut kept = self.lock();
        kept.is_there = pipe.is_some();
        kept.pipe = pipe;
    }

    /// A file, which ends when nobody writes to it any more.
    pub(super) fn open_file(&self, file: Option<(Descriptor, Descriptor)>) {
        let (file, news) = file.unzip();
        self.open(file);
        self.lock().news = news;
    }

    /// Nobody writes to a file any more.
    pub(super) fn finish(&self) {
        self.lock().news = None;
    }

    pub(super) fn descriptor(&self) -> Option<Descriptor> {
        self.lock().pipe.clone()
    }

    pub(super) fn is_there(&self) -> bool {
        self.lock().is_there
    }

    /// Takes what has been read, or so much of it.
    pub(super) fn take(&self, most: usize) -> Vec<u8> {
        let bytes = &mut self.lock().bytes;
        if most >= bytes.len() {
            return std::mem::take(bytes);
        }
        let rest = bytes.split_off(most);
        std::mem::replace(bytes, rest)
    }

    /// All that has been read, where it was wanted.
    pub(super) fn take_all(&self) -> Option<Vec<u8>> {
        self.is_there().then(|| self.take(usize::MAX))
    }

    /// Whether something has been read that nobody has taken, or there is nothing more to come, as far as can be told without a wait.
    pub(super) fn has_some(&self) -> io::Result<bool> {
        let mut kept = self.lock();
        Ok(!kept.bytes.is_empty() || !matches!(kept.read()?, Found::Nothing(_)))
    }

    /// Reads until something is there, or nothing more comes.
    pub(super) async fn some(&self) -> io::Result<()> {
        loop {
            let found = {
                let mut kept = self.lock();
                if !kept.bytes.is_empty() {
                    return Ok(());
                }
                kept.read()?
            };
            match found {
                Found::Some | Found::End => return Ok(()),
                Found::Nothing(pipe) => readable(&pipe).await,
            }
        }
    }

    /// Reads to the end.
    pub(super) async fn all(&self) -> io::Result<()> {
        loop {
            let found = self.lock().read()?;
            match found {
                Found::Some => {}
                Found::End => return Ok(()),
                Found::Nothing(pipe) => readable(&pipe).await,
            }
        }
    }

    /// Nothing more is read.
    pub(super) fn close(&self) {
        let mut kept = self.lock();
        kept.pipe = None;
        kept.bytes = Vec::new();
    }
}
