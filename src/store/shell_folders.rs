//! The folders of unit files where a manager runs that is not on this machine, or not the caller's own.

use std::path::PathBuf;

use crate::error::{Error, Kind, Result};
use crate::location::{Location, Whose};
use crate::process::{Said, quoted, run_script};
use crate::scope::Scope;

const OF_USER: &str = include_str!("shell_file/folders.sh");
const FIND: &str = include_str!("shell_file/find.sh");

/// A shell where the manager runs, and the folders that its unit files are written to.
#[derive(Clone, Debug)]
pub struct ShellFolders {
    /// The command that starts the shell.
    pub shell: Vec<String>,
    /// The administrator's, or the user's own.
    pub folder: PathBuf,
    /// The one that is gone with the next boot.
    pub runtime: PathBuf,
    whose: Whose,
}

impl ShellFolders {
    /// Those of this manager.
    pub async fn of(whose: &Whose) -> Result<Self> {
        let shell = whose.location.shell();
        let (folder, runtime) = match whose.scope {
            Scope::System => ("/etc/systemd/system".into(), "/run/systemd/system".into()),
            Scope::User | Scope::Global => of_user(&shell, &whose.location).await?,
        };
        Ok(Self { shell, folder, runtime, whose: whose.clone() })
    }

    /// Where the file of this unit is, in all folders that the manager reads.
    pub async fn find(&self, unit: &str) -> Result<Option<PathBuf>> {
        let Whose { scope, location, .. } = &self.whose;
        let set = format!("scope={scope}\nname={}\nother={}\n", quoted(unit), is_other(location));
        let said = run(&self.shell, &(set + FIND), location).await?;
        if said.words.status.is_some_and(|status| status.success()) {
            return Ok(paths(&said).next());
        }
        Err(without_shell(location, &reason(&said)).with_unit(unit))
    }
}

async fn of_user(shell: &[String], location: &Location) -> Result<(PathBuf, PathBuf)> {
    let said = run(shell, &format!("other={}\n{OF_USER}", is_other(location)), location).await?;
    let mut paths = paths(&said);
    match (paths.next(), paths.next()) {
        (Some(folder), Some(runtime)) => Ok((folder, runtime)),
        _ => Err(without_shell(location, &reason(&said))),
    }
}

/// Whether the shell is that of somebody who became the user: the variables are not his.
fn is_other(location: &Location) -> &'static str {
    if location.user().is_some() { "yes" } else { "no" }
}

async fn run(shell: &[String], script: &str, location: &Location) -> Result<Said> {
    let said = run_script(shell, script).await;
    said.map_err(|error| without_shell(location, &error).with_errno(error.raw_os_error()))
}

fn paths(said: &Said) -> impl Iterator<Item = PathBuf> {
    let text = String::from_utf8_lossy(&said.output).into_owned();
    let paths: Vec<_> = text.lines().filter(|line| line.starts_with('/')).map(PathBuf::from).collect();
    paths.into_iter()
}

fn reason(said: &Said) -> String {
    said.words.lines.last().cloned().unwrap_or_else(|| "it says nothing".to_owned())
}

fn without_shell(location: &Location, reason: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::Unavailable, format!("no shell can be had on {location}: {reason}"))
}
