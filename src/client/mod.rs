//! A client: which manager, how it is reached, and who may repeat what when a connection breaks.

mod apps;
mod job;
mod reason;
mod run_job;
mod select;
mod slot;

use std::path::PathBuf;
use std::pin::pin;
use std::time::Instant;

use crate::backend::{BackendKind, Command};
use crate::bus::address::{Endpoint, Peer, bus_endpoints, parse_endpoints, private_endpoint};
use crate::error::{Error, Kind, Result};
use crate::flow::block::{Interrupt, block};
use crate::flow::{readable, tell, with_deadline};
use crate::request::{Request, Response};
use crate::scope::Scope;
use crate::settings::{Settings, Timeout};
use crate::unit::{UnitName, UnitStatus};
use crate::watch::wait_for_state;

pub use job::{Flow, Job};
use slot::{Gate, Lease, Slots};

/// What a client is made from.
#[derive(Clone, Debug)]
pub struct Options {
    /// The manager; by default the machine's for root and the user's own for everybody else.
    pub scope: Option<Scope>,
    /// Backend, timeout, monitoring.
    pub settings: Settings,
    /// One or more D-Bus addresses, or the path of a socket, instead of the usual ones.
    pub address: Option<String>,
    /// The folder to use instead of `XDG_RUNTIME_DIR`.
    pub runtime_folder: Option<PathBuf>,
    /// Whether polkit may ask somebody for a password.
    pub interactive: bool,
}

/// Something the caller's log should hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub text: String,
}

/// How much a [`Note`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What was done, step by step.
    Debug,
    /// How the manager is reached.
    Info,
}

/// What was chosen when the client connected, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The backend.
    pub kind: BackendKind,
    /// Where it leads, for D-Bus.
    pub endpoint: Option<Endpoint>,
    /// Why this one.
    pub reason: String,
}

/// A client of one manager. It connects at its first call; its threads share one connection.
#[derive(Debug)]
pub struct Client {
    scope: Scope,
    settings: Settings,
    endpoints: Vec<Endpoint>,
    /// The caller named the endpoints.
    explicit: bool,
    command: Command,
    interactive: bool,
    slots: Slots,
}

impl Client {
    /// A client with these options; nothing is connected yet. The environment is read now.
    pub fn new(options: &Options) -> Result<Self> {
        let uid = rustix::process::geteuid().as_raw();
        let scope = options.scope.unwrap_or_else(|| Scope::of_user(uid));
        let runtime_folder = options.runtime_folder.clone();
        let environment = move |name: &str| match (&runtime_folder, name) {
            (Some(folder), "XDG_RUNTIME_DIR") => folder.to_str().map(str::to_owned),
            (Some(_), "DBUS_SESSION_BUS_ADDRESS") => None,
            _ => std::env::var(name).ok(),
        };
        let endpoints = if let Some(address) = &options.address {
            parse_endpoints(address)?
        } else {
            let mut endpoints: Vec<_> = private_endpoint(scope, &environment, uid).into_iter().collect();
            endpoints.extend(bus_endpoints(scope, &environment, uid)?);
            endpoints
        };
        let folder = crate::bus::address::runtime_folder(&environment, uid);
        let folder = (scope == Scope::User).then_some(folder);
        Ok(Self {
            scope,
            settings: options.settings,
            endpoints,
            explicit: options.address.is_some(),
            command: Command::new(scope, folder, Vec::new(), options.interactive),
            interactive: options.interactive,
            slots: Slots::default(),
        })
    }

