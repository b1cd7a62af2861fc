//! The checks of an app: first with the machine's help, then of what came out.

use std::time::Duration;

use super::config::{AppConfig, AppFields, KILL_TIMEOUT, MAX_RESTARTS, RESTART_DELAY};
use super::environment::{Environment, Extra};
use super::extra::{self, in_force, program as check_program};
use super::interpreter::{absolute, is_python, program, resolve as resolve_interpreter, script};
use super::lookup::Lookup;
use super::names::{DEFAULT_PREFIX, check_name};
use super::render::render;
use super::restart::Restart;
use super::settings::AppSettings;
use super::times::seconds;
use crate::error::hint::{self, given, text};
use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::unit::parse_signal;

/// The longest time that an app can ask for: a year.
const LONGEST: Duration = Duration::from_secs(31_536_000);
/// The most launches that can be counted.
const MOST_RESTARTS: i64 = 1_000_000;

impl AppConfig {
    /// Makes sense of settings: fills in defaults, makes paths absolute, refuses what cannot be written or cannot run.
    pub fn check(settings: AppSettings, lookup: &impl Lookup) -> Result<Self> {
        let app = Self::from_fields(resolve(settings, lookup)?)?;
        deployable(&app)?;
        Ok(app)
    }

    /// Checks all that can be checked without a look at the machine.
    pub(super) fn from_fields(fields: AppFields) -> Result<Self> {
        let app = Self(fields);
        check_fields(&app)?;
        Ok(app)
    }
}

/// Fills in defaults and makes paths absolute.
fn resolve(settings: AppSettings, lookup: &impl Lookup) -> Result<AppFields> {
    let name =
        settings.name.ok_or_else(|| Error::config("the app has no name").with_hint("give it a name"))?;
    check_name(&name)?;
    let cwd = working_directory(settings.cwd.as_deref(), lookup)?;
    let args = settings.args.unwrap_or_default();
    let interpreter_args = settings.interpreter_args.unwrap_or_default();
    let (script, command, interpreter) = match (settings.script, settings.command) {
        (Some(name), None) => {
            let path = script(&name, &cwd, lookup)?;
            let interpreter = resolve_interpreter(settings.interpreter.as_deref(), &path, &cwd, lookup)?;
            (Some(path), None, interpreter)
        }
        (None, Some(command)) => {
            if settings.interpreter.is_some() {
                return Err(Error::config("command is given together with interpreter")
                    .with_hint("write the interpreter into the command"));
            }
            (None, Some(resolve_command(command, &cwd, lookup)?), None)
        }
        (Some(_), Some(_)) => {
            return Err(Error::config("both script and command are given").with_hint("give one of them"));
        }
        (None, None) => {
            return Err(Error::config("neither script nor command is given").with_hint("give one of them"));
        }
    };
    let runs =
        interpreter.as_deref().or(command.as_ref().and_then(|words| words.first()).map(String::as_str));
    Ok(AppFields {
        env: with_python_unbuffered(settings.env.unwrap_or_default(), runs),
        name,
        script,
        command,
        interpreter,
        interpreter_args,
        args,
        environment_file: settings.environment_file.map(|path| absolute(&cwd, &path)),
        cwd,
        user: settings.user,
        group: settings.group,
        restart: settings.restart.as_deref().map_or(Ok(Restart::default()), str::parse)?,
        restart_delay: seconds("restart_delay", settings.restart_delay)?.unwrap_or(RESTART_DELAY),
        max_restarts: launches(settings.max_restarts)?,
        min_uptime: seconds("min_uptime", settings.min_uptime)?,
        kill_signal: settings.kill_signal.as_deref().map(signal).transpose()?,
        kill_timeout: seconds("kill_timeout", settings.kill_timeout)?.unwrap_or(KILL_TIMEOUT),
        description: settings.description,
        autostart: settings.autostart.unwrap_or(true),
        extra: without_nothing(settings.extra.unwrap_or_default()),
    })
}

/// Checks what needs no look at the machine; what is written for the app is the last judge.
fn check_fields(app: &AppConfig) -> Result<()> {
    check_name(&app.name)?;
    if app.script.is_some() == app.command.is_some() {
        return Err(Error::config("an app has either a script or a command"));
    }
    if app.script.is_none() && !(app.args.is_empty() && app.interpreter_args.is_empty()) {
        return Err(Error::config("command is given together with args or interpreter_args")
            .with_hint("write all arguments into the command"));
    }
    if app.interpreter.is_none() && !app.interpreter_args.is_empty() {
        return Err(Error::config("interpreter_args are given, but the script runs without an interpreter")
            .with_hint("give interpreter"));
    }
    for (field, path) in
        [("script", app.script.as_deref()), ("environment_file", app.environment_file.as_deref())]
    {
        if path.is_some_and(|path| !path.starts_with('/')) {
            return Err(Error::config(format!("{field} is no absolute path")));
        }
    }
    for (field, account) in [("user", app.user.as_deref()), ("group", app.group.as_deref())] {
        account.map_or(Ok(()), |account| check_account(field, account))?;
    }
    check_times(app)?;
    extra::check_form(&app.extra)?;
    render(app, Scope::System, DEFAULT_PREFIX).map(|_| ())
}

