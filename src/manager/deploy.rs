//! Bringing an app's unit file into place, for the first time or with another configuration, and finding out what
//! job that takes.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Action, Manager, Prepared, existing, reset, stop_time};
use crate::app::{self, AppConfig};
use crate::backend::{Backend, JobVerb};
use crate::error::hint::{command, first, text};
use crate::error::{Error, Hint, Kind, Part, Result};
use crate::settings::Timeout;
use crate::store::{self, ForeignUnit, Looked, Written};
use crate::unit::{UnitName, UnitStatus};

/// Whether an app starts with its manager, as far as that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Autostart {
    /// It does, and did not before.
    Enabled,
    /// It does not, and did before.
    Disabled,
    /// As before.
    Unchanged,
}

impl Autostart {
    /// The change's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What was done to deploy an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deployed {
    /// What its unit needs.
    pub action: Action,
    /// What was done to its unit file.
    pub written: Written,
    /// What was done about its start with its manager.
    pub autostart: Autostart,
}

impl Deployed {
    /// What was done, for whoever has to be told that the rest was not.
    #[must_use]
    pub fn done(&self) -> Vec<&'static str> {
        let written = (self.written != Written::Unchanged).then_some(WRITTEN);
        let autostart = (self.autostart != Autostart::Unchanged).then_some(self.autostart.as_str());
        written.into_iter().chain(autostart).collect()
    }
}

const WRITTEN: &str = "unit file written";

impl Manager {
    /// Writes an app's unit file, has systemd read it, and makes the app start at boot as it asks for. A file that
    /// systemd cannot load is taken back.
    ///
    /// An app that runs with this configuration already is left alone; one that runs with another, or that waits
    /// to be restarted after a crash, is to be restarted: a start would only queue behind that.
    pub(super) async fn deploy(
        &self,
        backend: &Backend,
        app: &AppConfig,
        deadline: Option<Instant>,
    ) -> Result<Prepared> {
        let unit = self.unit(&app.name)?;
        let text = app::render(app, self.scope, &self.prefix)?.render();
        let before = self.files.look(unit.as_str()).await?;
        refuse_to_shadow(&unit, before.foreign.as_ref())?;
        let begin = before.now();
        let written = self.files.write(unit.as_str(), &text, deadline).await?;
        let since = if written == Written::Unchanged { before.modified.unwrap_or(0) } else { begin };
        let waits = written == Written::Changed
            && existing(&unit, backend.get_unit_status(&unit).await)?.waits_for_restart();
        let status = self.load(backend, &unit, written, before).await?;
        let done = if written == Written::Unchanged { Vec::new() } else { vec![WRITTEN] };
        let autostart =
            self.set_autostart(backend, app, &unit, &status).await.map_err(|error| error.with_done(done))?;
        // Others may deploy the same app at this moment: what is decided now is looked at now.
        let status = match (written, autostart) {
            (Written::Unchanged, Autostart::Unchanged) => status,
            _ => existing(&unit, backend.get_unit_status(&unit).await)?,
        };
        let needed = action(&status, since);
        // With a shorter delay in its file systemd may have restarted it by itself meanwhile.
        let action = if waits { Action::Restarted } else { needed };
        let verb = if waits && needed == Action::Unchanged { Some(JobVerb::Start) } else { action.verb() };
        if action != Action::Unchanged {
            // Starts by hand count against the start limit; they must not exhaust it.
            reset(backend, &unit).await?;
        }
        let stop_time = match action {
            Action::Restarted => stop_time(backend, &unit).await,
            Action::Started | Action::Unchanged => Timeout::After(Duration::ZERO),
        };
        let deployed = Some(Deployed { action, written, autostart });
        Ok(Prepared { verb, unit, stop_time, deployed })
    }

    async fn set_autostart(
        &self,
        backend: &Backend,
        app: &AppConfig,
        unit: &UnitName,
        status: &UnitStatus,
    ) -> Result<Autostart> {
        if app.autostart {
            let changes = backend.enable_unit(unit).await?;
            return Ok(if changes.changed() { Autostart::Enabled } else { Autostart::Unchanged });
        }
        if status.unit_file_state.as_deref() != Some("enabled") {
            return Ok(Autostart::Unchanged);
        }
        let changes = backend.disable_unit(unit).await?;
        Ok(if changes.changed() { Autostart::Disabled } else { Autostart::Unchanged })
    }

