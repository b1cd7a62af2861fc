//! Keys that apps do not have: those of PM2's files and of systemd, with what to use instead, and mistyped ones.

use super::extra;
use super::settings::KEYS;
use crate::error::{Error, Result};
use crate::near::nearest;
use crate::settings::{Given, format_duration, span};

/// From this many seconds on, a bare number in a file may be PM2's milliseconds: PM2's users write 100 and more, and
/// who means seconds seldom does.
const AMBIGUOUS: f64 = 100.0;

const OUTPUT: &str = "the journal has it; or use extra={\"Service\": {\"StandardOutput\": \"append:/path\"}}";
const JOURNAL: &str = "leave it out: journalctl shows the time, and in the format that it is asked for";
const RESTART_IT: &str = "restart the app from what changes the files";
const TIMER: &str = "use a timer unit that runs `systemctl try-restart`";
const NOT_NEEDED: &str = "leave it out: systemd does without";

/// PM2's keys, and what to use instead.
const INSTEAD: [(&str, &str); 54] = [
    ("autorestart", "use restart=\"always\" or restart=\"no\""),
    ("exec_interpreter", "use interpreter"),
    ("node_args", "use interpreter_args"),
    ("interpreterArgs", "use interpreter_args"),
    ("uid", "use user"),
    ("gid", "use group"),
    ("cmd", "use command"),
    ("exec_mode", "systemd has no cluster mode; share the port with SO_REUSEPORT and start several apps"),
    ("instances", "start several apps with different names"),
    ("instance", "start several apps with different names"),
    ("instance_var", "start several apps with different names, and give each its number in env"),
    ("increment_var", "start several apps with different names, and give each its number in env"),
    ("port", "use env={\"PORT\": \"8000\"}"),
    ("watch", RESTART_IT),
    ("ignore_watch", RESTART_IT),
    ("watch_options", RESTART_IT),
    ("watch_delay", RESTART_IT),
    (
        "max_memory_restart",
        "use extra={\"Service\": {\"MemoryMax\": \"300M\"}}: systemd then kills and restarts it",
    ),
    ("cron_restart", TIMER),
    ("cron", TIMER),
    ("wait_ready", "use extra={\"Service\": {\"Type\": \"notify\"}} and have the app call sd_notify(3)"),
    ("listen_timeout", "use extra={\"Service\": {\"TimeoutStartSec\": \"10s\"}}"),
    ("env_file", "use environment_file"),
    ("out_file", OUTPUT),
    ("output", OUTPUT),
    ("out", OUTPUT),
    ("log_file", OUTPUT),
    ("log", OUTPUT),
    ("error_file", "the journal has it; or use extra={\"Service\": {\"StandardError\": \"append:/path\"}}"),
    ("error", "the journal has it; or use extra={\"Service\": {\"StandardError\": \"append:/path\"}}"),
    ("err", "the journal has it; or use extra={\"Service\": {\"StandardError\": \"append:/path\"}}"),
    ("disable_logs", "use extra={\"Service\": {\"StandardOutput\": \"null\", \"StandardError\": \"null\"}}"),
    ("log_date_format", JOURNAL),
    ("log_type", JOURNAL),
    ("time", JOURNAL),
    ("merge_logs", NOT_NEEDED),
    ("combine_logs", NOT_NEEDED),
    ("pid_file", NOT_NEEDED),
    ("pid", NOT_NEEDED),
    ("vizion", NOT_NEEDED),
    ("pmx", NOT_NEEDED),
    ("automation", NOT_NEEDED),
    ("trace", NOT_NEEDED),
    ("force", NOT_NEEDED),
    ("source_map_support", "give the interpreter's own option in interpreter_args"),
    (
        "stop_exit_codes",
        "use extra={\"Service\": {\"SuccessExitStatus\": \"3\", \"RestartPreventExitStatus\": \"3\"}}",
    ),
    ("exp_backoff_restart_delay", "use restart_delay, or RestartSteps= of systemd.service(5) in extra"),
    ("shutdown_with_message", "use kill_signal, and have the app end when the signal comes"),
    ("treekill", "use extra={\"Service\": {\"KillMode\": \"mixed\"}}"),
    ("namespace", "use extra={\"Service\": {\"Slice\": \"NAME.slice\"}}"),
    ("env_name", "merge the variables into env"),
    ("filter_env", "leave it out: only the variables of env are given to the app"),
    ("apps", "give one app at a time: `for app in file[\"apps\"]: manager.start(app)`"),
    ("deploy", "leave it out: pm2go deploys on the machine that it runs on"),
];

/// What to use instead of a key of PM2's files; none if it is no such key.
#[must_use]
pub fn pm2_advice(key: &str) -> Option<&'static str> {
    if key.starts_with("env_") && key != "env_file" && key != "env_name" {
        return Some("merge it into env: pm2go does not choose between environments");
    }
    INSTEAD.iter().find(|(name, _)| *name == key).map(|(_, advice)| *advice)
}

/// Says that an app has no such key, and what to use instead.
#[must_use]
pub fn unknown_key(key: &str) -> Error {
    if key == "apps" {
        let advice = pm2_advice(key).unwrap_or_default();
        return Error::config("apps is a whole list of apps, where one app is expected").with_hint(advice);
    }
    if let Some(advice) = pm2_advice(key) {
        return Error::config(format!("pm2go has no {key}")).with_hint(advice);
    }
    let hint = match (nearest(key, KEYS), extra::advice(key)) {
        (Some(near), _) => format!("did you mean {near}?"),
        (None, Some(advice)) => advice,
        (None, None) => format!("an app has {}", KEYS.join(", ")),
    };
    Error::config(format!("an app has no '{}'", key.escape_debug())).with_hint(hint)
}

/// Refuses a bare number that may be PM2's milliseconds, as they stand in files; `beside` is a key of PM2 in the same
/// app.
pub fn check_bare_time(key: &str, given: Given<'_>, beside: Option<&str>) -> Result<()> {
    let number = match given {
        Given::Seconds(number) => number,
        Given::Text(text) => match text.trim().parse() {
            Ok(number) => number,
            Err(_) => return Ok(()),
        },
    };
    if !number.is_finite() || number <= 0.0 || (number < AMBIGUOUS && beside.is_none()) {
        return Ok(());
    }
    let reason = match beside {
        Some(other) => format!("{key} stands beside {other}, a key of PM2, which counts milliseconds"),
        None => format!("{key} is {number}: milliseconds in PM2, seconds here"),
    };
    let milliseconds = span(key, Given::Seconds(number / 1000.0))?;
    Err(Error::config(reason).with_hint(format!(
        "write it with its unit: \"{}\" for PM2's milliseconds, \"{number}s\" for seconds",
        format_duration(milliseconds)
    )))
}
