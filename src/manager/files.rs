//! The unit files of apps, where their manager reads them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use super::distant::gathered;
use crate::app::{AppConfig, Gathering, Input, Machine, Warning};
use crate::error::{Error, Result};
use crate::location::Whose;
use crate::process::HeldShell;
use crate::store::{Looked, Removed, ShellStore, Turn, UnitStore, Written};

/// The unit files of apps.
#[derive(Clone, Debug)]
pub(super) enum Files {
    /// On this machine, in the caller's own name.
    Here(UnitStore),
    /// Elsewhere, or somebody else's.
    There(Box<ShellStore>),
}

/// The turn with one unit: while this lives, others wait.
#[derive(Debug)]
pub(crate) enum AnyTurn {
    Here { _turn: Turn },
    There { shell: HeldShell },
}

impl AnyTurn {
    /// Gives it to the next.
    pub(crate) async fn end(self) {
        match self {
            Self::Here { _turn: turn } => drop(turn),
            Self::There { shell } => shell.end().await,
        }
    }
}

impl Files {
    pub(super) fn of(
        whose: &Whose,
        folder: Option<PathBuf>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_absolute()) {
            let message = format!("unit_dir is a relative path: {}", folder.display());
            return Err(Error::config(message).with_hint("give an absolute path"));
        }
        if !whose.location.is_default() {
            return Ok(Self::There(Box::new(ShellStore::new(whose, folder))));
        }
        Ok(Self::Here(match folder {
            Some(folder) => UnitStore::at(folder),
            None => UnitStore::for_scope(whose.scope, environment)?,
        }))
    }

    /// Whether they are on this machine, as this process sees it.
    pub(super) fn is_here(&self) -> bool {
        matches!(self, Self::Here(_))
    }

    /// Makes sense of what describes an app, where that is to run; with what to warn of.
    pub(super) async fn check(&self, described: &Input) -> Result<(AppConfig, Vec<Warning>)> {
        match self {
            Self::Here(_) => {
                let app = AppConfig::check_file(described.clone(), &Machine)?;
                let warnings = app.warnings(&Machine);
                Ok((app, warnings))
            }
            Self::There(store) => {
                let check = |there: &Gathering<'_>| {
                    let app = AppConfig::check_file(described.clone(), there)?;
                    let warnings = app.warnings(there);
                    Ok((app, warnings))
                };
                gathered(store.location(), check).await?
            }
        }
    }

    /// The same app, looked at again where it is to run.
    pub(super) async fn check_again(&self, app: &AppConfig) -> Result<AppConfig> {
        match self {
            Self::Here(_) => app.check_again(&Machine),
            Self::There(store) => {
                gathered(store.location(), |there: &Gathering<'_>| app.check_again(there)).await?
            }
        }
    }

    /// The folder that they are in.
    pub(super) async fn folder(&self) -> Result<PathBuf> {
        match self {
            Self::Here(store) => Ok(store.folder().to_owned()),
            Self::There(store) => store.folder().await.map(ToOwned::to_owned),
        }
    }

    /// What there is of a unit. A file that is not ours is refused.
    pub(super) async fn look(&self, unit: &str) -> Result<Looked> {
        match self {
            Self::Here(store) => store.look(unit),
            Self::There(store) => store.look(unit).await,
        }
    }

    /// The file of a unit; `None` when there is none. One that is not ours is refused.
    pub(super) async fn read(&self, unit: &str) -> Result<Option<String>> {
        match self {
            Self::Here(store) => store.read(unit),
            Self::There(store) => store.read(unit).await,
        }
    }

    /// Whether the file of a unit was put here, but is gone.
    pub(super) async fn has_gone(&self, unit: &str) -> Result<bool> {
        match self {
            Self::Here(store) => store.has_gone(unit),
            Self::There(store) => store.has_gone(unit).await,
        }
    }

    /// The units with this prefix whose files are here, and those whose files are gone.
    pub(super) async fn list(&self, prefix: &str) -> Result<(Vec<String>, Vec<String>)> {
        match self {
            Self::Here(store) => Ok((store.list(prefix)?, store.list_gone(prefix)?)),
            Self::There(store) => store.list(prefix).await,
        }
    }

    /// Writes the file of a unit.
    pub(super) async fn write(&self, unit: &str, text: &str, deadline: Option<Instant>) -> Result<Written> {
        match self {
            Self::Here(store) => store.write(unit, text, deadline).await,
            Self::There(store) => store.write(unit, text, deadline).await,
        }
    }

    /// Puts back what was there before.
    pub(super) async fn restore(&self, unit: &str, text: &str, modified: Option<u64>) -> Result<()> {
        match self {
            Self::Here(store) => store.restore(unit, text, modified, None).await,
            Self::There(store) => store.restore(unit, text, modified, None).await,
        }
    }

    /// Removes the file of a unit, with its drop-ins.
    pub(super) async fn remove(&self, unit: &str, deadline: Option<Instant>) -> Result<Removed> {
        match self {
            Self::Here(store) => store.remove(unit, deadline).await,
            Self::There(store) => store.remove(unit, deadline).await,
        }
    }

    /// Makes sure that the file of a unit may be changed.
    pub(super) async fn check_access(&self, unit: &str, deadline: Option<Instant>) -> Result<()> {
        match self {
            Self::Here(store) => store.check_access(unit, deadline).await,
            Self::There(store) => store.check_access(unit, deadline).await,
        }
    }

    /// Ends what a killed writer left behind.
    pub(super) async fn clean_up(&self, unit: &str, deadline: Option<Instant>) -> Result<()> {
        match self {
            Self::Here(store) => store.clean_up(unit, deadline).await,
            Self::There(store) => store.clean_up(unit, deadline).await,
        }
    }

    /// Waits until nobody else is at work with a unit.
    pub(super) async fn turn(&self, unit: &str, deadline: Option<Instant>) -> Result<Option<AnyTurn>> {
        match self {
            Self::Here(store) => {
                let turn = store.turn(unit, deadline).await?;
                Ok(turn.map(|turn| AnyTurn::Here { _turn: turn }))
            }
            Self::There(store) => {
                let shell = store.turn(unit, deadline).await?;
                Ok(shell.map(|shell| AnyTurn::There { shell }))
            }
        }
    }
}
