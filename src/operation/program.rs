//! The program of a command that systemd runs, its arguments and its environment.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::location::Location;
use crate::scope::Scope;
use crate::temporary::random_name;
use crate::unit_file::shown_name;

/// Refuses a command that no program can be given.
pub(super) fn check_arguments(argv: &[String]) -> Result<()> {
    if argv.is_empty() {
        return Err(Error::config("the command is empty").with_hint("give at least the program to run"));
    }
    match argv.iter().position(|argument| argument.contains('\0')) {
        Some(at) => Err(Error::config(format!("argument {at} of the command has a zero byte"))
            .with_hint("leave it out: no program can be given one")),
        None => Ok(()),
    }
}

/// Refuses a program that would have to be looked for: what is found on this machine in the caller's own name is of no use
/// to somebody else's manager.
pub(super) fn check_place(program: &str, location: &Location) -> Result<()> {
    if location.is_default() || program.starts_with('/') {
        return Ok(());
    }
    Err(Error::config(format!("the program {program:?} is not looked for elsewhere"))
        .with_hint(format!("give its whole path, as it is for {location}")))
}

/// Refuses variables for somebody else's manager: they go by a file of this machine.
pub(super) fn check_variables_place(variables: &[(String, String)], location: &Location) -> Result<()> {
    if location.is_default() || variables.is_empty() {
        return Ok(());
    }
    let message =
        format!("variables cannot be handed to a command of {location}: they go by a file of this machine");
    Err(Error::new(Kind::Unsupported, message)
        .with_hint("hand them over by its input, or name a file there in EnvironmentFile"))
}

/// The absolute path of a program: systemd looks in no folders itself.
pub(super) fn path_of(program: &str, folder: Option<&str>, search: Option<&str>) -> Result<String> {
    if program.starts_with('/') {
        return Ok(program.to_owned());
    }
    if program.is_empty() {
        return Err(Error::config("the program's name is empty").with_hint("give the program to run"));
    }
    let text = |path: PathBuf| path.into_os_string().into_string().map_err(|_| not_utf8());
    if program.contains('/') {
        let folder = match folder {
            Some(folder) => PathBuf::from(folder),
            None => std::env::current_dir().map_err(|error| {
                Error::config(format!("there is no working directory: {error}"))
                    .with_hint("give the program's whole path")
            })?,
        };
        return text(folder.join(program));
    }
    let folders = search.map(OsString::from).or_else(|| std::env::var_os("PATH"));
    let folders = folders.unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let found =
        std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| is_program(path));
    match found {
        Some(path) if path.is_absolute() => text(path),
        _ => Err(Error::config(format!("the program {program:?} is not in PATH"))
            .with_hint("install it, or give its whole path")),
    }
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

fn not_utf8() -> Error {
    Error::config("the program's path is not UTF-8").with_hint("systemd takes no other paths over D-Bus")
}

/// A file with variables that only its owner and systemd can read; it goes when this is dropped, as systemd has read it
/// by then. (What is a property of the unit, everybody can read.)
#[derive(Debug)]
pub(super) struct Variables(PathBuf);

impl Variables {
    pub(super) fn write(client: &Client, stem: &str, variables: &[(String, String)]) -> Result<Self> {
        let text = text_of(variables)?;
        let path = folder(client).join(random_name(stem, ".env"));
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        let written = file.and_then(|mut file| {
            let file_of_ours = Self(path.clone());
            file.write_all(text.as_bytes()).map(|()| file_of_ours)
        });
        written.map_err(|error| {
            let message = format!("cannot write {}: {error}", path.display());
            Error::new(Kind::Storage, message).with_path(&path).with_errno(error.raw_os_error())
        })
    }

    /// The same, and whoever has the path removes it.
    pub(super) fn keep(mut self) -> PathBuf {
        std::mem::take(&mut self.0)
    }

    pub(super) fn path(&self) -> String {
        self.0.display().to_string()
    }
}

/// Variables as systemd reads them from a file.
pub(super) fn text_of(variables: &[(String, String)]) -> Result<String> {
    let mut text = String::new();
    for (name, value) in variables {
        check(name, value)?;
        text.push_str(name);
        text.push_str("=\"");
        for c in value.chars() {
            if matches!(c, '"' | '\\' | '$' | '`') {
                text.push('\\');
            }
            text.push(c);
        }
        text.push_str("\"\n");
    }
    Ok(text)
}

impl Drop for Variables {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

/// Where the manager sees what we write, and what is there is gone after the next boot.
pub(super) fn folder(client: &Client) -> PathBuf {
    let ours = match client.scope() {
        Scope::System if rustix::process::geteuid().is_root() => Some(PathBuf::from("/run")),
        Scope::System => std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
        Scope::User | Scope::Global => client.runtime_folder().map(Path::to_owned),
    };
    ours.filter(|folder| folder.is_dir()).unwrap_or_else(|| "/tmp".into())
}

fn check(name: &str, value: &str) -> Result<()> {
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !first || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Error::config(format!("{:?} is no name of an environment variable", shown_name(name)))
            .with_hint("such names have letters, digits and \"_\", and begin with no digit"));
    }
    // systemd drops a file's variables that have one.
    let is_bad = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if value.contains(is_bad) {
        return Err(Error::config(format!("the environment variable {name} has a control character"))
            .with_hint("leave it out, or hand the value over by input"));
    }
    Ok(())
}
