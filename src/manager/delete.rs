//! Deleting an app: before the stop and after it.

use std::path::PathBuf;
use std::time::Instant;

use super::{Manager, reset};
use crate::backend::Backend;
use crate::error::{Kind, Result};
use crate::unit::UnitName;

/// What had been done when something goes wrong after the stop.
const STOPPED: &str = "stopped";

impl Manager {
    /// Makes sure that the app can be deleted before it is stopped.
    pub(super) async fn prepare_delete(
        &self,
        backend: &Backend,
        name: &str,
        deadline: Option<Instant>,
    ) -> Result<UnitName> {
        let unit = match self.known_or_gone(backend, name).await {
            Err(error) if error.kind() == Kind::UnitNotFound => {
                // Whoever was killed over its deletion may have left a lock.
                self.files.clean_up(self.unit(name)?.as_str(), deadline).await?;
                return Err(error);
            }
            found => found?,
        };
        self.files.check_access(unit.as_str(), deadline).await?;
        Ok(unit)
    }

    /// Takes a stopped app out of the boot and removes its unit file; gives what was left in place because it is
    /// not ours.
    pub(super) async fn remove(
        &self,
        backend: &Backend,
        unit: &UnitName,
        deadline: Option<Instant>,
    ) -> Result<Vec<PathBuf>> {
        match backend.disable_unit(unit).await {
            // This is the second time: the connection broke after the file had gone.
            Err(error) if error.kind() == Kind::UnitNotFound => {}
            disabled => drop(disabled.map_err(|error| error.with_done(vec![STOPPED]))?),
        }
        let removed = self.files.remove(unit.as_str(), deadline).await;
        let removed = removed.map_err(|error| {
            error
                .with_hint("delete the app again; it does not run any more")
                .with_done(vec![STOPPED, "disabled"])
        })?;
        backend.daemon_reload().await?;
        reset(backend, unit).await?;
        Ok(removed.left)
    }
}