    /// A client with the same options and a connection of its own.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self {
            scope: self.scope,
            settings: self.settings,
            endpoints: self.endpoints.clone(),
            explicit: self.explicit,
            command: self.command.clone(),
            interactive: self.interactive,
            slots: Slots::default(),
        }
    }

    /// The same for somebody who leaves the connection unread for a while although signals come: a message bus
    /// is tried first. It keeps the few that were asked for; systemd itself must not be made to wait.
    #[must_use]
    pub fn sibling_often_unread(&self) -> Self {
        let mut sibling = self.sibling();
        sibling.endpoints.sort_by_key(|endpoint| endpoint.peer == Peer::Private);
        sibling
    }

    /// The manager's scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the current connection is, if there is one.
    #[must_use]
    pub fn chosen(&self) -> Option<Chosen> {
        self.slots.current().chosen()
    }

    /// What has happened since the last time somebody asked.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Note> {
        self.slots.current().take_notes()
    }

    /// Closes the connection; a later call opens a new one.
    pub fn close(&self) {
        self.slots.current().close();
    }

    /// Does what is asked on the calling thread, until it is done, the deadline passes or `interrupt` ends it.
    pub fn run(
        &self,
        request: &Request,
        timeout: Option<Timeout>,
        interrupt: Option<Interrupt<'_>>,
    ) -> Result<Response> {
        block(self.perform(request, timeout), interrupt)?
    }

    /// Does what is asked within its deadline, awaited by a task of a tokio runtime (see
    /// [`drive`](crate::flow::tokio::drive)). Many may be awaited at once; they share one connection.
    ///
    /// Dropping the future forgets what was asked, which systemd may have begun. One that was begun has to be
    /// polled or dropped: while it connects, others wait for it.
    #[cfg(feature = "tokio")]
    pub async fn ask(&self, request: Request, timeout: Option<Timeout>) -> Result<Response> {
        crate::flow::tokio::drive(Box::pin(self.perform(&request, timeout))).await
    }

    /// When what begins now has to be done.
    #[must_use]
    pub fn deadline_of(&self, timeout: Option<Timeout>) -> Option<Instant> {
        let limit = timeout.unwrap_or(self.settings.timeout.value).limit()?;
        Instant::now().checked_add(limit)
    }

    /// Does what is asked within its deadline: a flow for any driver.
    pub async fn perform(&self, request: &Request, timeout: Option<Timeout>) -> Result<Response> {
        let deadline = self.deadline_of(timeout);
        // Pinned where it is: whoever is given a flow by value keeps it a second time.
        let flow = pin!(async {
            match request {
                Request::App(manager, app) if app.takes_steps() => {
                    Box::pin(self.perform_for_app(request, manager, app, timeout)).await
                }
                _ => self.perform_at_once(request, timeout, deadline).await,
            }
        });
        let outcome = match tell::collect(|text| self.slots.current().detail(text), flow).await {
            Err(error) => Err(Box::pin(self.with_reason(error, deadline)).await),
            done => done,
        };
        if !request.only_reads() {
            self.slots.current().detail(told(request, &outcome));
        }
        outcome
    }

    async fn perform_at_once(
        &self,
        request: &Request,
        timeout: Option<Timeout>,
        deadline: Option<Instant>,
    ) -> Result<Response> {
        let flow = pin!(async {
            // What takes long is boxed, so that a short question is a small flow.
            match request {
                Request::WaitFor { unit, states, stable } => {
                    let found = Box::pin(wait_for_state(self, unit, states, *stable, deadline)).await?;
                    Ok(Response::Status(Box::new(found)))
                }
                Request::RunJob { verb, unit, options } => {
                    Box::pin(self.run_job(*verb, unit, *options)).await.map(Response::Job)
                }
                _ => self.attempt(request).await,
            }
        });
        with_deadline(deadline, flow).await.map_err(|error| match error.kind() {
            Kind::Timeout if error.facts().dbus_name.is_none() => {
                let late = timed_out(request, timeout.unwrap_or(self.settings.timeout.value));
                match &error.facts().state {
                    Some((active, sub)) => with_state_now(&late, active, sub),
                    None => late,
                }
            }
            _ => self.with_scope(error),
        })
    }

    /// Makes the commands that a hint names those for the user's manager, in the user scope.
    pub(crate) fn with_scope(&self, error: Error) -> Error {
        match (self.scope, error.facts().hint.clone()) {
            (Scope::User, Some(hint)) => error.with_hint(
                hint.replace("`systemctl ", "`systemctl --user ")
                    .replace("`journalctl ", "`journalctl --user "),
            ),
            _ => error,
        }
    }

    /// What a unit is doing.
    pub(crate) async fn look_at(&self, unit: &UnitName) -> Result<UnitStatus> {
        match self.attempt(&Request::GetUnitStatus(unit.clone())).await? {
            Response::Status(found) => Ok(*found),
            other => Err(Error::new(Kind::Systemd, format!("a status was asked for, not {other:?}"))),
        }
    }

    /// Does it, and once more where that is safe after the connection broke.
    pub(super) async fn attempt(&self, request: &Request) -> Result<Response> {
        let lease = self.acquire().await?;
        match request.execute(lease.backend()).await {
            Err(error) => {
                let lease = self.acquire_after(error, lease, request).await?;
                request.execute(lease.backend()).await
            }
            done => done,
        }
    }

    /// A new connection in the place of one that broke under this request, if the request may be repeated;
    /// every other error is final.
    async fn acquire_after<'a>(
        &'a self,
        error: Error,
        lease: Lease<'a>,
        request: &Request,
    ) -> Result<Lease<'a>> {
        if !is_lost(&error) {
            return Err(error);
        }
        let has_left = has_left_the_bus(&error);
        let unheard = lease.is_unheard(&error) || has_left && request.is_one_call();
        lease.discard();
        if !request.only_reads() && has_left && !unheard {
            return Err(error);
        }
        if !request.only_reads() && !unheard {
            return Err(error.with_hint(format!(
                "systemd may have heard the request for the {}: look before asking again",
                request.what()
            )));
        }
        self.slots.current().note(format!("{}; connecting again", error.facts().message));
        self.acquire().await
    }

    /// The connection that there is, or a new one. Who comes while another connects waits for that one.
    async fn acquire(&self) -> Result<Lease<'_>> {
        let slot = self.slots.current();
        loop {
            if let Some(lease) = slot.lease() {
                if lease.is_alive() {
                    return Ok(lease);
                }
                lease.discard();
            }
            match slot.gate()? {
                Gate::Open(_turn) => {
                    let (backend, chosen) = self.connect().await?;
                    return Ok(slot.install(backend, chosen));
                }
                Gate::Closed(bell) => readable(&bell).await,
            }
        }
    }
}

