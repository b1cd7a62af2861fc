//! The wire: one unix socket, EXTERNAL authentication, framing, bounded buffers. It never blocks.

mod arrivals;
mod frame;
mod output;
mod socket;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use zbus::Message;
use zbus::wire::serialized::{Context, Data};
use zbus::wire::{BE, LE};

use self::arrivals::Arrivals;
use self::frame::{Frame, claimed_descriptors, make_sender_unique};
pub use self::output::Outgoing;
use self::output::{Output, is_for_later};
pub(crate) use self::socket::MOST_DESCRIPTORS;
use self::socket::receive;
use super::address::{Address, Peer};
use crate::process::Companion;

/// How much is read at once, and kept as buffer between messages.
const CHUNK: usize = 64 * 1024;
/// The most that is set aside for a message because its header says that it is so long; for more the bytes have to
/// come first.
const TRUSTED: usize = 1 << 20;
/// The longest line that a server may send during authentication.
const LONGEST_LINE: usize = 16 * 1024;
/// What one read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Some bytes.
    Data,
    /// Nothing for now.
    Empty,
    /// The other end is gone.
    End,
}

/// How far the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Waiting for the server's `OK`, and then for what it says to descriptors; whether output is held back
    /// meanwhile.
    Authenticating { hold: bool, accepted: bool },
    /// Messages flow.
    Up,
}

/// One socket with its buffers.
#[derive(Debug)]
pub struct Wire {
    socket: Arc<OwnedFd>,
    peer: Peer,
    phase: Phase,
    input: Vec<u8>,
    /// Where the unread part of `input` begins.
    start: usize,
    /// How long the message at `start` is, once known and while it is incomplete.
    needed: usize,
    arrivals: Arrivals,
    output: Output,
    /// More is to come before anything is sent.
    collecting: bool,
    /// The server was asked whether it passes descriptors.
    negotiates: bool,
    /// It does.
    carries_descriptors: bool,
}

