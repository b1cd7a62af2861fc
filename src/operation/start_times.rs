//! How long units took to start, and which of them others waited for: as `systemd-analyze blame` and `critical-chain` work it
//! out from the units' own times.

use std::collections::HashMap;

use crate::backend::{Backend, find};
use crate::client::{Asked, Step};
use crate::error::Result;
use crate::unit::UnitName;
use crate::value::Value;
use crate::verb::Repeat;

/// What is asked.
#[derive(Clone, Debug)]
pub enum StartTimes {
    /// All units that took time, the longest first.
    Blame,
    /// The units that a unit waited for, each with the one that it waited for last; by default for the target of the boot.
    CriticalChain(UnitName),
}

/// How a unit started; times are microseconds, since the manager began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartTime {
    /// The unit.
    pub unit: String,
    /// How long it took.
    pub time: u64,
    /// When it began; none where that was before the manager did.
    pub begun: Option<u64>,
    /// When it was up, if it was.
    pub up: Option<u64>,
    /// How many units down a chain it is.
    pub depth: u32,
}

/// What a unit tells of its last start, by the monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    activating: u64,
    activated: u64,
    deactivated: u64,
}

const WANTED: [&str; 3] =
    ["InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic", "InactiveEnterTimestampMonotonic"];

impl Asked for StartTimes {
    fn what(&self) -> String {
        match self {
            Self::Blame => "times of all starts".to_owned(),
            Self::CriticalChain(unit) => format!("critical chain of {unit}"),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        match self {
            Self::Blame => None,
            Self::CriticalChain(unit) => Some(unit.clone()),
        }
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for StartTimes {
    type Answer = Vec<StartTime>;

    async fn over(&self, backend: &Backend) -> Result<Vec<StartTime>> {
        let boot = Boot::read(backend).await?;
        match self {
            Self::Blame => Ok(boot.blame()),
            Self::CriticalChain(unit) => boot.chain(backend, unit).await,
        }
    }
}

/// The times of all units.
struct Boot {
    times: HashMap<String, Times>,
    /// When the manager began, and when all was started.
    begin: u64,
    finish: u64,
}

impl Boot {
    async fn read(backend: &Backend) -> Result<Self> {
        let time = async |name| {
            let told = backend.get_manager_property(name).await?.decode(name)?;
            Ok::<_, crate::error::Error>(told.as_unsigned())
        };
        let begin = time("UserspaceTimestampMonotonic").await?.unwrap_or_default();
        // While it is not over, everything belongs to it.
        let finish = time("FinishTimestampMonotonic").await?.unwrap_or(u64::MAX);
        let units = backend.list_units(&[]).await?;
        let names: Vec<UnitName> = units.iter().filter_map(|unit| unit.name.parse().ok()).collect();
        let told = backend.read_of_loaded(&names, &WANTED).await?;
        let times = names.iter().zip(told).filter_map(|(name, properties)| {
            let properties = properties.ok()?;
            let time = |name| find(&properties, name).and_then(Value::as_unsigned).unwrap_or_default();
            let [activating, activated, deactivated] = WANTED.map(time);
            let times = Times { activating, activated, deactivated };
            (activating > 0).then(|| (name.as_str().to_owned(), times))
        });
        Ok(Self { times: times.collect(), begin, finish })
    }

    fn row(&self, unit: &str, depth: u32) -> StartTime {
        let times = self.times.get(unit).copied().unwrap_or_default();
        let since = |time: u64| time.checked_sub(self.begin).filter(|_| time > 0);
        let (begun, up) = (since(times.activating), since(times.activated));
        StartTime { unit: unit.to_owned(), time: times.taken(), begun, up, depth }
    }

    fn blame(&self) -> Vec<StartTime> {
        let mut rows: Vec<_> = self.times.keys().map(|unit| self.row(unit, 0)).collect();
        rows.retain(|row| row.time > 0);
        rows.sort_by(|one, other| other.time.cmp(&one.time).then_with(|| one.unit.cmp(&other.unit)));
        rows
    }

    /// When a unit was up, if that belongs to the boot.
    fn up_in_boot(&self, unit: &str) -> Option<u64> {
        let up = self.times.get(unit)?.activated;
        (up > 0 && up <= self.finish).then_some(up)
    }

    async fn chain(&self, backend: &Backend, unit: &UnitName) -> Result<Vec<StartTime>> {
        let unit = backend.get_unit_status(unit).await?.name;
        let mut rows = vec![self.row(&unit, 0)];
        let mut seen = Vec::new();
        // Each unit with its depth; those of one unit are told before the next of those that it is among.
        let mut left = vec![(unit, 0)];
        while let Some((unit, depth)) = left.pop() {
            if depth > 0 {
                rows.push(self.row(&unit, depth));
            }
            if seen.contains(&unit) {
                continue;
            }
            let Ok(name) = unit.parse() else { continue };
            let after = backend.get_unit_property(&name, "After").await?.decode("After")?;
            seen.push(unit);
            let last = self.last_of(after.as_texts().unwrap_or_default());
            left.extend(last.into_iter().rev().map(|unit| (unit, depth + 1)));
        }
        Ok(rows)
    }

    /// Those that came up last; several, where that was in the same microsecond.
    fn last_of(&self, units: Vec<String>) -> Vec<String> {
        let last = units.iter().filter_map(|unit| self.up_in_boot(unit)).max();
        units.into_iter().filter(|unit| last.is_some() && self.up_in_boot(unit) == last).collect()
    }
}

impl Times {
    fn taken(self) -> u64 {
        if self.activated >= self.activating {
            self.activated - self.activating
        } else {
            // A command that was done, and never up.
            self.deactivated.saturating_sub(self.activating)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_comes_first() {
        let times = |activating, activated, deactivated| Times { activating, activated, deactivated };
        let all = [
            ("quick", times(110, 111, 0)),
            ("slow", times(110, 190, 0)),
            ("done", times(120, 0, 150)),
            ("early", times(90, 120, 0)),
            ("again", times(200, 150, 160)),
            ("none", times(120, 120, 0)),
        ];
        let times = all.into_iter().map(|(name, times)| (name.to_owned(), times)).collect();
        let boot = Boot { times, begin: 100, finish: 195 };
        let found: Vec<_> =
            boot.blame().into_iter().map(|row| (row.unit, row.time, row.begun, row.up)).collect();
        let row = |unit: &str, time, begun, up| (unit.to_owned(), time, begun, up);
        let expected = [
            row("slow", 80, Some(10), Some(90)),
            row("done", 30, Some(20), None),
            row("early", 30, None, Some(20)),
            row("quick", 1, Some(10), Some(11)),
        ];
        assert_eq!(found, expected);
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(boot.last_of(names(&["quick", "early", "done", "gone"])), names(&["early", "none"])[..1]);
        assert!(boot.last_of(names(&["done", "gone"])).is_empty());
    }
}