/// Whether the connection is of no use any more, or leads to a bus that systemd has left.
fn is_lost(error: &Error) -> bool {
    error.kind() == Kind::ConnectionLost || has_left_the_bus(error)
}

/// Whether the bus is there, but systemd is not on it: while it re-executes itself it leaves for a moment. The bus
/// has kept the call that got this answer.
fn has_left_the_bus(error: &Error) -> bool {
    let name =
        error.facts().dbus_name.as_deref().and_then(|name| name.strip_prefix("org.freedesktop.DBus.Error."));
    error.kind() == Kind::Unavailable && matches!(name, Some("ServiceUnknown" | "NameHasNoOwner"))
}

/// The error of a wait that took too long, with what the unit does instead.
fn with_state_now(late: &Error, active: &str, sub: &str) -> Error {
    let message = format!("{}; it is {active} ({sub}) now", late.facts().message);
    let error =
        Error::new(Kind::Timeout, message).with_hint("to wait longer give timeout=").with_state(active, sub);
    match &late.facts().unit {
        Some(unit) => error.with_unit(unit),
        None => error,
    }
}

/// What became of a request, in a line.
fn told(request: &Request, outcome: &Result<Response>) -> String {
    match outcome {
        Ok(Response::Job(job)) => format!("{}: {}", request.what(), job.result),
        Ok(_) => format!("{}: done", request.what()),
        Err(error) => format!("{}: {}", request.what(), error.facts().message),
    }
}

fn timed_out(request: &Request, timeout: Timeout) -> Error {
    let hint = if matches!(request, Request::WaitFor { .. }) {
        "get_unit_status() tells its state; to wait longer give timeout="
    } else if request.only_reads() {
        "the manager may be busy or stopped; raise timeout= or PM2GO_DBUS_TIMEOUT"
    } else {
        "what systemd has begun goes on; look at the unit's state, or raise timeout="
    };
    let message = format!("the {} did not end within {timeout}", request.what());
    let error = Error::new(Kind::Timeout, message).with_hint(hint);
    match request.unit() {
        Some(unit) => error.with_unit(unit.as_str()),
        None => error,
    }
}
