//! What systemd is asked for in one go: its answer is all there is.

use super::Response;
use crate::backend::Backend;
use crate::client::{Asked, Repeat, Step};
use crate::error::Result;
use crate::unit::UnitName;

/// What is asked of systemd in one go.
#[derive(Clone, Debug)]
pub enum Call {
    /// Connect, if there is no connection.
    Connect,
    /// Cancel a job.
    CancelJob(u32),
    /// Make a unit start at boot.
    EnableUnit(UnitName),
    /// Make a unit no longer start at boot.
    DisableUnit(UnitName),
    /// List loaded units whose names match one of the patterns.
    ListUnits(Vec<String>),
    /// Tell what a unit is doing.
    GetUnitStatus(UnitName),
    /// Tell all properties of a unit.
    GetUnitProperties(UnitName),
    /// Tell one property of a unit.
    GetUnitProperty(UnitName, String),
    /// Read all unit files again.
    DaemonReload,
    /// Clear a unit's failed state.
    ResetFailedUnit(UnitName),
}

impl Asked for Call {
    fn what(&self) -> String {
        match self {
            Self::Connect => "connection".to_owned(),
            Self::CancelJob(id) => format!("cancellation of job {id}"),
            Self::EnableUnit(unit) => format!("enabling of {unit}"),
            Self::DisableUnit(unit) => format!("disabling of {unit}"),
            Self::ListUnits(_) => "list of units".to_owned(),
            Self::GetUnitStatus(unit) => format!("status of {unit}"),
            Self::GetUnitProperties(unit) => format!("properties of {unit}"),
            Self::GetUnitProperty(unit, name) => format!("property {name} of {unit}"),
            Self::DaemonReload => "reload".to_owned(),
            Self::ResetFailedUnit(unit) => format!("reset of {unit}"),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        match self {
            Self::EnableUnit(unit)
            | Self::DisableUnit(unit)
            | Self::GetUnitStatus(unit)
            | Self::GetUnitProperties(unit)
            | Self::GetUnitProperty(unit, _)
            | Self::ResetFailedUnit(unit) => Some(unit.clone()),
            Self::Connect | Self::CancelJob(_) | Self::ListUnits(_) | Self::DaemonReload => None,
        }
    }

    fn repeat(&self) -> Repeat {
        match self {
            Self::Connect
            | Self::ListUnits(_)
            | Self::GetUnitStatus(_)
            | Self::GetUnitProperties(_)
            | Self::GetUnitProperty(..) => Repeat::Always,
            Self::CancelJob(_) | Self::DaemonReload | Self::ResetFailedUnit(_) => Repeat::UnlessHeard,
            // A reload follows where something changed.
            Self::EnableUnit(_) | Self::DisableUnit(_) => Repeat::UnlessSent,
        }
    }
}

impl Step for Call {
    type Answer = Response;

    async fn over(&self, backend: &Backend) -> Result<Response> {
        Ok(match self {
            Self::Connect => Response::Done,
            Self::CancelJob(id) => Response::Canceled(backend.cancel_job(*id).await?),
            Self::EnableUnit(unit) => Response::Changes(backend.enable_unit(unit).await?),
            Self::DisableUnit(unit) => Response::Changes(backend.disable_unit(unit).await?),
            Self::ListUnits(patterns) => Response::Units(backend.ask_units(patterns).await?),
            Self::GetUnitStatus(unit) => Response::Status(Box::new(backend.get_unit_status(unit).await?)),
            Self::GetUnitProperties(unit) => Response::Properties(backend.ask_unit_properties(unit).await?),
            Self::GetUnitProperty(unit, name) => {
                Response::Property(name.clone(), backend.get_unit_property(unit, name).await?)
            }
            Self::DaemonReload => {
                backend.daemon_reload().await?;
                Response::Done
            }
            Self::ResetFailedUnit(unit) => {
                backend.reset_loaded_unit(unit).await?;
                Response::Done
            }
        })
    }
}
