//! Everything that can be asked of a client, as values: each face builds the same requests, each driver runs
//! them, and what they answer becomes the same objects.

use std::sync::Arc;
use std::time::Duration;

use crate::app::AppConfig;
use crate::backend::{Answer, Backend, JobOptions, JobVerb, Property, Units};
use crate::error::Result;
use crate::error::{Error, Kind};
use crate::manager::{AppState, Deployed, Description, Manager};
use crate::settings::Timeout;
use crate::unit::{JobResult, UnitFileChanges, UnitName, UnitStatus};

/// What is asked.
#[derive(Clone, Debug)]
pub enum Request {
    /// Connect, if there is no connection.
    Connect,
    /// Start, stop or restart a unit.
    RunJob {
        /// What to do.
        verb: JobVerb,
        /// With which unit.
        unit: UnitName,
        /// How.
        options: JobOptions,
    },
    /// Cancel a job.
    CancelJob(u32),
    /// Make a unit start at boot.
    EnableUnit(UnitName),
    /// Make a unit no longer start at boot.
    DisableUnit(UnitName),
    /// List loaded units whose names match one of the patterns.
    ListUnits(Vec<String>),
    /// Tell what a unit is doing.
    GetUnitStatus(UnitName),
    /// Tell all properties of a unit.
    GetUnitProperties(UnitName),
    /// Tell one property of a unit.
    GetUnitProperty(UnitName, String),
    /// Wait until a unit is in one of these states (`ActiveState` or `SubState`), and stays so for a while.
    WaitFor {
        /// The unit.
        unit: UnitName,
        /// The states.
        states: Vec<String>,
        /// For how long it has to stay so.
        stable: Duration,
    },
    /// Read all unit files again.
    Reload,
    /// Clear a unit's failed state.
    ResetFailedUnit(UnitName),
    /// Something about apps.
    App(Arc<Manager>, AppRequest),
}

/// What is asked about apps.
#[derive(Clone, Debug)]
pub enum AppRequest {
    /// Deploy and start.
    Start(Box<AppConfig>, JobOptions),
    /// Stop the app of this name.
    Stop(String, JobOptions),
    /// Restart the app of this name.
    Restart(String, JobOptions),
    /// Do all of a start but the job.
    Deploy(Box<AppConfig>),
    /// Do all of a stop but the job.
    PrepareStop(String),
    /// Do all of a restart but the job.
    PrepareRestart(String),
    /// Delete the app of this name.
    Delete(String, JobOptions),
    /// List all apps.
    List,
    /// Tell all about the app of this name.
    Describe(String),
    /// The last lines that the app of this name logged.
    Logs(String, usize),
}

/// What is answered.
#[derive(Debug)]
pub enum Response {
    /// It is done.
    Done,
    /// A job ended well.
    Job(JobResult),
    /// Whether there was a job to cancel.
    Canceled(bool),
    /// Unit files were enabled or disabled.
    Changes(UnitFileChanges),
    /// Units.
    Units(Units),
    /// A unit's status.
    Status(Box<UnitStatus>),
    /// A unit's properties.
    Properties(Answer),
    /// One property of that name.
    Property(String, Property),
    /// What is left to do with an app's unit, and how long that may take to stop.
    Prepared(JobVerb, UnitName, Timeout),
    /// An app was deployed.
    Deployed(UnitName, Deployed),
    /// Paths that were left in place.
    Left(Vec<String>),
    /// Apps and their units' status.
    Apps(Vec<AppState>),
    /// An app in detail.
    Description(Box<Description>),
    /// Lines of a log.
    Lines(Vec<String>),
}

