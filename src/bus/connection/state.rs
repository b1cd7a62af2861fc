//! What a connection knows, all of it under one lock: buffers, calls, listeners, match rules.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

use rustix::net::Shutdown;

use super::BUS;
use super::audience::{Audience, Binding};
use super::lead::Leadership;
use super::rules::Rules;
use super::wakeups::Wakeups;
use crate::bus::address::{Endpoint, Peer};
use crate::bus::call::Call;
use crate::bus::registry::Registry;
use crate::bus::wire::{Fill, MOST_DESCRIPTORS, Outgoing, Wire};
use crate::error::{Error, Kind, Result};

/// How many reads one pump makes at most, so that a flood of signals cannot keep a caller from its deadline.
const READS_PER_PUMP: usize = 64;

/// So many bytes of calls may wait to be sent: twice as many as the longest message has.
const MOST_UNSENT: usize = 256 << 20;

/// What a waiter that has a waker of its own waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Awaited {
    /// The end of the authentication.
    Up,
    /// Somebody owns the service's name.
    Owner,
    /// The answer to the call with this serial number.
    Answer(u32),
    /// A signal for this subscription.
    Signal(u64),
}

pub(super) struct State {
    pub(super) wire: Wire,
    pub(super) registry: Registry,
    pub(super) audience: Audience,
    /// The calls whose answers tell the number that a listener is bound to, with that listener.
    pub(super) binding: HashMap<u32, Binding>,
    pub(super) rules: Rules,
    /// How many hear what the service announces only to those who have asked for that.
    pub(super) listening: usize,
    /// The name of the service that is called.
    pub(super) service: &'static str,
    /// The unique name under which systemd is on the bus: signals of others are not believed.
    pub(super) owner: Option<String>,
    lost: Option<Error>,
    /// How often something was read; a long message comes in several pieces.
    pub(super) reads: Arc<AtomicU64>,
    /// How many messages have come, which is the place of the last one.
    pub(super) received: u64,
    pub(super) lead: Leadership,
    /// Who is to be woken by what.
    pub(super) wakers: HashMap<Awaited, Waker>,
    /// Those whose news has come.
    pub(super) woken: Vec<Waker>,
}

impl Drop for State {
    /// To the peer a socket is open as long as a forked child has a copy of it.
    fn drop(&mut self) {
        self.shut_down();
    }
}

impl State {
    pub(super) fn new(wire: Wire, peer: Peer, service: &'static str) -> Self {
        Self {
            wire,
            registry: Registry::new(peer == Peer::Bus),
            audience: Audience::default(),
            binding: HashMap::new(),
            rules: Rules::default(),
            listening: 0,
            service,
            owner: None,
            lost: None,
            reads: Arc::default(),
            received: 0,
            lead: Leadership::default(),
            wakers: HashMap::new(),
            woken: Vec::new(),
        }
    }

    /// Says what broke the connection, if anything did.
    pub(super) fn check_lost(&self) -> Result<()> {
        self.lost.as_ref().map_or(Ok(()), |lost| Err(lost.clone()))
    }

    /// Has the waker woken when there is such news.
    pub(super) fn wake_on(&mut self, news: Awaited, waker: &Waker) {
        self.wakers.insert(news, waker.clone());
    }

    /// Nobody waits for such news any more.
    pub(super) fn unwake(&mut self, news: Awaited) {
        self.wakers.remove(&news);
    }

    /// Who is to be woken, now that all has been handed out.
    pub(super) fn wakeups(&mut self) -> Wakeups {
        let called = self.lead.called(self.lost.is_none() && self.wire.wants_write());
        Wakeups { news: std::mem::take(&mut self.woken), called }
    }

    /// Nobody waits for the answer to this call any more.
    pub(super) fn forget(&mut self, serial: u32) {
        self.registry.forget(serial);
        self.binding.remove(&serial);
        self.unwake(Awaited::Answer(serial));
    }

