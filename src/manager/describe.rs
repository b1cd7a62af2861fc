//! An app in detail: its configuration, its state, and what systemd really runs.

use super::{Manager, was_stopped};
use crate::app::{self, AppConfig, Environment};
use crate::backend::{Backend, status_of};
use crate::error::{Error, Kind, Result};
use crate::operation::executed::{environment, exec_start, working_directory};
use crate::unit::UnitStatus;
use crate::unit_file::UnitFile;

/// An app in detail.
#[derive(Clone, Debug)]
pub struct Description {
    /// Its configuration, as its unit file holds it.
    pub app: AppConfig,
    /// What it is doing.
    pub status: UnitStatus,
    /// systemd calls its unit failed, but it was only stopped.
    pub stopped: bool,
    /// Each command that starts it, a program with its arguments, as systemd has them (drop-ins included), redacted.
    pub exec_start: Vec<Vec<String>>,
    /// Its environment, as systemd has it, redacted.
    pub environment: Environment,
    /// Its working directory; with a "-" before it, it may be missing.
    pub working_directory: Option<String>,
    /// Its unit file.
    pub unit_path: String,
    /// The last lines of its run, if that failed.
    pub log: Vec<String>,
}

/// So many lines of a failed run are told.
const LOG_LINES: usize = 10;

impl Manager {
    /// Tells all about an app.
    pub async fn describe(&self, backend: &Backend, name: &str) -> Result<Description> {
        let unit = self.unit(name)?;
        let Some(text) = self.files.read(unit.as_str()).await? else {
            return Err(self.missing(name, &unit).await);
        };
        let path = self.files.folder().await?.join(unit.as_str()).display().to_string();
        let unreadable = |reason: String| {
            Error::new(Kind::UnitLoad, format!("{path} cannot be read: {reason}"))
                .with_unit(unit.as_str())
                .with_hint("start the app again with its configuration")
        };
        let file = UnitFile::parse(&text).map_err(|error| unreadable(error.to_string()))?;
        let app = app::read_app(&file)
            .map_err(|error| unreadable(error.to_string()))?
            .ok_or_else(|| unreadable("it holds no app".to_owned()))?;
        let properties = backend.get_unit_properties(&unit).await?;
        let status = status_of(&unit, &properties)?;
        let exec_start = exec_start(&properties).unwrap_or_else(|| vec![app.argv()]);
        let environment = environment(&properties).unwrap_or_else(|| app.env.clone());
        let working_directory = working_directory(&properties).or_else(|| Some(app.cwd().to_owned()));
        let stopped = was_stopped(&properties);
        let has_failed = !stopped && (status.active_state == "failed" || status.waits_for_restart());
        let log = if has_failed { backend.log_of_run(&status, LOG_LINES).await } else { Vec::new() };
        Ok(Description {
            stopped,
            exec_start: exec_start.iter().map(|command| app::redact_arguments(command)).collect(),
            environment: app::redact(&environment),
            working_directory,
            unit_path: path,
            app,
            status,
            log,
        })
    }
}
