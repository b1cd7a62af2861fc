//! What is asked about units that takes several calls of systemd, and only reads.

use super::Response;
use crate::backend::{Backend, Units};
use crate::client::{Asked, Step};
use crate::error::Result;
use crate::operation::{
    CatUnit, CurrentUnit, GetUnitConfiguration, GetUnitDependencies, GetUnitDetails, GetUnitProcesses,
    GetUnitsProperties, ListTriggers, ListUnitFiles, ListUnits, ListUnitsByNames, ReadFigures, ReadMetrics,
    UnitFileInfo,
};
use crate::unit::UnitName;
use crate::value::Value;
use crate::verb::Repeat;

/// What is asked.
#[derive(Clone, Debug)]
pub enum Question {
    /// List units.
    ListUnits(ListUnits),
    /// List units of some names, loaded or not.
    ListUnitsByNames(ListUnitsByNames),
    /// List unit files.
    ListUnitFiles(ListUnitFiles),
    /// List timers, sockets, paths or automounts.
    ListTriggers(ListTriggers),
    /// Tell properties of many units.
    GetUnitsProperties(GetUnitsProperties),
    /// List a unit's processes.
    GetUnitProcesses(GetUnitProcesses),
    /// Tell in which unit this program runs.
    CurrentUnit(CurrentUnit),
    /// Tell all about a unit.
    GetUnitDetails(GetUnitDetails),
    /// Tell what a unit depends on.
    GetUnitDependencies(GetUnitDependencies),
    /// Tell what a unit's files say.
    CatUnit(CatUnit),
    /// Tell which of a unit's settings are in force.
    GetUnitConfiguration(GetUnitConfiguration),
    /// Tell what units use.
    Figures(ReadFigures),
    /// Tell what units are and use, as a text for those who gather figures.
    Metrics(ReadMetrics),
}

impl Question {
    /// Whether it is about unit files alone.
    pub(super) fn is_about_files(&self) -> bool {
        match self {
            Self::ListUnitFiles(_) | Self::CatUnit(_) | Self::GetUnitConfiguration(_) => true,
            Self::ListUnits(_)
            | Self::ListUnitsByNames(_)
            | Self::ListTriggers(_)
            | Self::GetUnitsProperties(_)
            | Self::GetUnitProcesses(_)
            | Self::CurrentUnit(_)
            | Self::GetUnitDetails(_)
            | Self::GetUnitDependencies(_)
            | Self::Figures(_)
            | Self::Metrics(_) => false,
        }
    }

    fn look<T>(&self, look: impl FnOnce(&dyn Asked) -> T) -> T {
        match self {
            Self::ListUnits(asked) => look(asked),
            Self::ListUnitsByNames(asked) => look(asked),
            Self::ListUnitFiles(asked) => look(asked),
            Self::ListTriggers(asked) => look(asked),
            Self::GetUnitsProperties(asked) => look(asked),
            Self::GetUnitProcesses(asked) => look(asked),
            Self::CurrentUnit(asked) => look(asked),
            Self::GetUnitDetails(asked) => look(asked),
            Self::GetUnitDependencies(asked) => look(asked),
            Self::CatUnit(asked) => look(asked),
            Self::GetUnitConfiguration(asked) => look(asked),
            Self::Figures(asked) => look(asked),
            Self::Metrics(asked) => look(asked),
        }
    }
}

impl Asked for Question {
    fn what(&self) -> String {
        self.look(|asked| asked.what())
    }

    fn unit(&self) -> Option<UnitName> {
        self.look(|asked| asked.unit())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for Question {
    type Answer = Response;

    async fn over(&self, backend: &Backend) -> Result<Response> {
        Ok(match self {
            Self::ListUnits(asked) => Response::Units(Units::Values(asked.over(backend).await?)),
            Self::ListUnitsByNames(asked) => Response::Units(Units::Values(asked.over(backend).await?)),
            Self::ListUnitFiles(asked) => {
                rows(asked.over(backend).await?.into_iter().map(unit_file).collect())
            }
            Self::ListTriggers(asked) => rows(asked.over(backend).await?),
            Self::GetUnitsProperties(asked) => Response::UnitsProperties(asked.over(backend).await?),
            Self::GetUnitProcesses(asked) => Response::Value(asked.over(backend).await?),
            Self::CurrentUnit(asked) => Response::Value(asked.over(backend).await?),
            Self::GetUnitDetails(asked) => Response::Details(Box::new(asked.over(backend).await?)),
            Self::GetUnitDependencies(asked) => Response::Value(asked.over(backend).await?),
            Self::CatUnit(asked) => Response::Value(asked.over(backend).await?),
            Self::GetUnitConfiguration(asked) => rows(asked.over(backend).await?),
            Self::Figures(asked) => Response::Figures(asked.over(backend).await?),
            Self::Metrics(asked) => Response::Value(Value::Text(asked.over(backend).await?)),
        })
    }
}

fn rows(rows: Vec<Value>) -> Response {
    Response::Value(Value::List(rows))
}

fn unit_file(file: UnitFileInfo) -> Value {
    let preset = file.preset.map_or(Value::Null, |preset| Value::Text(preset.to_owned()));
    Value::Tuple(vec![Value::Text(file.name), Value::Text(file.path), Value::Text(file.state), preset])
}
