//! The unit files of one folder where the manager runs, be that another host, a container or another user: what
//! [`UnitStore`](super::UnitStore) does on this machine a shell does there, with the same files, locks and records.

mod told;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use told::{Seen, Told};

use super::access::taken_by_another;
use super::places::Places;
use super::shell_file::{COMPARE, LOCK, LOCKED, NO_FOLDER, REMOVE, ShellFile, wait};
use super::shell_folders::places;
use super::{LARGEST, Looked, Removed, Written, check_text, name, turn};
use crate::error::{Error, Kind, Result};
use crate::flow::tell::tell;
use crate::location::{Location, Whose};
use crate::process::{HeldShell, hold_script, quoted};

const ENTER: &str = include_str!("shell_store/enter.sh");
const OTHER: &str = include_str!("shell_store/other.sh");
const ENTRIES: &str = include_str!("shell_store/entries.sh");
const RECORD: &str = include_str!("shell_store/record.sh");
const FORGET: &str = include_str!("shell_store/forget.sh");
const TURN: &str = include_str!("shell_store/turn.sh");

/// The unit files of a folder elsewhere.
#[derive(Clone, Debug)]
pub struct ShellStore {
    whose: Whose,
    /// Known with the first question, as a user's are told there.
    places: OnceLock<Places>,
}

impl ShellStore {
    /// Those of this manager; in this folder instead of the usual one, which then knows of no others.
    #[must_use]
    pub fn new(whose: &Whose, folder: Option<PathBuf>) -> Self {
        let places = OnceLock::new();
        if let Some(folder) = folder {
            let _ = places.set(Places { folder, others: Vec::new() });
        }
        Self { whose: whose.clone(), places }
    }

