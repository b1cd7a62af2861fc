"""What systemd tells about units, as values: immutable, comparable, picklable, with a short repr.

`None` stands for what systemd does not know: counters without accounting, times that never came, properties
that the unit's type does not have. Times are aware datetimes in UTC, sizes are bytes. States are systemd's
own words as plain strings, so that a word that a later systemd brings is a value like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, fields
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Optional

import pm2go

from ._plain import plain
from ._table import html_fields, size

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Record:
    """What all results have in common."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that `json.dumps` takes: times in ISO 8601, tuples as lists."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True, repr=False)
class UnitStatus(Record):
    """What a unit is doing (properties of `org.freedesktop.systemd1.Unit` and, for services, `.Service`).

    Attributes:
        name: The unit's own name: an alias that was asked for is resolved.
        description: The unit's `Description`.
        load_state: `loaded`, `not-found`, `masked`, `bad-setting`, ...
        active_state: `active`, `inactive`, `failed`, `activating`, ...
        sub_state: Depends on the unit's type, for example `running` or `auto-restart`.
        unit_file_state: `enabled`, `disabled`, `static`, ...
        result: How the service ended last: `success`, `exit-code`, `signal`, `oom-kill`, ...
        main_pid: The main process that runs now.
        exec_main_pid: The last main process, which may have ended.
        exec_main_code: How the last main process ended: 1 exited, 2 killed, 3 dumped core.
        exec_main_status: Its exit code or the number of its signal.
        n_restarts: Automatic restarts since the last manual start.
        memory_current: Memory of the unit's control group in bytes, page cache included.
        cpu_usage_nsec: Processor time of the unit's control group in nanoseconds.
        tasks_current: Processes and threads of the unit's control group.
        active_enter_timestamp: When the unit last became active.
        exec_main_start_timestamp: When the last main process started.
        state_change_timestamp: When the unit last changed its state.
        fragment_path: The unit's file.
        drop_in_paths: The drop-ins over it, in the order in which systemd reads them.
        need_daemon_reload: Whether files changed after systemd read them.
        invocation_id: The identity of this run of the unit: 32 hexadecimal digits.
        control_group: The unit's control group, from the root of the hierarchy.
        details: What it executes, where, and what it uses; told by ``get_unit_status(name, detail=True)``.
    """

    name: str
    description: str
    load_state: str
    active_state: str
    sub_state: str
    unit_file_state: Optional[str] = None
    result: Optional[str] = None
    main_pid: Optional[int] = None
    exec_main_pid: Optional[int] = None
    exec_main_code: Optional[int] = None
    exec_main_status: Optional[int] = None
    n_restarts: Optional[int] = None
    memory_current: Optional[int] = None
    cpu_usage_nsec: Optional[int] = None
    tasks_current: Optional[int] = None
    active_enter_timestamp: Optional[datetime] = None
    exec_main_start_timestamp: Optional[datetime] = None
    state_change_timestamp: Optional[datetime] = None
    fragment_path: Optional[str] = None
    drop_in_paths: tuple[str, ...] = ()
    need_daemon_reload: bool = False
    invocation_id: Optional[str] = None
    control_group: Optional[str] = None
    details: Optional[pm2go.UnitDetails] = None

    @property
    def is_active(self) -> bool:
        """Whether the unit is up: `ActiveState` is `active` or `reloading`."""
        return self.active_state in {"active", "reloading", "refreshing"}

    @property
    def exit_code(self) -> Optional[int]:
        """The last main process's exit code, if it exited."""
        return self.exec_main_status if self.exec_main_code == _EXITED else None

    @property
    def signal(self) -> Optional[int]:
        """The number of the signal that ended the last main process, if one did."""
        return self.exec_main_status if self.exec_main_code in _ENDED_BY_SIGNAL else None

    @property
    def cpu_seconds(self) -> Optional[float]:
        """The processor time of the unit's control group in seconds."""
        return None if self.cpu_usage_nsec is None else self.cpu_usage_nsec / 1_000_000_000

    def __repr__(self) -> str:
        pid = "" if self.main_pid is None else f" pid={self.main_pid}"
        return f"<UnitStatus {self.name} {self.active_state}/{self.sub_state}{pid}>"

    def _repr_html_(self) -> str:
        shown: list[tuple[str, object]] = [
            ("description", self.description),
            ("load state", self.load_state),
            ("active state", self.active_state),
            ("sub state", self.sub_state),
            ("result", self.result),
            ("main PID", self.main_pid),
            ("active since", self.active_enter_timestamp),
            ("memory", size(self.memory_current)),
            ("processor seconds", self.cpu_seconds),
            ("restarts", self.n_restarts),
            ("unit file", self.fragment_path),
            ("enabled", self.unit_file_state),
        ]
        if self.details is not None:
            shown += [
                ("command", " ; ".join(map(" ".join, self.details.exec_start)) or None),
                ("working directory", self.details.working_directory),
                ("environment", " ".join(map("=".join, self.details.environment.items())) or None),
            ]
        return html_fields(self.name, [field for field in shown if field[1] is not None])


#: `CLD_EXITED`, and `CLD_KILLED` with `CLD_DUMPED`, of `si_code` in sigaction(2).
_EXITED = 1
_ENDED_BY_SIGNAL = frozenset({2, 3})


