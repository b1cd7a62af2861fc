//! An app that was checked: everything in it can be written into a unit file.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use super::environment::{Environment, Extra};
use super::restart::Restart;
use super::settings::AppSettings;

/// Launches that may end too early before systemd gives up, where nothing else is asked for.
pub(super) const MAX_RESTARTS: u32 = 16;
/// The delay before an automatic restart, where nothing else is asked for: systemd's own.
pub(super) const RESTART_DELAY: Duration = Duration::from_millis(100);
/// The time between the signal and `SIGKILL`, where nothing else is asked for.
pub(super) const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a launch has to last, where nothing else is asked for.
const MIN_UPTIME: Duration = Duration::from_secs(1);
/// The shortest time in which launches are counted, where `min_uptime` is not given.
const SHORTEST_WINDOW: Duration = Duration::from_secs(60);

/// The fields of an [`AppConfig`], with paths made absolute and defaults filled in.
#[derive(Clone, PartialEq, Eq)]
pub struct AppFields {
    /// The app's name.
    pub name: String,
    /// The script's absolute path; none where `command` is used.
    pub script: Option<String>,
    /// The program's absolute path and its arguments; none where `script` is used.
    pub command: Option<Vec<String>>,
    /// The absolute path of the script's interpreter; none where the script runs by itself.
    pub interpreter: Option<String>,
    /// The interpreter's arguments, before the script.
    pub interpreter_args: Vec<String>,
    /// The script's arguments.
    pub args: Vec<String>,
    /// The working directory, absolute.
    pub cwd: String,
    /// The environment variables, `PYTHONUNBUFFERED=1` for Python included.
    pub env: Environment,
    /// The absolute path of a file with more variables.
    pub environment_file: Option<String>,
    /// The user to run as.
    pub user: Option<String>,
    /// The group to run as.
    pub group: Option<String>,
    /// When systemd restarts the app by itself.
    pub restart: Restart,
    /// The delay before that.
    pub restart_delay: Duration,
    /// Launches that may end too early before systemd gives up; at least 1.
    pub max_restarts: u32,
    /// How long a launch has to last to be no early end; none for the default.
    pub min_uptime: Option<Duration>,
    /// The signal that asks the app to end, with `SIG`; none for systemd's default, `SIGTERM`.
    pub kill_signal: Option<String>,
    /// The time between that signal and `SIGKILL`.
    pub kill_timeout: Duration,
    /// What the app is, in one line; none for its name.
    pub description: Option<String>,
    /// Whether the app starts with its manager.
    pub autostart: bool,
    /// Settings that are written as they are.
    pub extra: Extra,
}

/// An app that was checked. Its fields are those of [`AppFields`], and cannot be changed: take
/// [`AppConfig::settings`], change them, and check again.
#[derive(Clone, PartialEq, Eq)]
pub struct AppConfig(pub(super) AppFields);

impl AppConfig {
    /// The settings that make this app again.
    #[must_use]
    pub fn settings(&self) -> AppSettings {
        let app = self.0.clone();
        let list = |words: Vec<String>| (!words.is_empty()).then_some(words);
        AppSettings {
            interpreter: app.script.is_some().then(|| app.interpreter.unwrap_or_else(|| "none".to_owned())),
            name: Some(app.name),
            script: app.script,
            command: app.command,
            interpreter_args: list(app.interpreter_args),
            args: list(app.args),
            cwd: Some(app.cwd),
            env: Some(app.env),
            environment_file: app.environment_file,
            user: app.user,
            group: app.group,
            restart: Some(app.restart.to_string()),
            restart_delay: Some(app.restart_delay.as_secs_f64()),
            max_restarts: Some(app.max_restarts.into()),
            min_uptime: app.min_uptime.map(|uptime| uptime.as_secs_f64()),
            kill_signal: app.kill_signal,
            kill_timeout: Some(app.kill_timeout.as_secs_f64()),
            description: app.description,
            autostart: Some(app.autostart),
            extra: Some(app.extra),
        }
    }

    /// The program with all its arguments, as systemd starts it.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        let mut argv = self.command.clone().unwrap_or_default();
        if let Some(script) = &self.script {
            if let Some(interpreter) = &self.interpreter {
                argv.push(interpreter.clone());
                argv.extend_from_slice(&self.interpreter_args);
            }
            argv.push(script.clone());
            argv.extend_from_slice(&self.args);
        }
        argv
    }

    /// The time in which systemd counts launches (`StartLimitIntervalSec=`).
    ///
    /// It is as long as `max_restarts` launches take that last `min_uptime` each: so the limit is reached if, and only
    /// if, they are shorter on average. With a shorter window it would never be.
    #[must_use]
    pub fn start_limit_interval(&self) -> Duration {
        let launch = self.min_uptime.unwrap_or(MIN_UPTIME).saturating_add(self.restart_delay);
        let window = launch.saturating_mul(self.max_restarts);
        if self.min_uptime.is_none() { window.max(SHORTEST_WINDOW) } else { window }
    }
}

impl Deref for AppConfig {
    type Target = AppFields;

    fn deref(&self) -> &AppFields {
        &self.0
    }
}

/// What looks secret is redacted.
impl fmt::Debug for AppConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AppConfig({:?})", self.settings())
    }
}

/// What looks secret is redacted.
impl fmt::Debug for AppFields {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        AppConfig(self.clone()).fmt(out)
    }
}
