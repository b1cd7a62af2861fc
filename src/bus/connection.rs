//! One connection: calls go out, answers and signals come in and are handed to whoever waits for them.

mod audience;
mod dispatch;
mod kept;
mod lead;
mod listeners;
mod locked;
mod open;
mod rules;
mod source;
mod state;
mod wakeups;

use std::fmt;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};

use zbus::Message;

pub(super) use self::audience::Binding;
use self::locked::Locked;
use self::state::{Awaited, State};
use super::address::Endpoint;
use super::call::Call;
use super::filter::Filter;
use super::keeper::Hold;
use super::signal_queue::SignalQueue;
use crate::error::{Error, Kind, Result};
use crate::flow::{Source, Wait, wait_for};
use crate::fork::{OfThisProcess, Withheld};
use crate::process::Companion;

/// The message bus itself.
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
/// What the bus answers whoever has too much of something.
pub(crate) const LIMITS_EXCEEDED: &str = "org.freedesktop.DBus.Error.LimitsExceeded";
/// What to do then.
pub(crate) const LIMIT_HINT: &str = "the message bus allows each user only so many connections and calls (dbus-daemon(1), \
    max_connections_per_user): close what is not needed, share one client, or raise the limit";
/// A connection to a manager. Clones are handles on the same one.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

struct Shared {
    /// Since nobody came to read it for the first time, and as long as it lives, whoever has it: it is read meanwhile.
    kept: OnceLock<Hold>,
    #[expect(dead_code, reason = "it is dropped")]
    withheld: Withheld,
    socket: Arc<OwnedFd>,
    endpoint: Endpoint,
    /// How often the socket has been read.
    reads: Arc<AtomicU64>,
    state: OfThisProcess<Mutex<State>>,
    /// The program at the other end of the socket, if it is one of ours; it goes with the connection.
    companion: Mutex<Option<Companion>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Connection({})", self.0.endpoint)
    }
}

impl Connection {
    /// Where this connection leads.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// Makes a call; the returned future gives the answer, which may be a D-Bus error message.
    pub fn call(&self, call: &Call<'_>) -> Result<Reply> {
        let serial = self.state()?.submit(&self.0.endpoint, call)?;
        Ok(self.reply(serial))
    }

