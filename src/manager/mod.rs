//! Apps: the one place that knows the order of the steps (write, reload, enable, start), on either backend.
//!
//! What takes a job has three parts: a `Preparation`, the job, and for some an `Ending`. Each part may be done again
//! on another connection where the first one broke; `Work` puts them together.

mod delete;
mod deploy;
mod describe;
mod diagnosis;
mod distant;
mod files;
mod gone;
mod stopped;
mod work;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::app::{self, AppConfig, DEFAULT_PREFIX, Input, Warning};
use crate::backend::{Backend, JobVerb, status_of};
use crate::error::{Error, Kind, Result};
use crate::flow::join_all;
use crate::location::Whose;
use crate::scope::Scope;
use crate::settings::Timeout;
use crate::unit::{UnitName, UnitStatus};
use crate::value::Value;

pub use deploy::{Autostart, Deployed};
pub use describe::Description;
pub(crate) use files::AnyTurn;
use files::Files;
use stopped::was_stopped;
pub(crate) use work::Work;

/// What starting an app did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// It did not run, and was started.
    Started,
    /// It ran with another unit file, or waited to be restarted after a crash, and was restarted.
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

/// An app and what it is doing.
#[derive(Clone, Debug)]
pub struct AppState {
    /// Its name.
    pub name: String,
    /// What its unit is doing.
    pub status: UnitStatus,
    /// systemd calls its unit failed, but it was only stopped.
    pub stopped: bool,
}

