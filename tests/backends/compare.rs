//! Properties, statuses and rows.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pm2go::backend::{Backend, Properties, Property};
use pm2go::bus::decode::{self, Values};
use pm2go::error::{Error, Kind};
use pm2go::unit::{UnitName, UnitStatus};
use pm2go::value::Value;

use super::both::{Both, run, same};
use super::units::{Units, systemctl};

/// Counters that may move with every look; they only grow.
const COUNTERS: [&str; 8] = [
    "CPUUsageNSec",
    "MemoryCurrent",
    "MemoryPeak",
    "MemoryAvailable",
    "TasksCurrent",
    "IOReadBytes",
    "IOReadOperations",
    "IOWriteBytes",
];

/// Sets, whose order is another one each time that an inactive unit is loaded anew to be looked at.
const DEPENDENCIES: [&str; 22] = [
    "Requires",
    "Requisite",
    "Wants",
    "BindsTo",
    "PartOf",
    "Upholds",
    "RequiredBy",
    "WantedBy",
    "BoundBy",
    "ConsistsOf",
    "Conflicts",
    "ConflictedBy",
    "Before",
    "After",
    "OnSuccess",
    "OnFailure",
    "OnFailureOf",
    "Triggers",
    "TriggeredBy",
    "SliceOf",
    "RequiresMountsFor",
    "Names",
];

pub(crate) fn everything_read(both: &Both, units: &Units) {
    units.start();
    let mut names = Units::names();
    let listed = run(both.dbus.list_units(&[])).unwrap();
    names.extend(listed.iter().map(|row| row.name.parse::<UnitName>().unwrap()));
    assert!(names.len() >= 60, "{} units", names.len());
    let mut printed = BTreeSet::new();
    for unit in &names {
        properties(both, unit, &mut printed);
    }
    assert!(printed.len() >= 200, "systemctl alone gave {} properties", printed.len());
    statuses(both, &names);
    rows(both);
    single_properties(both);
}

fn properties(both: &Both, unit: &UnitName, printed: &mut BTreeSet<String>) {
    let look = || run(both.dbus.get_unit_properties(unit));
    let before = look();
    let command = run(both.command.get_unit_properties(unit));
    let alone = run(both.systemctl.get_unit_properties(unit));
    let after = look();
    let (Ok(before), Ok(after)) = (&before, &after) else {
        same(unit.as_str(), &before, &command);
        same(unit.as_str(), &before, &alone);
        return;
    };
    let command = command.unwrap_or_else(|error| panic!("{unit}: {error}"));
    let order = |properties: &Properties| properties.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(order(before), order(&command), "{unit}");
    for (index, (name, value)) in command.iter().enumerate() {
        check(unit, name, value, &before[index].1, &after[index].1);
    }
    let alone = alone.unwrap_or_else(|error| panic!("{unit}: {error}"));
    assert!(alone.len() >= 60, "{unit}: {} properties", alone.len());
    for (name, value) in &alone {
        let find =
            |all: &Properties| all.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let (before, after) = (find(before), find(after));
        check(unit, name, value, &before.unwrap(), &after.unwrap());
        printed.insert(name.clone());
    }
}

fn check(unit: &UnitName, name: &str, value: &Value, before: &Value, after: &Value) {
    if value == before || value == after {
        return;
    }
    if DEPENDENCIES.contains(&name) && sorted(value) == sorted(before) {
        return;
    }
    if let (true, Some(number), Some(low), Some(high)) =
        (COUNTERS.contains(&name), value.as_unsigned(), before.as_unsigned(), after.as_unsigned())
    {
        assert!(low.min(high) <= number && number <= low.max(high), "{unit}: {name}: {low} {number} {high}");
        return;
    }
    panic!("{unit}: {name} is {value:?}, not {before:?} or {after:?}");
}

fn sorted(value: &Value) -> Option<Vec<String>> {
    let mut texts = value.as_texts()?;
    texts.sort();
    Some(texts)
}

fn statuses(both: &Both, names: &[UnitName]) {
    let template: UnitName = "pm2t-template@.service".parse().unwrap();
    // In the middle, so that what comes after an error is seen.
    let mut names = names.to_vec();
    names.insert(3, template);
    let before = run(both.dbus.get_unit_statuses(&names)).unwrap();
    let dbus_again = || run(both.dbus.get_unit_statuses(&names)).unwrap();
    for (side, backend) in both.commands() {
        let command = run(backend.get_unit_statuses(&names)).unwrap();
        let after = dbus_again();
        assert_eq!(command.len(), names.len(), "{side}");
        for (index, unit) in names.iter().enumerate() {
            if side != "command" && unit.as_str() == "pm2t-transient.service" {
                // Without a bus its description of two lines cannot be had.
                let empty = command[index].as_ref().unwrap();
                assert_eq!((empty.description.as_str(), empty.active_state.as_str()), ("", "active"));
                continue;
            }
            let what = format!("status of {unit} by {side}");
            same(
                &what,
                &steady(&before[index], &after[index], &command[index], side == "command"),
                &command[index],
            );
        }
    }
}

