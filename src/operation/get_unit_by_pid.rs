//! Finds the unit of a process, and makes sure that it is of that process: when systemd looks, its number may be another's.

use crate::backend::{Backend, Gave};
use crate::client::{Asked, Step};
use crate::error::{Error, Kind, Result};
use crate::process::Holder;
use crate::unit::UnitName;
use crate::value::Value;
use crate::verb::{GET_UNIT_BY_PID, GET_UNIT_BY_PIDFD, PID, Repeat};

/// Which unit the process belongs to that has this number when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetUnitByPid {
    pid: u32,
}

impl GetUnitByPid {
    /// The process that a caller means by what he gave.
    pub fn new(given: Value) -> Result<Self> {
        let pid = PID.read(given)?.as_unsigned().and_then(|pid| pid.try_into().ok());
        pid.map(|pid| Self { pid }).ok_or_else(|| Error::config("pid is no number of a process"))
    }

    /// A systemd older than 253 knows only numbers; and a message bus with the rules of such a one lets nobody but root
    /// ask for anything else. One that counts processes otherwise than we do does not see ours.
    async fn ask(&self, backend: &Backend, holder: &Holder) -> Result<Value> {
        if let Holder::Process(pidfd) = holder
            && backend.passes_descriptors()
        {
            let pidfd = Value::Descriptor(pidfd.clone());
            match backend.call(&GET_UNIT_BY_PIDFD, &[pidfd]).await {
                Err(error) if is_of_this_question(&error) => {}
                answer => return answer.map(unit),
            }
        }
        backend.call(&GET_UNIT_BY_PID, &[Value::Unsigned(self.pid.into())]).await.map(unit)
    }
}

impl Asked for GetUnitByPid {
    fn what(&self) -> String {
        GET_UNIT_BY_PID.noun.to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        GET_UNIT_BY_PID.repeat
    }
}

impl Step for GetUnitByPid {
    type Answer = Value;

    async fn over(&self, backend: &Backend) -> Result<Value> {
        // Elsewhere the number is that of a process there.
        let holder = if backend.whose().location.is_here() { Holder::of(self.pid)? } else { Holder::Untold };
        let unit = self.ask(backend, &holder).await?;
        // The answer may be about another process that has got the number meanwhile.
        if unit != Value::Null && !holder.still_has(self.pid)? {
            return Ok(Value::Null);
        }
        Ok(unit)
    }
}

fn unit(gave: Gave) -> Value {
    match gave {
        Gave::Value(unit) => unit,
        Gave::Changes(_) => Value::Null,
    }
}

fn is_of_this_question(error: &Error) -> bool {
    matches!(error.kind(), Kind::Unsupported | Kind::PermissionDenied | Kind::Systemd)
}

#[cfg(test)]
mod tests;
