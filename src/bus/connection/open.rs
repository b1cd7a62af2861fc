//! How a connection comes to be: the socket, the authentication, and on a message bus who is there.

mod bridge;

use std::fmt;
use std::future::poll_fn;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::state::{Awaited, State};
use super::{BUS, BUS_PATH, Connection, LIMIT_HINT, LIMITS_EXCEEDED, Shared};
use crate::bus::address::{Address, Endpoint, Peer};
use crate::bus::answer::{check, each, malformed};
use crate::bus::call::Call;
use crate::bus::wire::{self, Wire};
use crate::error::{Error, Kind, Result};
use crate::flow::{TOO_MANY_FILES, sleep_until, with_deadline};
use crate::fork::{OfThisProcess, Withheld};
use crate::process::Companion;

use self::bridge::not_started;

/// What the bus answers when nobody has a name.
const NOBODY_THERE: &str = "org.freedesktop.DBus.Error.NameHasNoOwner";
/// How long a service that is not on the bus yet gets to join it.
const TIME_TO_JOIN: Duration = Duration::from_millis(500);
/// How long to wait before the next try when a server's queue of connections is full.
const FULL_QUEUE_PAUSE: Duration = Duration::from_millis(10);

impl Connection {
    /// Connects, authenticates and, on a message bus, finds `service` there.
    pub async fn open(endpoint: &Endpoint, service: &'static str, uid: u32) -> Result<Self> {
        Self::open_patiently(endpoint, service, uid, TIME_TO_JOIN).await
    }

    /// The same, where a service that is not on the bus has so long to join it.
    pub async fn open_patiently(
        endpoint: &Endpoint,
        service: &'static str,
        uid: u32,
        patience: Duration,
    ) -> Result<Self> {
        let (socket, companion) = connect(endpoint).await?;
        let wire = match &endpoint.address {
            Address::Program(program) => Wire::begin_bridged(socket, uid, program.location.host().is_none()),
            Address::Path(_) | Address::Abstract(_) => Wire::begin(socket, endpoint.peer, uid),
        };
        let wire = match wire {
            Ok(wire) => wire,
            Err(error) => return Err(Box::pin(bridge::not_begun(endpoint, companion, &error)).await),
        };
        let connection = Self::over(wire, companion, endpoint.clone(), service);
        let greeted = match endpoint.peer {
            Peer::Private => connection.authenticated().await,
            Peer::Bus => connection.greet(service, patience).await,
        };
        match greeted {
            Ok(()) => Ok(connection),
            Err(error) if matches!(error.kind(), Kind::Unavailable | Kind::Timeout) => Err(error),
            Err(error) => Err(Box::pin(connection.not_greeted(&error)).await),
        }
    }

    pub(super) fn over(
        wire: Wire,
        companion: Option<Companion>,
        endpoint: Endpoint,
        service: &'static str,
    ) -> Self {
        let companion = Mutex::new(companion);
        let socket = Arc::clone(wire.socket());
        let state = State::new(wire, endpoint.peer, service);
        let reads = Arc::clone(&state.reads);
        Self(Arc::new(Shared {
            kept: OnceLock::new(),
            withheld: Withheld::new(&socket),
            socket,
            endpoint,
            reads,
            state: OfThisProcess::new(Mutex::new(state)),
            companion,
        }))
    }

    pub(super) async fn authenticated(&self) -> Result<()> {
        poll_fn(|context| self.poll_for(context, Awaited::Up, |state| state.wire.is_up().then_some(()))).await
    }

    /// Hello, and who owns the service's name, now and later: all in one go.
    async fn greet(&self, service: &'static str, patience: Duration) -> Result<()> {
        let call = |member| Call::new(BUS_PATH, BUS, member).to(BUS);
        let rule = format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{service}'");
        let calls = [call("Hello"), call("AddMatch").text(&rule)?, call("GetNameOwner").text(service)?];
        let [hello, rule, owner] = each(self.call_all(&calls)?)?;
        check(&hello.await?)?;
        check(&rule.await?)?;
        let owner = owner.await?;
        match check(&owner) {
            Ok(()) => {
                let owner = owner.body().deserialize().map_err(|error| malformed(&error))?;
                self.state()?.learn_owner(owner);
                Ok(())
            }
            Err(error) if error.facts().dbus_name.as_deref() == Some(NOBODY_THERE) => {
                self.wait_for_owner(service, patience, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// A user's bus may have been started by this very connection, and its systemd joins a moment later; one that
    /// executes itself anew comes back.
    async fn wait_for_owner(&self, service: &'static str, patience: Duration, nobody: Error) -> Result<()> {
        let deadline = Instant::now().checked_add(patience);
        let joined = poll_fn(|context| {
            self.poll_for(context, Awaited::Owner, |state| state.has_owner().then_some(()))
        });
        with_deadline(deadline, joined).await.map_err(|error| match error.kind() {
            Kind::Timeout => {
                let reason = format!("{service} is not on it");
                let name = nobody.facts().dbus_name.clone().unwrap_or_default();
                unavailable(self.endpoint(), &reason).with_dbus_name(name)
            }
            _ => error,
        })
    }
}

/// Connects without blocking; a full queue of the server's is waited for.
async fn connect(endpoint: &Endpoint) -> Result<(OwnedFd, Option<Companion>)> {
    loop {
        match wire::open(&endpoint.address) {
            Ok(opened) => return Ok(opened),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                sleep_until(Instant::now() + FULL_QUEUE_PAUSE).await;
            }
            Err(error) => return Err(not_started(endpoint, &error)),
        }
    }
}

fn no_system_call(endpoint: &Endpoint, error: &std::io::Error) -> Error {
    let unavailable = unavailable(endpoint, error).with_errno(error.raw_os_error());
    let of_process = [Errno::MFILE, Errno::NFILE].map(|errno| Some(errno.raw_os_error()));
    if of_process.contains(&error.raw_os_error()) {
        return unavailable.with_hint(TOO_MANY_FILES);
    }
    unavailable
}

/// The other end took the connection and did not keep it. dbus-daemon says where it has too many; dbus-broker
/// closes the connection without a word.
fn not_greeted(endpoint: &Endpoint, error: &Error) -> Error {
    let facts = error.facts();
    let unavailable = unavailable(endpoint, &facts.message).with_errno(facts.errno);
    match &facts.dbus_name {
        Some(name) if name == LIMITS_EXCEEDED => unavailable.with_dbus_name(name).with_hint(LIMIT_HINT),
        Some(name) => unavailable.with_dbus_name(name),
        None if facts.kind == Kind::ConnectionLost && endpoint.peer == Peer::Bus => unavailable
            .with_hint("a bus that has too many connections closes new ones: close some that are not needed"),
        None => unavailable,
    }
}

fn unavailable(endpoint: &Endpoint, reason: &dyn fmt::Display) -> Error {
    Error::new(Kind::Unavailable, format!("cannot connect to the {endpoint}: {reason}")).with_unsent(true)
}