/// Opens a socket and connects it without waiting; or starts the program that speaks on one.
///
/// `WouldBlock` says that the server's queue is full: try again a little later.
pub fn open(address: &Address) -> io::Result<(OwnedFd, Option<Companion>)> {
    let target = match address {
        Address::Path(path) => SocketAddrUnix::new(path)?,
        Address::Abstract(name) => SocketAddrUnix::new_abstract_name(name)?,
        Address::Program(program) => {
            let (socket, companion) = Companion::start(&program.line, program.asks)?;
            return Ok((socket, Some(companion)));
        }
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    connect(&socket, &target)?;
    Ok((socket, None))
}

impl Wire {
    /// Takes a connected socket and begins the conversation.
    ///
    /// On a message bus `first` (Hello and what follows it) goes out together with the authentication. An
    /// sd-bus server never looks again at a call that it read together with `BEGIN`, so on the private
    /// socket all output is held until `OK` has come.
    pub fn begin(socket: OwnedFd, peer: Peer, uid: u32) -> io::Result<Self> {
        Self::begin_as(socket, peer, uid, peer == Peer::Private, true)
    }

    /// The same with a program that hands on what it is told, which is an sd-bus server, too. Where that goes to another
    /// host, no descriptors can go along.
    pub fn begin_bridged(socket: OwnedFd, uid: u32, carries_descriptors: bool) -> io::Result<Self> {
        Self::begin_as(socket, Peer::Bus, uid, true, carries_descriptors)
    }

    fn begin_as(socket: OwnedFd, peer: Peer, uid: u32, hold: bool, negotiates: bool) -> io::Result<Self> {
        let mut wire = Self {
            socket: Arc::new(socket),
            peer,
            phase: Phase::Authenticating { hold: false, accepted: false },
            input: Vec::with_capacity(4096),
            start: 0,
            needed: 0,
            arrivals: Arrivals::default(),
            output: Output::default(),
            collecting: false,
            negotiates,
            carries_descriptors: false,
        };
        // Every character of the number is a digit, whose code in hexadecimal is 3 and the digit.
        let identity: String = uid.to_string().chars().flat_map(|digit| ['3', digit]).collect();
        let question = if negotiates { "NEGOTIATE_UNIX_FD\r\n" } else { "" };
        wire.send(format!("\0AUTH EXTERNAL {identity}\r\n{question}BEGIN\r\n").as_bytes())?;
        if wire.wants_write() {
            // A fresh socket takes these few bytes; a rest of them would be held with all other output.
            return Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                "the socket does not take the authentication",
            ));
        }
        wire.phase = Phase::Authenticating { hold, accepted: false };
        Ok(wire)
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &Arc<OwnedFd> {
        &self.socket
    }

    /// The server has accepted us.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.phase == Phase::Up
    }

    /// There is output that the socket did not take yet.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        !self.is_held() && self.unsent() > 0
    }

    /// Whether the server has agreed to pass descriptors.
    #[must_use]
    pub fn carries_descriptors(&self) -> bool {
        self.carries_descriptors
    }

    /// Nothing more is sent or handed out: descriptors on their way are closed.
    pub fn forget_descriptors(&mut self) {
        self.arrivals.clear();
        self.output.forget_descriptors();
    }

    /// The first line of what came in place of the server's answer to the authentication, if there is one.
    #[must_use]
    pub fn said_instead(&self) -> Option<String> {
        let Phase::Authenticating { accepted: false, .. } = self.phase else { return None };
        let text = String::from_utf8_lossy(&self.input[self.start..]).into_owned();
        let mut lines = text.lines().map(|line| line.replace(char::is_control, ""));
        lines.find(|line| !line.trim().is_empty()).filter(|line| !line.starts_with("OK "))
    }

    /// All that was read has been handed out: no message is there in part.
    #[must_use]
    pub fn is_between_messages(&self) -> bool {
        self.start == self.input.len()
    }

    /// How many bytes wait for the socket to take them.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.output.unsent()
    }

    /// How many bytes have been given to [`Wire::send`] so far.
    #[must_use]
    pub fn queued_total(&self) -> u64 {
        self.output.queued_total()
    }

    /// How many of those bytes the kernel has taken.
    #[must_use]
    pub fn sent_total(&self) -> u64 {
        self.output.sent_total()
    }

    /// Whether what is sent from now on is only queued, until it is flushed after this was ended: several messages
    /// then leave with one system call, and the other end wakes up once.
    pub fn collect(&mut self, collecting: bool) {
        self.collecting = collecting;
    }

    fn is_held(&self) -> bool {
        self.collecting || matches!(self.phase, Phase::Authenticating { hold: true, .. })
    }

    /// Sends what fits and queues the rest: no caller ever owns half a message.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_held() || self.unsent() > 0 {
            self.output.queue(bytes);
            return Ok(());
        }
        self.output.send(&self.socket, bytes)
    }

    /// The same with descriptors, which the server has agreed to pass.
    pub fn send_message(&mut self, message: Outgoing) -> io::Result<()> {
        if !message.descriptors.is_empty() {
            self.output.attach(message.bytes.len(), message.descriptors);
        }
        self.send(&message.bytes)
    }

    /// Sends queued output as far as the socket takes it.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.is_held() { Ok(()) } else { self.output.flush(&self.socket) }
    }

    /// Reads once.
    pub fn fill(&mut self) -> io::Result<Fill> {
        self.make_room()?;
        match receive(&self.socket, &mut self.input) {
            Ok((0, _)) => Ok(Fill::End),
            Ok((count, descriptors)) => {
                self.arrivals.note(count, descriptors);
                Ok(Fill::Data)
            }
            Err(error) if is_for_later(&error) => Ok(Fill::Empty),
            Err(error) => Err(error),
        }
    }

    fn make_room(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.input.drain(..self.start);
            self.start = 0;
        }
        let length = self.input.len();
        // Never a byte beyond a long message, so that it stands alone in the buffer.
        let rest = self.needed.checked_sub(length).filter(|&rest| rest > 0);
        let free = self.input.capacity() - length;
        if free >= rest.unwrap_or(CHUNK / 4) || rest.is_some() && free >= CHUNK {
            return Ok(());
        }
        let more = match rest {
            Some(rest) => rest.min(length.max(TRUSTED)).max(CHUNK.saturating_sub(length)),
            None => CHUNK.saturating_sub(length).max(CHUNK / 4),
        };
        self.input.try_reserve_exact(more).map_err(|_| no_memory(self.needed))
    }

    /// The next whole message that has been read.
    pub fn next_message(&mut self) -> io::Result<Option<Message>> {
        while let Phase::Authenticating { hold, accepted } = self.phase {
            if !self.read_authentication(hold, accepted)? {
                self.arrivals.check_few()?;
                return Ok(None);
            }
        }
        let unread = &mut self.input[self.start..];
        let frame = Frame::of(unread)?;
        let Some(frame) = frame.filter(|frame| {
            self.needed = frame.length;
            unread.len() >= frame.length
        }) else {
            self.arrivals.check_few()?;
            return Ok(None);
        };
        self.needed = 0;
        if self.peer == Peer::Private {
            make_sender_unique(&mut unread[..frame.length], &frame);
        }
        let descriptors = self.take_descriptors(&frame)?;
        let bytes = self.take(frame.length);
        let context = if frame.little_endian { Context::new(LE, 0) } else { Context::new(BE, 0) };
        // SAFETY: zbus parses and checks the whole header here, and the body's length against the bytes.
        // Bodies are read only through `decode`, which checks every bound and every string itself, or
        // through zbus's deserializer, which does the same.
        #[expect(unsafe_code, reason = "zbus has no other way to make a message of bytes")]
        let message = unsafe { Message::from_bytes(Data::new_fds(bytes, context, descriptors)) };
        message.map(Some).map_err(|error| invalid(format!("malformed message: {error}")))
    }

    /// Moves one message out of the input; a long one that stands alone is moved without a copy.
    fn take(&mut self, length: usize) -> Vec<u8> {
        if self.start == 0 && length == self.input.len() && length > CHUNK {
            return std::mem::replace(&mut self.input, Vec::with_capacity(CHUNK));
        }
        let bytes = self.input[self.start..self.start + length].to_vec();
        self.start += length;
        if self.start == self.input.len() {
            self.start = 0;
            self.input.clear();
            if self.input.capacity() > TRUSTED {
                self.input = Vec::with_capacity(CHUNK);
            }
        }
        bytes
    }

    /// The descriptors that came with the next message.
    fn take_descriptors(&mut self, frame: &Frame) -> io::Result<Vec<OwnedFd>> {
        if self.arrivals.is_empty() {
            return Ok(Vec::new());
        }
        let unread = &self.input[self.start..];
        let claimed = claimed_descriptors(&unread[..frame.length], frame);
        if claimed > 0 && !self.carries_descriptors {
            return Err(invalid("file descriptors came that nobody has agreed to".to_owned()));
        }
        self.arrivals.take(claimed, unread.len() - frame.length)
    }

    /// Reads the next line of the server's; false where it has not come as a whole.
    fn read_authentication(&mut self, hold: bool, accepted: bool) -> io::Result<bool> {
        let unread = &self.input[self.start..];
        let Some(end) = unread.windows(2).position(|pair| pair == b"\r\n") else {
            if unread.len() > LONGEST_LINE {
                return Err(invalid("the server's answer to the authentication does not end".to_owned()));
            }
            return Ok(false);
        };
        let line = &unread[..end];
        let says =
            |word: &[u8]| line.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest[0] == b' ');
        let is_understood = if accepted { says(b"AGREE_UNIX_FD") || says(b"ERROR") } else { says(b"OK") };
        if !is_understood {
            let line = String::from_utf8_lossy(line).into_owned();
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("the server rejected the authentication: {line}"),
            ));
        }
        self.carries_descriptors = says(b"AGREE_UNIX_FD");
        self.start += end + 2;
        if !accepted && self.negotiates {
            self.phase = Phase::Authenticating { hold, accepted: true };
            return Ok(true);
        }
        // None of them came with a message.
        self.arrivals.take(0, self.input.len() - self.start)?;
        self.phase = Phase::Up;
        self.flush()?;
        Ok(true)
    }
}

#[cold]
fn no_memory(length: usize) -> io::Error {
    io::Error::new(io::ErrorKind::OutOfMemory, format!("there is no memory for a message of {length} bytes"))
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests;