@dataclass(frozen=True, repr=False)
class JobResult(Record):
    """A job that ended well.

    Attributes:
        unit: The unit's name.
        operation: What was asked, in systemd's word: `start`, `stop`, `try-restart`, ...
        result: The job's result: `done`; `skipped` where a condition did not hold, so that nothing was started;
            `running` of one that ends this program itself, for which nobody waits.
        changed: Whether the unit is in another run than before, or was up and is down: false for a start of what
            ran already.
        notes: What one should know besides, as systemctl(1) warns of it: files of the unit that changed on disk
            after systemd read them, a stopped unit that something else can still start. They are logged, too.
    """

    unit: str
    operation: str
    result: str
    changed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def skipped(self) -> bool:
        """Whether there was nothing to do, for example because a condition of the unit did not hold."""
        return self.result == "skipped"

    def __repr__(self) -> str:
        return f"<JobResult {self.operation} {self.unit} {self.result}>"


@dataclass(frozen=True, repr=False)
class JobPlan(Record):
    """What a job would do; true when it would start or stop anything.

    Attributes:
        unit: The unit's own name.
        operation: What would be done, in systemd's word: `start`, `stop`, `try-restart`, ...
        starts: The units that would be started, by name.
        stops: The units that would be stopped, by name; one that would be restarted is in both.
        exact: Whether nothing is left to systemd's choice, as things are now.
    """

    unit: str
    operation: str
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    exact: bool = False

    def __bool__(self) -> bool:
        return bool(self.starts or self.stops)

    def __repr__(self) -> str:
        about = "" if self.exact else "about: "
        counts = f"starts {len(self.starts)}, stops {len(self.stops)}"
        return f"<JobPlan {self.operation} {self.unit}: {about}{counts}>"


@dataclass(frozen=True, repr=False)
class JobInfo(Record):
    """A job that is queued or runs.

    Attributes:
        id: Its number.
        unit: The unit's name.
        type: What is done to the unit: `start`, `stop`, `restart`, `reload`, ...
        state: `waiting` or `running`.
    """

    id: int
    unit: str
    type: str
    state: str

    def __repr__(self) -> str:
        return f"<JobInfo {self.id} {self.type} {self.unit} {self.state}>"


@dataclass(frozen=True, repr=False)
class AffectedJob(Record):
    """Another job that systemd queued together with one that was asked for.

    Attributes:
        id: Its number.
        unit: The unit's name.
        type: What is done to the unit: `start`, `stop`, `restart`, ...
    """

    id: int
    unit: str
    type: str

    def __repr__(self) -> str:
        return f"<AffectedJob {self.id} {self.type} {self.unit}>"


@dataclass(frozen=True, repr=False)
class UnitFileChange(Record):
    """One change that enabling or disabling made on disk.

    Attributes:
        kind: `symlink` or `unlink`.
        path: The symlink that was made or removed.
        destination: What a new symlink points to.
    """

    kind: str
    path: str
    destination: Optional[str] = None

    def __repr__(self) -> str:
        target = "" if self.destination is None else f" -> {self.destination}"
        return f"<UnitFileChange {self.kind} {self.path}{target}>"


@dataclass(frozen=True, repr=False)
class UnitFileChanges(Record):
    """What enabling or disabling did; true when it changed something.

    Attributes:
        changes: The changes, in the order in which they were made.
        carries_install_info: Whether the unit file says in an `[Install]` section when the unit starts; without,
            it cannot be enabled. Unknown when disabling.
        notes: What systemd remarked in doing so, in words, such as that a unit is masked or that there is no unit
            of a name; nothing changed by that.
    """

    changes: tuple[UnitFileChange, ...] = ()
    carries_install_info: Optional[bool] = None
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything on disk is another than before; if not, all was so already."""
        return bool(self.changes)

    def __bool__(self) -> bool:
        return self.changed

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that `json.dumps` takes, with `changed` as Ansible wants it."""
        return {"changed": self.changed, **super().to_dict()}

    def __repr__(self) -> str:
        told = [*map(repr, self.changes), *self.notes]
        return f"<UnitFileChanges {', '.join(told) or 'none'}>"


def unit_status(values: Mapping[str, Any]) -> UnitStatus:
    """Make a status from the core's fields, whose times are microseconds since the epoch."""
    times = {name: moment(value) for name, value in values.items() if name.endswith("_timestamp")}
    return UnitStatus(**{**values, **times, "drop_in_paths": tuple(values.get("drop_in_paths", ()))})


def unit_file_changes(
    carries_install_info: Optional[bool],  # noqa: FBT001 - one of the things that the core tells
    changes: Iterable[tuple[str, str, Optional[str]]],
    notes: Iterable[str],
) -> UnitFileChanges:
    """Make the outcome of enabling from what the core tells."""
    return UnitFileChanges(
        tuple(UnitFileChange(*change) for change in changes), carries_install_info, tuple(notes)
    )


def moment(microseconds: Optional[int]) -> Optional[datetime]:
    """Return the time that is so many microseconds after the epoch, exactly; `None` beyond the year 9999."""
    if microseconds is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None
