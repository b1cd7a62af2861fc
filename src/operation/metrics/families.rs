//! What is told: `systemd_exporter`'s names where it has one (<https://github.com/prometheus-community/systemd_exporter>).

use super::Unit;
use crate::figures::{Figures, Pressure, Stall};

/// Who counts it, and begins anew when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The kernel, for a control group.
    Group,
    /// systemd, for a unit.
    Systemd,
}

/// A number that only grows. Those of one name follow each other.
pub(super) struct Counter {
    /// Without `_total`.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    /// A label besides those of the unit.
    pub(super) label: &'static str,
    pub(super) labels: Labels,
    pub(super) owner: Owner,
    pub(super) read: fn(&Unit) -> Option<u64>,
}

/// A number that may fall.
pub(super) struct Gauge {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) labels: Labels,
    pub(super) read: fn(&Unit) -> Option<u64>,
}

/// Which labels tell the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    /// `name`
    Name,
    /// `name` and `type`
    NameAndType,
}

const fn of_group(
    name: &'static str,
    help: &'static str,
    label: &'static str,
    read: fn(&Unit) -> Option<u64>,
) -> Counter {
    Counter { name, help, label, labels: Labels::NameAndType, owner: Owner::Group, read }
}

const fn of_systemd(name: &'static str, help: &'static str, read: fn(&Unit) -> Option<u64>) -> Counter {
    Counter { name, help, label: "", labels: Labels::Name, owner: Owner::Systemd, read }
}

const fn gauge(name: &'static str, help: &'static str, read: fn(&Unit) -> Option<u64>) -> Gauge {
    Gauge { name, help, labels: Labels::NameAndType, read }
}

fn figures(unit: &Unit) -> Option<&Figures> {
    unit.figures.as_ref()
}

fn some(pressure: Option<Pressure>) -> Option<u64> {
    pressure.map(|pressure| pressure.some.total)
}

fn full(pressure: Option<Pressure>) -> Option<u64> {
    pressure.and_then(|pressure| pressure.full).map(|Stall { total, .. }| total)
}

const CPU: (&str, &str) = ("systemd_unit_cpu_seconds", "Processor time.");
const WAITING: (&str, &str) = (
    "systemd_unit_pressure_waiting_seconds",
    "How long at least one process waited for a resource that there was too little of.",
);
const STALLED: (&str, &str) = (
    "systemd_unit_pressure_stalled_seconds",
    "How long all processes waited for a resource that there was too little of.",
);

/// Times are microseconds.
pub(super) const COUNTERS: [Counter; 17] = [
    of_group(CPU.0, CPU.1, "mode=\"user\"", |unit| figures(unit)?.cpu_user),
    of_group(CPU.0, CPU.1, "mode=\"system\"", |unit| figures(unit)?.cpu_system),
    // Where the two are not told apart.
    of_group(CPU.0, CPU.1, "", |unit| figures(unit).filter(|figures| figures.cpu_user.is_none())?.cpu),
    of_group("systemd_unit_io_read_bytes", "Bytes read from devices.", "", |unit| {
        figures(unit)?.io_read_bytes
    }),
    of_group("systemd_unit_io_written_bytes", "Bytes written to devices.", "", |unit| {
        figures(unit)?.io_written_bytes
    }),
    of_group("systemd_unit_io_reads", "Read operations.", "", |unit| figures(unit)?.io_reads),
    of_group("systemd_unit_io_writes", "Write operations.", "", |unit| figures(unit)?.io_writes),
    of_group(WAITING.0, WAITING.1, "resource=\"cpu\"", |unit| some(figures(unit)?.cpu_pressure)),
    of_group(WAITING.0, WAITING.1, "resource=\"memory\"", |unit| some(figures(unit)?.memory_pressure)),
    of_group(WAITING.0, WAITING.1, "resource=\"io\"", |unit| some(figures(unit)?.io_pressure)),
    of_group(STALLED.0, STALLED.1, "resource=\"cpu\"", |unit| full(figures(unit)?.cpu_pressure)),
    of_group(STALLED.0, STALLED.1, "resource=\"memory\"", |unit| full(figures(unit)?.memory_pressure)),
    of_group(STALLED.0, STALLED.1, "resource=\"io\"", |unit| full(figures(unit)?.io_pressure)),
    of_group("systemd_unit_oom_kills", "Processes killed as memory ran out.", "", |unit| {
        figures(unit)?.oom_kills
    }),
    of_systemd("systemd_service_restart", "How often systemd restarted the service by itself.", |unit| {
        unit.restarts
    }),
    of_systemd("systemd_socket_accepted_connections", "Accepted connections.", |unit| unit.accepted),
    of_systemd("systemd_socket_refused_connections", "Refused connections.", |unit| unit.refused),
];

/// Times are microseconds.
pub(super) const GAUGES: [Gauge; 10] = [
    gauge("systemd_unit_start_time_seconds", "When the unit became active, 0 if it is not.", |unit| {
        unit.started
    }),
    gauge("systemd_unit_tasks_current", "Processes and threads.", |unit| figures(unit)?.tasks),
    gauge("systemd_unit_tasks_max", "The limit of tasks that binds.", |unit| figures(unit)?.tasks_limit),
    gauge("systemd_unit_memory_bytes", "Memory, page cache included.", |unit| figures(unit)?.memory),
    gauge("systemd_unit_memory_without_cache_bytes", "Memory without the cache of files.", |unit| {
        figures(unit)?.memory_without_cache
    }),
    gauge("systemd_unit_memory_peak_bytes", "The most memory that it had.", |unit| {
        figures(unit)?.memory_peak
    }),
    gauge("systemd_unit_memory_swap_bytes", "Swapped out.", |unit| figures(unit)?.memory_swap),
    gauge("systemd_unit_memory_limit_bytes", "The limit of memory that binds.", |unit| {
        figures(unit)?.memory_limit
    }),
    Gauge {
        labels: Labels::Name,
        ..gauge("systemd_timer_last_trigger_seconds", "When the timer last elapsed.", |unit| {
            unit.last_trigger
        })
    },
    Gauge {
        labels: Labels::Name,
        ..gauge("systemd_socket_current_connections", "Open connections.", |unit| unit.connections)
    },
];
