//! Unit files over D-Bus: enabling and disabling.

use super::Dbus;
use crate::backend::errors::{self, explained};
use crate::bus::connection::malformed;
use crate::error::{Error, Result};
use crate::unit::{UnitFileChange, UnitFileChanges, UnitName};

/// A change as systemd tells it: its type, the path, and where a symlink leads.
type Told = (String, String, String);

impl Dbus {
    /// `EnableUnitFiles`, then `Reload`: `systemctl enable` does both.
    pub async fn enable_unit(&self, unit: &UnitName) -> Result<UnitFileChanges> {
        let call = self.manager("EnableUnitFiles").texts(&[unit.as_str()])?.flag(false).flag(false);
        let answer = match self.ask(&call).await {
            Ok(answer) => answer,
            Err(error) => return Err(self.refused("enable", unit, error).await),
        };
        let body = answer.body();
        let (carries, told): (bool, Vec<Told>) = body.deserialize().map_err(|error| malformed(&error))?;
        self.file_changes(unit, Some(carries), told).await
    }

    /// `DisableUnitFiles`, then `Reload`.
    pub async fn disable_unit(&self, unit: &UnitName) -> Result<UnitFileChanges> {
        let call = self.manager("DisableUnitFiles").texts(&[unit.as_str()])?.flag(false);
        let answer = match self.ask(&call).await {
            Ok(answer) => answer,
            Err(error) => return Err(self.refused("disable", unit, error).await),
        };
        let body = answer.body();
        let told: Vec<Told> = body.deserialize().map_err(|error| malformed(&error))?;
        self.file_changes(unit, None, told).await
    }

    /// systemd's refusal; one of an alias names its unit.
    async fn refused(&self, verb: &str, unit: &UnitName, error: Error) -> Error {
        let error = explained(error, verb, Some(unit));
        if !errors::is_about_alias(&error) {
            return error;
        }
        match self.read_one(unit, "Id").await {
            Ok(id) => errors::naming_unit_of_alias(error, unit, id.as_text()),
            Err(_) => error,
        }
    }

    async fn file_changes(
        &self,
        unit: &UnitName,
        carries_install_info: Option<bool>,
        told: Vec<Told>,
    ) -> Result<UnitFileChanges> {
        let change = |(kind, path, destination): Told| UnitFileChange {
            kind,
            path,
            destination: Some(destination).filter(|destination| !destination.is_empty()),
        };
        let told = told.into_iter().map(change).collect();
        let changes = UnitFileChanges::new(unit.as_str(), carries_install_info, told);
        if changes.changed() {
            self.daemon_reload().await.map_err(|error| error.with_unsent(false))?;
        }
        Ok(changes)
    }
}
