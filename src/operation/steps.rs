//! Steps that operations have in common: a call each.

use crate::backend::Backend;
use crate::client::{Asked, Step};
use crate::error::Result;
use crate::unit::{UnitName, UnitStatus};
use crate::verb::Repeat;

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
