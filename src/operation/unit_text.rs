//! Texts of unit files and drop-ins: read, checked by systemd's own verifier, put in place, and read by systemd.

mod drop_ins;
pub(super) mod place;
pub(super) mod reader;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use self::place::Place;
use super::steps::Look;
use crate::client::{Asked, Client, VerbCall};
use crate::error::hint::{command, first};
use crate::error::{Error, Kind, Result};
use crate::unit::UnitName;
use crate::unit_file::UnitFile;
use crate::verb::Repeat;
use crate::verify::{Texts, UnitProblem, Verifier, verify};

/// Something about the text of a unit's files.
#[derive(Clone)]
pub struct UnitText {
    /// The unit.
    pub unit: UnitName,
    /// What is wanted.
    pub work: TextWork,
}

/// What is wanted of a unit's text.
#[derive(Clone)]
pub enum TextWork {
    /// Read its file, to change it.
    Edit,
    /// Put a text in the place of its file, where that holds what was read.
    Save(Option<String>, String, Care),
    /// Write the drop-in of this name.
    WriteDropIn(DropInName, String, Care),
    /// Read the drop-in of this name.
    ReadDropIn(DropInName),
    /// Remove the drop-in of this name.
    RemoveDropIn(DropInName, Care),
    /// List the drop-ins that are in force.
    ListDropIns,
    /// Have systemd look at a text.
    Check(String),
}

/// Which drop-in of a unit.
#[derive(Clone, Debug)]
pub struct DropInName {
    /// Its name, without `.conf`.
    pub name: String,
    /// It is gone with the next boot.
    pub runtime: bool,
}

/// How something is put in place.
#[derive(Clone, Copy, Debug)]
pub struct Care {
    /// systemd's verifier looks at it first.
    pub check: bool,
    /// Only what would change is told.
    pub dry_run: bool,
}

/// What is known of a unit's text.
#[derive(Clone)]
pub enum TextAnswer {
    /// A text to be changed.
    Edit(Edited),
    /// What was changed.
    Change(TextChange),
    /// A text.
    Text(String),
    /// Drop-ins: each its path, and whether it is ours.
    DropIns(Vec<(PathBuf, bool)>),
    /// What is wrong with a text.
    Problems(Vec<UnitProblem>),
}

/// A text that is to be changed.
#[derive(Clone)]
pub struct Edited {
    /// The unit whose file it is: of an instance its template, of an alias its unit.
    pub unit: String,
    /// Where the change will be written.
    pub path: PathBuf,
    /// Where the text is now.
    pub source: PathBuf,
    /// What stands at the path; none where nothing does.
    pub before: Option<String>,
    /// The text.
    pub text: String,
}

/// What became of a file.
#[derive(Clone)]
pub struct TextChange {
    /// The file.
    pub path: PathBuf,
    /// Its text before; none where there was none.
    pub before: Option<String>,
    /// Its text after it; none where there is none.
    pub after: Option<String>,
}

/// Without the texts: they may have secrets in them.
impl fmt::Debug for UnitText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what())
    }
}

/// The same.
impl fmt::Debug for TextAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TextAnswer").finish_non_exhaustive()
    }
}

impl Asked for UnitText {
    fn what(&self) -> String {
        let unit = &self.unit;
        match &self.work {
            TextWork::Edit => format!("reading of the file of {unit}"),
            TextWork::Save(..) => format!("writing of the file of {unit}"),
            TextWork::WriteDropIn(..) => format!("writing of a drop-in of {unit}"),
            TextWork::ReadDropIn(_) | TextWork::ListDropIns => format!("reading of drop-ins of {unit}"),
            TextWork::RemoveDropIn(..) => format!("removal of a drop-in of {unit}"),
            TextWork::Check(_) => format!("check of {unit}"),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        match &self.work {
            TextWork::Edit | TextWork::ReadDropIn(_) | TextWork::ListDropIns | TextWork::Check(_) => {
                Repeat::Always
            }
            TextWork::Save(_, _, care)
            | TextWork::WriteDropIn(_, _, care)
            | TextWork::RemoveDropIn(_, care) => {
                if care.dry_run {
                    Repeat::Always
                } else {
                    Repeat::UnlessSent
                }
            }
        }
    }
}

impl UnitText {
    /// Does it.
    pub(crate) async fn perform(&self, client: &Client, deadline: Option<Instant>) -> Result<TextAnswer> {
        let on = On { client, unit: &self.unit, place: Place::of(client).await?, deadline };
        match &self.work {
            TextWork::Edit => on.edit().await.map(TextAnswer::Edit),
            TextWork::Save(before, text, care) => {
                on.save(before.as_deref(), text, *care).await.map(TextAnswer::Change)
            }
            TextWork::WriteDropIn(name, text, care) => {
                on.write_drop_in(name, text, *care).await.map(TextAnswer::Change)
            }
            TextWork::ReadDropIn(name) => on.read_drop_in(name).await.map(TextAnswer::Text),
            TextWork::RemoveDropIn(name, care) => {
                on.remove_drop_in(name, *care).await.map(TextAnswer::Change)
            }
            TextWork::ListDropIns => on.list_drop_ins().await.map(TextAnswer::DropIns),
            TextWork::Check(text) => {
                let texts = Texts { unit: self.unit.as_str(), own: Some(text), drop_in: None };
                on.verify(texts).await.map(TextAnswer::Problems)
            }
        }
    }
}

struct On<'a> {
    client: &'a Client,
    unit: &'a UnitName,
    place: Place,
    deadline: Option<Instant>,
}

