//! Requests about apps: their configurations are checked here, before anything is sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;

use super::app::CheckedApp;
use super::client::Client;
use super::convert::{Count, Seconds, Text};
use super::input::input;
use super::request::{Request, options, request};
use crate::backend::{JobOptions, JobVerb};
use crate::error::Error;
use crate::manager::Manager;
use crate::request::{self, AppCheck, AppQuestion, AppRequest, AppWork};

/// Makes requests about the apps of one scope.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Apps {
    manager: Arc<Manager>,
}

impl Apps {
    fn work(&self, work: AppWork) -> Request {
        request(request::Request::App(Arc::clone(&self.manager), AppRequest::Work(work)))
    }

    fn question(&self, question: AppQuestion) -> Request {
        request(request::Request::App(Arc::clone(&self.manager), AppRequest::Question(question)))
    }
}

#[pymethods]
impl Apps {
    #[new]
    #[pyo3(signature = (client, *, prefix=None, unit_dir=None))]
    fn new(client: &Bound<'_, Client>, prefix: Option<Text>, unit_dir: Option<PathBuf>) -> PyResult<Self> {
        let whose = client.get().home.client().whose().clone();
        let prefix = prefix.map(|prefix| prefix.0);
        let manager = Manager::new(whose, prefix, unit_dir, |name| std::env::var_os(name))?;
        Ok(Self { manager: Arc::new(manager) })
    }

    /// The unit of the app of this name.
    fn unit(&self, name: Text) -> PyResult<String> {
        Ok(self.manager.unit(name.into_text().as_str())?.as_str().to_owned())
    }

    /// Deploy an app.
    fn start(
        &self,
        app: &Bound<'_, CheckedApp>,
        settle: Seconds<'_>,
        log_lines: Count<'_>,
    ) -> PyResult<Request> {
        let app = app.get().app.clone();
        Ok(self.work(AppWork::Start(Box::new(app), options(settle, log_lines)?)))
    }

    /// Stop an app.
    fn stop(&self, name: Text, log_lines: Count<'_>) -> PyResult<Request> {
        let log_lines = log_lines.named("log_lines")?;
        let options = JobOptions { settle: Duration::ZERO, log_lines, ..JobOptions::default() };
        Ok(self.work(AppWork::Stop(name.0, options)))
    }

    /// Restart an app.
    fn restart(&self, name: Text, settle: Seconds<'_>, log_lines: Count<'_>) -> PyResult<Request> {
        Ok(self.work(AppWork::Restart(name.0, options(settle, log_lines)?)))
    }

    /// Do all of a start but the job.
    fn deploy(&self, app: &Bound<'_, CheckedApp>) -> Request {
        self.work(AppWork::Deploy(Box::new(app.get().app.clone())))
    }

    /// Check a description out of a file where the app is to run, and tell what to warn of.
    fn check(&self, described: &Bound<'_, PyAny>) -> PyResult<Request> {
        let check = AppCheck(Arc::new(input(described)?));
        Ok(request(request::Request::App(Arc::clone(&self.manager), AppRequest::Check(check))))
    }

    /// Do all of a stop or a restart but the job.
    fn prepare(&self, verb: Text, name: Text) -> PyResult<Request> {
        let name = name.0;
        match verb.parse()? {
            JobVerb::Stop => Ok(self.work(AppWork::PrepareStop(name))),
            JobVerb::Restart => Ok(self.work(AppWork::PrepareRestart(name))),
            other => Err(Error::config(format!("there is no {} of an app by its name", other.as_str()))
                .with_hint("use stop or restart; or start, with the AppConfig")
                .into()),
        }
    }

    /// Delete an app.
    fn delete(&self, name: Text) -> Request {
        self.work(AppWork::Delete(name.0, JobOptions::default()))
    }

    /// List all apps.
    fn list(&self) -> Request {
        self.question(AppQuestion::List)
    }

    /// Tell all about an app.
    fn describe(&self, name: Text) -> Request {
        self.question(AppQuestion::Describe(name.0))
    }

    /// The units of these apps; without any, the pattern of all.
    fn units(&self, names: Vec<Text>) -> Request {
        self.question(AppQuestion::Units(names.into_iter().map(|name| name.0).collect()))
    }
}