/// Checks that systemd, whatever its version, takes the app as it is meant. What an earlier version of pm2go has
/// deployed is read without this.
fn deployable(app: &AppConfig) -> Result<()> {
    let (field, path) = match (&app.interpreter, &app.script, &app.command) {
        (Some(interpreter), ..) => ("interpreter", Some(interpreter)),
        (None, Some(script), _) => ("script", Some(script)),
        (None, None, command) => ("command", command.as_ref().and_then(|words| words.first())),
    };
    if let Some(path) = path {
        check_program(path)
            .map_err(|reason| Error::config(format!("{field} is {path:?}")).with_hint(reason))?;
    }
    extra::check_meaning(&app.extra)?;
    let is_oneshot = in_force(&app.extra, "Service", "Type").last().is_some_and(|kind| kind == "oneshot");
    if is_oneshot && matches!(app.restart, Restart::Always | Restart::OnSuccess) {
        return Err(Error::config(format!(
            "extra sets Type=oneshot, with which systemd refuses the restart {:?}",
            app.restart.as_str()
        ))
        .with_hint([
            text("give "),
            given("restart", "no"),
            text(" or "),
            given("restart", "on-failure"),
        ]));
    }
    Ok(())
}

fn working_directory(asked: Option<&str>, lookup: &impl Lookup) -> Result<String> {
    let asked = match asked {
        Some("") => {
            return Err(Error::config("cwd is empty").with_hint("leave it out for the current folder"));
        }
        Some(path) if path.starts_with('/') => absolute("/", path),
        Some(path) => absolute(&lookup.current_dir()?, path),
        None => lookup.current_dir()?,
    };
    if !lookup.is_dir(&asked) {
        return Err(
            Error::config(format!("cwd {asked:?} is no folder")).with_hint("make it, or give another one")
        );
    }
    if asked.split('/').any(|part| part == "..") {
        return lookup
            .canonicalize(&asked)
            .ok_or_else(|| Error::config(format!("cwd {asked:?} cannot be resolved")));
    }
    Ok(asked)
}

fn resolve_command(mut command: Vec<String>, cwd: &str, lookup: &impl Lookup) -> Result<Vec<String>> {
    let Some(first) = command.first_mut() else {
        return Err(Error::config("command is empty").with_hint("give at least the program to run"));
    };
    *first = program("command", first, cwd, lookup)?;
    Ok(command)
}

/// Python holds its output back when it goes to the journal; PM2 sets this too.
fn with_python_unbuffered(mut env: Environment, program: Option<&str>) -> Environment {
    if program.is_some_and(is_python) {
        env.entry("PYTHONUNBUFFERED".to_owned()).or_insert_with(|| "1".to_owned());
    }
    env
}

/// Empty lists write nothing.
fn without_nothing(mut extra: Extra) -> Extra {
    for settings in extra.values_mut() {
        settings.retain(|_, values| !values.is_empty());
    }
    extra.retain(|_, settings| !settings.is_empty());
    extra
}

fn launches(value: Option<i64>) -> Result<u32> {
    let value = value.unwrap_or(i64::from(MAX_RESTARTS));
    match u32::try_from(value) {
        Ok(count) if count > 0 && value <= MOST_RESTARTS => Ok(count),
        Ok(0) => Err(Error::config("max_restarts is 0, which systemd takes for \"no limit\"").with_hint([
            text("use "),
            given("restart", "no"),
            text(" to never restart, or "),
            hint::extra("Unit", [("StartLimitIntervalSec", "0")]),
            text(" for no limit"),
        ])),
        _ => {
            Err(Error::config(format!("max_restarts is {value}"))
                .with_hint("give a number from 1 to 1000000"))
        }
    }
}

/// A signal's name as systemd writes it.
pub(super) fn signal(name: &str) -> Result<String> {
    parse_signal("kill_signal", name)?;
    let upper = name.to_ascii_uppercase();
    Ok(format!("SIG{}", upper.strip_prefix("SIG").unwrap_or(&upper)))
}

fn check_times(app: &AppConfig) -> Result<()> {
    let times = [
        ("restart_delay", Some(app.restart_delay), true),
        ("min_uptime", app.min_uptime, false),
        ("kill_timeout", Some(app.kill_timeout), false),
    ];
    for (field, time, zero_allowed) in times {
        if time.is_some_and(|time| time > LONGEST) {
            return Err(Error::config(format!("{field} is more than a year")).with_hint("give it in seconds"));
        }
        if !zero_allowed && time.is_some_and(|time| time.is_zero()) {
            return Err(Error::config(format!("{field} is 0, which systemd takes for \"no limit\""))
                .with_hint("give a number of seconds above 0"));
        }
    }
    if app.start_limit_interval() > LONGEST {
        return Err(Error::config(
            "max_restarts launches of min_uptime and restart_delay take more than a year",
        )
        .with_hint("give less of one of them"));
    }
    Ok(())
}

/// Refuses names of users and groups that systemd refuses.
fn check_account(field: &str, name: &str) -> Result<()> {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ':' | '/' | '%' | ',');
    if name.is_empty() || name.len() > 256 || name.starts_with(['-', '~']) || name.contains(wrong) {
        return Err(Error::config(format!("{field} is {name:?}, which names no account"))
            .with_hint("give the name or the number of an account"));
    }
    Ok(())
}