impl Request {
    /// What it does, to complete "the ... did not end in time".
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::Connect => "connection".to_owned(),
            Self::RunJob { verb, unit, .. } => format!("{} of {unit}", verb.as_str()),
            Self::CancelJob(id) => format!("cancellation of job {id}"),
            Self::EnableUnit(unit) => format!("enabling of {unit}"),
            Self::DisableUnit(unit) => format!("disabling of {unit}"),
            Self::ListUnits(_) => "list of units".to_owned(),
            Self::GetUnitStatus(unit) => format!("status of {unit}"),
            Self::GetUnitProperties(unit) => format!("properties of {unit}"),
            Self::GetUnitProperty(unit, name) => format!("property {name} of {unit}"),
            Self::WaitFor { unit, states, .. } => format!("wait for {unit} to be {}", states.join(" or ")),
            Self::Reload => "reload".to_owned(),
            Self::ResetFailedUnit(unit) => format!("reset of {unit}"),
            Self::App(_, request) => request.what(),
        }
    }

    /// The unit that it is about, if it is about one.
    #[must_use]
    pub fn unit(&self) -> Option<UnitName> {
        match self {
            Self::RunJob { unit, .. }
            | Self::EnableUnit(unit)
            | Self::DisableUnit(unit)
            | Self::GetUnitStatus(unit)
            | Self::GetUnitProperties(unit)
            | Self::GetUnitProperty(unit, _)
            | Self::WaitFor { unit, .. }
            | Self::ResetFailedUnit(unit) => Some(unit.clone()),
            Self::App(manager, request) => manager.unit(request.app()?).ok(),
            Self::Connect | Self::CancelJob(_) | Self::ListUnits(_) | Self::Reload => None,
        }
    }

    /// Whether it only reads, so that it may be asked again when nobody knows whether it was heard.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        match self {
            Self::Connect
            | Self::ListUnits(_)
            | Self::GetUnitStatus(_)
            | Self::GetUnitProperties(_)
            | Self::GetUnitProperty(..)
            | Self::WaitFor { .. } => true,
            Self::RunJob { .. }
            | Self::CancelJob(_)
            | Self::EnableUnit(_)
            | Self::DisableUnit(_)
            | Self::Reload
            | Self::ResetFailedUnit(_) => false,
            Self::App(_, request) => match request {
                AppRequest::PrepareStop(_)
                | AppRequest::List
                | AppRequest::Describe(_)
                | AppRequest::Logs(..) => true,
                AppRequest::Start(..)
                | AppRequest::Deploy(_)
                | AppRequest::PrepareRestart(_)
                | AppRequest::Stop(..)
                | AppRequest::Restart(..)
                | AppRequest::Delete(..) => false,
            },
        }
    }

    /// Whether it asks systemd to act in one call, so that nothing was done where that one did not reach systemd.
    #[must_use]
    pub fn is_one_call(&self) -> bool {
        matches!(self, Self::RunJob { .. } | Self::CancelJob(_) | Self::Reload | Self::ResetFailedUnit(_))
    }

    /// Does it.
    pub async fn execute(&self, backend: &Backend) -> Result<Response> {
        Ok(match self {
            Self::Connect => Response::Done,
            // `Client::perform` waits on where a connection breaks, instead of this.
            Self::RunJob { verb, unit, options } => {
                Response::Job(backend.run_job(*verb, unit, *options).await?)
            }
            Self::CancelJob(id) => Response::Canceled(backend.cancel_job(*id).await?),
            Self::EnableUnit(unit) => Response::Changes(backend.enable_unit(unit).await?),
            Self::DisableUnit(unit) => Response::Changes(backend.disable_unit(unit).await?),
            Self::ListUnits(patterns) => Response::Units(backend.ask_units(patterns).await?),
            // To wait takes more than one look: `watch::wait_for_state` looks with this.
            Self::GetUnitStatus(unit) | Self::WaitFor { unit, .. } => {
                Response::Status(Box::new(backend.get_unit_status(unit).await?))
            }
            Self::GetUnitProperties(unit) => Response::Properties(backend.ask_unit_properties(unit).await?),
            Self::GetUnitProperty(unit, name) => {
                Response::Property(name.clone(), backend.get_unit_property(unit, name).await?)
            }
            Self::Reload => {
                backend.reload().await?;
                Response::Done
            }
            Self::ResetFailedUnit(unit) => {
                backend.reset_loaded_unit(unit).await?;
                Response::Done
            }
            Self::App(manager, request) => request.execute(manager, backend).await?,
        })
    }
}

impl AppRequest {
    /// The name of the app that it is about, if it is about one.
    fn app(&self) -> Option<&str> {
        match self {
            Self::Start(app, _) | Self::Deploy(app) => Some(&app.name),
            Self::Stop(name, _)
            | Self::PrepareStop(name)
            | Self::PrepareRestart(name)
            | Self::Restart(name, _)
            | Self::Delete(name, _)
            | Self::Describe(name)
            | Self::Logs(name, _) => Some(name),
            Self::List => None,
        }
    }

    /// Whether it takes several steps, between which a connection may break.
    #[must_use]
    pub fn takes_steps(&self) -> bool {
        match self {
            Self::Start(..)
            | Self::Stop(..)
            | Self::Restart(..)
            | Self::Delete(..)
            | Self::Deploy(_)
            | Self::PrepareStop(_)
            | Self::PrepareRestart(_) => true,
            Self::List | Self::Describe(_) | Self::Logs(..) => false,
        }
    }

    fn what(&self) -> String {
        match self {
            Self::Start(app, _) | Self::Deploy(app) => format!("start of app {}", app.name),
            Self::Stop(name, _) | Self::PrepareStop(name) => format!("stop of app {name}"),
            Self::Restart(name, _) | Self::PrepareRestart(name) => format!("restart of app {name}"),
            Self::Delete(name, _) => format!("deletion of app {name}"),
            Self::List => "list of apps".to_owned(),
            Self::Describe(name) => format!("description of app {name}"),
            Self::Logs(name, _) => format!("log of app {name}"),
        }
    }

    async fn execute(&self, manager: &Manager, backend: &Backend) -> Result<Response> {
        match self {
            Self::List => Ok(Response::Apps(manager.list(backend).await?)),
            Self::Describe(name) => {
                Ok(Response::Description(Box::new(manager.describe(backend, name).await?)))
            }
            Self::Logs(name, lines) => Ok(Response::Lines(manager.logs(backend, name, *lines).await?)),
            Self::Start(..)
            | Self::Stop(..)
            | Self::Restart(..)
            | Self::Delete(..)
            | Self::Deploy(_)
            | Self::PrepareStop(_)
            | Self::PrepareRestart(_) => {
                let what = self.what();
                Err(Error::new(
                    Kind::Unsupported,
                    format!("the {what} takes several steps; Client::perform takes them"),
                ))
            }
        }
    }
}
