//! The operations over systemctl(1), with the results and errors of the D-Bus ones.
//!
//! Nothing is taken from text meant for people where there is a field: `show --property` gives states,
//! busctl(1) gives properties with their D-Bus types, and at its debug log level systemctl names every D-Bus
//! error and job result it gets, in the words of systemd's protocol.

mod call;
mod changes;
mod check;
mod job;
mod json;
mod kinds;
mod list;
mod properties;
mod said;
mod show;
mod socket;
mod time;
mod unwaited;
mod words;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::errors::{self, explained};
use crate::error::{Error, Result};
use crate::flow::tell::tell;
use crate::scope::Scope;
use crate::unit::{UnitFileChanges, UnitName};

pub use job::CommandJob;

/// A manager that `systemctl` talks to.
///
/// Without a message bus, what systemctl(1) cannot print is asked for on systemd's private socket. Where that
/// cannot be reached either, it is less exact than D-Bus: [`get_unit_properties`](Self::get_unit_properties) leaves
/// some properties out, a description with a line break is empty, and before systemd 248 the times of a status
/// are in whole seconds.
#[derive(Clone, Debug)]
pub struct Command {
    scope: Scope,
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
    /// The manager of this scope.
    ///
    /// `runtime_folder` is the `XDG_RUNTIME_DIR` of the user's manager (default: this process's own, else
    /// `/run/user/UID`). `environment` is set for each command, over everything else. With `interactive`
    /// polkit may ask somebody for a password on the terminal.
    #[must_use]
    pub fn new(
        scope: Scope,
        runtime_folder: Option<PathBuf>,
        environment: Vec<(String, String)>,
        interactive: bool,
    ) -> Self {
        Self {
            scope,
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
        self.scope
    }

    /// The `XDG_RUNTIME_DIR` of the user's manager, where it was given.
    pub(crate) fn runtime_folder(&self) -> Option<&Path> {
        self.runtime_folder.as_deref()
    }

    /// `systemctl enable`, then `daemon-reload` if that changed anything.
    pub async fn enable_unit(&self, unit: &UnitName) -> Result<UnitFileChanges> {
        self.change_files("enable", "EnableUnitFiles", unit).await
    }

    /// `systemctl disable`, then `daemon-reload` if that changed anything.
    pub async fn disable_unit(&self, unit: &UnitName) -> Result<UnitFileChanges> {
        self.change_files("disable", "DisableUnitFiles", unit).await
    }

    async fn change_files(&self, verb: &str, method: &str, unit: &UnitName) -> Result<UnitFileChanges> {
        // Where nothing was booted systemctl would change the files of the caller's own user manager, whichever
        // manager it is told to talk to (`install_client_side` of systemd's systemctl-util.c).
        if !check::is_booted()
            && let Some(dbus) = self.at_private_socket().await
        {
            return if verb == "enable" {
                dbus.enable_unit(unit).await
            } else {
                dbus.disable_unit(unit).await
            };
        }
        let answer = self.systemctl(&[verb, "--no-reload", "--", unit.as_str()]).await?;
        if let Err(error) = answer.check(&[method]) {
            return Err(self.refused(verb, unit, error).await);
        }
        let carries = (verb == "enable").then(|| changes::carries_install_info(&answer.stderr));
        let changes = UnitFileChanges::new(unit.as_str(), carries, changes::parse(&answer.stderr));
        if changes.changed() {
            self.daemon_reload().await.map_err(|error| error.with_unsent(false))?;
        }
        Ok(changes)
    }

    /// systemd's refusal; one of an alias names its unit.
    async fn refused(&self, verb: &str, unit: &UnitName, error: Error) -> Error {
        let error = explained(error, verb, Some(unit));
        if !errors::is_about_alias(&error) {
            return error;
        }
        match self.find_with_systemctl(unit).await {
            Ok(Some(named)) => errors::naming_unit_of_alias(error, unit, Some(named.as_str())),
            _ => error,
        }
    }

    /// `systemctl daemon-reload`
    pub async fn daemon_reload(&self) -> Result<()> {
        let answer = self.systemctl(&["daemon-reload"]).await?;
        tell("systemd has been asked to read all unit files again");
        answer.check(&["Reload"]).map_err(|error| explained(error, "reload", None))
    }

    /// `systemctl reset-failed`
    pub async fn reset_failed_unit(&self, unit: &UnitName) -> Result<()> {
        let answer = self.systemctl(&["reset-failed", "--", unit.as_str()]).await?;
        answer.check(&["ResetFailedUnit"]).map_err(|error| explained(error, "reset", Some(unit)))
    }
}