    /// Makes several calls in one go; the other end wakes up once for all of them.
    pub fn call_all(&self, calls: &[Call<'_>]) -> Result<Vec<Reply>> {
        let serials = self.state()?.submit_all(&self.0.endpoint, calls)?;
        Ok(serials.into_iter().map(|serial| self.reply(serial)).collect())
    }

    /// The same; the answer to one of them, which `number_in` reads, tells the number that the listener is bound to. No signal
    /// about that one that comes after the answer is missed.
    pub(super) fn call_all_and_bind(
        &self,
        calls: &[Call<'_>],
        place: usize,
        binding: Binding,
    ) -> Result<Vec<Reply>> {
        let mut state = self.state()?;
        let serials = state.submit_all(&self.0.endpoint, calls)?;
        if let Some(serial) = serials.get(place) {
            state.bind_by(*serial, binding);
        }
        drop(state);
        Ok(serials.into_iter().map(|serial| self.reply(serial)).collect())
    }

    pub(super) fn bind(&self, listener: u64, number: u32) {
        if let Ok(mut state) = self.state() {
            state.audience.bind(listener, number);
        }
    }

    /// Sends a call that nobody answers; a connection that is lost already is no error.
    pub fn send_unanswered(&self, call: Call<'_>) {
        if let Ok(mut state) = self.state() {
            state.send_unanswered(&self.0.endpoint, call);
        }
    }

    /// Adds a listener; with it goes the bus's word that the match rules are in force that it asked for.
    pub(super) fn add_listener(
        &self,
        filters: Vec<Filter>,
        sender: &'static str,
        capacity: usize,
    ) -> Result<(u64, Vec<Reply>)> {
        let (id, serials) = self.state()?.add_listener(&self.0.endpoint, filters, sender, capacity)?;
        Ok((id, serials.into_iter().map(|serial| self.reply(serial)).collect()))
    }

    pub(super) fn widen(&self, id: u64, filters: Vec<Filter>, sender: &str) -> Result<Vec<Reply>> {
        let serials = self.state()?.widen(&self.0.endpoint, id, filters, sender)?;
        Ok(serials.into_iter().map(|serial| self.reply(serial)).collect())
    }

    pub(super) fn narrow(&self, id: u64, is_wanted: impl Fn(&Filter) -> bool, sender: &str) {
        if let Ok(mut state) = self.state() {
            state.narrow(&self.0.endpoint, id, is_wanted, sender);
        }
    }

    fn reply(&self, serial: u32) -> Reply {
        Reply { connection: self.clone(), serial, position: 0, is_taken: false }
    }

    pub(super) fn remove_listener(&self, id: u64) {
        if let Ok(mut state) = self.state() {
            state.remove_listener(&self.0.endpoint, id);
        }
    }

    /// Somebody hears what the service announces only to those who have asked for that.
    pub fn begin_listening(&self) {
        if let Ok(mut state) = self.state() {
            state.listening += 1;
        }
    }

    /// He does not any more; true says that nobody does.
    #[must_use]
    pub fn end_listening(&self) -> bool {
        self.state().is_ok_and(|mut state| {
            state.listening -= 1;
            state.listening == 0
        })
    }

    pub(super) fn keep_rules(&self, id: u64) {
        if let Ok(mut state) = self.state() {
            state.keep_rules(id);
        }
    }

    pub(super) fn with_queue<T>(
        &self,
        id: u64,
        look: impl FnOnce(&mut SignalQueue) -> Option<T>,
    ) -> Option<T> {
        self.state().ok()?.audience.get_mut(id).and_then(look)
    }

    pub(super) fn poll_queue<T>(
        &self,
        context: &Context<'_>,
        id: u64,
        look: impl FnOnce(&mut SignalQueue) -> Option<T>,
    ) -> Poll<Result<T>> {
        self.poll_for(context, Awaited::Signal(id), |state| state.audience.get_mut(id).and_then(look))
    }

    /// Looks for something, or has the current flow woken by such news, and this connection read for it.
    fn poll_for<T>(
        &self,
        context: &Context<'_>,
        news: Awaited,
        look: impl FnOnce(&mut State) -> Option<T>,
    ) -> Poll<Result<T>> {
        let mut state = match self.state() {
            Ok(state) => state,
            Err(error) => return Poll::Ready(Err(error)),
        };
        if let Some(found) = look(&mut state) {
            return Poll::Ready(Ok(found));
        }
        if let Err(lost) = state.check_lost() {
            return Poll::Ready(Err(lost));
        }
        state.wake_on(news, context.waker());
        drop(state);
        let source: Arc<dyn Source> = Arc::<Shared>::clone(&self.0);
        wait_for(Wait::Source { source });
        Poll::Pending
    }

    /// Reads what has come meanwhile, so that a connection that broke while it lay idle is known to be lost, as
    /// is one to a bus that systemd has left.
    pub fn refresh(&self) -> Result<()> {
        let mut state = self.state()?;
        // A leader reads what comes.
        if !state.lead.is_taken() {
            state.catch_up(&self.0.endpoint);
        }
        self.check_use(&state)
    }

    /// Says whether it is known to be of no use.
    pub fn check(&self) -> Result<()> {
        self.check_use(&*self.state()?)
    }

    fn check_use(&self, state: &State) -> Result<()> {
        if state.has_lost_owner() {
            return Err(self.systemd_has_left().with_unsent(true));
        }
        state.check_lost().map_err(|lost| lost.with_unsent(true))
    }

    /// There is a message bus, and systemd is not on it any more.
    #[must_use]
    pub fn systemd_has_left(&self) -> Error {
        Error::new(Kind::ConnectionLost, format!("systemd has left the {}", self.0.endpoint))
    }

    /// How many bytes the kernel has taken so far.
    #[must_use]
    pub fn sent_total(&self) -> u64 {
        self.state().map_or(0, |state| state.wire.sent_total())
    }

    /// Whether a call and its answer can have file descriptors.
    #[must_use]
    pub fn carries_descriptors(&self) -> bool {
        self.state().is_ok_and(|state| state.wire.carries_descriptors())
    }

    /// How many calls and listeners there are.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        self.state().map_or((0, 0), |state| (state.registry.len(), state.audience.len()))
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &Arc<OwnedFd> {
        &self.0.socket
    }

    fn state(&self) -> Result<Locked<'_>> {
        self.0.state()
    }
}

impl Shared {
    /// What it knows; an error in a forked child, where whatever went over the socket would come between the parent
    /// and its peer.
    fn state(&self) -> Result<Locked<'_>> {
        self.state.lock().map(Locked::from).ok_or_else(|| {
            let message = format!("the connection to the {} belongs to the parent process", self.endpoint);
            Error::new(Kind::ConnectionLost, message).with_unsent(true)
        })
    }
}

/// The answer to a call; dropping it forgets the call.
#[derive(Debug)]
pub struct Reply {
    connection: Connection,
    serial: u32,
    position: u64,
    /// Nothing of it is left with the connection.
    is_taken: bool,
}

impl Reply {
    /// The place of the answer among all messages that came, once it is there.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl Future for Reply {
    type Output = Result<Message>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let news = Awaited::Answer(self.serial);
        let answer = self.connection.poll_for(context, news, |state| state.registry.take(self.serial));
        answer.map(|found| {
            let (answer, position) = found?;
            (self.position, self.is_taken) = (position, true);
            answer
        })
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.is_taken
            && let Ok(mut state) = self.connection.state()
        {
            state.forget(self.serial);
        }
    }
}

#[cfg(test)]
mod tests;
