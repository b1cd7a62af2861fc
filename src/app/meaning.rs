//! What the keys of an app mean to systemd: the settings of its unit file.

mod writer;

use std::sync::LazyLock;

use writer::{Owned, Writer};

use super::config::AppConfig;
use super::key::{Account, Problems};
use super::keys::AppKeys;
use crate::error::hint::{given, text};
use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::unit_file::{UnitFile, environment, exec_command, path, plain, shown_name, timespan};

/// The unit file of an app for this scope, and what cannot be written of it.
pub(super) fn meaning(app: &AppConfig, scope: Scope) -> (UnitFile, Problems) {
    let writer = write(app, scope);
    (writer.file, writer.problems)
}

/// The key that stands for this setting: in `extra` it would contradict that key.
pub(super) fn owner(section: &str, setting: &str) -> Option<&'static str> {
    /// They are the same whatever an app has.
    static OWNED: LazyLock<Vec<Owned>> =
        LazyLock::new(|| write(&AppConfig(AppKeys::default()), Scope::System).owned);
    let owned = OWNED.iter().find(|owned| (owned.section, owned.setting) == (section, setting));
    owned.map(|owned| owned.key)
}

fn write(app: &AppConfig, scope: Scope) -> Writer<'_> {
    let mut unit = Writer::new(&app.extra);
    unit_section(&mut unit, app, scope);
    service_section(&mut unit, app, scope);
    let target = match scope {
        Scope::System => "multi-user.target",
        Scope::User | Scope::Global => "default.target",
    };
    unit.section("Install").default("WantedBy", target);
    unit.pass_through();
    unit
}

fn unit_section(unit: &mut Writer<'_>, app: &AppConfig, scope: Scope) {
    let mut section = unit.section("Unit");
    let description = app.description.as_deref().map(|line| plain("description", line));
    section.own("Description", "description", description.unwrap_or_else(|| Ok(app.name.to_string())));
    match scope {
        Scope::System => section.add("After", "", Ok("network.target".to_owned())),
        // The user's manager has no such target.
        Scope::User | Scope::Global => {}
    }
    section.default("StartLimitIntervalSec", &timespan(app.start_limit_interval()));
    section.default("StartLimitBurst", &app.max_restarts.0.to_string());
}

fn service_section(unit: &mut Writer<'_>, app: &AppConfig, scope: Scope) {
    let mut service = unit.section("Service");
    // With Type=exec a program that cannot be started fails the start job (systemd 240).
    service.default("Type", "exec");
    service.claim("ExecStart", "script or command");
    let argv = app.argv();
    if !argv.is_empty() {
        let command = exec_command(&argv);
        let key = if command.is_err() { unwritable(app) } else { "command" };
        service.add("ExecStart", key, command);
    }
    service.own("WorkingDirectory", "cwd", path("cwd", app.cwd()));
    for (name, value) in &app.env {
        service.add("Environment", &format!("env.{}", shown_name(name)), environment(name, value));
    }
    if let Some(file) = &app.environment_file {
        service.add("EnvironmentFile", "environment_file", environment_file(file));
    }
    service.own("User", "user", account("user", app.user.as_ref(), scope));
    service.own("Group", "group", account("group", app.group.as_ref(), scope));
    service.own("Restart", "restart", app.restart.as_str());
    service.own("RestartSec", "restart_delay", app.restart_delay);
    service.own("KillSignal", "kill_signal", app.kill_signal.as_deref());
    service.own("TimeoutStopSec", "kill_timeout", app.kill_timeout);
    service.own("RestartKillSignal", "restart_signal", app.restart_signal.as_deref());
    service.default("SyslogIdentifier", &app.name);
}

/// The key that has the word which no command can have.
fn unwritable(app: &AppConfig) -> &'static str {
    let wrong = app.words().enumerate().find(|(index, (_, word))| {
        // What stands first has rules of its own.
        let alone = if *index == 0 { vec![*word] } else { vec!["/bin/true", word] };
        exec_command(&alone).is_err()
    });
    let all_are_too_long = if app.command.is_some() { "command" } else { "args" };
    wrong.map_or(all_are_too_long, |(_, (key, _))| key)
}

/// Who the app runs as.
fn account(key: &str, account: Option<&Account>, scope: Scope) -> Option<Result<String>> {
    let account = account?;
    Some(match scope {
        Scope::System => plain(key, account),
        Scope::User | Scope::Global => Err(Error::config(format!("{key} is given in the user scope"))
            .with_hint([
                text("a user's manager runs everything as that user; use "),
                given("scope", "system"),
            ])),
    })
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
