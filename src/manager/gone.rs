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
        if self.store.read(unit.as_str())?.is_some() {
            return Ok(unit);
        }
        if self.store.has_gone(unit.as_str())? {
            let status = existing(&unit, backend.get_unit_status(&unit).await)?;
            if self.may_be_ours(&unit, &status) {
                return Ok(unit);
            }
        }
        Err(self.no_such_app(name, &unit))
    }

    /// Whether what systemd has under the name of a unit whose file is gone can be that unit.
    pub(super) fn may_be_ours(&self, unit: &UnitName, status: &UnitStatus) -> bool {
        let ours = self.store.folder().join(unit.as_str());
        status.fragment_path.as_deref().is_none_or(|path| Path::new(path) == ours)
    }

    /// Why there is no unit file of this app.
    pub(super) fn missing(&self, name: &str, unit: &UnitName) -> Error {
        if !matches!(self.store.has_gone(unit.as_str()), Ok(true)) {
            return self.no_such_app(name, unit);
        }
        let path = self.store.folder().join(unit.as_str());
        Error::new(Kind::UnitNotFound, format!("the unit file of app {name} is gone: {}", path.display()))
            .with_unit(unit.as_str())
            .with_path(path)
            .with_hint("start the app again with its configuration, or delete it")
    }
}
