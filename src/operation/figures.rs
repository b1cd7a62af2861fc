//! What units use: from the files of their control groups where these are on this machine, and else from systemd.

mod asked;
mod percent;

use std::collections::HashMap;
use std::num::NonZero;
use std::thread::available_parallelism;

pub use percent::Sampler;

use crate::backend::{Backend, Properties, find, not_found};
use crate::client::{Asked, Step};
use crate::error::{Error, Kind, Result};
use crate::figures::{Figures, Group, Hierarchies, Reader};
use crate::flow::own_thread::on_own_thread;
use crate::flow::{both, join_all};
use crate::unit::{Pattern, UnitName, UnitPattern, UnitType};
use crate::value::Value;
use crate::verb::Repeat;

/// Reads what units use.
#[derive(Clone, Debug)]
pub struct ReadFigures {
    patterns: Vec<UnitPattern>,
    globs: Vec<Pattern>,
    details: bool,
    /// Whether systemd is asked for restarts.
    restarts: bool,
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

const THREAD: &str = "pm2go-figures";
/// So many threads read at once, where there are as many processors: more would be in each other's way in the kernel.
const MOST_THREADS: usize = 4;
/// So many groups are read while another thread is started.
const WORTH_A_THREAD: usize = 100;

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
        Ok(Self {
            globs: globs.collect::<Result<_>>()?,
            patterns,
            details,
            restarts: true,
            may_be_gone: false,
        })
    }

    /// All of one unit, if it runs.
    pub(super) fn of_unit(unit: UnitName) -> Self {
        let patterns = vec![UnitPattern::Name(unit)];
        Self { patterns, globs: Vec::new(), details: true, restarts: true, may_be_gone: true }
    }

    /// The same without restarts, where those are asked for otherwise.
    pub(super) fn without_restarts(self) -> Self {
        Self { restarts: false, ..self }
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

    /// From files, with what only systemd counts.
    async fn over_files(&self, backend: &Backend, hierarchies: Hierarchies) -> Result<Vec<UnitFigures>> {
        let name = "ControlGroup";
        let own = backend.get_manager_property(name).await?.decode(name)?;
        let own = own.as_text().unwrap_or_default().to_owned();
        let there = hierarchies.clone();
        let groups = on_own_thread(THREAD, move || Reader::new(there).units_below(&own)).await?;
        let groups = self.chosen(backend, groups.map_err(|error| unreadable(&error))?).await?;
        let is_counted = |group: &&Group| self.restarts && group.unit.unit_type() == UnitType::Service;
        let is_asked = |group: &&Group| self.details || is_counted(group);
        let asked: Vec<UnitName> = groups.iter().filter(is_asked).map(|group| group.unit.clone()).collect();
        let files = read_groups(hierarchies, groups, self.details);
        let (rows, told) = both(files, self.systemds_own(backend, &asked)).await;
        let mut told: HashMap<UnitName, Vec<Value>> = asked.into_iter().zip(told?).collect();
        let mut rows = rows?;
        for row in &mut rows {
            let mut values = told.remove(&row.unit).into_iter().flatten();
            let mut next = || values.next().as_ref().and_then(Value::as_unsigned);
            (row.restarts, row.network_received, row.network_sent) = (next(), next(), next());
        }
        Ok(rows)
    }

    /// What systemd alone counts of units that have a control group.
    async fn systemds_own(&self, backend: &Backend, units: &[UnitName]) -> Result<Vec<Vec<Value>>> {
        if self.details {
            let told = backend.read_units_properties(units, WITH_NETWORK).await?;
            return Ok(told.into_iter().map(Option::unwrap_or_default).collect());
        }
        let told = backend.read_of_loaded(units, RESTARTS).await?;
        // There may be more than that, in systemctl's own order.
        let wanted = |told: Result<Properties>| {
            let told = told.unwrap_or_default();
            RESTARTS.iter().map(|name| find(&told, name).cloned().unwrap_or(Value::Null)).collect()
        };
        Ok(told.into_iter().map(wanted).collect())
    }
}

/// What each of these groups uses; nothing of one that is gone. Slices come last: what is in them need not be read twice.
async fn read_groups(
    hierarchies: Hierarchies,
    groups: Vec<Group>,
    details: bool,
) -> Result<Vec<UnitFigures>> {
    let is_slice = |group: &Group| group.unit.unit_type() == UnitType::Slice;
    let (slices, others): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(is_slice);
    let processors = available_parallelism().map_or(1, NonZero::get);
    let size = others.len().div_ceil(processors.min(MOST_THREADS)).max(WORTH_A_THREAD);
    let flows = others.chunks(size).map(|groups| {
        let (groups, reader) = (groups.to_vec(), Reader::new(hierarchies.clone()));
        on_own_thread(THREAD, move || read_all(reader, groups, details))
    });
    let mut read = Vec::with_capacity(others.len() + slices.len());
    for part in join_all(flows.collect()).await {
        read.extend(part?);
    }
    if !slices.is_empty() {
        read = on_own_thread(THREAD, move || {
            let known = read.iter().map(|(group, figures)| (&*group.name, figures));
            let reader = Reader::new(hierarchies).knowing(known);
            read.extend(read_all(reader, slices, details));
            read
        })
        .await?;
    }
    Ok(read.into_iter().map(|(group, figures)| row(group.unit, figures)).collect())
}

fn read_all(mut reader: Reader, groups: Vec<Group>, details: bool) -> Vec<(Group, Figures)> {
    let read = reader.read(groups.iter().map(|group| &*group.name), details);
    groups.into_iter().zip(read).filter_map(|(group, figures)| Some((group, figures?))).collect()
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
        UnitPattern::only_name(&self.patterns).cloned()
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
