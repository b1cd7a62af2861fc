//! A unit in detail: its status, what it executes and where, and what it uses.

use super::executed::{environment, exec_start, working_directory};
use super::{ReadFigures, UnitFigures};
use crate::app::{self, Environment};
use crate::backend::{Backend, status_of};
use crate::client::{Asked, Step};
use crate::error::{Kind, Result};
use crate::unit::{UnitName, UnitStatus};
use crate::verb::Repeat;

/// Tells all about a unit.
#[derive(Clone, Debug)]
pub struct GetUnitDetails(pub UnitName);

/// A unit in detail.
#[derive(Clone, Debug)]
pub struct UnitDetails {
    /// What it is doing.
    pub status: UnitStatus,
    /// Each command that starts it, a program with its arguments, redacted.
    pub exec_start: Vec<Vec<String>>,
    /// Its environment, redacted.
    pub environment: Environment,
    /// Its working directory; with a "-" before it, it may be missing.
    pub working_directory: Option<String>,
    /// What it uses; none where it has no control group, or nobody may look at that.
    pub figures: Option<UnitFigures>,
}

impl Asked for GetUnitDetails {
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

impl Step for GetUnitDetails {
    type Answer = UnitDetails;

    async fn over(&self, backend: &Backend) -> Result<UnitDetails> {
        let properties = backend.get_unit_properties(&self.0).await?;
        let status = status_of(&self.0, &properties)?;
        let figures = match ReadFigures::of_unit(self.0.clone()).over(backend).await {
            Ok(mut rows) => rows.pop(),
            Err(error) if error.kind() == Kind::Unsupported => None,
            Err(error) => return Err(error),
        };
        let commands = exec_start(&properties).unwrap_or_default();
        Ok(UnitDetails {
            status,
            exec_start: commands.iter().map(|command| app::redact_arguments(command)).collect(),
            environment: app::redact(&environment(&properties).unwrap_or_default()),
            working_directory: working_directory(&properties),
            figures,
        })
    }
}
