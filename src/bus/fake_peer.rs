//! The other end of a socket, for tests: a small server that speaks enough D-Bus to be scripted.

use std::collections::VecDeque;
use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::num::NonZeroU32;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::cmsg_space;
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::Serialize;
use zbus::DynamicType;
use zbus::message::{Builder, Message};
use zbus::wire::serialized::{Context, Data};
use zbus::wire::{Endian, LE};

/// Long enough for a loaded machine; a test that waits so long has found a hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How systemd names itself on its private socket, and what zbus lets a message say instead.
const SYSTEMD: &[u8] = b"org.freedesktop.systemd1";
pub(crate) const DISGUISED: &str = ":rg.freedesktop.systemd1";

pub(crate) struct FakePeer {
    pub(crate) stream: UnixStream,
    pub(crate) endian: Endian,
    /// Its name on a bus; without one it is systemd on its private socket.
    pub(crate) name: Option<&'static str>,
    input: Vec<u8>,
    descriptors: VecDeque<OwnedFd>,
}

impl FakePeer {
    /// A connected pair: the client's socket and the peer.
    pub(crate) fn pair() -> (OwnedFd, Self) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (ours.into(), Self::new(theirs))
    }

    pub(crate) fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream, endian: LE, name: None, input: Vec::new(), descriptors: VecDeque::new() }
    }

    /// Reads the client's part of the authentication, and accepts it and that descriptors are passed.
    pub(crate) fn authenticate(&mut self) {
        self.read_authentication();
        self.write(b"OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n");
    }

    /// Accepts the client, but not that descriptors are passed.
    pub(crate) fn authenticate_without_descriptors(&mut self) {
        self.read_authentication();
        self.write(b"OK 0123456789abcdef0123456789abcdef\r\nERROR \"none here\"\r\n");
    }

    /// Reads up to and including `BEGIN`.
    pub(crate) fn read_authentication(&mut self) {
        let end = loop {
            if let Some(at) = self.input.windows(7).position(|part| part == b"BEGIN\r\n") {
                break at + 7;
            }
            assert!(self.read_more(), "the client left during the authentication");
        };
        let line = self.input.drain(..end).collect::<Vec<_>>();
        assert!(line.starts_with(b"\0AUTH EXTERNAL 3"), "{line:?}");
        assert!(line.ends_with(b"\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n"), "{line:?}");
    }

    fn read_more(&mut self) -> bool {
        let (bytes, descriptors) = self.read(65536);
        self.input.extend(&bytes);
        self.descriptors.extend(descriptors);
        !bytes.is_empty()
    }

    /// Reads once, that many bytes at most: what came, and the descriptors that came with it.
    pub(crate) fn read(&self, most: usize) -> (Vec<u8>, Vec<OwnedFd>) {
        let mut bytes = vec![0; most];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(253))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        // Another test's timer may interrupt it: a socket with a time limit is not read again by the system.
        let count = loop {
            let mut parts = [IoSliceMut::new(&mut bytes)];
            match recvmsg(&self.stream, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
                Err(Errno::INTR) => {}
                // The client has left without reading all there was.
                Err(Errno::CONNRESET) => break 0,
                result => break result.unwrap().bytes,
            }
        };
        bytes.truncate(count);
        let descriptors = control.drain().flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(came) => came.collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        (bytes, descriptors.collect())
    }

    /// Whatever the client has sent so far beyond what was read.
    pub(crate) fn unread(&mut self) -> &[u8] {
        self.stream.set_nonblocking(true).unwrap();
        let mut chunk = vec![0; 65536];
        while let Ok(count @ 1..) = self.stream.read(&mut chunk) {
            self.input.extend(&chunk[..count]);
        }
        self.stream.set_nonblocking(false).unwrap();
        &self.input
    }

    /// Whether a whole call has come already.
    pub(crate) fn has_call(&mut self) -> bool {
        self.unread();
        self.frame().is_some()
    }

    /// The next call; `None` once the client has left.
    pub(crate) fn call(&mut self) -> Option<Message> {
        loop {
            if let Some(length) = self.frame() {
                let bytes: Vec<u8> = self.input.drain(..length).collect();
                return Some(parse_with(bytes, self.descriptors.drain(..)));
            }
            if !self.read_more() {
                return None;
            }
        }
    }

    fn frame(&self) -> Option<usize> {
        let number = |at: usize| {
            let bytes = self.input.get(at..at + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().unwrap()) as usize)
        };
        let length = 16 + number(12)?.next_multiple_of(8) + number(4)?;
        (self.input.len() >= length).then_some(length)
    }

    /// The answer to `call`, as bytes.
    pub(crate) fn answer<B: Serialize + DynamicType>(&self, call: &Message, body: &B) -> Vec<u8> {
        let builder = Message::method_return(&call.header());
        let builder = builder.endian(self.endian);
        match self.name {
            Some(name) => builder.sender(name).build(body).unwrap().data().bytes().to_vec(),
            None => as_systemd(&builder.sender(DISGUISED).build(body).unwrap()),
        }
    }

    pub(crate) fn reply<B: Serialize + DynamicType>(&mut self, call: &Message, body: &B) {
        let bytes = self.answer(call, body);
        self.write(&bytes);
    }

    /// An error as the answer to `call`.
    pub(crate) fn refuse(&mut self, call: &Message, name: &str, text: &str) {
        let header = call.header();
        let message = Message::error(&header, name).endian(self.endian).build(&text).unwrap();
        self.write(message.data().bytes());
    }

    /// A signal `a.B.MEMBER` from systemd on its private socket.
    pub(crate) fn signal(&mut self, member: &str, number: u32) {
        let bytes = as_systemd(&self.build_signal(member).sender(DISGUISED).build(&number).unwrap());
        self.write(&bytes);
    }

    /// A signal `a.B.MEMBER` from a unique name on a bus.
    pub(crate) fn signal_from(&mut self, sender: &str, member: &str, number: u32) {
        let message = self.build_signal(member).sender(sender).build(&number).unwrap();
        self.write(message.data().bytes());
    }

    fn build_signal<'a>(&self, member: &'a str) -> Builder<'a> {
        Message::signal("/a", "a.B", member).endian(self.endian)
    }

    /// The bus's word that a name has got another owner, as bytes.
    pub(crate) fn owner_changed(name: &str, owner: &str) -> Vec<u8> {
        let message = Message::signal("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged")
            .sender("org.freedesktop.DBus")
            .build(&(name, "", owner))
            .unwrap();
        message.data().bytes().to_vec()
    }

    /// Whether the client has sent nothing more: what it sends is here when its call returns.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.unread().is_empty()
    }

    /// The name of the method that a call wants.
    pub(crate) fn member(call: &Message) -> String {
        call.header().member().unwrap().to_string()
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Writes in one piece, with descriptors.
    pub(crate) fn write_with<D: AsFd>(&mut self, bytes: &[u8], descriptors: &[D]) {
        let borrowed: Vec<BorrowedFd<'_>> = descriptors.iter().map(AsFd::as_fd).collect();
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(253))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&borrowed)));
        let sent = sendmsg(&self.stream, &[IoSlice::new(bytes)], &mut control, SendFlags::empty()).unwrap();
        assert_eq!(sent, bytes.len());
    }
}

/// The message's bytes with systemd's own name as the sender.
pub(crate) fn as_systemd(message: &Message) -> Vec<u8> {
    let mut bytes = message.data().bytes().to_vec();
    let at = bytes.windows(SYSTEMD.len()).position(|part| part == DISGUISED.as_bytes()).unwrap();
    bytes[at..at + SYSTEMD.len()].copy_from_slice(SYSTEMD);
    bytes
}

/// A message of little-endian bytes.
pub(crate) fn parse(bytes: Vec<u8>) -> Message {
    parse_with(bytes, std::iter::empty())
}

/// The same with descriptors.
pub(crate) fn parse_with(bytes: Vec<u8>, descriptors: impl Iterator<Item = OwnedFd>) -> Message {
    let data = Data::new_fds(bytes, Context::new(LE, 0), descriptors.map(zbus::wire::Fd::from));
    #[expect(unsafe_code, reason = "zbus has no other way to make a message of bytes")]
    // SAFETY: bodies are read through zbus's checking deserializer only.
    unsafe { Message::from_bytes(data) }.unwrap()
}

/// The serial number of a message.
pub(crate) fn serial(message: &Message) -> NonZeroU32 {
    message.primary_header().serial_num()
}
