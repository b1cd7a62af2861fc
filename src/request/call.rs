//! What systemd is asked for in one go: its answer is all there is.

use super::Response;
use crate::backend::{Backend, Gave};
use crate::client::{Asked, Step, VerbCall};
use crate::error::Result;
use crate::unit::UnitName;
use crate::verb::Repeat;

/// What is asked of systemd in one go.
#[derive(Clone, Debug)]
pub enum Call {
    /// Connect, if there is no connection.
    Connect,
    /// What a row says.
    Verb(VerbCall),
    /// List loaded units whose names match one of the patterns.
    ListUnits(Vec<String>),
    /// Tell what a unit is doing.
    GetUnitStatus(UnitName),
    /// Tell all properties of a unit.
    GetUnitProperties(UnitName),
    /// Tell one property of a unit.
    GetUnitProperty(UnitName, String),
}

impl Asked for Call {
    fn what(&self) -> String {
        match self {
            Self::Connect => "connection".to_owned(),
            Self::Verb(call) => call.what(),
            Self::ListUnits(_) => "list of units".to_owned(),
            Self::GetUnitStatus(unit) => format!("status of {unit}"),
            Self::GetUnitProperties(unit) => format!("properties of {unit}"),
            Self::GetUnitProperty(unit, name) => format!("property {name} of {unit}"),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        match self {
            Self::Verb(call) => call.unit(),
            Self::GetUnitStatus(unit) | Self::GetUnitProperties(unit) | Self::GetUnitProperty(unit, _) => {
                Some(unit.clone())
            }
            Self::Connect | Self::ListUnits(_) => None,
        }
    }

    fn repeat(&self) -> Repeat {
        match self {
            Self::Connect
            | Self::ListUnits(_)
            | Self::GetUnitStatus(_)
            | Self::GetUnitProperties(_)
            | Self::GetUnitProperty(..) => Repeat::Always,
            Self::Verb(call) => call.repeat(),
        }
    }
}

impl Step for Call {
    type Answer = Response;

    async fn over(&self, backend: &Backend) -> Result<Response> {
        Ok(match self {
            Self::Connect => Response::Done,
            Self::Verb(call) => match call.over(backend).await? {
                Gave::Value(value) => Response::Value(value),
                Gave::Changes(changes) => Response::Changes(changes),
            },
            Self::ListUnits(patterns) => Response::Units(backend.ask_units(patterns).await?),
            Self::GetUnitStatus(unit) => Response::Status(Box::new(backend.get_unit_status(unit).await?)),
            Self::GetUnitProperties(unit) => Response::Properties(backend.ask_unit_properties(unit).await?),
            Self::GetUnitProperty(unit, name) => {
                Response::Property(name.clone(), backend.get_unit_property(unit, name).await?)
            }
        })
    }
}
