//! The wire: one unix socket, EXTERNAL authentication, framing, bounded buffers. It never blocks.

mod frame;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv, send,
    socket_with,
};
use zbus::Message;
use zbus::wire::serialized::{Context, Data};
use zbus::wire::{BE, LE};

use self::frame::{Frame, make_sender_unique};
use super::address::{Address, Peer};

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
    /// Waiting for the server's `OK`; whether output is held back meanwhile.
    Authenticating { hold: bool },
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
    output: Vec<u8>,
    /// Where the unsent part of `output` begins.
    unsent: usize,
    /// More is to come before anything is sent.
    collecting: bool,
    /// How many bytes of messages have been given to `send`, and how many the kernel has taken.
    queued_total: u64,
    sent_total: u64,
}

/// Opens a socket and connects it without waiting.
///
/// `WouldBlock` says that the server's queue is full: try again a little later.
pub fn open(address: &Address) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    let target = match address {
        Address::Path(path) => SocketAddrUnix::new(path)?,
        Address::Abstract(name) => SocketAddrUnix::new_abstract_name(name)?,
    };
    connect(&socket, &target)?;
    Ok(socket)
}

impl Wire {
    /// Takes a connected socket and begins the conversation.
    ///
    /// On a message bus `first` (Hello and what follows it) goes out together with the authentication. An
    /// sd-bus server never looks again at a call that it read together with `BEGIN`, so on the private
    /// socket all output is held until `OK` has come.
    pub fn begin(socket: OwnedFd, peer: Peer, uid: u32) -> io::Result<Self> {
        let mut wire = Self {
            socket: Arc::new(socket),
            peer,
            phase: Phase::Authenticating { hold: false },
            input: Vec::with_capacity(4096),
            start: 0,
            needed: 0,
            output: Vec::new(),
            unsent: 0,
            collecting: false,
            queued_total: 0,
            sent_total: 0,
        };
        // Every character of the number is a digit, whose code in hexadecimal is 3 and the digit.
        let identity: String = uid.to_string().chars().flat_map(|digit| ['3', digit]).collect();
        wire.send(format!("\0AUTH EXTERNAL {identity}\r\nBEGIN\r\n").as_bytes())?;
        if wire.wants_write() {
            // A fresh socket takes these few bytes; a rest of them would be held with all other output.
            return Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                "the socket does not take the authentication",
            ));
        }
        wire.phase = Phase::Authenticating { hold: peer == Peer::Private };
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
        !self.is_held() && self.unsent < self.output.len()
    }

    /// All that was read has been handed out: no message is there in part.
    #[must_use]
    pub fn is_between_messages(&self) -> bool {
        self.start == self.input.len()
    }

    /// How many bytes wait for the socket to take them.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.output.len() - self.unsent
    }

    /// How many bytes have been given to [`Wire::send`] so far.
    #[must_use]
    pub fn queued_total(&self) -> u64 {
        self.queued_total
    }

    /// How many of those bytes the kernel has taken.
    #[must_use]
    pub fn sent_total(&self) -> u64 {
        self.sent_total
    }

    /// Whether what is sent from now on is only queued, until it is flushed after this was ended: several messages
    /// then leave with one system call, and the other end wakes up once.
    pub fn collect(&mut self, collecting: bool) {
        self.collecting = collecting;
    }

    fn is_held(&self) -> bool {
        self.collecting || self.phase == Phase::Authenticating { hold: true }
    }

    /// Sends what fits and queues the rest: no caller ever owns half a message.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.queued_total += bytes.len() as u64;
        if self.is_held() || self.wants_write() {
            self.output.extend_from_slice(bytes);
            return Ok(());
        }
        let sent = self.send_now(bytes)?;
        if sent < bytes.len() {
            self.output.clear();
            self.unsent = 0;
            self.output.extend_from_slice(&bytes[sent..]);
        }
        Ok(())
    }

    /// Sends queued output as far as the socket takes it.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.is_held() {
            return Ok(());
        }
        let output = std::mem::take(&mut self.output);
        let mut result = Ok(());
        while self.unsent < output.len() {
            match self.send_now(&output[self.unsent..]) {
                Ok(0) => break,
                Ok(sent) => self.unsent += sent,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        self.output = output;
        if self.unsent == self.output.len() {
            self.output.clear();
            self.unsent = 0;
        }
        result
    }

    fn send_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match send(&*self.socket, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
            Ok(sent) => {
                self.sent_total += sent as u64;
                Ok(sent)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Reads once.
    pub fn fill(&mut self) -> io::Result<Fill> {
        self.make_room()?;
        match recv(&*self.socket, spare_capacity(&mut self.input), RecvFlags::DONTWAIT) {
            Ok((0, _)) => Ok(Fill::End),
            Ok(_) => Ok(Fill::Data),
            Err(Errno::AGAIN | Errno::INTR) => Ok(Fill::Empty),
            Err(errno) => Err(errno.into()),
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
        if let Phase::Authenticating { .. } = self.phase {
            self.read_authentication()?;
            if !self.is_up() {
                return Ok(None);
            }
        }
        let unread = &mut self.input[self.start..];
        let Some(frame) = Frame::of(unread)? else { return Ok(None) };
        if unread.len() < frame.length {
            self.needed = frame.length;
            return Ok(None);
        }
        self.needed = 0;
        if self.peer == Peer::Private {
            make_sender_unique(&mut unread[..frame.length], &frame);
        }
        let bytes = self.take(frame.length);
        let context = if frame.little_endian { Context::new(LE, 0) } else { Context::new(BE, 0) };
        // SAFETY: zbus parses and checks the whole header here, and the body's length against the bytes.
        // Bodies are read only through `decode`, which checks every bound and every string itself, or
        // through zbus's deserializer, which does the same.
        #[expect(unsafe_code, reason = "zbus has no other way to make a message of bytes")]
        let message = unsafe { Message::from_bytes(Data::new(bytes, context)) };
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

    fn read_authentication(&mut self) -> io::Result<()> {
        let unread = &self.input[self.start..];
        let Some(end) = unread.windows(2).position(|pair| pair == b"\r\n") else {
            if unread.len() > LONGEST_LINE {
                return Err(invalid("the server's answer to the authentication does not end".to_owned()));
            }
            return Ok(());
        };
        let line = &unread[..end];
        if line != b"OK" && !line.starts_with(b"OK ") {
            let line = String::from_utf8_lossy(line).into_owned();
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("the server rejected the authentication: {line}"),
            ));
        }
        self.start += end + 2;
        self.phase = Phase::Up;
        self.flush()
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
