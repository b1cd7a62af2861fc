//! Which program runs a script, and the absolute paths of both.

use super::lookup::Lookup;
use crate::error::{Error, Result};

/// What stands in the place of an interpreter where the script runs by itself.
pub(super) const ITSELF: &str = "none";

/// The interpreter for a script's suffix: PM2's table, with `python3` for Python and Node's other suffixes.
pub(super) fn for_suffix(script: &str) -> Option<&'static str> {
    let file = script.rsplit('/').next().unwrap_or(script);
    let (stem, suffix) = file.rsplit_once('.')?;
    if stem.is_empty() {
        return None;
    }
    match suffix {
        "py" => Some("python3"),
        "js" | "mjs" | "cjs" => Some("node"),
        "ts" | "tsx" => Some("bun"),
        "sh" => Some("bash"),
        "rb" => Some("ruby"),
        "pl" => Some("perl"),
        "php" => Some("php"),
        "coffee" => Some("coffee"),
        "ls" => Some("lsc"),
        _ => None,
    }
}

/// Whether a program is Python, which holds its output back unless told otherwise.
pub(super) fn is_python(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.starts_with("python") || name.starts_with("pypy")
}

/// The absolute path of a file or folder that is named relative to `cwd`.
pub(super) fn absolute(cwd: &str, path: &str) -> String {
    let full = if path.starts_with('/') { path.to_owned() } else { format!("{cwd}/{path}") };
    let parts: Vec<&str> = full.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}

/// The absolute path of a program: a bare name is looked up in `PATH`, all else is relative to `cwd`.
pub(super) fn program(field: &str, name: &str, cwd: &str, lookup: &impl Lookup) -> Result<String> {
    if name.is_empty() {
        return Err(Error::config(format!("{field} is empty")).with_hint("name the program to run"));
    }
    if !name.contains('/') {
        return lookup.which(name).ok_or_else(|| {
            Error::config(format!("{field} {name:?} was not found in PATH"))
                .with_hint("install it, or give its absolute path")
        });
    }
    let path = absolute(cwd, name);
    if lookup.is_executable(&path) {
        return Ok(path);
    }
    let reason = if lookup.is_file(&path) { "is not executable" } else { "does not exist" };
    Err(Error::config(format!("{field} {path:?} {reason}")).with_hint("name a program that can be run"))
}

/// The absolute path of a script: relative to `cwd`, or, for a bare name that is not there, a program in `PATH`.
pub(super) fn script(name: &str, cwd: &str, lookup: &impl Lookup) -> Result<String> {
    let path = absolute(cwd, name);
    if !name.is_empty() && lookup.is_file(&path) {
        return Ok(path);
    }
    let found = if name.contains('/') || name.is_empty() { None } else { lookup.which(name) };
    found.ok_or_else(|| {
        Error::config(format!("script {path:?} is no file")).with_hint(
            "give its absolute path, or one relative to cwd; a program with arguments goes into command",
        )
    })
}

/// The absolute path of the interpreter for a script; [`ITSELF`] where the script runs by itself.
pub(super) fn resolve(asked: Option<&str>, script: &str, cwd: &str, lookup: &impl Lookup) -> Result<String> {
    let name = match asked {
        Some(ITSELF) => None,
        Some(name) => Some(name),
        None => for_suffix(script),
    };
    if let Some(name) = name {
        return program("interpreter", name, cwd, lookup);
    }
    if lookup.is_executable(script) {
        return Ok(ITSELF.to_owned());
    }
    Err(Error::config(format!("script {script:?} is not executable, and no interpreter is known for it"))
        .with_hint("give interpreter, or make the script executable"))
}
