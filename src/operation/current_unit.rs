//! Finds out in which unit this program runs, and what its manager does when it ends.

use std::fs;

use super::control_group::units_of;
use crate::backend::{Backend, Gave};
use crate::client::{Asked, Step};
use crate::error::Result;
use crate::scope::Scope;
use crate::unit::{UnitName, UnitType};
use crate::value::Value;
use crate::verb::{GET_UNIT_BY_PID, Repeat};

/// Which unit of the manager that is asked this program runs in.
#[derive(Clone, Copy, Debug)]
pub struct CurrentUnit;

/// The unit, and what is known of it that matters to whoever runs in it.
const PROPERTIES: [&str; 6] = ["Id", "Restart", "MainPID", "InvocationID", "ControlGroup", "Slice"];

impl Asked for CurrentUnit {
    fn what(&self) -> String {
        "search for the unit of this program".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for CurrentUnit {
    type Answer = Value;

    async fn over(&self, backend: &Backend) -> Result<Value> {
        let location = &backend.whose().location;
        if !location.is_here() {
            return Ok(Value::Null);
        }
        // 0 is whoever asks, also where this program counts processes otherwise than the manager does. The command that
        // stands in for it runs in the same unit; one that leads to another user's manager does not.
        let asked = if location.is_default() { 0 } else { std::process::id() };
        let gave = backend.call(&GET_UNIT_BY_PID, &[Value::Unsigned(asked.into())]).await?;
        let Gave::Value(Value::Text(name)) = gave else { return Ok(Value::Null) };
        let found = backend.read_unit_properties(&name.parse()?, PROPERTIES).await?;
        let [id, restart, main_pid, invocation_id, control_group, slice] = found;
        let told = |value: Value| if value == Value::Text(String::new()) { Value::Null } else { value };
        let user_unit = match backend.scope() {
            Scope::System => user_unit(),
            Scope::User | Scope::Global => None,
        };
        let user_unit = user_unit.map_or(Value::Null, Value::Text);
        let scope = Value::Text(backend.scope().as_str().to_owned());
        let main_pid = if main_pid == Value::Unsigned(0) { Value::Null } else { main_pid };
        Ok(Value::Tuple(vec![
            id,
            scope,
            user_unit,
            told(slice),
            told(restart),
            main_pid,
            invocation_id,
            told(control_group),
        ]))
    }
}

/// The unit of a user's own manager that this program is in.
fn user_unit() -> Option<String> {
    let text = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let unit = units_of(&text, Scope::User).pop()?;
    (unit.unit_type() != UnitType::Slice).then(|| unit.as_str().to_owned())
}
