//! What one control group uses.

use std::ffi::CStr;
use std::os::fd::OwnedFd;

use super::files::{Files, open};
use super::hierarchies::{Controller, Hierarchies};
use super::parents::Controllers;
use super::text::{self, Pressure, Transfer};

/// What a unit uses. What the kernel does not count there is `None`. Sums are of all since the unit was started: of all
/// processes that it had, and of all groups below its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// When it was read, in microseconds of the clock that never jumps.
    pub monotonic: u64,
    /// Which group it was: one that is made anew has another number.
    pub group: Option<u64>,
    /// Processor time, in microseconds.
    pub cpu: Option<u64>,
    /// The share of it that was spent in the processes themselves.
    pub cpu_user: Option<u64>,
    /// The share of it that the kernel spent for them.
    pub cpu_system: Option<u64>,
    /// Memory in bytes, page cache included.
    pub memory: Option<u64>,
    /// Memory in bytes that would not be there for the asking: without the cache of files.
    pub memory_without_cache: Option<u64>,
    /// The most memory that it had.
    pub memory_peak: Option<u64>,
    /// Swapped out, in bytes.
    pub memory_swap: Option<u64>,
    /// The least limit of memory, of its own or of a slice that it is in.
    pub memory_limit: Option<u64>,
    /// Where the memory was counted.
    pub memory_source: Option<MemorySource>,
    /// Processes and threads.
    pub tasks: Option<u64>,
    /// The least limit of tasks, of its own or of a slice that it is in.
    pub tasks_limit: Option<u64>,
    /// Bytes read from devices.
    pub io_read_bytes: Option<u64>,
    /// Bytes written to devices.
    pub io_written_bytes: Option<u64>,
    /// Read operations.
    pub io_reads: Option<u64>,
    /// Write operations.
    pub io_writes: Option<u64>,
    /// Waiting for a processor.
    pub cpu_pressure: Option<Pressure>,
    /// Waiting for memory.
    pub memory_pressure: Option<Pressure>,
    /// Waiting for devices.
    pub io_pressure: Option<Pressure>,
    /// How many processes the kernel killed as memory ran out.
    pub oom_kills: Option<u64>,
    /// Open file descriptors of all processes that may be looked at.
    pub descriptors: Option<u64>,
    /// Threads of all processes.
    pub threads: Option<u64>,
}

/// Who counted the memory of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemorySource {
    /// The kernel, for its control group.
    ControlGroup,
    /// Nobody, so it is the sum of what its processes have; what two of them share counts twice.
    Processes,
}

/// All that is counted for a group itself, whichever hierarchy counts it.
/// `unified` is its folder in the hierarchy of version 2.
pub(super) fn read(
    files: &mut Files,
    hierarchies: &Hierarchies,
    (group, unified): (&str, Option<&OwnedFd>),
    controllers: Controllers,
    into: &mut Figures,
) {
    if let Some(folder) = unified {
        read_unified(files, folder, controllers, into);
    }
    let of = |controller| hierarchies.of(controller, group).and_then(|folder| open(&folder));
    if into.cpu.is_none()
        && let Some(folder) = of(Controller::Cpu)
    {
        let nanoseconds = |name| files.number(&folder, name).map(|time| time / 1000);
        [into.cpu, into.cpu_user, into.cpu_system] =
            [c"cpuacct.usage", c"cpuacct.usage_user", c"cpuacct.usage_sys"].map(nanoseconds);
    }
    if into.memory.is_none()
        && let Some(folder) = of(Controller::Memory)
    {
        read_memory(files, &folder, into);
    }
    if into.tasks.is_none()
        && let Some(folder) = of(Controller::Tasks)
    {
        into.tasks = files.number(&folder, c"pids.current");
    }
    if into.io_reads.is_none()
        && let Some(folder) = of(Controller::Transfer)
    {
        read_transfer(files, &folder, into);
    }
}

/// Version 2.
fn read_unified(files: &mut Files, folder: &OwnedFd, controllers: Controllers, into: &mut Figures) {
    if let Some(text) = files.text(folder, c"cpu.stat") {
        [into.cpu, into.cpu_user, into.cpu_system] =
            ["usage_usec", "user_usec", "system_usec"].map(|key| text::keyed(text, key));
    }
    if controllers.memory {
        read_unified_memory(files, folder, into);
    }
    if controllers.tasks {
        into.tasks = files.number(folder, c"pids.current");
    }
    if controllers.transfer
        && let Some(text) = files.text(folder, c"io.stat")
    {
        set_transfer(into, text::transfer(text));
    }
    into.cpu_pressure = files.pressure(folder, c"cpu.pressure");
    into.memory_pressure = files.pressure(folder, c"memory.pressure");
    into.io_pressure = files.pressure(folder, c"io.pressure");
}

fn read_unified_memory(files: &mut Files, folder: &OwnedFd, into: &mut Figures) {
    into.memory = files.number(folder, c"memory.current");
    if into.memory.is_none() {
        return;
    }
    into.memory_source = Some(MemorySource::ControlGroup);
    into.memory_peak = files.number(folder, c"memory.peak");
    into.memory_swap = files.number(folder, c"memory.swap.current");
    let text = files.text(folder, c"memory.stat");
    let cache = text.and_then(|text| cache(text, ["active_file", "inactive_file"]));
    into.memory_without_cache = without(into.memory, cache);
    let text = files.text(folder, c"memory.events");
    into.oom_kills = text.and_then(|text| text::keyed(text, "oom_kill"));
}

/// Version 1.
fn read_memory(files: &mut Files, folder: &OwnedFd, into: &mut Figures) {
    into.memory = files.number(folder, c"memory.usage_in_bytes");
    into.memory_source = into.memory.map(|_| MemorySource::ControlGroup);
    into.memory_peak = files.number(folder, c"memory.max_usage_in_bytes");
    if let Some(text) = files.text(folder, c"memory.stat") {
        let cache = cache(text, ["total_active_file", "total_inactive_file"]);
        into.memory_without_cache = without(into.memory, cache);
        into.memory_swap = text::keyed(text, "total_swap");
    }
    let text = files.text(folder, c"memory.oom_control");
    into.oom_kills = text.and_then(|text| text::keyed(text, "oom_kill"));
}

fn cache(text: &str, keys: [&str; 2]) -> Option<u64> {
    Some(text::keyed(text, keys[0])? + text::keyed(text, keys[1])?)
}

/// The two are not read at the same moment.
fn without(memory: Option<u64>, cache: Option<u64>) -> Option<u64> {
    Some(memory?.saturating_sub(cache?))
}

/// Version 1: those of the groups below are in files of their own, which older kernels have not.
fn read_transfer(files: &mut Files, folder: &OwnedFd, into: &mut Figures) {
    let mut either = |names: [&CStr; 2]| {
        names.into_iter().find_map(|name| files.text(folder, name).map(text::read_and_written))
    };
    let bytes = [c"blkio.throttle.io_service_bytes_recursive", c"blkio.throttle.io_service_bytes"];
    let operations = [c"blkio.throttle.io_serviced_recursive", c"blkio.throttle.io_serviced"];
    if let (Some((read_bytes, written_bytes)), Some((reads, writes))) = (either(bytes), either(operations)) {
        set_transfer(into, Transfer { read_bytes, written_bytes, reads, writes });
    }
}

fn set_transfer(into: &mut Figures, transfer: Transfer) {
    into.io_read_bytes = Some(transfer.read_bytes);
    into.io_written_bytes = Some(transfer.written_bytes);
    into.io_reads = Some(transfer.reads);
    into.io_writes = Some(transfer.writes);
}
