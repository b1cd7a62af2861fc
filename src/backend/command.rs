//! The operations over systemctl(1).

use super::job::JobVerb;
use super::{JobOptions, Properties};
use crate::error::{Error, Kind, Result};
use crate::scope::Scope;
use crate::unit::{JobResult, UnitFileChanges, UnitInfo, UnitName, UnitStatus};

/// A manager that `systemctl` talks to.
#[derive(Clone, Debug)]
pub struct Command {
    scope: Scope,
}

#[expect(clippy::unused_async, reason = "to come")]
impl Command {
    /// To come.
    #[must_use]
    pub fn new(scope: Scope, _: Option<std::path::PathBuf>, _: Vec<(String, String)>, _: bool) -> Self {
        Self { scope }
    }
    /// To come.
    pub async fn check(&self) -> Result<()> {
        Ok(())
    }
    /// The manager's scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }
    /// To come.
    pub async fn run_job(&self, _: JobVerb, _: &UnitName, _: JobOptions) -> Result<JobResult> {
        Err(Error::new(Kind::Unsupported, "to come"))
    }
    /// To come.
    pub async fn enable_unit(&self, _: &UnitName) -> Result<UnitFileChanges> {
        Err(Error::new(Kind::Unsupported, "to come"))
    }
    /// To come.
    pub async fn disable_unit(&self, _: &UnitName) -> Result<UnitFileChanges> {
        Err(Error::new(Kind::Unsupported, "to come"))
    }
    /// To come.
    pub async fn list_units(&self, _: &[String]) -> Result<Vec<UnitInfo>> {
        Err(Error::new(Kind::Unsupported, "to come"))
    }
    /// To come.
    pub async fn get_unit_statuses(&self, _: &[UnitName]) -> Result<Vec<Result<UnitStatus>>> {
        Err(Error::new(Kind::Unsupported, "to come"))
    }
    /// To come.
    pub async fn get_unit_properties(&self, _: &UnitName) -> Result<Properties> {
        Err(Error::new(Kind::Unsupported, "to come"))
    }
    /// To come.
    pub async fn reload(&self) -> Result<()> {
        Err(Error::new(Kind::Unsupported, "to come"))
    }
    /// To come.
    pub async fn reset_failed_unit(&self, _: &UnitName) -> Result<()> {
        Err(Error::new(Kind::Unsupported, "to come"))
    }
}
