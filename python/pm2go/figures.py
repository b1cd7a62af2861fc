"""What units use, as values."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Optional

from ._table import size
from .models import Record
from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    _StallFields = tuple[float, float, float, int]
    _PressureFields = tuple[_StallFields, Optional[_StallFields]]
    _ByFields = dict[Optional[_PressureFields], Optional["Pressure"]]
else:
    _ByFields = dict


@dataclass(frozen=True)
class Stall(Record):
    """For how much of the time processes waited: in percent, and in seconds all together.

    Attributes:
        average_10: Of the last ten seconds.
        average_60: Of the last minute.
        average_300: Of the last five minutes.
        total: Seconds since the unit was started.
    """

    average_10: float
    average_60: float
    average_300: float
    total: float


@dataclass(frozen=True)
class Pressure(Record):
    """How much the processes of a unit waited for something that there was too little of. The kernel's PSI.

    Attributes:
        some: While at least one of them waited.
        full: While all of them did; `None` where the kernel does not tell.
    """

    some: Stall
    full: Optional[Stall]


@dataclass(frozen=True, repr=False)
class UnitFigures(Record):
    """What a unit uses. What nobody counts is `None`; sums are of all since the unit was started.

    Attributes:
        name: The unit's name.
        time: When it was read.
        cpu_time: Processor time in seconds; None where nobody counts it for the group (version 1 without `CPUAccounting=`):
            a sum over its processes would go down with each that ends.
        cpu_user: The share of it that was spent in the processes themselves.
        cpu_system: The share of it that the kernel spent for them.
        cpu_percent: Processor time in the interval before, in percent of one processor; only a stream tells it.
        memory: Memory in bytes, page cache included.
        memory_without_cache: The same without the cache of files, which the kernel takes back when it needs it.
        memory_peak: The most memory that it had.
        memory_swap: Bytes that are swapped out.
        memory_limit: The limit of memory that binds: the least of the unit's own and of the slices' that it is in.
        memory_source: `control-group`; or `processes` where nobody counts the memory of the group and it is the sum of
            what its processes have, in which the same library counts for each of them.
        tasks: Processes and threads.
        tasks_limit: The limit of tasks that binds.
        io_read_bytes: Bytes read from devices.
        io_written_bytes: Bytes written to devices.
        io_reads: Read operations.
        io_writes: Write operations.
        network_received: Bytes received, with ``IPAccounting=``; told with `details`.
        network_sent: Bytes sent, likewise.
        cpu_pressure: How much it waited for a processor.
        memory_pressure: How much it waited for memory.
        io_pressure: How much it waited for devices.
        oom_kills: How many of its processes were killed as memory ran out.
        restarts: How often systemd restarted the service by itself since somebody started it.
        descriptors: Open file descriptors of its processes; told with `details`, where all of them may be looked at.
        threads: Threads of its processes; told with `details`.
    """

    name: str
    time: datetime
    cpu_time: Optional[float] = None
    cpu_user: Optional[float] = None
    cpu_system: Optional[float] = None
    cpu_percent: Optional[float] = None
    memory: Optional[int] = None
    memory_without_cache: Optional[int] = None
    memory_peak: Optional[int] = None
    memory_swap: Optional[int] = None
    memory_limit: Optional[int] = None
    memory_source: Optional[str] = None
    tasks: Optional[int] = None
    tasks_limit: Optional[int] = None
    io_read_bytes: Optional[int] = None
    io_written_bytes: Optional[int] = None
    io_reads: Optional[int] = None
    io_writes: Optional[int] = None
    network_received: Optional[int] = None
    network_sent: Optional[int] = None
    cpu_pressure: Optional[Pressure] = None
    memory_pressure: Optional[Pressure] = None
    io_pressure: Optional[Pressure] = None
    oom_kills: Optional[int] = None
    restarts: Optional[int] = None
    descriptors: Optional[int] = None
    threads: Optional[int] = None

    def __repr__(self) -> str:
        percent = "-" if self.cpu_percent is None else f"{self.cpu_percent:.1f}%"
        return f"<UnitFigures {self.name} cpu={percent} memory={size(self.memory) or '-'}>"


class FigureList(Rows[UnitFigures]):
    """A list of `UnitFigures`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("name", "cpu_percent", "cpu_time", "memory", "tasks", "io_read", "io_written", "restarts")

    def _cells(self, row: UnitFigures) -> tuple[object, ...]:
        percent = None if row.cpu_percent is None else f"{row.cpu_percent:.1f}"
        cpu_time = None if row.cpu_time is None else f"{row.cpu_time:.2f}s"
        sizes = (size(row.io_read_bytes), size(row.io_written_bytes))
        return (row.name, percent, cpu_time, size(row.memory), row.tasks, *sizes, row.restarts)


_NAMES = tuple(field.name for field in fields(UnitFigures))


def figure_list(told: Iterable[tuple[Any, ...]]) -> FigureList:
    """Make the list of what the core tells of each unit, whose times are microseconds."""
    now = datetime.now(timezone.utc)
    pressures = _Pressures()
    return FigureList(_figures(now, pressures, *row) for row in told)


def _figures(now: datetime, known: _Pressures, name: str, *groups: Sequence[Any]) -> UnitFigures:
    cpu, memory, tasks, transfer, pressures, others = groups
    *times, percent = cpu
    spans = [None if time is None else time / 1e6 for time in times]
    cpu_pressure, memory_pressure, io_pressure = pressures
    pressure = known[cpu_pressure], known[memory_pressure], known[io_pressure]
    # A thousand of them are made at once; a frozen class sets each field by a call.
    row: UnitFigures = object.__new__(UnitFigures)
    values = (name, now, *spans, percent, *memory, *tasks, *transfer, *pressure, *others)
    row.__dict__.update(zip(_NAMES, values))
    return row


class _Pressures(_ByFields):
    """Those that were told: most units wait for nothing, and are told the same."""

    def __missing__(self, told: Optional[_PressureFields]) -> Optional[Pressure]:
        if told is None:
            return None
        some, full = told
        found = self[told] = Pressure(_stall(*some), None if full is None else _stall(*full))
        return found


def _stall(average_10: float, average_60: float, average_300: float, total: int) -> Stall:
    return Stall(average_10, average_60, average_300, total / 1e6)
