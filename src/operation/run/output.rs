//! Our end of what a command writes. What has been read outlives the wait for more.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use rustix::io::Errno;

use crate::flow::{first, readable};
use crate::process::stream::{PIECE, unblocked};
use crate::process::terminal::Terminal;
use crate::value::Descriptor;

/// What a command writes.
#[derive(Debug, Default)]
pub(super) struct Output(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    pipe: Option<Descriptor>,
    /// What tells of news, where it is a file; after its end there are none.
    news: Option<Descriptor>,
    /// Of a terminal: the end that the command has, until that has ended.
    terminal: Option<Theirs>,
    is_there: bool,
    bytes: Vec<u8>,
}

/// The other end of a terminal.
#[derive(Debug)]
enum Theirs {
    /// It is kept open: that no program has it is no end.
    Open { _held: Descriptor },
    /// No program has it any more that is the command's: what is not there does not come. (A forked child may have it.)
    Left,
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
                Err(Errno::AGAIN) if self.is_left() => {
                    self.pipe = None;
                    Ok(Found::End)
                }
                Err(Errno::AGAIN) => Ok(Found::Nothing(pipe)),
                Err(errno) => Err(errno.into()),
            };
        }
    }

    fn is_left(&self) -> bool {
        matches!(self.terminal, Some(Theirs::Left))
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

    /// A terminal, which ends with the command.
    pub(super) fn open_terminal(&self, terminal: &Terminal) {
        self.open(Some(terminal.ours.clone()));
        self.lock().terminal = Some(Theirs::Open { _held: terminal.theirs.clone() });
    }

    /// Nobody writes to a file or to a terminal any more.
    pub(super) fn finish(&self) {
        let mut kept = self.lock();
        kept.news = None;
        if kept.terminal.is_some() {
            kept.terminal = Some(Theirs::Left);
        }
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
                Found::Nothing(pipe) => {
                    first(readable(&pipe), self.left()).await;
                }
            }
        }
    }

    /// Waits until nobody has a terminal any more; whoever waits for the end of the command as well is woken by that.
    async fn left(&self) {
        poll_fn(|_| if self.lock().is_left() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Nothing more is read.
    pub(super) fn close(&self) {
        let mut kept = self.lock();
        kept.pipe = None;
        kept.bytes = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::block::block;
    use crate::process::terminal::TerminalSize;

    #[test]
    fn a_terminal_ends_with_its_command_whoever_has_it_open() {
        let terminal = Terminal::open(TerminalSize { rows: 24, columns: 80 }).unwrap();
        let output = Output::default();
        output.open_terminal(&terminal);
        assert!(!output.has_some().unwrap());
        rustix::io::write(terminal.theirs.shared(), b"a\n").unwrap();
        block(output.some(), None).unwrap().unwrap();
        assert_eq!(output.take_all().unwrap(), b"a\r\n");
        rustix::io::write(terminal.theirs.shared(), b"b\n").unwrap();
        output.finish();
        block(output.all(), None).unwrap().unwrap();
        assert_eq!(output.take_all().unwrap(), b"b\r\n");
    }
}
