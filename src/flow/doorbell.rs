//! What wakes one that waits in poll(2) or on an event loop, again and again: it answers, and can be woken anew.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::Wake;

use rustix::event::{EventfdFlags, eventfd};

/// An event descriptor with one listener. Anybody may ring; it can be read until the listener has answered.
#[derive(Debug)]
pub(crate) struct Doorbell(OwnedFd);

impl Doorbell {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    pub(crate) fn ring(&self) {
        // A full counter rings as well; nothing else can go wrong with an event descriptor.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Takes note of all rings until now.
    pub(crate) fn answer(&self) {
        // Where nobody has rung there is nothing to take note of.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }

    /// What the listener waits for.
    pub(crate) fn descriptor(&self) -> &OwnedFd {
        &self.0
    }
}

impl Wake for Doorbell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}
