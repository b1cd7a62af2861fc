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
mod time;
mod unwaited;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::errors::explained;
use crate::error::Result;
use crate::flow::tell::tell;
use crate::scope::Scope;
use crate::unit::{UnitFileChanges, UnitName};

pub use job::CommandJob;

/// A manager that `systemctl` talks to.
///
/// Over systemd's private socket it works without a message bus. Then it is less exact than D-Bus where
/// systemctl(1) is: [`get_unit_properties`](Self::get_unit_properties) leaves some properties out, a
/// description with a line break is empty, and before systemd 248 the times of a status are in whole seconds.
/// On a machine that was not booted with systemd, `systemctl --user enable` and `disable`
/// change the caller's own unit files without asking the manager.
#[derive(Clone, Debug)]
pub struct Command {
    scope: Scope,
    runtime_folder: Option<PathBuf>,
    environment: Vec<(String, String)>,
    interactive: bool,
    systemctl: OsString,
    busctl: Option<OsString>,
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
            absent: Arc::default(),
        }
    }

    /// The same manager through this program instead of the `systemctl` in PATH.
    #[must_use]
    pub fn with_systemctl(mut self, program: impl Into<OsString>) -> Self {
        self.systemctl = program.into();
        self
    }

    /// The same manager through this program instead of the `busctl` in PATH; `None` uses systemctl alone,
    /// as where there is no message bus.
    #[must_use]
    pub fn with_busctl(mut self, program: Option<OsString>) -> Self {
        self.busctl = program;
        self
    }

    /// The manager's scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
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
        let answer = self.systemctl(&[verb, "--no-reload", "--", unit.as_str()]).await?;
        answer.check(&[method]).map_err(|error| explained(error, verb, Some(unit)))?;
        let changes = changes::parse(&answer.stderr);
        if !changes.is_empty() {
            self.reload().await.map_err(|error| error.with_unsent(false))?;
        }
        let carries_install_info = (verb == "enable").then(|| changes::carries_install_info(&answer.stderr));
        Ok(UnitFileChanges { carries_install_info, changes })
    }

    /// `systemctl daemon-reload`
    pub async fn reload(&self) -> Result<()> {
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
