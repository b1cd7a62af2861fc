//! Our end of what a command reads. What is to be written outlives the wait for that.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use crate::flow::writable;
use crate::process::stream::unblocked;
use crate::process::terminal::END_OF_INPUT;
use crate::value::Descriptor;

/// What a command reads.
#[derive(Debug, Default)]
pub(super) struct Input(Mutex<Feed>);

#[derive(Debug, Default)]
struct Feed {
    pipe: Option<Descriptor>,
    waiting: Vec<u8>,
    sent: usize,
    /// A terminal stays open for what is read from it: the end of its input is written to it.
    end: Option<EndOfInput>,
}

/// How far a terminal's input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndOfInput {
    /// A line has begun, or not.
    InLine(bool),
    /// Its end was written, or waits to be.
    Told,
}

/// How far one write came.
enum Written {
    Some(usize),
    /// Who reads no more does not want the rest.
    Unwanted,
    Full(Arc<OwnedFd>),
}

impl Feed {
    /// Notes where in a line a terminal's input is.
    fn note(&mut self, bytes: &[u8]) {
        if let (Some(EndOfInput::InLine(is_in)), Some(last)) = (&mut self.end, bytes.last()) {
            *is_in = *last != b'\n';
        }
    }

    /// Has the end of a terminal's input written next.
    fn put_end(&mut self) {
        if let Some(EndOfInput::InLine(is_in)) = self.end {
            // In a line the first one ends only that.
            self.waiting.extend(std::iter::repeat_n(END_OF_INPUT, 1 + usize::from(is_in)));
            self.end = Some(EndOfInput::Told);
        }
    }

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

    /// A terminal.
    pub(super) fn open_terminal(&self, ours: &Descriptor) {
        let mut feed = self.lock();
        (feed.pipe, feed.end) = (Some(ours.clone()), Some(EndOfInput::InLine(false)));
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
        let mut feed = self.lock();
        feed.waiting.extend_from_slice(bytes);
        feed.note(bytes);
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
            let written = {
                let mut feed = self.lock();
                let written = feed.write(bytes)?;
                if let Written::Some(count) = written {
                    feed.note(&bytes[..count]);
                }
                written
            };
            match written {
                Written::Some(count) => return Ok(Some(count)),
                Written::Unwanted => return Ok(None),
                Written::Full(pipe) => writable(&pipe).await,
            }
        }
    }

    /// Writes all that waits, and closes it.
    pub(super) async fn finish(&self) -> io::Result<()> {
        self.lock().put_end();
        self.drain().await?;
        *self.lock() = Feed::default();
        Ok(())
    }

    /// Closes it; what a terminal does not take at once waits for whoever goes on.
    pub(super) fn close(&self) {
        let mut feed = self.lock();
        feed.put_end();
        let has_told = feed.end.is_none() || feed.waiting.is_empty() || feed.write_waiting().is_err();
        if has_told || feed.waiting.is_empty() {
            *feed = Feed::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::block::block;
    use crate::process::terminal::{Terminal, TerminalSize};

    /// What is read of a terminal up to its end.
    fn read(terminal: &Terminal) -> Vec<u8> {
        let mut found = Vec::new();
        loop {
            let mut bytes = [0; 64];
            match rustix::io::read(terminal.theirs.shared(), &mut bytes[..]).unwrap() {
                0 => return found,
                count => found.extend_from_slice(&bytes[..count]),
            }
        }
    }

    #[test]
    fn the_end_of_a_terminals_input_is_written() {
        type Close = fn(&Input);
        let closes: [Close; 2] = [|input| block(input.finish(), None).unwrap().unwrap(), Input::close];
        for text in ["", "a\n", "a\nb"] {
            for close in closes {
                let terminal = Terminal::open(TerminalSize { rows: 24, columns: 80 }).unwrap();
                let input = Input::default();
                input.open_terminal(&terminal.ours);
                input.put(text.as_bytes());
                close(&input);
                // Once is enough.
                input.close();
                assert_eq!(read(&terminal), text.as_bytes());
            }
        }
    }

    #[test]
    fn what_was_written_piece_by_piece_ends_as_well() {
        let terminal = Terminal::open(TerminalSize { rows: 24, columns: 80 }).unwrap();
        let input = Input::default();
        input.open_terminal(&terminal.ours);
        for piece in ["a\n", "b"] {
            assert_eq!(block(input.write(piece.as_bytes()), None).unwrap().unwrap(), Some(piece.len()));
        }
        input.close();
        assert_eq!(read(&terminal), b"a\nb");
    }
}
