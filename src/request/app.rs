//! What can be asked about apps.

use std::sync::Arc;

use super::Response;
use crate::app::{AppConfig, Input};
use crate::backend::{Backend, JobOptions, JobVerb};
use crate::client::{Asked, Client, Step};
use crate::error::Result;
use crate::manager::{Manager, Preparation, Prepared, Work};
use crate::settings::Timeout;
use crate::unit::UnitName;
use crate::verb::Repeat;

/// What is asked about apps.
#[derive(Clone, Debug)]
pub enum AppRequest {
    /// What describes an app.
    Check(AppCheck),
    /// What only reads.
    Question(AppQuestion),
    /// What takes several steps.
    Work(AppWork),
}

/// What is asked about apps that only reads.
#[derive(Clone, Debug)]
pub enum AppQuestion {
    /// List all apps.
    List,
    /// Tell all about the app of this name.
    Describe(String),
    /// The units of the apps of these names; without any, the pattern of all.
    Units(Vec<String>),
}

/// What describes an app (out of a file, perhaps), to be checked where that is to run.
#[derive(Clone, Debug)]
pub struct AppCheck(pub Arc<Input>);

impl Asked for OfApps<'_, AppCheck> {
    fn what(&self) -> String {
        "check of an app".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl OfApps<'_, AppCheck> {
    /// Checks it; no manager is asked.
    pub(super) async fn perform(&self) -> Result<Response> {
        let Self(manager, AppCheck(described)) = self;
        let (app, warnings) = manager.check(described).await?;
        Ok(Response::Checked(Box::new(app), warnings))
    }
}

/// What is asked about apps that takes several steps, between which a connection may break.
#[derive(Clone, Debug)]
pub enum AppWork {
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
}

/// Something about the apps of one manager.
pub(super) struct OfApps<'a, T>(pub(super) &'a Manager, pub(super) &'a T);

impl Asked for OfApps<'_, AppQuestion> {
    fn what(&self) -> String {
        match self.1 {
            AppQuestion::List => "list of apps".to_owned(),
            AppQuestion::Describe(name) => format!("description of app {name}"),
            AppQuestion::Units(names) => format!("search for the apps {}", names.join(", ")),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        match self.1 {
            AppQuestion::List | AppQuestion::Units(_) => None,
            AppQuestion::Describe(name) => self.0.unit(name).ok(),
        }
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for OfApps<'_, AppQuestion> {
    type Answer = Response;

    async fn over(&self, backend: &Backend) -> Result<Response> {
        let Self(manager, question) = self;
        Ok(match question {
            AppQuestion::List => Response::Apps(manager.list(backend).await?),
            AppQuestion::Describe(name) => {
                Response::Description(Box::new(manager.describe(backend, name).await?))
            }
            AppQuestion::Units(names) => Response::Names(manager.units(backend, names).await?),
        })
    }
}

impl Asked for OfApps<'_, AppWork> {
    fn what(&self) -> String {
        match self.1 {
            AppWork::Start(app, _) | AppWork::Deploy(app) => format!("start of app {}", app.name),
            AppWork::Stop(name, _) | AppWork::PrepareStop(name) => format!("stop of app {name}"),
            AppWork::Restart(name, _) | AppWork::PrepareRestart(name) => format!("restart of app {name}"),
            AppWork::Delete(name, _) => format!("deletion of app {name}"),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        let name: &str = match self.1 {
            AppWork::Start(app, _) | AppWork::Deploy(app) => &app.name,
            AppWork::Stop(name, _)
            | AppWork::PrepareStop(name)
            | AppWork::Restart(name, _)
            | AppWork::PrepareRestart(name)
            | AppWork::Delete(name, _) => name,
        };
        self.0.unit(name).ok()
    }

    fn repeat(&self) -> Repeat {
        match self.1 {
            AppWork::PrepareStop(_) => Repeat::Always,
            AppWork::Start(..)
            | AppWork::Deploy(_)
            | AppWork::Stop(..)
            | AppWork::Restart(..)
            | AppWork::PrepareRestart(_)
            | AppWork::Delete(..) => Repeat::UnlessSent,
        }
    }
}

impl OfApps<'_, AppWork> {
    /// Takes all steps.
    pub(super) async fn perform(&self, client: &Client, timeout: Option<Timeout>) -> Result<Response> {
        let mut work = Work::new(client, self.0, self, timeout);
        match self.1 {
            AppWork::Start(app, options) => work.start(app, *options).await.map(deployed),
            AppWork::Stop(name, options) => work.stop(name, *options).await.map(Response::Job),
            AppWork::Restart(name, options) => work.restart(name, *options).await.map(Response::Job),
            AppWork::Delete(name, options) => {
                let left = work.delete(name, *options).await?;
                Ok(Response::Left(left.into_iter().map(|path| path.display().to_string()).collect()))
            }
            AppWork::Deploy(app) => work.deploy(app).await.map(left_to_do),
            AppWork::PrepareStop(name) => work.prepare(Preparation::Stop(name)).await.map(left_to_do),
            AppWork::PrepareRestart(name) => work.prepare(Preparation::Restart(name)).await.map(left_to_do),
        }
    }
}

fn deployed(mut prepared: Prepared) -> Response {
    match prepared.deployed.take() {
        Some(deployed) => Response::Deployed(prepared.unit, deployed),
        None => left_to_do(prepared),
    }
}

/// The job that a preparation leaves to the caller. (The start of what runs is done at once.)
fn left_to_do(prepared: Prepared) -> Response {
    Response::Prepared(prepared.verb.unwrap_or(JobVerb::Start), prepared.unit, prepared.stop_time)
}