/// systemd's version.
static VERSION: LazyLock<u32> = LazyLock::new(|| {
    let output = systemctl(&["--version"]).stdout;
    let text = String::from_utf8(output).unwrap();
    text.split_whitespace().nth(1).unwrap().parse().unwrap()
});

/// The status over D-Bus, with the counters of the other backend where they lie between two looks.
fn steady(
    before: &Result<UnitStatus, Error>,
    after: &Result<UnitStatus, Error>,
    command: &Result<UnitStatus, Error>,
    has_bus: bool,
) -> Result<UnitStatus, Error> {
    let (Ok(before), Ok(after), Ok(command)) = (before, after, command) else { return before.clone() };
    let between = |low: Option<u64>, number: Option<u64>, high: Option<u64>| {
        if (low.min(high)..=low.max(high)).contains(&number) { number } else { low }
    };
    // All that systemctl 247 has without a bus.
    let seconds = |exact: Option<u64>, shown: Option<u64>| {
        let truncated = exact.map(|time| time - time % 1_000_000);
        if *VERSION < 248 && !has_bus && shown == truncated { shown } else { exact }
    };
    Ok(UnitStatus {
        cpu_usage_nsec: between(before.cpu_usage_nsec, command.cpu_usage_nsec, after.cpu_usage_nsec),
        active_enter_timestamp: seconds(before.active_enter_timestamp, command.active_enter_timestamp),
        exec_main_start_timestamp: seconds(
            before.exec_main_start_timestamp,
            command.exec_main_start_timestamp,
        ),
        state_change_timestamp: seconds(before.state_change_timestamp, command.state_change_timestamp),
        memory_current: between(before.memory_current, command.memory_current, after.memory_current),
        ..before.clone()
    })
}

/// One property: the same value, or the same error where there is no unit or no such property.
fn single_properties(both: &Both) {
    let one = |backend: &Backend, unit: &UnitName, property: &str| match run(
        backend.get_unit_property(unit, property)
    )? {
        Property::Value(value) => Ok(value),
        Property::Message(message) => decode::property(&message, property, &Values),
    };
    for (name, property, kind) in [
        ("pm2t-running.service", "ActiveState", None),
        ("pm2t-running.service", "Restart", None),
        ("pm2t-static.service", "ActiveState", None),
        ("pm2t-static.service", "RestrictNamespaces", None),
        ("pm2t-masked.service", "LoadState", None),
        ("pm2t-running.service", "Nonsense", Some(Kind::Config)),
        ("pm2t-nonexistent.service", "ActiveState", Some(Kind::UnitNotFound)),
        ("pm2t-nonexistent.service", "LoadState", Some(Kind::UnitNotFound)),
        ("pm2t-nonexistent.service", "Restart", Some(Kind::UnitNotFound)),
        ("pm2t-nonexistent.service", "Nonsense", Some(Kind::UnitNotFound)),
        ("pm2t-template@.service", "ActiveState", Some(Kind::Config)),
    ] {
        let unit: UnitName = name.parse().unwrap();
        let dbus = one(&both.dbus, &unit, property);
        let command = one(&both.command, &unit, property);
        assert_eq!(dbus.as_ref().err().map(Error::kind), kind, "{property} of {name}: {dbus:?}");
        match (dbus, command) {
            (Ok(dbus), Ok(command)) => assert_eq!(dbus, command, "{property} of {name}"),
            (dbus, command) => {
                let facts = |error: Error| (error.kind(), error.facts().hint.clone());
                assert_eq!(dbus.map_err(facts), command.map_err(facts), "{property} of {name}");
            }
        }
    }
}

fn rows(both: &Both) {
    for patterns in [
        &[][..],
        &["pm2t-*"],
        &["pm2t-running.service", "*.mount", "-.slice"],
        &["nothing*"],
        &["pm2t-[r-z]*"],
        &["pm2t-running"],
        &["pm2t-alias"],
        &["pm2t-alias.service", "pm2t-running", "nothing*"],
        &["pm2t-nonexistent"],
    ] {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let dbus = run(both.dbus.list_units(&patterns)).unwrap();
        let command = run(both.command.list_units(&patterns)).unwrap();
        assert_eq!(dbus, command, "{patterns:?}");
        let alone = run(both.systemctl.list_units(&patterns)).unwrap();
        let one_line = dbus.into_iter().map(|mut row| {
            if row.description.contains('\n') {
                row.description.clear();
            }
            row
        });
        assert_eq!(one_line.collect::<Vec<_>>(), alone, "{patterns:?}");
    }
    let waiting = run(both.command.list_units(&["pm2t-waits.service".to_owned()])).unwrap();
    assert_eq!(waiting[0].job_type.as_deref(), Some("start"));
    assert!(waiting[0].job_id.is_some());
}
