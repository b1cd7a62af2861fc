//! `OpenMetrics` (<https://prometheus.io/docs/specs/om/open_metrics_spec/>): a text in which all numbers of one name follow
//! each other.

use std::fmt::{self, Display, Formatter, Write};

use super::Unit;
use super::families::{COUNTERS, GAUGES, Labels};
use crate::unit::UnitName;

const END: &str = "# EOF\n";
/// The active states that each unit is told to be in or not, as `systemd_exporter` has them.
const STATES: [&str; 5] = ["active", "activating", "deactivating", "inactive", "failed"];
/// About so long is what is told of a unit.
const OF_A_UNIT: usize = 2048;

/// The totals of a unit's counters, in the order of the table.
pub(super) type Told = [Option<u64>; COUNTERS.len()];

/// The whole text.
pub(super) fn text(units: &[Unit], totals: &[Told]) -> String {
    let labels: Vec<UnitLabels> = units.iter().map(|unit| UnitLabels::of(&unit.name)).collect();
    let mut out = String::with_capacity(OF_A_UNIT * units.len());
    // Writing into a text never fails.
    let _ = states(&mut out, units, &labels)
        .and_then(|()| infos(&mut out, units, &labels))
        .and_then(|()| gauges(&mut out, units, &labels))
        .and_then(|()| counters(&mut out, totals, &labels));
    out.push_str(END);
    out
}

/// The labels of a unit, as they are written.
struct UnitLabels {
    text: String,
    /// The end of the first.
    name_end: usize,
}

impl UnitLabels {
    fn of(unit: &UnitName) -> Self {
        let mut text = String::with_capacity(64);
        text.push_str("name=\"");
        escape(unit.as_str(), &mut text);
        text.push('"');
        let name_end = text.len();
        text.push_str(",type=\"");
        text.push_str(unit.unit_type().as_str());
        text.push('"');
        Self { text, name_end }
    }

    fn these(&self, labels: Labels) -> &str {
        match labels {
            Labels::Name => self.text.get(..self.name_end).unwrap_or_default(),
            Labels::NameAndType => &self.text,
        }
    }
}

fn escape(value: &str, into: &mut String) {
    for character in value.chars() {
        match character {
            '\\' => into.push_str("\\\\"),
            '"' => into.push_str("\\\""),
            '\n' => into.push_str("\\n"),
            other => into.push(other),
        }
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# TYPE {name} {kind}")?;
    if let Some(unit) = ["seconds", "bytes"].into_iter().find(|unit| name.ends_with(unit)) {
        writeln!(out, "# UNIT {name} {unit}")?;
    }
    writeln!(out, "# HELP {name} {help}")
}

fn states(out: &mut String, units: &[Unit], labels: &[UnitLabels]) -> fmt::Result {
    head(out, "systemd_unit_state", "gauge", "Whether the unit is in this state.")?;
    for (unit, labels) in units.iter().zip(labels) {
        for state in STATES {
            let is_in = u8::from(unit.active_state == state);
            writeln!(out, "systemd_unit_state{{{},state=\"{state}\"}} {is_in}", labels.text)?;
        }
        // Such as `reloading`, `maintenance` and what comes.
        if !STATES.contains(&&*unit.active_state) {
            let mut state = String::new();
            escape(&unit.active_state, &mut state);
            writeln!(out, "systemd_unit_state{{{},state=\"{state}\"}} 1", labels.text)?;
        }
    }
    Ok(())
}

fn infos(out: &mut String, units: &[Unit], labels: &[UnitLabels]) -> fmt::Result {
    head(out, "systemd_unit", "info", "What changes seldom.")?;
    for (unit, labels) in units.iter().zip(labels) {
        let Some((kind, is_mount)) = &unit.kind else { continue };
        let mut value = String::new();
        escape(kind, &mut value);
        let (mount, service) = if *is_mount { (&*value, "") } else { ("", &*value) };
        writeln!(
            out,
            "systemd_unit_info{{{},mount_type=\"{mount}\",service_type=\"{service}\"}} 1",
            labels.text
        )?;
    }
    Ok(())
}

fn gauges(out: &mut String, units: &[Unit], labels: &[UnitLabels]) -> fmt::Result {
    for gauge in &GAUGES {
        let told = |(unit, labels)| Some((labels, (gauge.read)(unit)?));
        let mut told = units.iter().zip(labels).filter_map(told).peekable();
        if told.peek().is_some() {
            head(out, gauge.name, "gauge", gauge.help)?;
        }
        for (labels, value) in told {
            let value = Number { value, is_time: gauge.name.ends_with("seconds") };
            writeln!(out, "{}{{{}}} {value}", gauge.name, labels.these(gauge.labels))?;
        }
    }
    Ok(())
}

fn counters(out: &mut String, totals: &[Told], labels: &[UnitLabels]) -> fmt::Result {
    let mut last = "";
    for (place, counter) in COUNTERS.iter().enumerate() {
        for (labels, told) in labels.iter().zip(totals) {
            let Some(value) = told.get(place).copied().flatten() else { continue };
            if last != counter.name {
                last = counter.name;
                head(out, counter.name, "counter", counter.help)?;
            }
            let value = Number { value, is_time: counter.name.ends_with("seconds") };
            let (labels, comma) =
                (labels.these(counter.labels), if counter.label.is_empty() { "" } else { "," });
            writeln!(out, "{}_total{{{labels}{comma}{}}} {value}", counter.name, counter.label)?;
        }
    }
    Ok(())
}

/// A number as it is told: a time in seconds, whose microseconds are given.
struct Number {
    value: u64,
    is_time: bool,
}

impl Display for Number {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if self.is_time {
            write!(out, "{}.{:06}", self.value / 1_000_000, self.value % 1_000_000)
        } else {
            write!(out, "{}", self.value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Figures;

    /// What prometheus-client makes of it is in `tests/python/test_metrics.py`.
    #[test]
    fn each_unit_under_each_name() {
        let figures = Figures {
            memory: Some(8_388_608),
            memory_without_cache: Some(4096),
            tasks: Some(3),
            tasks_limit: Some(100),
            ..Figures::default()
        };
        let units = [
            Unit {
                active_state: "active".into(),
                kind: Some(("simple".into(), false)),
                started: Some(1_700_000_000_000_001),
                figures: Some(figures),
                ..named("a.service")
            },
            Unit {
                active_state: "reloading".into(),
                kind: Some(("a\"b\\c\nd".into(), true)),
                ..named(r"dev-x\x2dy.mount")
            },
            Unit { active_state: "inactive".into(), connections: Some(2), ..named("c.socket") },
            Unit { active_state: "failed".into(), last_trigger: Some(5), ..named("d.timer") },
        ];
        let mut totals: Vec<Told> = vec![[None; COUNTERS.len()]; units.len()];
        totals[0] = std::array::from_fn(|place| Some(1_500_000 + place as u64));
        totals[2][COUNTERS.len() - 1] = Some(9);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/metrics.txt");
        assert_eq!(text(&units, &totals), std::fs::read_to_string(path).unwrap());
    }

    fn named(name: &str) -> Unit {
        Unit::new(name.parse().unwrap(), String::new())
    }

    #[test]
    fn what_has_one_name_stands_together() {
        for (place, counter) in COUNTERS.iter().enumerate() {
            let first = COUNTERS.iter().position(|other| other.name == counter.name).unwrap();
            assert!(
                COUNTERS[first..place].iter().all(|other| other.name == counter.name),
                "{}",
                counter.name
            );
        }
    }
}
