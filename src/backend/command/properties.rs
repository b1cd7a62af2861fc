//! Status and properties: D-Bus has every property with its type; `systemctl show` has what a status needs, for
//! many units at once.

use super::show::Block;
use super::{Command, explained, json};
use crate::backend::{Properties, errors, find, status};
use crate::error::Result;
use crate::unit::{UnitName, UnitStatus};
use crate::value::Value;

impl Command {
    /// Several units' status, by one `systemctl show`.
    pub async fn get_unit_statuses(&self, units: &[UnitName]) -> Result<Vec<Result<UnitStatus>>> {
        let blocks = self.show(units, &status::WANTED, "read the status of").await?;
        let mut statuses = Vec::with_capacity(units.len());
        for (unit, block) in units.iter().zip(blocks) {
            statuses.push(match block {
                Ok(block) => self.status(unit, &block).await,
                Err(error) => Err(error),
            });
        }
        Ok(statuses)
    }

    /// Chosen properties of several units, by one `systemctl show`.
    pub(in crate::backend) async fn read_of_each(
        &self,
        units: &[UnitName],
        wanted: &[&str],
    ) -> Result<Vec<Result<Properties>>> {
        let blocks = self.show(units, wanted, "read the properties of").await?;
        Ok(blocks.into_iter().map(|block| block.map(|block| block.values())).collect())
    }

    /// A unit's status from its block; what systemctl cannot print exactly (a description with a line break,
    /// times before systemd 248) is asked for over D-Bus, if that is possible.
    pub(super) async fn status(&self, unit: &UnitName, block: &Block) -> Result<UnitStatus> {
        let values = self.values(unit, block).await?;
        status::found(unit, status::assemble(unit, |name| find(&values, name)))
    }

    /// A block's values, or those over D-Bus where there are some that systemctl cannot print exactly.
    pub(super) async fn values(&self, unit: &UnitName, block: &Block) -> Result<Properties> {
        let exact = if block.is_exact() { None } else { self.exact_properties(unit).await? };
        Ok(exact.unwrap_or_else(|| block.values()))
    }

    /// All properties of a unit, with their types.
    ///
    /// They come from `busctl` where the message bus can be reached, else over systemd's private socket. Where
    /// that cannot be reached they come from `systemctl show`, without those that it does not print faithfully:
    /// command lines (`ExecStart`, ..., whose words it does not quote), conditions, sets of capabilities and system
    /// calls, credentials, and other properties made of several parts.
    pub async fn get_unit_properties(&self, unit: &UnitName) -> Result<Properties> {
        let properties = if let Some(properties) = self.exact_properties(unit).await? {
            properties
        } else {
            let mut blocks = self.show(std::slice::from_ref(unit), &[], "read the properties of").await?;
            blocks.pop().unwrap_or_else(|| Err(errors::not_found(unit)))?.without_inexact().values()
        };
        let is = |name, value| find(&properties, name).and_then(Value::as_text) == Some(value);
        if is("LoadState", "not-found") && is("ActiveState", "inactive") {
            return Err(errors::not_found(unit));
        }
        Ok(properties)
    }

    /// All properties as D-Bus has them; `None` where systemctl must do.
    pub(super) async fn exact_properties(&self, unit: &UnitName) -> Result<Option<Properties>> {
        if let Some(properties) = self.properties_from_bus(unit).await? {
            return Ok(Some(properties));
        }
        let Some(dbus) = self.at_private_socket().await else { return Ok(None) };
        dbus.get_all_properties(unit).await.map(Some)
    }

    async fn properties_from_bus(&self, unit: &UnitName) -> Result<Option<Properties>> {
        let path = unit.object_path();
        let call = [path.as_str(), "org.freedesktop.DBus.Properties", "GetAll", "s", ""];
        let Some(answer) = self.busctl(&call).await? else { return Ok(None) };
        answer.check(&["GetAll"]).map_err(|error| explained(error, "read the properties of", Some(unit)))?;
        json::properties(&answer.stdout).map(Some)
    }
}
