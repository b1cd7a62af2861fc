//! The checks of an app: what was given, what the machine says to it, and what comes out.

use super::config::AppConfig;
use super::extra::{self, in_force, program as check_program};
use super::foreign::unknown_key;
use super::key::{Input, Keys as _, LONGEST, Problems, Reader};
use super::keys::AppKeys;
use super::lookup::Lookup;
use super::meaning::meaning;
use super::pm2;
use super::resolve::resolve;
use super::restart::Restart;
use crate::error::hint::{given, text};
use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::unit_file::shown_name;

/// The key of files that hold several apps.
const WHOLE_LIST: &str = "apps";

impl AppConfig {
    /// Makes sense of a description: fills in defaults, makes paths absolute, refuses what cannot be written or cannot
    /// run. All that is wrong is in one error.
    pub fn check(described: impl Into<Input>, lookup: &impl Lookup) -> Result<Self> {
        let mut reader = Reader::default();
        let keys = read(one_app(described.into())?, &mut reader);
        finish(keys, reader.problems, lookup)
    }

    /// The same for a description out of a file, which may have PM2's keys and times.
    pub fn check_file(described: impl Into<Input>, lookup: &impl Lookup) -> Result<Self> {
        let mut reader = Reader::default();
        let ours = pm2::translate(one_app(described.into())?, &mut reader);
        let keys = read(ours, &mut reader);
        finish(keys, reader.problems, lookup)
    }

    /// The same app, looked at again: what it runs may be gone.
    pub fn check_again(&self, lookup: &impl Lookup) -> Result<Self> {
        finish(self.0.clone(), Problems::default(), lookup)
    }

    /// The app that [`AppConfig::described`] tells of, without a look at the machine.
    pub fn restore(described: impl Into<Input>) -> Result<Self> {
        let mut reader = Reader::default();
        let app = Self(read(one_app(described.into())?, &mut reader));
        let mut problems = reader.problems;
        check_what_runs(&app, &mut problems);
        check_keys(&app, &mut problems);
        problems.into_result(&app.name).map(|()| app)
    }
}

/// The keys of one app; anything else than such a table is no app.
fn one_app(described: Input) -> Result<Vec<(Input, Input)>> {
    match described {
        Input::Table(table) => {
            if table.iter().any(|(key, _)| matches!(key, Input::Text(key) if key == WHOLE_LIST)) {
                return Err(unknown_key(WHOLE_LIST));
            }
            Ok(table)
        }
        other => Err(Error::config(format!("an app {}", other.what()))
            .with_hint("give the keys of one app, with their values")),
    }
}

/// The keys of a description; those that an app does not have are wrong.
fn read(table: Vec<(Input, Input)>, reader: &mut Reader) -> AppKeys {
    let (keys, unknown) = AppKeys::read_table(table, reader);
    for key in unknown {
        reader.problems.add(&shown_name(&key), unknown_key(&key));
    }
    keys
}

fn finish(keys: AppKeys, mut problems: Problems, lookup: &impl Lookup) -> Result<AppConfig> {
    check_what_runs(&keys, &mut problems);
    let app = AppConfig(resolve(keys, lookup, &mut problems));
    check_keys(&app, &mut problems);
    check_deployable(&app, &mut problems);
    problems.into_result(&app.name).map(|()| app)
}

/// Checks that one thing is to be run, and that no key is about another.
fn check_what_runs(app: &AppKeys, problems: &mut Problems) {
    let script_is_wrong = problems.concern("script");
    let mut refuse = |key: &str, reason: &str, hint: &'static str| {
        problems.add(key, Error::config(reason).with_hint(hint));
    };
    match (&app.script, &app.command) {
        (Some(_), Some(_)) => refuse("command", "both script and command are given", "give one of them"),
        // A script that is no text is a mistake of its own.
        (None, None) if script_is_wrong => {}
        (None, None) => refuse("command", "neither script nor command is given", "give one of them"),
        (None, Some(words)) => {
            if words.is_empty() {
                refuse("command", "command is empty", "give at least the program to run");
            }
            if app.interpreter.is_some() {
                let hint = "write the interpreter into the command";
                refuse("interpreter", "command is given together with interpreter", hint);
            }
            for (key, words) in [("args", &app.args), ("interpreter_args", &app.interpreter_args)] {
                if !words.is_empty() {
                    let reason = format!("command is given together with {key}");
                    refuse(key, &reason, "write all arguments into the command");
                }
            }
        }
        (Some(_), None) => {}
    }
}

/// Checks what needs no look at the machine; what is written for the app is the last judge.
fn check_keys(app: &AppConfig, problems: &mut Problems) {
    if app.script.as_deref().is_some_and(|path| !path.starts_with('/')) {
        problems.add("script", Error::config("script is no absolute path"));
    }
    let runs_by_itself = app.interpreter().is_none() && app.script.is_some();
    if runs_by_itself && !app.interpreter_args.is_empty() && !problems.concern("interpreter") {
        let needless =
            Error::config("interpreter_args are given, but the script runs without an interpreter");
        problems.add("interpreter_args", needless.with_hint("give interpreter"));
    }
    if app.start_limit_interval() > LONGEST {
        let long =
            Error::config("max_restarts launches of min_uptime and restart_delay take more than a year");
        problems.add("max_restarts", long.with_hint("give less of one of them"));
    }
    extra::check_form(&app.extra, problems);
    problems.extend(meaning(app, Scope::System).1);
}

/// Checks that systemd, whatever its version, takes the app as it is meant. What an earlier version of pm2go has
/// deployed is read without this.
fn check_deployable(app: &AppConfig, problems: &mut Problems) {
    let (key, path) = match (app.interpreter(), &app.script, &app.command) {
        (Some(interpreter), ..) => ("interpreter", Some(interpreter)),
        (None, Some(script), _) => ("script", Some(&**script)),
        (None, None, command) => {
            ("command", command.as_ref().and_then(|words| words.first()).map(String::as_str))
        }
    };
    if let Some(path) = path {
        let runs = check_program(path);
        let _: Option<()> = problems
            .take(key, runs.map_err(|reason| Error::config(format!("{key} is {path:?}")).with_hint(reason)));
    }
    extra::check_meaning(&app.extra, problems);
    let is_oneshot = in_force(&app.extra, "Service", "Type").last().is_some_and(|kind| kind == "oneshot");
    if is_oneshot && matches!(app.restart, Restart::Always | Restart::OnSuccess) {
        let refused = Error::config(format!(
            "extra sets Type=oneshot, with which systemd refuses the restart {:?}",
            app.restart.as_str()
        ));
        let hint = [text("give "), given("restart", "no"), text(" or "), given("restart", "on-failure")];
        problems.add("restart", refused.with_hint(hint));
    }
}