    /// Where it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.whose.location
    }

    /// The folder that is written to.
    pub async fn folder(&self) -> Result<&Path> {
        self.places().await.map(|places| &*places.folder)
    }

    async fn places(&self) -> Result<&Places> {
        if let Some(places) = self.places.get() {
            return Ok(places);
        }
        let found = places(&self.whose).await?;
        Ok(self.places.get_or_init(|| found))
    }

    /// Looks at the unit of this name. A file that is not ours is refused.
    pub async fn look(&self, name: &str) -> Result<Looked> {
        let told = self.told_of(name, "").await?;
        let looked = Looked::at(told.now, told.other.clone());
        if looked.foreign.is_some() {
            return Ok(looked);
        }
        let (text, modified) = self.ours(&told, name).await?.unzip();
        Ok(looked.with_file(text, modified))
    }

    /// Reads the unit file `name`; `None` when there is none. A file that is not ours is refused.
    pub async fn read(&self, name: &str) -> Result<Option<String>> {
        let told = self.told_of(name, "").await?;
        Ok(self.ours(&told, name).await?.map(|(text, _)| text))
    }

    /// Says whether the unit file `name` was put here, but is gone.
    pub async fn has_gone(&self, name: &str) -> Result<bool> {
        let told = self.told_of(name, "").await?;
        Ok(told.records.contains(name) && matches!(told.seen(name), Seen::Absent))
    }

    /// The names of our `.service` files that start with `prefix`; and of those that were put here, but are gone. Both
    /// sorted.
    pub async fn list(&self, prefix: &str) -> Result<(Vec<String>, Vec<String>)> {
        let told = self.ask(prefix, &format!("set -- {}*.service\n{ENTRIES}", quoted(prefix))).await?;
        let is_unit = |name: &&str| {
            name.starts_with(prefix) && name.ends_with(".service") && super::name::check(name).is_ok()
        };
        let ours = told.names().filter(is_unit).filter(|name| matches!(told.seen(name), Seen::Owned(..)));
        let gone = told.records.iter().map(String::as_str).filter(is_unit);
        let gone = gone.filter(|name| matches!(told.seen(name), Seen::Absent));
        Ok((ours.map(str::to_owned).collect(), gone.map(str::to_owned).collect()))
    }

    /// Writes the unit file `name`: [`UnitStore::write`](super::UnitStore::write).
    pub async fn write(&self, name: &str, text: &str, deadline: Option<Instant>) -> Result<Written> {
        self.write_as_of(name, text, None, deadline).await
    }

    /// Puts back an earlier text of the unit file `name`, with the time at which that was written.
    pub async fn restore(
        &self,
        name: &str,
        text: &str,
        modified: Option<u64>,
        deadline: Option<Instant>,
    ) -> Result<()> {
        self.write_as_of(name, text, modified, deadline).await.map(drop)
    }

    async fn write_as_of(
        &self,
        name: &str,
        text: &str,
        modified: Option<u64>,
        deadline: Option<Instant>,
    ) -> Result<Written> {
        name::check(name)?;
        check_text(name, text)?;
        let told = self.told_of(name, "").await?;
        let before = self.ours(&told, name).await?.map(|(text, _)| text);
        if before.as_deref() != Some(text) {
            let file = self.file(name).await?;
            let after = modified.map_or_else(String::new, |modified| {
                format!("touch -d @{}.{:06} \"$name\"\n", modified / 1_000_000, modified % 1_000_000)
            });
            return file.write_and(before.as_deref(), text, &(RECORD.to_owned() + &after), deadline).await;
        }
        if told.unfinished || !told.records.contains(name) {
            self.locked(name, Some(text), RECORD, deadline).await?;
        }
        Ok(Written::Unchanged)
    }

    /// Removes the unit file `name`: [`UnitStore::remove`](super::UnitStore::remove).
    pub async fn remove(&self, name: &str, deadline: Option<Instant>) -> Result<Removed> {
        let drop_ins = format!("{name}.d");
        let inside = quoted(&drop_ins);
        let names = format!("{inside} {inside}/* {inside}/.[!.]* {inside}/..?*");
        let told = self.told_of(name, &names).await?;
        let text = self.ours(&told, name).await?.map(|(text, _)| text);
        let has_drop_ins = !matches!(told.seen(&drop_ins), Seen::Absent);
        if text.is_none() && !told.unfinished && !has_drop_ins && !told.records.contains(name) {
            return Ok(Removed::default());
        }
        let (owned, left) = self.drop_ins(&told, &drop_ins).await?;
        let owned: Vec<String> = owned.iter().map(|name| quoted(name)).collect();
        let whole = if left.is_empty() { "yes" } else { "no" };
        let work = format!("{REMOVE}set -- {}\nwhole={whole}\n{FORGET}", owned.join(" "));
        let told = self.locked(name, text.as_deref(), &work, deadline).await?;
        tell(format!("removed {}", self.folder().await?.join(name).display()));
        let left = left.into_iter().chain(told.left).collect();
        Ok(Removed { file: text.is_some(), left })
    }

    /// The names of the drop-ins in this folder, if all of them are ours; and else those that are not.
    async fn drop_ins(&self, told: &Told, folder: &str) -> Result<(Vec<String>, Vec<PathBuf>)> {
        let outside = self.folder().await?;
        match told.seen(folder) {
            Seen::Foreign(super::entry::Foreign::Special("folder")) => {}
            Seen::Absent => return Ok((Vec::new(), Vec::new())),
            // A link or a file under this name: not made here.
            Seen::Owned(..) | Seen::Foreign(_) | Seen::Closed => {
                return Ok((Vec::new(), vec![outside.join(folder)]));
            }
        }
        let inside = format!("{folder}/");
        let names = || told.names().filter_map(|name| name.strip_prefix(&inside));
        let is_owned = |name: &&str| matches!(told.seen(&format!("{inside}{name}")), Seen::Owned(..));
        let foreign: Vec<_> =
            names().filter(|name| !is_owned(name)).map(|name| outside.join(folder).join(name)).collect();
        let owned = if foreign.is_empty() { names().map(str::to_owned).collect() } else { Vec::new() };
        Ok((owned, foreign))
    }

    /// Makes sure that this shell may write, and ends what a killed writer left behind.
    pub async fn check_access(&self, name: &str, deadline: Option<Instant>) -> Result<()> {
        name::check(name)?;
        let script = [LOCK, "exit 0\n"].concat();
        self.file(name).await?.run_in(&script, None, deadline).await.map(drop)
    }

    /// Ends what a killed writer left behind, if there is anything of that kind.
    pub async fn clean_up(&self, name: &str, deadline: Option<Instant>) -> Result<()> {
        let told = self.told_of(name, "").await?;
        if told.unfinished || told.turn {
            return self.check_access(name, deadline).await;
        }
        Ok(())
    }

    /// Waits until nobody else is at work with the unit `name`: [`UnitStore::turn`](super::UnitStore::turn).
    pub async fn turn(&self, name: &str, deadline: Option<Instant>) -> Result<Option<HeldShell>> {
        name::check(name)?;
        let Some(lock) = turn::file_of(name) else { return Ok(None) };
        let (begin, folder) = (Instant::now(), self.folder().await?);
        let set = format!(
            "export LC_ALL=C\nfolder={}\nlock={}\nwait={:.3}\n",
            quoted(&folder.to_string_lossy()),
            quoted(&lock),
            wait(deadline).as_secs_f64()
        );
        let held = hold_script(&self.whose.location.shell(), &(set + TURN), 1).await;
        match held {
            Ok(Ok(held)) => Ok(Some(held)),
            Ok(Err(words)) if words.status.and_then(|status| status.code()) == Some(LOCKED) => {
                taken_by_another(&folder.join(name), name, begin, deadline).map(|()| None)
            }
            // Nothing may be written there; or there is no shell, which is told by who needs one more.
            Ok(Err(_)) | Err(_) => Ok(None),
        }
    }

    /// The text of a file of ours, and when it was written.
    async fn ours(&self, told: &Told, name: &str) -> Result<Option<(String, u64)>> {
        let path = self.folder().await?.join(name);
        let about = |error: Error| error.with_unit(name).with_path(&path);
        match told.seen(name) {
            Seen::Absent => Ok(None),
            Seen::Foreign(foreign) => Err(foreign.refusal(path, name).with_unit(name)),
            Seen::Owned(text, modified) => match String::from_utf8(text) {
                Ok(text) => Ok(Some((text, modified))),
                Err(error) => Err(about(super::not_text(&path, &error))),
            },
            Seen::Closed => {
                let error = std::io::Error::from_raw_os_error(libc::EACCES);
                Err(about(Error::file("read", &path, &error)))
            }
        }
    }

    /// What is told of a unit, and of these names, which are words of a shell.
    async fn told_of(&self, name: &str, more: &str) -> Result<Told> {
        name::check(name)?;
        let others: Vec<String> =
            self.places().await?.others.iter().map(|folder| quoted(&folder.to_string_lossy())).collect();
        let (others, own) = (others.join(" "), quoted(name));
        let script = format!("set -- {others}\n{OTHER}set -- {own} {more}\n{ENTRIES}");
        self.ask(name, &script).await.map_err(|error| error.with_unit(name))
    }

    async fn ask(&self, name: &str, script: &str) -> Result<Told> {
        let folder = self.folder().await?;
        let set = format!(
            "folder={}\nname={}\nlargest={LARGEST}\n",
            quoted(&folder.to_string_lossy()),
            quoted(name)
        );
        let location = &self.whose.location;
        let said = location.ask(&[&*set, ENTER, script].concat()).await?;
        match said.words.status.and_then(|status| status.code()) {
            Some(0) => Told::read(&said.output).ok_or_else(|| changed_meanwhile(folder)),
            Some(NO_FOLDER) => {
                let error = std::io::Error::from_raw_os_error(libc::EACCES);
                Err(Error::file("open the folder", folder, &error))
            }
            _ => Err(location.without_shell(&said)),
        }
    }

    /// Does this in the folder, under its lock, if the unit's file holds what is expected.
    async fn locked(
        &self,
        name: &str,
        expected: Option<&str>,
        work: &str,
        deadline: Option<Instant>,
    ) -> Result<Told> {
        let file = self.file(name).await?;
        let said = file.run_in(&[LOCK, COMPARE, work].concat(), expected, deadline).await?;
        let told = said.and_then(|said| Told::read(&said.output));
        told.ok_or_else(|| changed_meanwhile(&file.path()))
    }

    async fn file(&self, name: &str) -> Result<ShellFile> {
        let path = self.folder().await?.join(name);
        Ok(ShellFile::new(self.whose.location.shell(), path, name))
    }
}

fn changed_meanwhile(path: &Path) -> Error {
    Error::new(Kind::Storage, format!("{} was changed by somebody else meanwhile", path.display()))
        .with_path(path)
        .with_hint("try again; nothing was changed here")
}

#[cfg(test)]
mod tests;
