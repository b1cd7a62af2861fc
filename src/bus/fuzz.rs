//! What the fuzz targets in `fuzz/` run, and what the tests run a little of each time.

use std::cell::Cell;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use zbus::Message;

use super::address::Peer;
use super::decode::{self, Build, Values};
use super::wire::{Fill, Wire};
use crate::error::Result;

/// Takes `input` for what a peer sends, in pieces of `piece` bytes, and decodes every message that comes out.
pub fn wire(input: &[u8], private: bool, piece: usize) {
    let peer = if private { Peer::Private } else { Peer::Bus };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let Ok((ours, theirs)) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None) else { return };
    let Ok(mut wire) = Wire::begin(ours, peer, 0) else { return };
    for piece in input.chunks(piece.max(1)) {
        if !give(&theirs, piece) || !take(&mut wire) {
            return;
        }
    }
    drop(theirs);
    while take(&mut wire) {}
}

fn give(socket: &OwnedFd, piece: &[u8]) -> bool {
    rustix::io::write(socket, piece).is_ok_and(|count| count == piece.len())
}

/// Reads all there is; false when the conversation is over.
fn take(wire: &mut Wire) -> bool {
    loop {
        let Ok(fill) = wire.fill() else { return false };
        loop {
            match wire.next_message() {
                Ok(Some(message)) => look(&message),
                Ok(None) => break,
                Err(_) => return false,
            }
        }
        match fill {
            Fill::Data => {}
            Fill::Empty => return true,
            Fill::End => return false,
        }
    }
}

fn look(message: &Message) {
    let bytes = message.data().bytes();
    let body = message.body();
    let signature = format!("({})", body.signature().to_string_no_parens());
    // Errors are an answer; only a panic or a loop is not.
    let _ = decode::decode(body.data().bytes(), bytes.first() == Some(&b'l'), &signature, &Values);
    let _ = decode::properties(message, &Values);
    let _ = decode::wanted_properties(message, &["Id", "MemoryCurrent"], &Values);
    let _ = decode::property(message, "MemoryCurrent", &Values);
    let _ = decode::wanted_changes(message, &["ActiveState", "ExecStart"], &Values);
    let _ = body.deserialize::<&str>().map(super::introspect::properties);
    if let Ok(units) = decode::unit_rows(message, body.data().bytes()) {
        for row in units.flatten() {
            let _ = row.name.text();
        }
    }
    let _ = super::answer::check(message);
}

/// Takes `input` for endianness, signature and body, and checks that what is made of it stays in proportion.
#[expect(clippy::missing_panics_doc, reason = "to panic is its purpose")]
pub fn decode(input: &[u8]) {
    let Some((&[flags, length], rest)) = input.split_first_chunk::<2>() else { return };
    let (signature, body) = rest.split_at(usize::from(length).min(rest.len()));
    let Ok(signature) = std::str::from_utf8(signature) else { return };
    let count = Count::default();
    let _ = decode::decode(body, flags & 1 == 0, signature, &count);
    let (made, most) = (count.0.get(), 64 * (body.len() + 1));
    assert!(made <= most, "{made} values of {} bytes as {signature:?}", body.len());
}

/// Counts the values that are made.
#[derive(Default)]
struct Count(Cell<usize>);

/// A value that was made.
struct Made;

impl Count {
    fn one(&self) -> Made {
        self.0.set(self.0.get() + 1);
        Made
    }
}

impl Build for Count {
    type Item = Made;

    fn null(&self) -> Result<Made> {
        Ok(self.one())
    }
    fn boolean(&self, _: bool) -> Result<Made> {
        Ok(self.one())
    }
    fn integer(&self, _: i64) -> Result<Made> {
        Ok(self.one())
    }
    fn unsigned(&self, _: u64) -> Result<Made> {
        Ok(self.one())
    }
    fn double(&self, _: f64) -> Result<Made> {
        Ok(self.one())
    }
    fn text(&self, _: &str) -> Result<Made> {
        Ok(self.one())
    }
    fn bytes(&self, _: &[u8]) -> Result<Made> {
        Ok(self.one())
    }
    fn list(&self, _: Vec<Made>) -> Result<Made> {
        Ok(self.one())
    }
    fn tuple(&self, _: Vec<Made>) -> Result<Made> {
        Ok(self.one())
    }
    fn dict(&self, _: Vec<(Made, Made)>) -> Result<Made> {
        Ok(self.one())
    }
}