impl On<'_> {
    async fn edit(&self) -> Result<Edited> {
        let source = self.source().await?;
        let name = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = self.place.unit_file(&name)?;
        let before = file.read().await?;
        let (source, text) = match &before {
            Some(text) => (file.path(), text.clone()),
            None => (source.clone(), self.place.read(&source, self.unit).await?),
        };
        Ok(Edited { unit: name, path: file.path(), source, before, text })
    }

    /// The file that is in force. systemd keeps no templates in memory: they are looked for.
    async fn source(&self) -> Result<PathBuf> {
        if let Some(found) = self.place.find(self.unit) {
            return found.map(|found| found.fragment);
        }
        if self.unit.is_template() {
            return self.place.find_template(self.unit).await;
        }
        let status = self.client.attempt(&Look(self.unit)).await?;
        let without = |kind: Kind, reason: &str| {
            Err(Error::new(kind, format!("{} {reason}", self.unit)).with_unit(self.unit.as_str()))
        };
        let unmask = || first(command("systemctl", format!("unmask {}", self.unit)));
        match status.fragment_path {
            Some(path) if path.contains("/systemd/transient/") => {
                without(Kind::Unsupported, "is a transient unit: its file is gone when it ends")
            }
            // In systemd 247 what the mask leads to is its file.
            Some(path) if path == "/dev/null" => {
                without(Kind::UnitMasked, "is masked").map_err(|error| error.with_hint(unmask()))
            }
            Some(path) if !path.is_empty() => Ok(path.into()),
            _ => without(Kind::Unsupported, "has no unit file"),
        }
    }

    async fn save(&self, before: Option<&str>, text: &str, care: Care) -> Result<TextChange> {
        UnitFile::parse(text).map_err(|error| error.with_unit(self.unit.as_str()))?;
        let file = self.place.unit_file(self.unit.as_str())?;
        let change =
            TextChange { path: file.path(), before: before.map(str::to_owned), after: Some(text.to_owned()) };
        if before == Some(text) {
            return Ok(change);
        }
        if care.check {
            let unit = self.unit.as_str();
            let old = before.map(|own| Texts { unit, own: Some(own), drop_in: None });
            self.check(&change.path, Texts { unit, own: Some(text), drop_in: None }, old).await?;
        }
        if care.dry_run {
            let is_as_read = file.read().await?.as_deref() == before;
            return if is_as_read { Ok(change) } else { Err(self.changed_meanwhile(&change.path)) };
        }
        file.write(before, text, self.deadline).await?;
        self.reload().await?;
        Ok(change)
    }

    fn changed_meanwhile(&self, path: &Path) -> Error {
        Error::new(Kind::Storage, format!("{} was changed by somebody else meanwhile", path.display()))
            .with_path(path)
            .with_unit(self.unit.as_str())
            .with_hint("read it again; nothing was changed here")
    }

    /// Refuses what systemd finds fault with, but for what was so before.
    async fn check(&self, path: &Path, new: Texts<'_>, old: Option<Texts<'_>>) -> Result<()> {
        let mut found = self.verify(new).await?;
        if let Some(old) = old.filter(|_| !found.is_empty()) {
            let known = self.verify(old).await?;
            found.retain(|problem| !known.iter().any(|known| known.message == problem.message));
        }
        if found.is_empty() {
            return Ok(());
        }
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        Err(Error::config(format!(
            "{} was not written, as systemd says: {}",
            path.display(),
            told.join("; ")
        ))
        .with_path(path)
        .with_unit(self.unit.as_str())
        .with_hint("correct it; without the check it would be written as it is"))
    }

    /// What systemd finds fault with. It is the systemd of this machine for a root folder, too, and what it says of programs
    /// here is nothing to go by there.
    async fn verify(&self, texts: Texts<'_>) -> Result<Vec<UnitProblem>> {
        let verifier = Verifier {
            scope: self.client.scope(),
            runtime_folder: self.client.runtime_folder(),
            shell: self.place.shell(),
        };
        let mut found = verify(verifier, texts).await?;
        if self.client.whose().location.root().is_some() {
            found.retain(|problem| !problem.is_about_another_file());
        }
        Ok(found)
    }

    async fn reload(&self) -> Result<()> {
        if !self.client.whose().has_manager() {
            return Ok(());
        }
        let reload = VerbCall::new("daemon_reload", Vec::new())?;
        self.client.attempt(&reload).await.map(drop).map_err(|error| error.with_unsent(false))
    }
}
