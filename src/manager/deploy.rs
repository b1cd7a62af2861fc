//! Starting an app for the first time or with another configuration, and deleting it.

use std::path::PathBuf;

use super::{Action, Manager, existing};
use crate::app::{self, AppConfig};
use crate::backend::{Backend, JobOptions, JobVerb};
use crate::clock::now;
use crate::error::{Error, Kind, Result};
use crate::store::Written;
use crate::unit::{UnitName, UnitStatus};

impl Manager {
    /// Writes an app's unit file, has systemd read it, starts the app and makes it start at boot.
    ///
    /// An app that runs with this configuration already is left alone; one that runs with another is
    /// restarted. A file that systemd cannot load is taken back.
    pub async fn start(
        &self,
        backend: &Backend,
        app: &AppConfig,
        options: JobOptions,
    ) -> Result<(UnitName, Action)> {
        let prepared = self.prepare(backend, app).await?;
        if let Some(verb) = prepared.action.verb() {
            backend.run_job(verb, &prepared.unit, options).await?;
        }
        let (unit, action) = (prepared.unit.clone(), prepared.action);
        self.set_autostart(backend, app, &prepared).await?;
        Ok((unit, action))
    }

    /// Everything of [`start`](Self::start) but the job, which the caller asks for.
    pub async fn deploy(&self, backend: &Backend, app: &AppConfig) -> Result<(UnitName, JobVerb)> {
        let prepared = self.prepare(backend, app).await?;
        self.set_autostart(backend, app, &prepared).await?;
        // The start of what runs is done at once.
        Ok((prepared.unit, prepared.action.verb().unwrap_or(JobVerb::Start)))
    }

    /// Brings the unit file into place and finds out what there is to do.
    async fn prepare(&self, backend: &Backend, app: &AppConfig) -> Result<Prepared> {
        let unit = self.unit(&app.name)?;
        let text = app::render(app, self.scope, &self.prefix)?.render();
        self.refuse_to_shadow(&unit)?;
        let before = self.before(&unit)?;
        let begin = now();
        let written = self.store.write(unit.as_str(), &text)?;
        let since = if written == Written::Unchanged { before.modified.unwrap_or(0) } else { begin };
        let status = self.load(backend, &unit, written, before).await?;
        let runs = matches!(status.active_state.as_str(), "active" | "reloading");
        // A file that is new may run already, where somebody else deploys the same app at this moment. One that is
        // not may not run yet, where whoever wrote it did not come to the restart.
        let runs_from_it = status.active_enter_timestamp.is_some_and(|started| started >= since);
        let action = match (runs, runs_from_it) {
            (true, true) => Action::Unchanged,
            (true, false) => Action::Restarted,
            (false, _) => Action::Started,
        };
        if action != Action::Unchanged {
            // Starts by hand count against the start limit; they must not exhaust it.
            backend.reset_failed_unit(&unit).await?;
        }
        let was_enabled = status.unit_file_state.as_deref() == Some("enabled");
        Ok(Prepared { unit, action, was_enabled })
    }

    fn before(&self, unit: &UnitName) -> Result<Before> {
        let text = self.store.read(unit.as_str())?;
        // A clock that was set back since must not make every file one that does not run yet.
        let modified = self.store.modified(unit.as_str())?.filter(|modified| *modified <= now());
        Ok(Before { text, modified })
    }

    async fn set_autostart(&self, backend: &Backend, app: &AppConfig, prepared: &Prepared) -> Result<()> {
        if app.autostart {
            backend.enable_unit(&prepared.unit).await?;
        } else if prepared.was_enabled {
            backend.disable_unit(&prepared.unit).await?;
        }
        Ok(())
    }

    /// Stops an app, takes it out of the boot and removes its unit file; gives what was left in place
    /// because it is not ours.
    pub async fn delete(&self, backend: &Backend, name: &str, options: JobOptions) -> Result<Vec<PathBuf>> {
        let unit = self.known(name)?;
        match backend.run_job(JobVerb::Stop, &unit, options).await {
            Err(error) if error.kind() == Kind::UnitNotFound => {}
            other => {
                other?;
            }
        }
        backend.disable_unit(&unit).await?;
        let removed = self.store.remove(unit.as_str())?;
        backend.reload().await?;
        backend.reset_failed_unit(&unit).await?;
        Ok(removed.left)
    }

    /// A file of ours in a folder that comes first would hide somebody else's unit of the same name.
    fn refuse_to_shadow(&self, unit: &UnitName) -> Result<()> {
        let Some(path) = self.store.find_foreign(unit.as_str())? else { return Ok(()) };
        let message = format!("unit {unit} exists already as {}", path.display());
        Err(Error::new(Kind::UnitExists, message)
            .with_unit(unit.as_str())
            .with_path(path)
            .with_hint("give the app another name, or use another prefix"))
    }

    /// Has systemd read the file where that is needed, and checks that it could.
    async fn load(
        &self,
        backend: &Backend,
        unit: &UnitName,
        written: Written,
        before: Before,
    ) -> Result<UnitStatus> {
        if written != Written::Unchanged {
            backend.reload().await?;
        }
        let mut status = existing(unit, backend.get_unit_status(unit).await)?;
        if status.need_daemon_reload || status.load_state == "not-found" {
            backend.reload().await?;
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
        before: Before,
    ) -> Result<()> {
        match (written, before.text) {
            (Written::Unchanged, _) => return Ok(()),
            (_, Some(text)) => {
                self.store.restore(unit.as_str(), &text, before.modified)?;
            }
            (_, None) => {
                self.store.remove(unit.as_str())?;
            }
        }
        backend.reload().await
    }
}

/// The unit file as it was.
struct Before {
    text: Option<String>,
    /// When it was written, in microseconds since the epoch.
    modified: Option<u64>,
}

/// An app whose unit file is in place.
struct Prepared {
    unit: UnitName,
    /// What there is to do.
    action: Action,
    /// It started at boot before.
    was_enabled: bool,
}

/// systemd's word on a file that it could not load.
fn refused(unit: &UnitName, status: &UnitStatus) -> Error {
    let (kind, reason, hint) = match status.load_state.as_str() {
        "masked" => (Kind::UnitMasked, "it is masked", format!("run `systemctl unmask {unit}` first")),
        "bad-setting" => (
            Kind::UnitLoad,
            "a setting is wrong",
            "look at the settings in extra=; the manager's journal names the line".to_owned(),
        ),
        "not-found" => (
            Kind::UnitLoad,
            "systemd does not read the folder that it was written to",
            "check unit_dir= and the scope".to_owned(),
        ),
        _ => (Kind::UnitLoad, "its file could not be loaded", format!("`systemctl status {unit}` says why")),
    };
    let message = format!("systemd refused unit {unit}: {reason} ({})", status.load_state);
    Error::new(kind, message).with_unit(unit.as_str()).with_hint(hint)
}
