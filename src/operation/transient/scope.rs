//! Scopes: units of processes that systemd has not started.

use super::{StartTransient, named};
use crate::backend::JobOptions;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::property::Assignments;
use crate::unit::UnitType;

const PROCESSES: &str = "PIDs";

impl StartTransient {
    /// A scope for these processes, or without any for this one.
    pub fn scope(
        pids: Vec<Input>,
        name: Option<&str>,
        properties: Input,
        options: JobOptions,
    ) -> Result<Self> {
        let mut properties = Assignments::read(properties)?;
        if properties.has(PROCESSES) {
            return Err(Error::config(format!("properties has {PROCESSES}"))
                .with_hint("give the processes as arguments of their own"));
        }
        let is_for_this_process = pids.is_empty();
        let pids = if is_for_this_process { vec![Input::Whole(std::process::id().into())] } else { pids };
        properties.add(PROCESSES, &Input::List(pids))?;
        let unit = named(name, UnitType::Scope)?;
        Ok(Self {
            unit,
            properties,
            auxiliary: Vec::new(),
            argv: None,
            variables: Vec::new(),
            is_for_this_process,
            options,
        })
    }
}
