//! Lists the processes of a unit.

use crate::backend::{Backend, Gave};
use crate::client::{Asked, Step};
use crate::error::Result;
use crate::unit::UnitName;
use crate::value::Value;
use crate::verb::{GET_UNIT_PROCESSES, Repeat};

/// Which processes a unit has: each its control group, its number and its command line.
#[derive(Clone, Debug)]
pub struct GetUnitProcesses {
    /// The unit.
    pub unit: UnitName,
}

impl Asked for GetUnitProcesses {
    fn what(&self) -> String {
        format!("{} {}", GET_UNIT_PROCESSES.noun, self.unit)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        GET_UNIT_PROCESSES.repeat
    }
}

impl Step for GetUnitProcesses {
    type Answer = Value;

    async fn over(&self, backend: &Backend) -> Result<Value> {
        match backend.call(&GET_UNIT_PROCESSES, &[Value::Text(self.unit.as_str().to_owned())]).await? {
            Gave::Value(Value::Null) => {
                // One that is not in memory has none, if it exists at all.
                backend.read_unit_properties(&self.unit, ["LoadState"]).await?;
                Ok(Value::List(Vec::new()))
            }
            Gave::Value(processes) => Ok(processes),
            Gave::Changes(_) => Ok(Value::Null),
        }
    }
}
