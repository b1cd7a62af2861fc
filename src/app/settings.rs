//! An app as the caller describes it, unchecked.

use std::fmt;

use super::environment::{Environment, Extra};
use super::secrets::{redact, redact_arguments, redact_extra};

/// The names of all settings of an app, in the order of [`AppSettings`].
pub const KEYS: [&str; 20] = [
    "name",
    "script",
    "command",
    "interpreter",
    "interpreter_args",
    "args",
    "cwd",
    "env",
    "environment_file",
    "user",
    "group",
    "restart",
    "restart_delay",
    "max_restarts",
    "min_uptime",
    "kill_signal",
    "kill_timeout",
    "description",
    "autostart",
    "extra",
];

/// An app as the caller describes it; `None` asks for the default. [`super::AppConfig::check`] makes sense of it.
#[derive(Clone, Default, PartialEq)]
pub struct AppSettings {
    /// The app's name: letters, digits, `_`, `.` and `-`. Always needed.
    pub name: Option<String>,
    /// The file to run; relative to `cwd`. Either this or `command` is needed.
    pub script: Option<String>,
    /// The program to run and its arguments, instead of `script`.
    pub command: Option<Vec<String>>,
    /// The program that runs the script; by default the one for the script's suffix; `none` runs the script itself.
    pub interpreter: Option<String>,
    /// The arguments of the interpreter, before the script.
    pub interpreter_args: Option<Vec<String>>,
    /// The arguments of the script.
    pub args: Option<Vec<String>>,
    /// The working directory; by default the current one.
    pub cwd: Option<String>,
    /// Environment variables. Every local user can read them over D-Bus.
    pub env: Option<Environment>,
    /// A file with environment variables, which only systemd reads: the place for secrets, with mode 0600.
    pub environment_file: Option<String>,
    /// The user to run as, by name or number (system scope only).
    pub user: Option<String>,
    /// The group to run as, by name or number (system scope only).
    pub group: Option<String>,
    /// When systemd restarts the app by itself: `Restart=` of systemd.service(5); `always` by default.
    pub restart: Option<String>,
    /// Seconds between the end of the app and its automatic restart; 0.1 by default.
    pub restart_delay: Option<f64>,
    /// Launches that may end too early before systemd gives up; 16 by default.
    pub max_restarts: Option<i64>,
    /// Seconds that the app has to live for a launch not to count against `max_restarts`.
    ///
    /// By default 1, but then also at least a minute passes before launches stop to count.
    pub min_uptime: Option<f64>,
    /// The signal that asks the app to end; systemd's default is `SIGTERM`.
    pub kill_signal: Option<String>,
    /// Seconds between that signal and `SIGKILL`; 10 by default.
    pub kill_timeout: Option<f64>,
    /// What the app is, in one line; its name by default.
    pub description: Option<String>,
    /// Whether the app starts with the machine (or with the user's manager); it does by default.
    pub autostart: Option<bool>,
    /// Settings that are written into the unit file as they are.
    pub extra: Option<Extra>,
}

/// Only what is set, and what looks secret redacted.
impl fmt::Debug for AppSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("AppSettings");
        let mut field = |key: &str, value: Option<&dyn fmt::Debug>| {
            if let Some(value) = value {
                shown.field(key, value);
            }
        };
        let lists = [&self.command, &self.interpreter_args, &self.args]
            .map(|list| list.as_deref().map(redact_arguments));
        field("name", self.name.as_ref().map(|v| v as _));
        field("script", self.script.as_ref().map(|v| v as _));
        field("command", lists[0].as_ref().map(|v| v as _));
        field("interpreter", self.interpreter.as_ref().map(|v| v as _));
        field("interpreter_args", lists[1].as_ref().map(|v| v as _));
        field("args", lists[2].as_ref().map(|v| v as _));
        field("cwd", self.cwd.as_ref().map(|v| v as _));
        field("env", self.env.as_ref().map(redact).as_ref().map(|v| v as _));
        field("environment_file", self.environment_file.as_ref().map(|v| v as _));
        field("user", self.user.as_ref().map(|v| v as _));
        field("group", self.group.as_ref().map(|v| v as _));
        field("restart", self.restart.as_ref().map(|v| v as _));
        field("restart_delay", self.restart_delay.as_ref().map(|v| v as _));
        field("max_restarts", self.max_restarts.as_ref().map(|v| v as _));
        field("min_uptime", self.min_uptime.as_ref().map(|v| v as _));
        field("kill_signal", self.kill_signal.as_ref().map(|v| v as _));
        field("kill_timeout", self.kill_timeout.as_ref().map(|v| v as _));
        field("description", self.description.as_ref().map(|v| v as _));
        field("autostart", self.autostart.as_ref().map(|v| v as _));
        field("extra", self.extra.as_ref().map(redact_extra).as_ref().map(|v| v as _));
        shown.finish()
    }
}
