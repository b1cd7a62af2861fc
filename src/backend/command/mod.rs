//! The operations over systemctl(1), with the results and errors of the D-Bus ones.
//!
//! Nothing is taken from text meant for people where there is a field: `show --property` gives states,
//! busctl(1) gives properties with their D-Bus types, and at its debug log level systemctl names every D-Bus
//! error and job result it gets, in the words of systemd's protocol.

mod call;
mod changes;
mod chosen;
mod job;
mod json;
mod list;
mod manager;
mod plan;
mod plan_there;
mod properties;
mod property_types;
mod quoted_words;
mod reachable;
mod show;
mod socket;
mod stderr;
mod time;
mod transient;
mod unwaited;
mod verb;
mod without_manager;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::errors::explained;
use crate::error::Error;
use crate::location::Whose;
use crate::scope::Scope;
use crate::unit::UnitName;

pub use job::CommandJob;

/// The error that the words of a systemd-run(1) amount to that was to start this unit.
pub(crate) fn said_by_systemd_run(words: &str, unit: &UnitName) -> Error {
    explained(stderr::error_in_words(words), "start", Some(unit))
}

/// A manager that `systemctl` talks to.
///
/// Without a message bus, what systemctl(1) cannot print is asked for on systemd's private socket. Where that
/// cannot be reached either, it is less exact than D-Bus: [`get_unit_properties`](Self::get_unit_properties) leaves
/// some properties out, a description with a line break is empty, and before systemd 248 the times of a status
/// are in whole seconds.
#[derive(Clone, Debug)]
pub struct Command {
    whose: Whose,
    runtime_folder: Option<PathBuf>,
    environment: Vec<(String, String)>,
    interactive: bool,
    systemctl: OsString,
    busctl: Option<OsString>,
    uses_socket: bool,
    /// systemd was not on its message bus when it was last asked there.
    absent: Arc<AtomicBool>,
}

impl Command {
    /// The manager of this scope, or this one.
    ///
    /// `runtime_folder` is the `XDG_RUNTIME_DIR` of the user's manager (default: this process's own, else
    /// `/run/user/UID`). `environment` is set for each command, over everything else. With `interactive`
    /// polkit may ask somebody for a password on the terminal.
    #[must_use]
    pub fn new(
        whose: impl Into<Whose>,
        runtime_folder: Option<PathBuf>,
        environment: Vec<(String, String)>,
        interactive: bool,
    ) -> Self {
        Self {
            whose: whose.into(),
            runtime_folder,
            environment,
            interactive,
            systemctl: "systemctl".into(),
            busctl: Some("busctl".into()),
            uses_socket: true,
            absent: Arc::default(),
        }
    }

    /// The same manager through this program instead of the `systemctl` in PATH.
    #[must_use]
    pub fn with_systemctl(mut self, program: impl Into<OsString>) -> Self {
        self.systemctl = program.into();
        self
    }

    /// The same manager through this program instead of the `busctl` in PATH; `None` does without, as where
    /// there is no message bus.
    #[must_use]
    pub fn with_busctl(mut self, program: Option<OsString>) -> Self {
        self.busctl = program;
        self
    }

    /// The same manager through systemctl alone.
    #[must_use]
    pub fn with_systemctl_alone(mut self) -> Self {
        (self.busctl, self.uses_socket) = (None, false);
        self
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

    /// The `XDG_RUNTIME_DIR` of the user's manager, where it was given.
    pub(crate) fn runtime_folder(&self) -> Option<&Path> {
        self.runtime_folder.as_deref()
    }
}