    pub(super) fn wake(&mut self, news: Awaited) {
        self.woken.extend(self.wakers.remove(&news));
    }

    /// Sends a call, or holds it behind the window, and gives its serial number.
    pub(super) fn submit(&mut self, endpoint: &Endpoint, call: &Call<'_>) -> Result<u32> {
        self.check_lost().map_err(|lost| lost.with_unsent(true))?;
        self.check_descriptors(endpoint, call)?;
        let serial = self.registry.next_serial();
        let mut bytes = Vec::new();
        call.encode(serial, &mut bytes)?;
        let waiting = self.wire.unsent() + self.registry.held_bytes();
        if waiting > 0 && waiting.saturating_add(bytes.len()) > MOST_UNSENT {
            return Err(too_much(endpoint));
        }
        let begins_at = self.wire.queued_total();
        // The bus limits calls that it passes on; it answers its own at once.
        let limited = call.destination() != Some(BUS);
        let call = Outgoing { bytes, descriptors: call.descriptors().to_vec() };
        if let Some(call) = self.registry.add(serial, call, begins_at, limited)
            && let Err(error) = self.wire.send_message(call)
        {
            self.registry.forget(serial);
            let unsent = self.wire.sent_total() <= begins_at;
            self.read_rest();
            return Err(self.lose(endpoint, &error).with_unsent(unsent));
        }
        Ok(serial)
    }

    /// Says why the descriptors of a call cannot be passed.
    fn check_descriptors(&self, endpoint: &Endpoint, call: &Call<'_>) -> Result<()> {
        let count = call.descriptors().len();
        let reason = if count > MOST_DESCRIPTORS {
            format!("{count} are more than Linux passes in one piece ({MOST_DESCRIPTORS})")
        } else if count > 0 && !self.wire.carries_descriptors() {
            format!("the {endpoint} has not agreed to pass any (NEGOTIATE_UNIX_FD)")
        } else {
            return Ok(());
        };
        let message = format!("cannot call {} with file descriptors: {reason}", call.member());
        Err(Error::new(Kind::Unsupported, message).with_unsent(true))
    }

