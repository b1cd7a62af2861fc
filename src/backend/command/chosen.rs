//! Properties of many units through `systemctl show`, which tells those of all units at once; what it does not tell exactly
//! is asked for over D-Bus, unit by unit.

use super::Command;
use super::show::Block;
use crate::backend::{Answer, Chosen, errors, find};
use crate::error::hint::over_dbus;
use crate::error::{Error, Kind, Result};
use crate::unit::UnitName;
use crate::unit::properties::{signature, types_with};

impl Command {
    /// These properties (all, without any) of several units.
    pub(in crate::backend) async fn ask_chosen(
        &self,
        units: &[UnitName],
        names: &[&str],
    ) -> Result<Vec<Result<Chosen>>> {
        let mut found = Vec::with_capacity(units.len());
        if names.is_empty() {
            for unit in units {
                let properties = self.get_unit_properties(unit).await;
                found.push(properties.map(|properties| Chosen::All(Answer::Values(properties))));
            }
            return Ok(found);
        }
        let mut shown = names.to_vec();
        shown.extend(["LoadState", "ActiveState"]);
        for (unit, block) in units.iter().zip(self.show(units, &shown, "read the properties of").await?) {
            found.push(match block {
                Ok(block) => self.chosen(unit, &block, names).await,
                Err(error) => Err(error),
            });
        }
        Ok(found)
    }

    async fn chosen(&self, unit: &UnitName, block: &Block, names: &[&str]) -> Result<Chosen> {
        let is = |name, value| block.text(name) == Some(value);
        if is("LoadState", "not-found") && is("ActiveState", "inactive") {
            return Err(errors::not_found(unit));
        }
        let values = block.values();
        let is_untold = |name: &&str| {
            let is_told = find(&values, name).is_some() && !block.is_inexact_in(name);
            !is_told && (block.text(name).is_some() || may_be_empty_list(unit, name))
        };
        let Some(name) = names.iter().find(|name| is_untold(name)) else {
            return Ok(Chosen::among(&values, names));
        };
        match self.exact_properties(unit).await? {
            Some(exact) => Ok(Chosen::among(&exact, names)),
            None => Err(Error::new(
                Kind::Unsupported,
                format!("systemctl does not tell the property {name} of {unit} exactly"),
            )
            .with_unit(unit.as_str())
            .with_hint(over_dbus())),
        }
    }
}

/// Whether it may be a list of structures of this unit's: systemctl prints a line for each of them, and none for none.
fn may_be_empty_list(unit: &UnitName, name: &str) -> bool {
    let types = types_with(name);
    let has_it = types.is_empty() || types.contains(&unit.unit_type());
    has_it && signature(name).is_some_and(|signature| signature.starts_with("a("))
}