/// What comes before a job, for the app itself or the app of this name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Preparation<'a> {
    /// Before a start: its unit file is put in place and enabled.
    Start(&'a AppConfig),
    /// Before a stop.
    Stop(&'a str),
    /// Before a restart.
    Restart(&'a str),
    /// Before the stop of an app that is to be deleted.
    Delete(&'a str),
}

/// What comes after a job.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending<'a> {
    /// After a stop that was asked for.
    Stop(&'a UnitName),
    /// After the stop of an app that is to be deleted.
    Delete(&'a UnitName),
}

/// What a preparation leaves to do, and what it did.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The job.
    pub(crate) verb: Option<JobVerb>,
    /// The unit that it is for.
    pub(crate) unit: UnitName,
    /// How long the unit may take to stop, if the job has it stop.
    pub(crate) stop_time: Timeout,
    /// What was done to the app's unit file.
    pub(crate) deployed: Option<Deployed>,
}

impl Prepared {
    /// A job that stops the unit.
    async fn job(verb: JobVerb, unit: UnitName, backend: &Backend) -> Self {
        let stop_time = stop_time(backend, &unit).await;
        Self { verb: Some(verb), unit, stop_time, deployed: None }
    }
}

/// The apps of one scope: `PREFIX` + name + `.service`, in one folder.
#[derive(Clone, Debug)]
pub struct Manager {
    scope: Scope,
    prefix: String,
    files: Files,
}

impl Manager {
    /// The apps of this manager. `folder` overrides the scope's usual folder for unit files.
    pub fn new(
        whose: impl Into<Whose>,
        prefix: Option<String>,
        folder: Option<PathBuf>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        let prefix = prefix.unwrap_or_else(|| DEFAULT_PREFIX.to_owned());
        app::check_prefix(&prefix)?;
        let whose = whose.into();
        whose.check_manager("the deployment of apps")?;
        Ok(Self { scope: whose.scope, prefix, files: Files::of(&whose, folder, environment)? })
    }

    /// The unit of the app of this name.
    pub fn unit(&self, name: &str) -> Result<UnitName> {
        app::unit_name(name, &self.prefix)
    }

    /// Waits until nobody else deploys this app, or takes too long over it. An app that cannot be written for this
    /// scope is refused before a file is touched.
    pub(crate) async fn turn(&self, app: &AppConfig, deadline: Option<Instant>) -> Result<Option<AnyTurn>> {
        app::render(app, self.scope, &self.prefix)?;
        self.files.turn(self.unit(&app.name)?.as_str(), deadline).await
    }

    /// Makes sense of what describes an app, where that is to run; with what to warn of.
    pub async fn check(&self, described: &Input) -> Result<(AppConfig, Vec<Warning>)> {
        self.files.check(described).await
    }

    /// The same app, looked at again where it is to run.
    pub(crate) async fn check_again(&self, app: &AppConfig) -> Result<AppConfig> {
        self.files.check_again(app).await
    }

    /// Does all that comes before a job. Doing it twice is as good as once.
    pub(crate) async fn prepare(
        &self,
        backend: &Backend,
        preparation: &Preparation<'_>,
        deadline: Option<Instant>,
    ) -> Result<Prepared> {
        match preparation {
            Preparation::Start(app) => self.deploy(backend, app, deadline).await,
            Preparation::Stop(name) => {
                let unit = self.known_or_gone(backend, name).await?;
                Ok(Prepared::job(JobVerb::Stop, unit, backend).await)
            }
            Preparation::Restart(name) => {
                let unit = self.prepare_restart(backend, name).await?;
                Ok(Prepared::job(JobVerb::Restart, unit, backend).await)
            }
            Preparation::Delete(name) => {
                let unit = self.prepare_delete(backend, name, deadline).await?;
                Ok(Prepared::job(JobVerb::Stop, unit, backend).await)
            }
        }
    }

    async fn prepare_restart(&self, backend: &Backend, name: &str) -> Result<UnitName> {
        let unit = self.known(name).await?;
        let status = backend.get_unit_status(&unit).await;
        if matches!(&status, Ok(status) if status.need_daemon_reload) {
            backend.daemon_reload().await?;
        }
        // Restarts by hand count against the start limit; they must not exhaust it.
        reset(backend, &unit).await?;
        Ok(unit)
    }

    /// Does all that comes after a job; gives what was left in place because it is not ours.
    pub(crate) async fn end(
        &self,
        backend: &Backend,
        ending: &Ending<'_>,
        deadline: Option<Instant>,
    ) -> Result<Vec<PathBuf>> {
        match ending {
            Ending::Stop(unit) => {
                // The app may have ended with a code of its own, which is no failure where it was asked to end.
                reset(backend, unit).await?;
                Ok(Vec::new())
            }
            Ending::Delete(unit) => self.remove(backend, unit, deadline).await,
        }
    }

    /// The apps and what they are doing, by name; also those whose unit file is gone.
    pub async fn list(&self, backend: &Backend) -> Result<Vec<AppState>> {
        let (there, gone) = self.files.list(&self.prefix).await?;
        let folder = self.files.folder().await?;
        let mut units = self.named(there)?;
        let deployed = units.len();
        units.extend(self.named(gone)?);
        let names: Vec<UnitName> = units.iter().map(|(_, unit)| unit.clone()).collect();
        let statuses = if names.is_empty() { Vec::new() } else { backend.get_unit_statuses(&names).await? };
        let mut apps = Vec::with_capacity(units.len());
        for (index, ((name, unit), status)) in units.into_iter().zip(statuses).enumerate() {
            let status = existing(&unit, status)?;
            if index < deployed || gone::may_be_ours(&folder, &unit, &status) {
                apps.push((unit, AppState { name, status, stopped: false }));
            }
        }
        look_again(backend, &mut apps).await?;
        apps.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        Ok(apps.into_iter().map(|(_, app)| app).collect())
    }

    /// The names of the apps that these unit files are of.
    fn named(&self, files: Vec<String>) -> Result<Vec<(String, UnitName)>> {
        let mut units = Vec::with_capacity(files.len());
        for file in files {
            let unit: UnitName = file.parse()?;
            if let Some(name) = app::app_name(&unit, &self.prefix) {
                units.push((name.to_owned(), unit));
            }
        }
        Ok(units)
    }

    /// The units of these apps, which have to be there; without any, the pattern of all.
    pub async fn units(&self, backend: &Backend, names: &[String]) -> Result<Vec<String>> {
        if names.is_empty() {
            return Ok(vec![format!("{}*.service", self.prefix)]);
        }
        let mut units = Vec::with_capacity(names.len());
        for name in names {
            units.push(self.known_or_gone(backend, name).await?.as_str().to_owned());
        }
        Ok(units)
    }

    /// The unit of an app that exists; `UnitNotFound` and `NotOwned` say that it does not.
    async fn known(&self, name: &str) -> Result<UnitName> {
        let unit = self.unit(name)?;
        match self.files.read(unit.as_str()).await? {
            Some(_) => Ok(unit),
            None => Err(self.missing(name, &unit).await),
        }
    }

    fn no_such_app(&self, name: &str, unit: &UnitName, folder: &Path) -> Error {
        let message = format!("there is no app {name} in the {} scope", self.scope);
        let hint = format!(
            "{} is not there; start the app first, or look in the other scope",
            folder.join(unit.as_str()).display()
        );
        Error::new(Kind::UnitNotFound, message).with_unit(unit.as_str()).with_hint(hint)
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

/// Clears what systemd holds against a unit. One that it has not in memory has nothing held against it.
async fn reset(backend: &Backend, unit: &UnitName) -> Result<()> {
    match backend.reset_failed_unit(unit).await {
        Err(error) if error.kind() == Kind::UnitNotFound => Ok(()),
        other => other,
    }
}

/// Looks closer at those that failed: some were only stopped.
async fn look_again(backend: &Backend, apps: &mut [(UnitName, AppState)]) -> Result<()> {
    let failed: Vec<_> = apps.iter_mut().filter(|(_, app)| app.status.active_state == "failed").collect();
    let questions = failed.iter().map(|(unit, _)| backend.get_unit_properties(unit)).collect();
    let answers = join_all(questions).await;
    for ((unit, app), answer) in failed.into_iter().zip(answers) {
        match answer {
            Ok(properties) => {
                app.stopped = was_stopped(&properties);
                app.status = existing(unit, status_of(unit, &properties))?;
            }
            // It was forgotten since.
            Err(error) if error.kind() == Kind::UnitNotFound => app.status = existing(unit, Err(error))?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// How long a unit may take to stop (`TimeoutStopUSec`, drop-ins included); no time where that cannot be read.
async fn stop_time(backend: &Backend, unit: &UnitName) -> Timeout {
    let answer = match backend.get_unit_property(unit, "TimeoutStopUSec").await {
        Ok(answer) => answer.decode("TimeoutStopUSec"),
        Err(error) => Err(error),
    };
    match answer {
        Ok(Value::Unsigned(microseconds)) => Timeout::After(Duration::from_micros(microseconds)),
        // "infinity"
        Ok(Value::Null) => Timeout::Never,
        _ => Timeout::After(Duration::ZERO),
    }
}
