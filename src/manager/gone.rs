//! Apps whose unit file is gone, deleted by hand perhaps: systemd may still run them, and start them at boot.
//!
//! The store has a record of what it wrote. A name alone proves nothing: a unit that systemd has from elsewhere is
//! somebody else's.

use std::path::Path;

use super::{Manager, existing};
use crate::backend::Backend;
use crate::error::{Error, Kind, Result};
use crate::unit::{UnitName, UnitStatus};

impl Manager {
    /// The unit of an app that is deployed, or whose file is gone.
    pub(super) async fn known_or_gone(&self, backend: &Backend, name: &str) -> Result<UnitName> {
        let unit = self.unit(name)?;
        if self.files.read(unit.as_str()).await?.is_some() {
            return Ok(unit);
        }
        let folder = self.files.folder().await?;
        if self.files.has_gone(unit.as_str()).await? {
            let status = existing(&unit, backend.get_unit_status(&unit).await)?;
            if may_be_ours(&folder, &unit, &status) {
                return Ok(unit);
            }
        }
        Err(self.no_such_app(name, &unit, &folder))
    }

    /// Why there is no unit file of this app.
    pub(super) async fn missing(&self, name: &str, unit: &UnitName) -> Error {
        let folder = match self.files.folder().await {
            Ok(folder) => folder,
            Err(error) => return error,
        };
        if !matches!(self.files.has_gone(unit.as_str()).await, Ok(true)) {
            return self.no_such_app(name, unit, &folder);
        }
        let path = folder.join(unit.as_str());
        Error::new(Kind::UnitNotFound, format!("the unit file of app {name} is gone: {}", path.display()))
            .with_unit(unit.as_str())
            .with_path(path)
            .with_hint("start the app again with its configuration, or delete it")
    }
}

/// Whether what systemd has under the name of a unit whose file is gone from this folder can be that unit.
pub(super) fn may_be_ours(folder: &Path, unit: &UnitName, status: &UnitStatus) -> bool {
    let ours = folder.join(unit.as_str());
    status.fragment_path.as_deref().is_none_or(|path| Path::new(path) == ours)
}
