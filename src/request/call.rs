//! What systemd is asked for in one go: its answer is all there is.

use super::Response;
use crate::backend::{Backend, Gave};
use crate::client::{Asked, Step, VerbCall};
use crate::error::Result;
use crate::unit::{UnitName, manager_properties};
use crate::value::Value;
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
    /// Tell what is known of the manager.
    GetManagerStatus,
    /// Tell all properties of the manager.
    GetManagerProperties,
    /// Tell one property of the manager.
    GetManagerProperty(String),
    /// Set a property of the manager.
    SetManagerProperty(&'static str, Value),
    /// Tell the variables that the manager gives to what it starts.
    GetEnvironment,
}

impl Call {
    /// The setting of a property of the manager to what a caller gave.
    pub fn set_manager_property(name: &str, given: &Value) -> Result<Self> {
        let (name, value) = manager_properties::settable(name, given)?;
        Ok(Self::SetManagerProperty(name, value))
    }
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
            Self::GetManagerStatus => "status of the manager".to_owned(),
            Self::GetManagerProperties => "properties of the manager".to_owned(),
            Self::GetManagerProperty(name) => format!("property {name} of the manager"),
            Self::SetManagerProperty(name, _) => format!("setting of the manager's property {name}"),
            Self::GetEnvironment => "manager's environment".to_owned(),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        match self {
            Self::Verb(call) => call.unit(),
            Self::GetUnitStatus(unit) | Self::GetUnitProperties(unit) | Self::GetUnitProperty(unit, _) => {
                Some(unit.clone())
            }
            Self::Connect
            | Self::ListUnits(_)
            | Self::GetManagerStatus
            | Self::GetManagerProperties
            | Self::GetManagerProperty(_)
            | Self::SetManagerProperty(..)
            | Self::GetEnvironment => None,
        }
    }

    fn repeat(&self) -> Repeat {
        match self {
            Self::Connect
            | Self::ListUnits(_)
            | Self::GetUnitStatus(_)
            | Self::GetUnitProperties(_)
            | Self::GetUnitProperty(..)
            | Self::GetManagerStatus
            | Self::GetManagerProperties
            | Self::GetManagerProperty(_)
            | Self::GetEnvironment => Repeat::Always,
            Self::SetManagerProperty(..) => Repeat::UnlessHeard,
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
            Self::GetManagerStatus => Response::ManagerStatus(Box::new(backend.get_manager_status().await?)),
            Self::GetManagerProperties => Response::Properties(backend.ask_manager_properties().await?),
            Self::GetManagerProperty(name) => {
                Response::Property(name.clone(), backend.get_manager_property(name).await?)
            }
            Self::SetManagerProperty(name, value) => {
                backend.set_manager_property(name, value).await?;
                Response::Done
            }
            Self::GetEnvironment => Response::Value(backend.get_environment().await?),
        })
    }
}
