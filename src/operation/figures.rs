//! What units use: from the files of their control groups where these are on this machine, and else from systemd.

mod asked;
mod percent;

use std::collections::HashMap;

pub use percent::Sampler;

use crate::backend::Backend;
use crate::client::{Asked, Step};
use crate::error::{Error, Kind, Result};
use crate::figures::{Figures, Group, Hierarchies, Reader};
use crate::flow::own_thread::on_own_thread;
use crate::unit::{Pattern, UnitName, UnitPattern, UnitType};
use crate::value::Value;
use crate::verb::Repeat;

/// Reads what units use.
#[derive(Clone, Debug)]
pub struct ReadFigures {
    patterns: Vec<UnitPattern>,
    globs: Vec<Pattern>,
    details: bool,
    /// A unit that does not exist is one that went.
    may_be_gone: bool,
}

/// What one unit uses.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitFigures {
    /// The unit.
    pub unit: UnitName,
    /// What is counted for its control group.
    pub figures: Figures,
    /// Of one processor, since it was read before, in percent.
    pub cpu_percent: Option<f64>,
    /// How often systemd restarted it by itself since somebody started it.
    pub restarts: Option<u64>,
    /// Bytes received from the network, where systemd counts that (`IPAccounting=`).
    pub network_received: Option<u64>,
    /// Bytes sent to the network.
    pub network_sent: Option<u64>,
}

const RESTARTS: &[&str] = &["NRestarts"];
const WITH_NETWORK: &[&str] = &["NRestarts", "IPIngressBytes", "IPEgressBytes"];

impl ReadFigures {
    /// Of all units that have a control group, or of those that are named and match; with `details`, also what takes longer
    /// to find out: descriptors, threads and the network.
    pub fn new(patterns: &[String], details: bool) -> Result<Self> {
        let patterns = UnitPattern::parse_all(patterns)?;
        let globs = patterns.iter().filter_map(|pattern| match pattern {
            UnitPattern::Glob(glob) => Some(Pattern::parse(glob)),
            UnitPattern::Name(_) => None,
        });
        Ok(Self { globs: globs.collect::<Result<_>>()?, patterns, details, may_be_gone: false })
    }

    fn wants(&self, unit: &UnitName) -> bool {
        self.patterns.is_empty()
            || self.globs.iter().any(|glob| glob.matches(unit.as_str()))
            || self.patterns.iter().any(|pattern| pattern.name() == Some(unit))
    }

    /// Those that were asked for, of all that have a group. A name that is not among them may be an alias; if there is no
    /// such unit at all, that is an error, and if it has no processes, it has no figures.
    async fn chosen(&self, backend: &Backend, groups: Vec<Group>) -> Result<Vec<Group>> {
        let mut chosen: Vec<Group> = groups.into_iter().filter(|group| self.wants(&group.unit)).collect();
        let is_there = |name: &UnitName, groups: &[Group]| groups.iter().any(|group| group.unit == *name);
        let absent = self.patterns.iter().filter_map(UnitPattern::name);
        let absent: Vec<UnitName> = absent.filter(|name| !is_there(name, &chosen)).cloned().collect();
        let told = backend.read_units_properties(&absent, &["Id", "LoadState", "ControlGroup"]).await?;
        for (name, told) in absent.iter().zip(told) {
            let told: Vec<String> =
                told.iter().flatten().map(|value| value.as_text().unwrap_or_default().to_owned()).collect();
            match &told[..] {
                [_, state, _] if state == "not-found" && !self.may_be_gone => return Err(not_found(name)),
                [id, _, group] if !group.is_empty() => {
                    let unit: UnitName = id.parse()?;
                    if !is_there(&unit, &chosen) {
                        chosen.push(Group { unit, name: group.clone() });
                    }
                }
                [] if !self.may_be_gone => return Err(not_found(name)),
                _ => {}
            }
        }
        Ok(chosen)
    }

    /// From files.
    async fn over_files(&self, backend: &Backend, hierarchies: Hierarchies) -> Result<Vec<UnitFigures>> {
        let name = "ControlGroup";
        let own = backend.get_manager_property(name).await?.decode(name)?;
        let own = own.as_text().unwrap_or_default().to_owned();
        let there = hierarchies.clone();
        let groups = on_own_thread("pm2go-figures", move || Reader::new(there).units_below(&own)).await?;
        let groups = self.chosen(backend, groups.map_err(|error| unreadable(&error))?).await?;
        let details = self.details;
        let (groups, read) = on_own_thread("pm2go-figures", move || {
            let read = Reader::new(hierarchies).read(groups.iter().map(|group| &*group.name), details);
            (groups, read)
        })
        .await?;
        let found = groups.into_iter().zip(read);
        let rows = found.filter_map(|(group, figures)| Some(row(group.unit, figures?))).collect();
        self.with_systemds_own(backend, rows).await
    }

    /// Puts in what only systemd counts.
    async fn with_systemds_own(
        &self,
        backend: &Backend,
        mut rows: Vec<UnitFigures>,
    ) -> Result<Vec<UnitFigures>> {
        let asked: Vec<UnitName> = rows
            .iter()
            .filter(|row| self.details || row.unit.unit_type() == UnitType::Service)
            .map(|row| row.unit.clone())
            .collect();
        let names = if self.details { WITH_NETWORK } else { RESTARTS };
        let told = backend.read_units_properties(&asked, names).await?;
        let mut told: HashMap<UnitName, Option<Vec<Value>>> = asked.into_iter().zip(told).collect();
        for row in &mut rows {
            let Some(Some(values)) = told.remove(&row.unit) else { continue };
            let mut values = values.iter().map(Value::as_unsigned);
            row.restarts = values.next().flatten();
            row.network_received = values.next().flatten();
            row.network_sent = values.next().flatten();
        }
        Ok(rows)
    }
}

fn row(unit: UnitName, figures: Figures) -> UnitFigures {
    UnitFigures {
        unit,
        figures,
        cpu_percent: None,
        restarts: None,
        network_received: None,
        network_sent: None,
    }
}

fn not_found(unit: &UnitName) -> Error {
    Error::new(Kind::UnitNotFound, format!("there is no unit {unit}")).with_unit(unit.as_str())
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::new(Kind::Unsupported, format!("the control groups of this manager cannot be read: {error}"))
        .with_errno(error.raw_os_error())
        .with_hint("ask for properties such as CPUUsageNSec and MemoryCurrent by get_units_properties")
}

impl Asked for ReadFigures {
    fn what(&self) -> String {
        "figures of units".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        match &self.patterns[..] {
            [UnitPattern::Name(name)] => Some(name.clone()),
            _ => None,
        }
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for ReadFigures {
    type Answer = Vec<UnitFigures>;

    async fn over(&self, backend: &Backend) -> Result<Vec<UnitFigures>> {
        let hierarchies = Hierarchies::of_machine();
        if backend.whose().location.is_here() && hierarchies.are_there() {
            self.over_files(backend, hierarchies).await
        } else {
            self.of_properties(backend).await
        }
    }
}
