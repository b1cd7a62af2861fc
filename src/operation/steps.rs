//! Steps that operations have in common: a call each.

use crate::backend::Backend;
use crate::client::{Asked, Repeat, Step};
use crate::error::Result;
use crate::unit::{UnitName, UnitStatus};

/// Reads all unit files again.
pub(super) struct DaemonReload;

impl Asked for DaemonReload {
    fn what(&self) -> String {
        "reload".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::UnlessHeard
    }
}

impl Step for DaemonReload {
    type Answer = ();

    async fn over(&self, backend: &Backend) -> Result<()> {
        backend.daemon_reload().await
    }
}

/// Tells what a unit is doing.
pub(super) struct Look<'a>(pub(super) &'a UnitName);

impl Asked for Look<'_> {
    fn what(&self) -> String {
        format!("status of {}", self.0)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.0.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for Look<'_> {
    type Answer = UnitStatus;

    async fn over(&self, backend: &Backend) -> Result<UnitStatus> {
        backend.get_unit_status(self.0).await
    }
}
