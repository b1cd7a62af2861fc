//! One connection: calls go out, answers and signals come in and are handed to whoever waits for them.

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, eventfd};
use zbus::Message;
use zbus::message::Type;

use super::address::{Endpoint, Peer};
use super::call::Call;
use super::registry::Registry;
use super::tap::{Filter, Queue, Tap};
use super::wire::{self, Fill, Wire};
use crate::error::{Error, Kind, Result};
use crate::flow::{Source, Turn, Wait, sleep_until, wait_for};

/// The message bus itself.
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
/// How many signals wait for one listener before the oldest is dropped.
const TAP_CAPACITY: usize = 4096;
/// How many reads one pump makes at most, so that a flood of signals cannot keep a caller from its deadline.
const READS_PER_PUMP: usize = 64;
/// How long to wait before the next try when a server's queue of connections is full.
const FULL_QUEUE_PAUSE: Duration = Duration::from_millis(10);

/// A connection to a manager. Clones are handles on the same one.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

struct Shared {
    socket: Arc<OwnedFd>,
    endpoint: Endpoint,
    state: Mutex<State>,
}

struct State {
    wire: Wire,
    registry: Registry,
    taps: HashMap<u64, Queue>,
    last_tap: u64,
    /// How many taps stand on each match rule of the bus.
    rules: HashMap<String, usize>,
    /// The unique name under which systemd is on the bus: signals of others are not believed.
    owner: Option<String>,
    lost: Option<Error>,
    /// Grows with everything that a waiter could have been waiting for.
    turn: u64,
    led: bool,
    bells: Vec<Arc<OwnedFd>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Connection({})", self.0.endpoint)
    }
}

impl Connection {
    /// Connects, authenticates and, on a message bus, finds `service` there.
    pub async fn open(endpoint: &Endpoint, service: &'static str, uid: u32) -> Result<Self> {
        let socket = connect(endpoint).await?;
        let wire = Wire::begin(socket, endpoint.peer, uid).map_err(|error| unavailable(endpoint, &error))?;
        let connection = Self::over(wire, endpoint.clone());
        let greeted = match endpoint.peer {
            Peer::Private => connection.authenticated().await,
            Peer::Bus => connection.greet(service).await,
        };
        greeted.map_err(|error| unavailable(endpoint, &error))?;
        Ok(connection)
    }

    fn over(wire: Wire, endpoint: Endpoint) -> Self {
        let limited = endpoint.peer == Peer::Bus;
        Self(Arc::new(Shared {
            socket: Arc::clone(wire.socket()),
            endpoint,
            state: Mutex::new(State {
                wire,
                registry: Registry::new(limited),
                taps: HashMap::new(),
                last_tap: 0,
                rules: HashMap::new(),
                owner: None,
                lost: None,
                turn: 0,
                led: false,
                bells: Vec::new(),
            }),
        }))
    }

    async fn authenticated(&self) -> Result<()> {
        poll_fn(|_| self.poll_for(|state| state.wire.is_up().then_some(()))).await
    }

    /// Hello, and who owns the service's name, now and later: all in one go.
    async fn greet(&self, service: &'static str) -> Result<()> {
        let call = |member| Call::new(BUS_PATH, BUS, member).to(BUS);
        let hello = self.call(&call("Hello"))?;
        let rule = format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{service}'");
        let rule = self.call(&call("AddMatch").text(&rule)?)?;
        let owner = self.call(&call("GetNameOwner").text(service)?)?;
        check(&hello.await?)?;
        check(&rule.await?)?;
        let owner = owner.await?;
        check(&owner)?;
        let owner: String = owner.body().deserialize().map_err(|error| malformed(&error))?;
        self.state().owner = Some(owner);
        Ok(())
    }

    /// Where this connection leads.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// Makes a call; the returned future gives the answer, which may be a D-Bus error message.
    pub fn call(&self, call: &Call<'_>) -> Result<Reply> {
        let mut state = self.state();
        state.check_lost()?;
        let serial = state.registry.next_serial();
        let mut bytes = Vec::new();
        call.encode(serial, &mut bytes)?;
        let begins_at = state.wire.queued_total();
        if let Some(bytes) = state.registry.add(serial, bytes, begins_at)
            && let Err(error) = state.wire.send(&bytes)
        {
            let lost = state.lose(&self.0.endpoint, &error);
            let unsent = state.wire.sent_total() <= begins_at;
            state.registry.forget(serial);
            return Err(lost.with_unsent(unsent));
        }
        Ok(Reply { connection: self.clone(), serial })
    }

