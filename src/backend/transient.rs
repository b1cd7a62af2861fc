//! Units without a file, as they are asked for (`StartTransientUnit`).

use crate::error::Result;
use crate::property::Assignments;
use crate::unit::UnitName;
use crate::value::Value;

/// The settings of a unit that has no file, with those of units that come with it.
#[derive(Clone, Debug)]
pub struct TransientUnit {
    /// Its own.
    pub properties: Assignments,
    /// Those of the others.
    pub auxiliary: Vec<(UnitName, Assignments)>,
}

impl TransientUnit {
    /// Whether conditions may keep it from being started.
    pub(super) fn has_conditions(&self) -> bool {
        let is_one = |name: &str| name.starts_with("Condition") || name == "ExecCondition";
        self.properties.all().iter().any(|one| is_one(&one.name))
    }
}

/// What a unit without a file is made of.
#[derive(Clone, Debug)]
pub(super) enum WithoutFile {
    /// As D-Bus takes it; there may be file descriptors in it, which no command passes on.
    Sent(Value),
    /// As callers name it.
    Named(TransientUnit),
}

impl WithoutFile {
    /// What D-Bus takes: the unit's properties, and the other units with theirs.
    pub(super) fn sent(&self) -> Result<[Value; 2]> {
        match self {
            Self::Sent(properties) => Ok([properties.clone(), Value::List(Vec::new())]),
            Self::Named(unit) => {
                let other = |(name, properties): &(UnitName, Assignments)| {
                    let name = Value::Text(name.as_str().to_owned());
                    Ok(Value::Tuple(vec![name, Value::List(properties.sent()?)]))
                };
                let others = unit.auxiliary.iter().map(other).collect::<Result<_>>()?;
                Ok([Value::List(unit.properties.sent()?), Value::List(others)])
            }
        }
    }

    /// The same by its settings' names.
    pub(super) fn named(&self) -> Option<&TransientUnit> {
        match self {
            Self::Sent(_) => None,
            Self::Named(unit) => Some(unit),
        }
    }
}
