//! What waits to be sent, with the descriptors that go along.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::socket::{send_bytes, send_with};
use crate::value::Descriptor;

/// A message as it is sent.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The descriptors that go with it.
    pub descriptors: Vec<Descriptor>,
}

/// Bytes that the socket did not take yet.
#[derive(Debug, Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    /// Where the unsent part of `bytes` begins.
    unsent: usize,
    /// How many bytes were to be sent so far, and how many the kernel has taken.
    queued_total: u64,
    sent_total: u64,
    /// The messages whose descriptors are not sent yet.
    attached: VecDeque<Attached>,
}

/// A message of which not a byte has been sent.
#[derive(Debug)]
struct Attached {
    begins_at: u64,
    length: usize,
    descriptors: Vec<Descriptor>,
}

impl Output {
    pub(super) fn unsent(&self) -> usize {
        self.bytes.len() - self.unsent
    }

    pub(super) fn queued_total(&self) -> u64 {
        self.queued_total
    }

    pub(super) fn sent_total(&self) -> u64 {
        self.sent_total
    }

    /// The next bytes begin a message of this length, with which these descriptors go.
    pub(super) fn attach(&mut self, length: usize, descriptors: Vec<Descriptor>) {
        self.attached.push_back(Attached { begins_at: self.queued_total, length, descriptors });
    }

    /// Nothing more is sent: descriptors that wait for it are closed.
    pub(super) fn forget_descriptors(&mut self) {
        self.attached.clear();
    }

    /// Adds to what waits.
    pub(super) fn queue(&mut self, bytes: &[u8]) {
        self.queued_total += bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
    }

    /// Sends what fits and queues the rest; nothing else waits.
    pub(super) fn send(&mut self, socket: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
        self.queued_total += bytes.len() as u64;
        let sent = self.send_once(socket, bytes)?;
        if sent < bytes.len() {
            self.bytes.clear();
            self.unsent = 0;
            self.bytes.extend_from_slice(&bytes[sent..]);
        }
        Ok(())
    }

    /// Sends what waits as far as the socket takes it.
    pub(super) fn flush(&mut self, socket: &OwnedFd) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let mut result = Ok(());
        while self.unsent < bytes.len() {
            match self.send_once(socket, &bytes[self.unsent..]) {
                Ok(0) => break,
                Ok(sent) => self.unsent += sent,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        self.bytes = bytes;
        if self.unsent == self.bytes.len() {
            self.bytes.clear();
            self.unsent = 0;
        }
        result
    }

    /// Sends some of the bytes, which are the next: none of a message with descriptors together with those before it,
    /// and its first byte together with them.
    fn send_once(&mut self, socket: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
        let sent = match self.attached.front() {
            None => send_bytes(socket, bytes),
            Some(next) if next.begins_at > self.sent_total => {
                let before = usize::try_from(next.begins_at - self.sent_total).unwrap_or(usize::MAX);
                send_bytes(socket, &bytes[..before.min(bytes.len())])
            }
            // Alone: a peer may take descriptors for those of the last message that it read with them.
            Some(next) => send_with(socket, &bytes[..next.length.min(bytes.len())], &next.descriptors),
        };
        match sent {
            Ok(sent) => {
                if self.attached.front().is_some_and(|next| next.begins_at == self.sent_total) {
                    // They are the peer's from its first byte on.
                    self.attached.pop_front();
                }
                self.sent_total += sent as u64;
                Ok(sent)
            }
            Err(error) if is_for_later(&error) => Ok(0),
            Err(error) => Err(error),
        }
    }
}

/// Whether there is nothing wrong but that the time has not come.
pub(super) fn is_for_later(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::AGAIN | Errno::INTR))
}
