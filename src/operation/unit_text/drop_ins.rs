//! Drop-ins of units: written, read and removed, where they are ours.

use std::path::{Path, PathBuf};

use super::place::PlacedFile;
use super::{Care, DropInName, On, TextChange};
use crate::error::{Error, Kind, Result};
use crate::operation::steps::Look;
use crate::store::{MARK, is_owned};
use crate::unit_file::UnitFile;
use crate::verify::Texts;

impl On<'_> {
    pub(super) async fn write_drop_in(
        &self,
        name: &DropInName,
        text: &str,
        care: Care,
    ) -> Result<TextChange> {
        let file = self.drop_in(name)?;
        let before = self.ours(&file).await?;
        let text = marked(text).map_err(|error| error.with_unit(self.unit.as_str()))?;
        let change = TextChange { path: file.path(), before, after: Some(text) };
        let (before, after) = (change.before.as_deref(), change.after.as_deref().unwrap_or_default());
        if before == Some(after) {
            return Ok(change);
        }
        if care.check {
            self.check_drop_in(&change.path, after).await?;
        }
        if !care.dry_run {
            file.write(before, after, self.deadline).await?;
            self.reload().await?;
        }
        Ok(change)
    }

    /// Together with the unit's own file; where there is none, nothing can be said.
    async fn check_drop_in(&self, path: &Path, text: &str) -> Result<()> {
        let own = match self.source().await {
            Ok(source) => self.place.read(&source, self.unit).await?,
            Err(error) if matches!(error.kind(), Kind::UnitNotFound | Kind::Unsupported) => return Ok(()),
            Err(error) => return Err(error),
        };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let old = Texts { unit: self.unit.as_str(), own: Some(&own), drop_in: None };
        self.check(path, Texts { drop_in: Some((&name, text)), ..old }, Some(old)).await
    }

    pub(super) async fn read_drop_in(&self, name: &DropInName) -> Result<String> {
        let file = self.drop_in(name)?;
        file.read().await?.ok_or_else(|| {
            let path = file.path();
            Error::new(Kind::UnitNotFound, format!("there is no drop-in {}", path.display()))
                .with_path(path)
                .with_unit(self.unit.as_str())
        })
    }

    pub(super) async fn remove_drop_in(&self, name: &DropInName, care: Care) -> Result<TextChange> {
        let file = self.drop_in(name)?;
        let change = TextChange { path: file.path(), before: self.ours(&file).await?, after: None };
        if let Some(before) = change.before.as_deref().filter(|_| !care.dry_run) {
            file.remove(before, self.deadline).await?;
            self.reload().await?;
        }
        Ok(change)
    }

    pub(super) async fn list_drop_ins(&self) -> Result<Vec<(PathBuf, bool)>> {
        let paths = if let Some(found) = self.place.find(self.unit) {
            found?.drop_ins
        } else {
            let status = self.client.attempt(&Look(self.unit)).await?;
            status.drop_in_paths.into_iter().map(PathBuf::from).collect()
        };
        let mut found = Vec::with_capacity(paths.len());
        for path in paths {
            let text = self.place.read(&path, self.unit).await;
            found.push((path, text.is_ok_and(|text| is_owned(text.as_bytes()))));
        }
        Ok(found)
    }

    fn drop_in(&self, name: &DropInName) -> Result<PlacedFile> {
        self.place.drop_in(self.unit.as_str(), name)
    }

    /// The text of a drop-in, if it is there; one of somebody else is refused.
    async fn ours(&self, file: &PlacedFile) -> Result<Option<String>> {
        let text = file.read().await?;
        if text.as_ref().is_none_or(|text| is_owned(text.as_bytes())) {
            return Ok(text);
        }
        let path = file.path();
        Err(Error::new(
            Kind::NotOwned,
            format!("{} is not a drop-in of pm2go: it has no {MARK} section", path.display()),
        )
        .with_hint("choose another name, or move it away")
        .with_path(path)
        .with_unit(self.unit.as_str()))
    }
}

/// The text with the section that says whose it is.
fn marked(text: &str) -> Result<String> {
    let mut file = UnitFile::parse(text)?;
    if !is_owned(text.as_bytes()) {
        file.add(MARK.trim_matches(['[', ']']), "DropIn", "yes")?;
    }
    Ok(file.render())
}
