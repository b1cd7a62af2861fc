//! The figures that systemd itself tells, where its control groups are out of reach.

use super::{ReadFigures, UnitFigures, row};
use crate::backend::{Backend, not_found};
use crate::clock;
use crate::error::Result;
use crate::figures::{Figures, MemorySource};
use crate::operation::GetUnitsProperties;
use crate::unit::UnitPattern;
use crate::value::Value;

/// org.freedesktop.systemd1(5).
const NAMES: [&str; 17] = [
    "ControlGroup",
    "CPUUsageNSec",
    "MemoryCurrent",
    "MemoryPeak",
    "MemorySwapCurrent",
    "EffectiveMemoryMax",
    "MemoryMax",
    "TasksCurrent",
    "EffectiveTasksMax",
    "TasksMax",
    "IOReadBytes",
    "IOWriteBytes",
    "IOReadOperations",
    "IOWriteOperations",
    "IPIngressBytes",
    "IPEgressBytes",
    "OOMKills",
];

impl ReadFigures {
    /// What the units use that have a control group, as systemd tells it.
    pub(super) async fn of_properties(&self, backend: &Backend) -> Result<Vec<UnitFigures>> {
        // Without a pattern all are meant.
        let patterns = if self.patterns.is_empty() {
            vec![UnitPattern::Glob("*".to_owned())]
        } else {
            self.patterns.clone()
        };
        let (units, certain) = GetUnitsProperties::of(patterns).units(backend).await?;
        let mut names: Vec<&str> = NAMES.to_vec();
        names.push("NRestarts");
        let told = backend.read_units_properties(&units, &names).await?;
        let missing = units.iter().zip(&told).take(certain).find(|(_, told)| told.is_none());
        if let Some((unit, _)) = missing.filter(|_| !self.may_be_gone) {
            return Err(not_found(unit));
        }
        let monotonic = clock::monotonic();
        let rows = units.into_iter().zip(told).filter_map(|(unit, told)| {
            let mut values = told?.into_iter();
            values.next()?.as_text().filter(|group| !group.is_empty())?;
            let mut next = || values.next().as_ref().and_then(Value::as_unsigned);
            let cpu = next().map(|time| time / 1000);
            let [memory, memory_peak, memory_swap] = [next(), next(), next()];
            let memory_limit = least(next(), next());
            let tasks = next();
            let tasks_limit = least(next(), next());
            let [io_read_bytes, io_written_bytes, io_reads, io_writes] = [next(), next(), next(), next()];
            let (network_received, network_sent, oom_kills, restarts) = (next(), next(), next(), next());
            let figures = Figures {
                monotonic,
                cpu,
                memory,
                memory_source: memory.map(|_| MemorySource::ControlGroup),
                memory_peak,
                memory_swap,
                memory_limit,
                tasks,
                tasks_limit,
                io_read_bytes,
                io_written_bytes,
                io_reads,
                io_writes,
                oom_kills,
                ..Figures::default()
            };
            Some(UnitFigures { restarts, network_received, network_sent, ..row(unit, figures) })
        });
        Ok(rows.collect())
    }
}

/// The one that binds, which systemd tells since 256; else the unit's own.
fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    [one, other].into_iter().flatten().min()
}