    /// Sends a call that nobody answers; a connection that is lost already is no error.
    pub fn send_unanswered(&self, call: Call<'_>) {
        let mut state = self.state();
        let serial = state.registry.next_serial();
        let mut bytes = Vec::new();
        if call.without_reply().encode(serial, &mut bytes).is_ok()
            && state.lost.is_none()
            && let Err(error) = state.wire.send(&bytes)
        {
            state.lose(&self.0.endpoint, &error);
        }
    }

    /// Listens to signals of `sender`. The tap is there before this returns; on a message bus the future
    /// that comes with it gives the bus's word that the match rule is in force.
    pub fn listen(&self, filter: Filter, sender: &'static str) -> Result<(Tap, Option<Reply>)> {
        let rule = (self.0.endpoint.peer == Peer::Bus).then(|| filter.match_rule(sender));
        let tap = {
            let mut state = self.state();
            state.check_lost()?;
            state.last_tap += 1;
            let id = state.last_tap;
            state.taps.insert(id, Queue::new(filter, rule.clone(), TAP_CAPACITY));
            Tap::new(self.clone(), id)
        };
        let Some(rule) = rule else { return Ok((tap, None)) };
        let first = {
            let mut state = self.state();
            let count = state.rules.entry(rule.clone()).or_insert(0);
            *count += 1;
            *count == 1
        };
        let reply = if first {
            Some(self.call(&Call::new(BUS_PATH, BUS, "AddMatch").to(BUS).text(&rule)?)?)
        } else {
            None
        };
        Ok((tap, reply))
    }

    pub(super) fn remove_tap(&self, id: u64) {
        let rule = {
            let mut state = self.state();
            let Some(queue) = state.taps.remove(&id) else { return };
            let Some(rule) = queue.rule else { return };
            match state.rules.get_mut(&rule) {
                Some(count) if *count > 1 => {
                    *count -= 1;
                    return;
                }
                Some(_) => state.rules.remove(&rule),
                None => return,
            };
            rule
        };
        if let Ok(call) = Call::new(BUS_PATH, BUS, "RemoveMatch").to(BUS).text(&rule) {
            self.send_unanswered(call);
        }
    }

    pub(super) fn with_queue<T>(&self, id: u64, look: impl FnOnce(&mut Queue) -> Option<T>) -> Option<T> {
        self.state().taps.get_mut(&id).and_then(look)
    }

    pub(super) fn poll_queue<T>(
        &self,
        id: u64,
        look: impl FnOnce(&mut Queue) -> Option<T>,
    ) -> Poll<Result<T>> {
        self.poll_for(|state| state.taps.get_mut(&id).and_then(look))
    }

    /// Looks for something, or names this connection as what the current flow waits for.
    ///
    /// Look and turn number are taken under one lock: what another thread hands out in between is news.
    fn poll_for<T>(&self, look: impl FnOnce(&mut State) -> Option<T>) -> Poll<Result<T>> {
        let mut state = self.state();
        if let Some(found) = look(&mut state) {
            return Poll::Ready(Ok(found));
        }
        if let Err(lost) = state.check_lost() {
            return Poll::Ready(Err(lost));
        }
        let seen = state.turn;
        drop(state);
        let source: Arc<dyn Source> = Arc::<Shared>::clone(&self.0);
        wait_for(Wait::Source { source, seen });
        Poll::Pending
    }

    /// Reads what has come meanwhile, so that a connection that broke while it lay idle is known to be lost.
    pub fn refresh(&self) -> Result<()> {
        let busy = self.state().led;
        if !busy {
            self.0.pump();
        }
        self.state().check_lost()
    }

    /// How many bytes the kernel has taken so far.
    #[must_use]
    pub fn sent_total(&self) -> u64 {
        self.state().wire.sent_total()
    }

    /// How many calls and listeners there are.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        let state = self.state();
        (state.registry.len(), state.taps.len())
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &Arc<OwnedFd> {
        &self.0.socket
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }
}

/// Connects without blocking; a full queue of the server's is waited for.
async fn connect(endpoint: &Endpoint) -> Result<OwnedFd> {
    loop {
        match wire::open(&endpoint.address) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                sleep_until(Instant::now() + FULL_QUEUE_PAUSE).await;
            }
            Err(error) => return Err(unavailable(endpoint, &error)),
        }
    }
}

fn unavailable(endpoint: &Endpoint, reason: &dyn fmt::Display) -> Error {
    Error::new(Kind::Unavailable, format!("cannot connect to the {endpoint}: {reason}")).with_unsent(true)
}

/// An answer that does not have the form it must have.
pub fn malformed(reason: &dyn fmt::Display) -> Error {
    Error::new(Kind::Systemd, format!("the answer is malformed: {reason}"))
}

