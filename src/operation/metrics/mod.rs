//! What units are and use, as a text for those who gather figures: `OpenMetrics`.

mod counters;
mod families;
mod kept;
mod text;

use std::sync::Arc;

use counters::{Reading, Span};
use families::COUNTERS;
pub use kept::Kept;

use super::{ListUnits, ReadFigures};
use crate::backend::Backend;
use crate::client::{Asked, Step};
use crate::clock;
use crate::error::Result;
use crate::figures::Figures;
use crate::flow::both;
use crate::unit::{UnitInfo, UnitName, UnitType};
use crate::verb::Repeat;

/// Reads what is told.
#[derive(Clone, Debug)]
pub struct ReadMetrics {
    list: ListUnits,
    figures: ReadFigures,
    /// Devices are left out where nothing is chosen: there are many, and nothing is counted for them.
    without_devices: bool,
    kept: Arc<Kept>,
}

/// What is told of a unit. Times are microseconds.
#[derive(Debug)]
struct Unit {
    name: UnitName,
    active_state: String,
    /// `Type=` of a service, or of a mount.
    kind: Option<(String, bool)>,
    started: Option<u64>,
    last_trigger: Option<u64>,
    accepted: Option<u64>,
    refused: Option<u64>,
    connections: Option<u64>,
    restarts: Option<u64>,
    figures: Option<Figures>,
}

impl Unit {
    fn new(name: UnitName, active_state: String) -> Self {
        Self {
            name,
            active_state,
            kind: None,
            started: None,
            last_trigger: None,
            accepted: None,
            refused: None,
            connections: None,
            restarts: None,
            figures: None,
        }
    }
}

impl ReadMetrics {
    /// Of the loaded units that match one of the patterns and are of one of the types; what was told before is what the
    /// counters go on from.
    pub fn new(patterns: Vec<String>, types: Vec<String>, kept: Arc<Kept>) -> Result<Self> {
        let without_devices = patterns.is_empty() && types.is_empty();
        let figures = ReadFigures::new(&patterns, false)?.without_restarts();
        let list = ListUnits::new(patterns, vec![], types, None, false)?;
        Ok(Self { list, figures, without_devices, kept })
    }

    fn unit(&self, row: UnitInfo) -> Option<Unit> {
        let name: UnitName = row.name.parse().ok()?;
        let is_left_out = row.load_state == "not-found" && row.active_state == "inactive"
            || self.without_devices && name.unit_type() == UnitType::Device;
        (!is_left_out).then(|| Unit::new(name, row.active_state))
    }
}

impl Asked for ReadMetrics {
    fn what(&self) -> String {
        "metrics of units".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        self.figures.unit()
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for ReadMetrics {
    type Answer = String;

    async fn over(&self, backend: &Backend) -> Result<String> {
        let begin = clock::monotonic();
        let rows = self.list.over(backend).await?;
        let mut units: Vec<Unit> = rows.into_iter().filter_map(|row| self.unit(row)).collect();
        let (figures, told) =
            both(self.figures.over(backend), kept::ask(backend, &mut units, &self.kept)).await;
        told?;
        let mut figures: std::collections::HashMap<UnitName, Figures> =
            figures?.into_iter().map(|row| (row.unit, row.figures)).collect();
        for unit in &mut units {
            unit.figures = figures.remove(&unit.name);
        }
        let span = Span { begin, end: clock::monotonic() };
        let readings: Vec<Reading<'_>> = units.iter().map(reading).collect();
        let totals = self.kept.add(span, &readings);
        Ok(text::text(&units, &totals))
    }
}

fn reading(unit: &Unit) -> Reading<'_> {
    let counted = std::array::from_fn(|place| COUNTERS.get(place).and_then(|counter| (counter.read)(unit)));
    Reading { unit: &unit.name, figures: unit.figures.as_ref(), counted }
}
