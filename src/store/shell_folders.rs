//! The folders of unit files where a manager runs that is not on this machine, or not the caller's own.

use std::path::PathBuf;

use crate::error::{Error, Kind, Result};
use crate::location::{Location, Whose};
use crate::process::run_script;
use crate::scope::Scope;

const OF_USER: &str = include_str!("shell_file/folders.sh");

/// A shell where the manager runs, and the folders that its unit files are written to.
#[derive(Clone, Debug)]
pub struct ShellFolders {
    /// The command that starts the shell.
    pub shell: Vec<String>,
    /// The administrator's, or the user's own.
    pub folder: PathBuf,
    /// The one that is gone with the next boot.
    pub runtime: PathBuf,
}

impl ShellFolders {
    /// Those of this manager.
    pub async fn of(whose: &Whose) -> Result<Self> {
        let shell = whose.location.shell();
        let (folder, runtime) = match whose.scope {
            Scope::System => ("/etc/systemd/system".into(), "/run/systemd/system".into()),
            Scope::User => of_user(&shell, &whose.location).await?,
        };
        Ok(Self { shell, folder, runtime })
    }
}

async fn of_user(shell: &[String], location: &Location) -> Result<(PathBuf, PathBuf)> {
    let other = if location.user().is_some() { "yes" } else { "no" };
    let said = run_script(shell, &format!("other={other}\n{OF_USER}")).await.map_err(|error| {
        Error::new(Kind::Unavailable, format!("no shell can be had on {location}: {error}"))
            .with_errno(error.raw_os_error())
    })?;
    let text = String::from_utf8_lossy(&said.output);
    let mut lines = text.lines().filter(|line| line.starts_with('/')).map(PathBuf::from);
    if let (Some(folder), Some(runtime)) = (lines.next(), lines.next()) {
        return Ok((folder, runtime));
    }
    let reason = said.words.lines.last().map_or("it says nothing", String::as_str);
    Err(Error::new(Kind::Unavailable, format!("no shell can be had on {location}: {reason}")))
}
