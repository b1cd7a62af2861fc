//! From an app to its unit file.

use super::config::AppConfig;
use super::names::unit_name;
use super::record::{OWNER_SECTION, Record};
use crate::error::hint::{given, text};
use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::unit_file::{UnitFile, environment, exec_command, path, plain, timespan};

/// Where the app is remembered in it.
pub(super) const RECORD_KEY: &str = "Config";
/// The version of this library that wrote the file.
const VERSION_KEY: &str = "Version";

/// The unit file of an app for this scope; the prefix is checked with the app's name, which it is written under.
pub fn render(app: &AppConfig, scope: Scope, prefix: &str) -> Result<UnitFile> {
    let unit = unit_name(&app.name, prefix)?;
    write(app, scope).map_err(|error| error.with_unit(unit.as_str()))
}

fn write(app: &AppConfig, scope: Scope) -> Result<UnitFile> {
    let mut file = UnitFile::new();
    unit_section(&mut file, app, scope)?;
    service_section(&mut file, app, scope)?;
    let target = match scope {
        Scope::System => "multi-user.target",
        Scope::User => "default.target",
    };
    default(&mut file, app, "Install", "WantedBy", target)?;
    for (section, settings) in &app.extra {
        for (key, values) in settings {
            values.iter().try_for_each(|value| file.add(section, key, value))?;
        }
    }
    file.add(OWNER_SECTION, VERSION_KEY, env!("CARGO_PKG_VERSION"))?;
    file.add(OWNER_SECTION, RECORD_KEY, &Record::of(app).to_json()?)?;
    Ok(file)
}

fn unit_section(file: &mut UnitFile, app: &AppConfig, scope: Scope) -> Result<()> {
    let description = app.description.as_deref().unwrap_or(&app.name);
    file.add("Unit", "Description", &plain("description", description)?)?;
    match scope {
        Scope::System => file.add("Unit", "After", "network.target")?,
        // The user's manager has no such target.
        Scope::User => {}
    }
    default(file, app, "Unit", "StartLimitIntervalSec", &timespan(app.start_limit_interval()))?;
    default(file, app, "Unit", "StartLimitBurst", &app.max_restarts.to_string())
}

fn service_section(file: &mut UnitFile, app: &AppConfig, scope: Scope) -> Result<()> {
    // With Type=exec a program that cannot be started fails the start job (systemd 240).
    default(file, app, "Service", "Type", "exec")?;
    let mut add = |key: &str, value: &str| file.add("Service", key, value);
    add("ExecStart", &exec_command(&app.argv())?)?;
    add("WorkingDirectory", &path("cwd", &app.cwd)?)?;
    for (name, value) in &app.env {
        add("Environment", &environment(name, value)?)?;
    }
    if let Some(file) = &app.environment_file {
        add("EnvironmentFile", &environment_file(file)?)?;
    }
    for (key, field, account) in [("User", "user", &app.user), ("Group", "group", &app.group)] {
        match (account, scope) {
            (None, _) => {}
            (Some(account), Scope::System) => add(key, &plain(field, account)?)?,
            (Some(_), Scope::User) => {
                return Err(Error::config(format!("{field} is given in the user scope")).with_hint([
                    text("a user's manager runs everything as that user; use "),
                    given("scope", "system"),
                ]));
            }
        }
    }
    add("Restart", app.restart.as_str())?;
    add("RestartSec", &timespan(app.restart_delay))?;
    if let Some(signal) = &app.kill_signal {
        add("KillSignal", signal)?;
    }
    add("TimeoutStopSec", &timespan(app.kill_timeout))?;
    default(file, app, "Service", "SyslogIdentifier", &app.name)
}

/// Adds a setting that `extra` may replace.
fn default(file: &mut UnitFile, app: &AppConfig, section: &str, key: &str, value: &str) -> Result<()> {
    if app.extra.get(section).is_some_and(|settings| settings.contains_key(key)) {
        return Ok(());
    }
    file.add(section, key, value)
}

/// The value of `EnvironmentFile=`, which is a pattern, unlike other paths.
fn environment_file(file: &str) -> Result<String> {
    if file.contains(['*', '?', '[', '\\']) {
        return Err(Error::config(
            "environment_file has one of * ? [ \\ in its path, which systemd takes for a pattern",
        )
        .with_hint("rename the file"));
    }
    path("environment_file", file)
}