/// Turns a D-Bus error message into an error that carries its name.
pub fn check(message: &Message) -> Result<()> {
    if message.message_type() != Type::Error {
        return Ok(());
    }
    let header = message.header();
    let name = header.error_name().map_or("", |name| name.as_str());
    let body = message.body();
    let text: String = body.deserialize::<&str>().map_or_else(|_| name.to_owned(), str::to_owned);
    Err(Error::new(Kind::Systemd, text).with_dbus_name(name))
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No invariant spans a panic: the state is only ever changed by one step at a time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Shared {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn join(&self, seen: u64) -> Turn {
        let mut state = self.state();
        if state.turn != seen {
            return Turn::Moved;
        }
        if !state.led {
            state.led = true;
            return Turn::Lead { wants_write: state.wire.wants_write() };
        }
        match eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK) {
            Ok(bell) => {
                let bell = Arc::new(bell);
                state.bells.push(Arc::clone(&bell));
                Turn::Follow(bell)
            }
            Err(errno) => {
                let error = std::io::Error::from(errno);
                state.lose(&self.endpoint, &error);
                Turn::Moved
            }
        }
    }

    fn pump(&self) {
        let mut state = self.state();
        if let Err(error) = state.pump() {
            state.lose(&self.endpoint, &error);
        }
    }

    fn leave(&self) {
        let mut state = self.state();
        state.led = false;
        for bell in &state.bells {
            // A full counter rings as well; nothing else can go wrong with an event descriptor.
            let _ = rustix::io::write(&**bell, &1_u64.to_ne_bytes());
        }
    }

    fn unfollow(&self, bell: &Arc<OwnedFd>) {
        self.state().bells.retain(|other| !Arc::ptr_eq(other, bell));
    }
}

impl State {
    fn check_lost(&self) -> Result<()> {
        self.lost.as_ref().map_or(Ok(()), |lost| Err(lost.clone().with_unsent(true)))
    }

    fn lose(&mut self, endpoint: &Endpoint, reason: &std::io::Error) -> Error {
        let lost = self.lost.get_or_insert_with(|| {
            Error::new(Kind::ConnectionLost, format!("the connection to the {endpoint} is lost: {reason}"))
        });
        let lost = lost.clone();
        self.registry.fail_all(&lost, self.wire.sent_total());
        self.turn += 1;
        lost
    }

    fn pump(&mut self) -> std::io::Result<()> {
        self.wire.flush()?;
        for _ in 0..READS_PER_PUMP {
            let fill = self.wire.fill()?;
            while let Some(message) = self.wire.next_message()? {
                self.dispatch(&message);
            }
            // Authentication may have just ended, and answers may have opened the window.
            if self.wire.is_up() {
                self.turn += 1;
            }
            while let Some(bytes) = self.registry.release(self.wire.queued_total()) {
                self.wire.send(&bytes)?;
            }
            match fill {
                Fill::Data => {}
                Fill::Empty => return Ok(()),
                Fill::End => return Err(std::io::Error::other("the other end closed it")),
            }
        }
        Ok(())
    }

    fn dispatch(&mut self, message: &Message) {
        self.turn += 1;
        let header = message.header();
        match message.message_type() {
            Type::MethodReturn | Type::Error => {
                if let Some(serial) = header.reply_serial() {
                    self.registry.answer(serial.get(), message.clone());
                }
            }
            Type::Signal => self.dispatch_signal(message),
            // Nobody calls us but the bus's Peer interface, which may go without an answer.
            Type::MethodCall => {}
        }
    }

    fn dispatch_signal(&mut self, message: &Message) {
        let header = message.header();
        let sender = header.sender().map(zbus::names::UniqueName::as_str);
        let member = header.member().map_or("", |member| member.as_str());
        if sender == Some(BUS) || (sender.is_none() && self.owner.is_some()) {
            if member == "NameOwnerChanged" {
                let body = message.body();
                if let Ok((_, _, owner)) = body.deserialize::<(&str, &str, &str)>() {
                    self.owner = Some(owner.to_owned());
                }
            }
            return;
        }
        // Anybody on a bus can send a signal straight to us, past all match rules.
        if self.owner.is_some() && self.owner.as_deref() != sender {
            return;
        }
        for queue in self.taps.values_mut().filter(|queue| queue.filter.matches(message)) {
            queue.push(message);
        }
    }
}

/// The answer to a call; dropping it forgets the call.
#[derive(Debug)]
pub struct Reply {
    connection: Connection,
    serial: u32,
}

impl Future for Reply {
    type Output = Result<Message>;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        let answer = self.connection.poll_for(|state| state.registry.take(self.serial));
        answer.map(|found| found.and_then(|answer| answer))
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.connection.state().registry.forget(self.serial);
    }
}

#[cfg(test)]
mod tests;
