//! Who may write now: the lock of the folder, and the turns with single units.

use std::path::Path;
use std::time::Instant;

use super::folder::Folder;
use super::lock::{self, Locked};
use super::turn::{self, Turn};
use super::{UnitStore, about, name};
use crate::error::{Error, Kind, Result};

impl UnitStore {
    pub(super) async fn lock(&self, folder: Folder, name: &str, deadline: Option<Instant>) -> Result<Locked> {
        let longest = Instant::now() + self.lock_wait;
        let until = deadline.map_or(longest, |deadline| deadline.min(longest));
        Locked::take(folder, until).await.map_err(|error| error.with_unit(name))
    }

    /// Makes sure, before anything else is done about the unit file `name`, that this process may change it. What a
    /// killed writer left behind is gone after it.
    pub async fn check_access(&self, name: &str, deadline: Option<Instant>) -> Result<()> {
        name::check(name)?;
        let Some(folder) = about(name, || Folder::open(&self.folder))? else { return Ok(()) };
        self.lock(folder, name, deadline).await.map(drop)
    }

    /// Waits until nobody else is at work with the unit `name`. Nothing is to be had where nothing may be written,
    /// nor where the other one takes longer than a writer may; a deadline that comes earlier is an error.
    pub async fn turn(&self, name: &str, deadline: Option<Instant>) -> Result<Option<Turn>> {
        name::check(name)?;
        let begin = Instant::now();
        let longest = begin + self.lock_wait;
        let Ok(folder) = Folder::open_or_create(&self.folder) else { return Ok(None) };
        let path = folder.path_of(name);
        let turn = Turn::take(folder, name, deadline.map_or(longest, |deadline| deadline.min(longest))).await;
        if turn.is_none() {
            taken_by_another(&path, name, begin, deadline)?;
        }
        Ok(turn)
    }

    /// Ends what a killed writer left behind, if there is anything of that kind.
    pub async fn clean_up(&self, name: &str, deadline: Option<Instant>) -> Result<()> {
        match about(name, || Folder::open(&self.folder))? {
            Some(folder) if lock::is_unfinished(&folder) || turn::is_there(&folder, name) => {
                self.lock(folder, name, deadline).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

/// Who cannot have his turn goes on without it, unless his time is over.
pub(super) fn taken_by_another(
    path: &Path,
    name: &str,
    begin: Instant,
    deadline: Option<Instant>,
) -> Result<()> {
    if deadline.is_none_or(|deadline| deadline > Instant::now()) {
        return Ok(());
    }
    let waited = begin.elapsed().as_secs_f64();
    Err(Error::new(Kind::Timeout, format!("somebody else has been at work with {name} for {waited:.1} s"))
        .with_hint("try again when that has ended; nothing was changed")
        .with_path(path)
        .with_unit(name))
}
