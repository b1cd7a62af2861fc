//! The keys of an app, each declared once: what callers give, what is checked, what the unit file remembers, the JSON
//! Schema, Python's signature and the tables of the docs all come from here. What a key means to systemd stands in
//! `meaning`.

use std::time::Duration;

use super::key::{
    Account, Delay, Environment, Extra, Folder, Launches, Limit, Line, Name, PathText, Signal, Texts, keys,
};
use super::restart::Restart;

keys! {
    /// The keys of an app. Those of an app that was checked have absolute paths.
    pub struct AppKeys {
        /// The app's name: letters, digits, `_`, `.` and `-`. Its unit is `pm2-NAME.service`.
        pub name: Name,
        /// The file to run; relative to `cwd`. Either this or `command` is needed.
        pub script: Option<PathText>,
        /// The program to run and its arguments, instead of `script`.
        pub command: Option<Texts>,
        /// The program that runs the script; by default the one for the script's suffix (`.py`, `.js`, `.sh`, `.rb`,
        /// `.pl`, `.php`, ...); `"none"` runs the script itself.
        pub interpreter: Option<PathText>,
        /// The arguments of the interpreter, before the script.
        pub interpreter_args: Texts = Texts::default(),
        /// The arguments of the script.
        pub args: Texts = Texts::default(),
        /// The working directory; by default the current one.
        pub cwd: Folder = Folder::default(),
        /// Environment variables. Every local user can read them over D-Bus.
        pub env: Environment = Environment::new(),
        /// A file with environment variables, which only systemd reads: the place for secrets, with mode 0600.
        pub environment_file: Option<PathText>,
        /// The user to run as, by name or number (system scope only).
        pub user: Option<Account>,
        /// The group to run as, by name or number (system scope only).
        pub group: Option<Account>,
        /// When systemd restarts the app by itself: `Restart=` of systemd.service(5).
        pub restart: Restart = Restart::Always,
        /// The time between the end of the app and its automatic restart. systemd 247 may never come to stop one that it
        /// has to restart at once (`service_enter_restart` of src/core/service.c: a timer that is always due).
        pub restart_delay: Delay = Delay(Duration::from_millis(100)),
        /// Launches that may end too early before systemd gives up.
        pub max_restarts: Launches = Launches(16),
        /// How long the app has to live for a launch not to count against `max_restarts`; by default 1, but then at
        /// least a minute has to pass before launches stop to count.
        pub min_uptime: Option<Limit>,
        /// The signal that asks the app to end; by default `"SIGTERM"`.
        pub kill_signal: Option<Signal>,
        /// The time between that signal and `SIGKILL`.
        pub kill_timeout: Limit = Limit(Duration::from_secs(10)),
        /// The signal that asks the app to end when it is restarted; by default `kill_signal`.
        pub restart_signal: Option<Signal>,
        /// What the app is, in one line; by default its name.
        pub description: Option<Line>,
        /// Whether the app starts with the machine, or with the user's manager.
        pub autostart: bool = true,
        /// Settings that are written into the unit file as they are: section, setting, value or values. What systemd
        /// would ignore or refuse is an error; what pm2go does not know is written, and warned of.
        pub extra: Extra = Extra::new(),
    }
}
