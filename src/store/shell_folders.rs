//! The folders of unit files where a manager runs that is not on this machine, or not the caller's own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::places::Places;
use crate::error::Result;
use crate::location::Whose;
use crate::process::{Said, quoted};
use crate::scope::Scope;

const PLACES: &str = include_str!("shell_file/places.sh");
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
            Scope::User | Scope::Global => {
                let (places, runtime) = of_user(whose).await?;
                (places.folder, runtime.join("systemd/user"))
            }
        };
        Ok(Self { shell, folder, runtime, whose: whose.clone() })
    }

    /// Where the file of this unit is, in all folders that the manager reads.
    pub async fn find(&self, unit: &str) -> Result<Option<PathBuf>> {
        let scope = self.whose.scope;
        let set = format!("scope={scope}\nname={}\nother={}\n", quoted(unit), is_other(&self.whose));
        let location = &self.whose.location;
        let said = location.ask(&(set + FIND)).await?;
        if said.words.status.is_some_and(|status| status.success()) {
            return Ok(lines(&said).find(|line| line.starts_with('/')).map(PathBuf::from));
        }
        Err(location.without_shell(&said).with_unit(unit))
    }
}

/// All folders of a manager's unit files that are told there.
pub(super) async fn places(whose: &Whose) -> Result<Places> {
    match whose.scope {
        Scope::System => Places::of(whose.scope, &|_| None),
        Scope::User | Scope::Global => of_user(whose).await.map(|(places, _)| places),
    }
}

/// Those of a user, and the folder that is gone with his session.
async fn of_user(whose: &Whose) -> Result<(Places, PathBuf)> {
    let location = &whose.location;
    let said = location.ask(&format!("other={}\n{PLACES}", is_other(whose))).await?;
    let told: BTreeMap<String, OsString> = lines(&said)
        .filter_map(|line| line.split_once('=').map(|(name, value)| (name.to_owned(), value.into())))
        .collect();
    match told.get("XDG_RUNTIME_DIR") {
        Some(runtime) => {
            Ok((Places::of(whose.scope, &|name| told.get(name).cloned())?, PathBuf::from(runtime)))
        }
        None => Err(location.without_shell(&said)),
    }
}

/// Whether the shell is that of somebody who became the user: the variables are not his.
fn is_other(whose: &Whose) -> &'static str {
    if whose.location.user().is_some() { "yes" } else { "no" }
}

fn lines(said: &Said) -> impl Iterator<Item = String> {
    let text = String::from_utf8_lossy(&said.output).into_owned();
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.into_iter()
}