    /// Has systemd read the file where that is needed, and checks that it could.
    async fn load(
        &self,
        backend: &Backend,
        unit: &UnitName,
        written: Written,
        before: Looked,
    ) -> Result<UnitStatus> {
        if written != Written::Unchanged {
            backend.daemon_reload().await?;
        }
        let mut status = existing(unit, backend.get_unit_status(unit).await)?;
        if status.need_daemon_reload || status.load_state == "not-found" {
            backend.daemon_reload().await?;
            status = existing(unit, backend.get_unit_status(unit).await)?;
        }
        if status.load_state == "loaded" {
            return Ok(status);
        }
        self.take_back(backend, unit, written, before).await?;
        Err(refused(unit, &status))
    }

    /// Puts the file back as it was.
    async fn take_back(
        &self,
        backend: &Backend,
        unit: &UnitName,
        written: Written,
        before: Looked,
    ) -> Result<()> {
        match (written, before.text) {
            (Written::Unchanged, _) => return Ok(()),
            (_, Some(text)) => {
                self.files.restore(unit.as_str(), &text, before.modified).await?;
            }
            (_, None) => {
                self.files.remove(unit.as_str(), None).await?;
            }
        }
        backend.daemon_reload().await
    }
}

/// A file of ours in a folder that comes first would hide somebody else's unit of the same name.
fn refuse_to_shadow(unit: &UnitName, found: Option<&ForeignUnit>) -> Result<()> {
    let Some(ForeignUnit { path, is_mask }) = found else { return Ok(()) };
    let error = if *is_mask {
        Error::new(Kind::UnitMasked, format!("unit {unit} is masked by {}", path.display()))
            .with_hint(unmask(unit, path))
    } else {
        Error::new(Kind::UnitExists, format!("unit {unit} exists already as {}", path.display()))
            .with_hint("give the app another name, or use another prefix")
    };
    Err(error.with_unit(unit.as_str()).with_path(path))
}

/// What there is to do about a unit whose file was written at that time, in microseconds since the epoch.
///
/// A file that is new may be what runs already, where somebody else deploys the same app at this moment. One that is
/// not may not run yet, where whoever wrote it did not come to the restart.
fn action(status: &UnitStatus, since: u64) -> Action {
    let began = status.exec_main_start_timestamp.or(status.active_enter_timestamp);
    let runs_from_it = began.is_some_and(|began| began >= since);
    match status.active_state.as_str() {
        "active" | "reloading" | "refreshing" if runs_from_it => Action::Unchanged,
        "active" | "reloading" | "refreshing" => Action::Restarted,
        "activating" if status.waits_for_restart() => Action::Restarted,
        // It is about to be up with another file.
        "activating" if !runs_from_it => Action::Restarted,
        _ => Action::Started,
    }
}

/// The next step where this file masks a unit.
fn unmask(unit: &UnitName, mask: &Path) -> Hint {
    match store::unmask_command(unit.as_str(), mask) {
        Some(command) => first(command),
        None => format!("remove {} first", mask.display()).into(),
    }
}

/// systemd's word on a file that it could not load.
fn refused(unit: &UnitName, status: &UnitStatus) -> Error {
    let (kind, reason, hint) = match status.load_state.as_str() {
        "masked" => {
            let mask = status.fragment_path.as_deref().filter(|path| path.starts_with("/run/"));
            (Kind::UnitMasked, "it is masked", unmask(unit, Path::new(mask.unwrap_or("/etc"))))
        }
        "bad-setting" => (
            Kind::UnitLoad,
            "a setting is wrong",
            "look at the settings in extra; the manager's journal names the line".into(),
        ),
        "not-found" => (
            Kind::UnitLoad,
            "systemd does not read the folder that it was written to",
            Hint::from([text("check "), Part::Argument("unit_dir"), text(" and the scope")]),
        ),
        _ => (
            Kind::UnitLoad,
            "its file could not be loaded",
            Hint::from([command("systemctl", format!("status {unit}")), text(" says why")]),
        ),
    };
    let message = format!("systemd refused unit {unit}: {reason} ({})", status.load_state);
    Error::new(kind, message).with_unit(unit.as_str()).with_hint(hint)
}
