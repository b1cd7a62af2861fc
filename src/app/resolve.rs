//! What the machine has to say of an app: paths become absolute, and programs are looked up.

use super::interpreter::{ITSELF, absolute, is_python, program, resolve as resolve_interpreter, script};
use super::key::{Environment, Extra, Folder, PathText, Problems};
use super::keys::AppKeys;
use super::lookup::Lookup;
use crate::error::{Error, Result};

/// The same app wherever the caller goes: with absolute paths. What cannot be found is noted.
pub(super) fn resolve(mut app: AppKeys, lookup: &impl Lookup, problems: &mut Problems) -> AppKeys {
    app.extra = without_nothing(app.extra);
    let found = if problems.concern("cwd") {
        None
    } else {
        problems.take("cwd", working_directory(app.cwd.0.as_deref(), lookup))
    };
    let Some(cwd) = found else { return below_root(app) };
    resolve_program(&mut app, &cwd, lookup, problems);
    app.environment_file = app.environment_file.map(|path| PathText::new(absolute(&cwd, &path)));
    let runs = app.interpreter.as_deref().filter(|path| *path != ITSELF);
    let runs = runs.or(app.command.as_ref().and_then(|words| words.first()).map(String::as_str));
    app.env = with_python_unbuffered(app.env, runs);
    app.cwd = Folder(Some(cwd));
    app
}

/// The same with absolute paths that mean nothing: nobody knows what they are relative to, and that was told.
fn below_root(mut app: AppKeys) -> AppKeys {
    let absolute = |path: PathText| PathText::new(absolute("/", &path));
    app.script = app.script.map(absolute);
    app.interpreter = app.interpreter.filter(|path| **path != *ITSELF).map(absolute);
    app.environment_file = app.environment_file.map(absolute);
    app.command = None;
    app.cwd = Folder::default();
    app
}

fn resolve_program(app: &mut AppKeys, cwd: &str, lookup: &impl Lookup, problems: &mut Problems) {
    if let Some(name) = &app.script {
        let Some(path) = problems.take("script", script(name, cwd, lookup)) else { return };
        if !problems.concern("interpreter") {
            let interpreter = resolve_interpreter(app.interpreter.as_deref(), &path, cwd, lookup);
            app.interpreter =
                problems.take("interpreter", interpreter).map(PathText::new).or(app.interpreter.take());
        }
        app.script = Some(PathText::new(path));
    }
    if let Some(first) = app.command.as_mut().and_then(|words| words.0.first_mut())
        && let Some(path) = problems.take("command", program("command", first, cwd, lookup))
    {
        *first = path;
    }
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