    /// Sends several calls in one go, and gives their serial numbers. If they cannot be sent, their answers say so.
    pub(super) fn submit_all(&mut self, endpoint: &Endpoint, calls: &[Call<'_>]) -> Result<Vec<u32>> {
        let mut serials = Vec::with_capacity(calls.len());
        self.wire.collect(true);
        let submitted = calls.iter().try_for_each(|call| {
            serials.push(self.submit(endpoint, call)?);
            Ok(())
        });
        self.wire.collect(false);
        self.flush(endpoint);
        if submitted.is_err() {
            for &serial in &serials {
                self.registry.forget(serial);
            }
        }
        submitted.map(|()| serials)
    }

    /// Sends a call that nobody answers; a connection that is lost already is no error.
    pub(super) fn send_unanswered(&mut self, endpoint: &Endpoint, call: Call<'_>) {
        let serial = self.registry.next_serial();
        let mut bytes = Vec::new();
        if self.lost.is_none()
            && call.without_reply().encode(serial, &mut bytes).is_ok()
            && let Err(error) = self.wire.send(&bytes)
        {
            self.read_rest();
            self.lose(endpoint, &error);
        }
    }

    /// Takes the bus's word on who owns the service's name, unless a later word has come already.
    pub(super) fn learn_owner(&mut self, owner: String) {
        self.owner.get_or_insert(owner);
    }

    /// Whether the service is on the bus.
    pub(super) fn has_owner(&self) -> bool {
        self.owner.as_ref().is_some_and(|owner| !owner.is_empty())
    }

    /// Whether the service was on the bus and is not any more.
    pub(super) fn has_lost_owner(&self) -> bool {
        self.owner.as_ref().is_some_and(String::is_empty)
    }

    fn shut_down(&self) {
        // An error says that the peer has done the same.
        let _ = rustix::net::shutdown(&**self.wire.socket(), Shutdown::Both);
    }

    /// The connection is of no use any more: every waiting call fails.
    pub(super) fn lose(&mut self, endpoint: &Endpoint, reason: &io::Error) -> Error {
        let lost = self.lost.get_or_insert_with(|| {
            Error::new(Kind::ConnectionLost, format!("the connection to the {endpoint} is lost: {reason}"))
                .with_errno(reason.raw_os_error())
        });
        let lost = lost.clone();
        // It wakes whoever waits for input, and the peer need not queue for us any more.
        self.shut_down();
        self.wire.forget_descriptors();
        self.registry.fail_all(&lost, self.wire.sent_total());
        self.woken.extend(self.wakers.drain().map(|(_, waker)| waker));
        lost
    }

    /// Sends and reads what goes through without waiting, and hands out what came.
    ///
    /// It may stop after an answer: of what comes next, whoever waits is told by the kernel.
    pub(super) fn pump(&mut self, endpoint: &Endpoint) {
        self.exchange(endpoint, Wire::is_between_messages);
    }

    /// The same, but everything is read: where the connection broke behind the last message, that is seen too.
    pub(super) fn catch_up(&mut self, endpoint: &Endpoint) {
        self.exchange(endpoint, |_| false);
    }

    fn exchange(&mut self, endpoint: &Endpoint, is_enough: impl Fn(&Wire) -> bool) {
        if self.lost.is_some() {
            return;
        }
        let result = match self.wire.flush() {
            Ok(()) => self.read(is_enough),
            Err(error) => {
                self.read_rest();
                Err(error)
            }
        };
        if let Err(error) = result {
            self.lose(endpoint, &error);
        }
    }

    /// Sends what goes through without waiting.
    pub(super) fn flush(&mut self, endpoint: &Endpoint) {
        if self.lost.is_none()
            && let Err(error) = self.wire.flush()
        {
            self.read_rest();
            self.lose(endpoint, &error);
        }
    }

    fn read(&mut self, is_enough: impl Fn(&Wire) -> bool) -> io::Result<()> {
        for _ in 0..READS_PER_PUMP {
            match self.read_once()? {
                Fill::Data if is_enough(&self.wire) => return Ok(()),
                Fill::Data => {}
                Fill::Empty => return Ok(()),
                Fill::End => return Err(io::Error::other("the other end closed it")),
            }
        }
        Ok(())
    }

    /// The peer does not read any more, but what it said before counts.
    fn read_rest(&mut self) {
        for _ in 0..READS_PER_PUMP {
            if !matches!(self.read_once(), Ok(Fill::Data)) {
                return;
            }
        }
    }

    fn read_once(&mut self) -> io::Result<Fill> {
        let was_up = self.wire.is_up();
        let fill = self.wire.fill()?;
        if fill == Fill::Data {
            self.reads.fetch_add(1, Ordering::SeqCst);
        }
        while let Some(message) = self.wire.next_message()? {
            self.dispatch(&message);
        }
        if self.wire.is_up() != was_up {
            self.wake(Awaited::Up);
        }
        self.send_released()?;
        Ok(fill)
    }

    /// Sends the calls that the answers which came let through the window, all in one go.
    fn send_released(&mut self) -> io::Result<()> {
        let Some(first) = self.registry.release(self.wire.queued_total()) else { return Ok(()) };
        self.wire.collect(true);
        self.wire.send_message(first)?;
        while let Some(next) = self.registry.release(self.wire.queued_total()) {
            self.wire.send_message(next)?;
        }
        self.wire.collect(false);
        self.wire.flush()
    }
}

#[cold]
fn too_much(endpoint: &Endpoint) -> Error {
    let message = format!("too much waits to be sent to the {endpoint}: its other end does not read");
    Error::new(Kind::Unavailable, message)
        .with_hint("the manager may be busy or stopped; make fewer calls at once")
        .with_unsent(true)
}
