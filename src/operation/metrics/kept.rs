//! What systemd tells of units, and what of it need not be asked for again.

use std::collections::HashMap;

use super::Unit;
use super::counters::{Reading, Span, Totals};
use super::text::Told;
use crate::backend::{Backend, find};
use crate::error::Result;
use crate::fork::EachProcess;
use crate::sync::{Mutex, MutexGuard, PoisonError};
use crate::unit::{UnitName, UnitType};
use crate::value::Value;

/// What is kept from one reading to the next. A forked child begins anew.
#[derive(Debug, Default)]
pub struct Kept(EachProcess<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    totals: Totals,
    starts: HashMap<UnitName, Start>,
}

/// What holds as long as a service runs on from the same start.
#[derive(Clone, Debug)]
struct Start {
    time: u64,
    kind: Option<String>,
    restarts: Option<u64>,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.get_or_make(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, span: Span, readings: &[Reading<'_>]) -> Vec<Told> {
        self.lock().totals.add(span, readings)
    }
}

const STARTED: &str = "ActiveEnterTimestamp";

/// What is asked first.
fn wanted(unit: &Unit) -> &'static [&'static str] {
    match unit.name.unit_type() {
        UnitType::Service if unit.active_state == "active" => &[STARTED],
        UnitType::Mount => &["Type"],
        UnitType::Timer => &["LastTriggerUSec"],
        UnitType::Socket => &["NAccepted", "NConnections", "NRefused"],
        UnitType::Service
        | UnitType::Target
        | UnitType::Device
        | UnitType::Automount
        | UnitType::Swap
        | UnitType::Path
        | UnitType::Slice
        | UnitType::Scope => &[],
    }
}

/// Puts in what systemd tells.
pub(super) async fn ask(backend: &Backend, units: &mut [Unit], kept: &Kept) -> Result<()> {
    read(backend, units, wanted).await?;
    // Some systemctl print whole seconds, in which a service may start twice.
    let is_exact = matches!(backend, Backend::Dbus(_));
    let is_service = |unit: &&mut Unit| unit.name.unit_type() == UnitType::Service;
    for unit in units.iter_mut().filter(is_service).filter(|_| is_exact) {
        let known = kept.lock().starts.get(&unit.name).cloned();
        if let Some(start) = known.filter(|known| Some(known.time) == unit.started) {
            unit.kind = start.kind.map(|kind| (kind, false));
            unit.restarts = start.restarts;
        }
    }
    let rest = |unit: &Unit| -> &'static [&'static str] {
        let is_asked = unit.name.unit_type() == UnitType::Service && unit.kind.is_none();
        if is_asked { &["Type", "NRestarts"] } else { &[] }
    };
    read(backend, units, rest).await?;
    let services = units.iter_mut().filter(is_service);
    let mut starts = HashMap::new();
    for unit in services {
        // A service that is reset while it runs begins to count restarts anew, which a total does not show.
        if let Some(time) = unit.started {
            let kind = unit.kind.as_ref().map(|(kind, _)| kind.clone());
            starts.insert(unit.name.clone(), Start { time, kind, restarts: unit.restarts });
        } else {
            unit.started = Some(0);
        }
    }
    kept.lock().starts = starts;
    Ok(())
}

async fn read(
    backend: &Backend,
    units: &mut [Unit],
    wanted: impl Fn(&Unit) -> &'static [&'static str],
) -> Result<()> {
    let asked: Vec<(UnitName, &[&'static str])> = units
        .iter()
        .map(|unit| (unit.name.clone(), wanted(unit)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    let mut told = backend.read_wanted_of_loaded(&asked).await?.into_iter();
    for unit in units.iter_mut().filter(|unit| !wanted(unit).is_empty()) {
        let Some(Ok(properties)) = told.next() else { continue };
        for name in wanted(unit) {
            if let Some(value) = find(&properties, name) {
                unit.put(name, value);
            }
        }
    }
    Ok(())
}

impl Unit {
    fn put(&mut self, name: &str, value: &Value) {
        let number = value.as_unsigned();
        match name {
            STARTED => self.started = number,
            "LastTriggerUSec" => self.last_trigger = number,
            "NAccepted" => self.accepted = number,
            "NConnections" => self.connections = number,
            "NRefused" => self.refused = number,
            "NRestarts" => self.restarts = number,
            _ => {
                let is_mount = self.name.unit_type() == UnitType::Mount;
                self.kind = value.as_text().map(|kind| (kind.to_owned(), is_mount));
            }
        }
    }
}
