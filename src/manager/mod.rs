//! Apps: the one place that knows the order of the steps (write, reload, start, enable), on either backend.

mod deploy;
mod describe;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::app::{self, DEFAULT_PREFIX};
use crate::backend::{Backend, JobOptions, JobVerb};
use crate::error::{Error, Kind, Result};
use crate::journal;
use crate::scope::Scope;
use crate::store::UnitStore;
use crate::unit::{JobResult, UnitName, UnitStatus};

pub use describe::Description;

/// What starting an app did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// It did not run, and was started.
    Started,
    /// It ran with another unit file, and was restarted.
    Restarted,
    /// It ran with this very unit file already.
    Unchanged,
}

impl Action {
    /// The action's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Restarted => "restarted",
            Self::Unchanged => "unchanged",
        }
    }

    /// The job that does it.
    pub(crate) fn verb(self) -> Option<JobVerb> {
        match self {
            Self::Started => Some(JobVerb::Start),
            Self::Restarted => Some(JobVerb::Restart),
            Self::Unchanged => None,
        }
    }
}

/// The apps of one scope: `PREFIX` + name + `.service`, in one folder.
#[derive(Clone, Debug)]
pub struct Manager {
    scope: Scope,
    prefix: String,
    store: UnitStore,
}

impl Manager {
    /// The apps of this scope. `folder` overrides the scope's usual folder for unit files.
    pub fn new(
        scope: Scope,
        prefix: Option<String>,
        folder: Option<PathBuf>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        let prefix = prefix.unwrap_or_else(|| DEFAULT_PREFIX.to_owned());
        app::check_prefix(&prefix)?;
        let store = match folder {
            Some(folder) if !folder.is_absolute() => {
                let message = format!("unit_dir is a relative path: {}", folder.display());
                return Err(Error::config(message).with_hint("give an absolute path"));
            }
            Some(folder) => UnitStore::at(folder),
            None => UnitStore::for_scope(scope, environment)?,
        };
        Ok(Self { scope, prefix, store })
    }

    /// The unit of the app of this name.
    pub fn unit(&self, name: &str) -> Result<UnitName> {
        app::unit_name(name, &self.prefix)
    }

    /// Stops an app; its unit file stays.
    pub async fn stop(&self, backend: &Backend, name: &str, options: JobOptions) -> Result<JobResult> {
        backend.run_job(JobVerb::Stop, &self.known(name)?, options).await
    }

    /// Restarts an app, whether it runs or not.
    pub async fn restart(&self, backend: &Backend, name: &str, options: JobOptions) -> Result<JobResult> {
        let unit = self.prepare_restart(backend, name).await?;
        backend.run_job(JobVerb::Restart, &unit, options).await
    }

    /// Everything of [`restart`](Self::restart) but the job, which the caller asks for.
    pub async fn prepare_restart(&self, backend: &Backend, name: &str) -> Result<UnitName> {
        let unit = self.known(name)?;
        let status = backend.get_unit_status(&unit).await;
        if matches!(&status, Ok(status) if status.need_daemon_reload) {
            backend.reload().await?;
        }
        // Restarts by hand count against the start limit; they must not exhaust it.
        backend.reset_failed_unit(&unit).await?;
        Ok(unit)
    }

    /// The apps and what they are doing, by name.
    pub async fn list(&self, backend: &Backend) -> Result<Vec<(String, UnitStatus)>> {
        let mut units = Vec::new();
        for file in self.store.list(&self.prefix)? {
            let unit: UnitName = file.parse()?;
            if let Some(name) = app::app_name(&unit, &self.prefix) {
                units.push((name.to_owned(), unit));
            }
        }
        let names: Vec<UnitName> = units.iter().map(|(_, unit)| unit.clone()).collect();
        let statuses = if names.is_empty() { Vec::new() } else { backend.get_unit_statuses(&names).await? };
        units
            .into_iter()
            .zip(statuses)
            .map(|((name, unit), status)| Ok((name, existing(&unit, status)?)))
            .collect()
    }

    /// The last lines that an app logged, oldest first.
    pub async fn logs(&self, name: &str, lines: usize) -> Result<Vec<String>> {
        let unit = self.known(name)?;
        journal::tail(self.scope, &unit, &journal::Run::default(), lines).await
    }

    /// The unit of an app that exists; `UnitNotFound` and `NotOwned` say that it does not.
    pub(crate) fn known(&self, name: &str) -> Result<UnitName> {
        let unit = self.unit(name)?;
        match self.store.read(unit.as_str())? {
            Some(_) => Ok(unit),
            None => Err(self.no_such_app(name, &unit)),
        }
    }

    fn no_such_app(&self, name: &str, unit: &UnitName) -> Error {
        let message = format!("there is no app {name} in the {} scope", self.scope);
        let hint = format!(
            "{} is not there; start the app first, or look in the other scope",
            self.shown_path(unit)
        );
        Error::new(Kind::UnitNotFound, message).with_unit(unit.as_str()).with_hint(hint)
    }

    fn shown_path(&self, unit: &UnitName) -> String {
        self.store.folder().join(unit.as_str()).display().to_string()
    }
}

/// The status of a unit whose file is there: one that systemd does not know yet is not loaded.
fn existing(unit: &UnitName, status: Result<UnitStatus>) -> Result<UnitStatus> {
    match status {
        Err(error) if error.kind() == Kind::UnitNotFound => Ok(UnitStatus {
            name: unit.as_str().to_owned(),
            load_state: "not-found".to_owned(),
            active_state: "inactive".to_owned(),
            sub_state: "dead".to_owned(),
            ..UnitStatus::default()
        }),
        other => other,
    }
}
