//! A client: which manager, how it is reached, and who may repeat what when a connection breaks.

mod attempt;
mod call;
mod choice;
mod left;
mod note;
mod select;
mod slot;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::backend::{BackendKind, Command};
use crate::bus::address::{Endpoint, Peer};
use crate::error::{Error, Result};
use crate::fork::EachProcess;
use crate::location::{Location, Whose};
use crate::scope::Scope;
use crate::settings::{Settings, Timeout};
use crate::unit::UnitFileChanges;

pub use attempt::Asked;
pub(crate) use attempt::{Step, is_lost};
pub use call::VerbCall;
use choice::Choice;
pub(crate) use left::Left;
pub use note::{Level, Note};
use slot::Slots;
pub(crate) use slot::{Lease, Reading};

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
    /// Where the manager runs.
    pub location: Location,
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
    whose: Whose,
    settings: Settings,
    endpoints: Vec<Endpoint>,
    /// The caller named the endpoints.
    explicit: bool,
    command: Command,
    interactive: bool,
    slots: Slots,
    left: EachProcess<Mutex<Vec<Left>>>,
    has_run: AtomicBool,
}

impl Client {
    /// A client with these options; nothing is connected yet. The environment is read now.
    pub fn new(options: &Options) -> Result<Self> {
        let Choice { whose, endpoints, runtime_folder, explicit } = Choice::of(options)?;
        let command = Command::new(whose.clone(), runtime_folder, Vec::new(), options.interactive);
        Ok(Self {
            whose,
            settings: options.settings,
            endpoints,
            explicit,
            command,
            interactive: options.interactive,
            slots: Slots::default(),
            left: EachProcess::default(),
            has_run: AtomicBool::new(false),
        })
    }

    /// A client with the same options and a connection of its own.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self {
            whose: self.whose.clone(),
            settings: self.settings,
            endpoints: self.endpoints.clone(),
            explicit: self.explicit,
            command: self.command.clone(),
            interactive: self.interactive,
            slots: Slots::default(),
            left: EachProcess::default(),
            has_run: AtomicBool::new(false),
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

    /// Whether no command was run before this.
    pub(crate) fn is_first_run(&self) -> bool {
        !self.has_run.swap(true, Ordering::Relaxed)
    }

    /// The manager's scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.whose.scope
    }

    /// Whose manager it is, and where.
    #[must_use]
    pub fn whose(&self) -> &Whose {
        &self.whose
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

    /// Has the caller's log hear of something.
    pub(crate) fn note(&self, note: Note) {
        self.slots.current().note(note);
    }

    /// Reads for operations that go on while nobody waits for them, until this is dropped.
    pub(crate) fn read(&self) -> Reading<'_> {
        self.slots.current().read()
    }

    /// What a row's verb would change of unit files.
    pub(crate) async fn plan(&self, call: &VerbCall) -> Result<UnitFileChanges> {
        self.command.plan(call.verb, &call.arguments).await
    }

    /// The `XDG_RUNTIME_DIR` of the user's manager.
    pub(crate) fn runtime_folder(&self) -> Option<&Path> {
        self.command.runtime_folder()
    }

    /// Closes the connection; a later call opens a new one.
    pub fn close(&self) {
        self.slots.current().close();
    }

    /// When what begins now has to be done.
    #[must_use]
    pub fn deadline_of(&self, timeout: Option<Timeout>) -> Option<Instant> {
        let limit = timeout.unwrap_or(self.settings.timeout.value).limit()?;
        Instant::now().checked_add(limit)
    }

    /// Makes the commands that a hint names those for the user's manager, in the user scope; or for a root folder.
    pub(crate) fn with_scope(&self, error: Error) -> Error {
        match (self.whose.scope, error.facts().hint.clone()) {
            (_, Some(hint)) if !self.whose.has_manager() => {
                error.with_hint(hint.with_options(&self.whose.location.options(self.whose.scope)))
            }
            (Scope::User, Some(hint)) => error.with_hint(hint.in_user_scope()),
            _ => error,
        }
    }
}
