"""What lists and looks at units tell: immutable, comparable, picklable, with a short repr, as all results are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional

from ._table import html_fields, printable
from .models import Record, moment


@dataclass(frozen=True, repr=False)
class UnitFileInfo(Record):
    """A unit file, whether systemd has read it or not.

    Attributes:
        name: The name of the unit, or of the template.
        path: Where the file is.
        state: `enabled`, `disabled`, `static`, `masked`, `alias`, `generated`, ...
        preset: What the vendor wishes it to be (systemd.preset(5)): `enabled`, `disabled` or `ignored`; `None` of a
            file that can be neither, and where the manager is on another machine.
    """

    name: str
    path: str
    state: str
    preset: Optional[str] = None

    def __repr__(self) -> str:
        return f"<UnitFileInfo {self.name} {self.state}>"


@dataclass(frozen=True, repr=False)
class TimerInfo(Record):
    """A timer.

    Attributes:
        name: The timer's name.
        next_elapse: When it fires next; `None`, if that is not known or never.
        left: How long that was away, when it was asked for.
        last_trigger: When it last fired.
        triggers: The units that it starts.
        active_state: `active`, `inactive`, `failed`, ...
    """

    name: str
    next_elapse: Optional[datetime]
    left: Optional[timedelta]
    last_trigger: Optional[datetime]
    triggers: tuple[str, ...]
    active_state: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that `json.dumps` takes: `left` in seconds, times in ISO 8601."""
        return {**super().to_dict(), "left": None if self.left is None else self.left.total_seconds()}

    def __repr__(self) -> str:
        return (
            f"<TimerInfo {self.name} next={self.next_elapse and self.next_elapse.isoformat(' ', 'seconds')}>"
        )


@dataclass(frozen=True, repr=False)
class SocketInfo(Record):
    """An address on which a socket listens.

    Attributes:
        name: The socket's name.
        listen: The address: a path, an address with a port, ...
        type: `Stream`, `Datagram`, `FIFO`, `Netlink`, ...
        triggers: The units that it starts.
        accepted: How many connections it has accepted; 0 of one that hands its socket on (``Accept=no``).
        connections: How many of them are there now.
        refused: How many it has refused.
        active_state: `active`, `inactive`, `failed`, ...
    """

    name: str
    listen: str
    type: str
    triggers: tuple[str, ...]
    accepted: int
    connections: int
    refused: int
    active_state: str

    def __repr__(self) -> str:
        return f"<SocketInfo {self.name} {self.type} {self.listen}>"


@dataclass(frozen=True, repr=False)
class PathInfo(Record):
    """A path that a path unit watches.

    Attributes:
        name: The path unit's name.
        path: The path.
        condition: What it waits for: `PathExists`, `PathExistsGlob`, `PathChanged`, `PathModified` or
            `DirectoryNotEmpty`.
        triggers: The units that it starts.
        active_state: `active`, `inactive`, `failed`, ...
    """

    name: str
    path: str
    condition: str
    triggers: tuple[str, ...]
    active_state: str

    def __repr__(self) -> str:
        return f"<PathInfo {self.name} {self.condition} {self.path}>"


@dataclass(frozen=True, repr=False)
class AutomountInfo(Record):
    """An automount.

    Attributes:
        name: The automount's name.
        where: The folder that is mounted on first use.
        what: What is mounted there; `None`, if its mount does not say.
        mounted: Whether it is mounted now.
        idle_timeout: After how long without use it is unmounted; `None` for never.
        triggers: The mount that it starts.
        active_state: `active`, `inactive`, `failed`, ...
    """

    name: str
    where: str
    what: Optional[str]
    mounted: bool
    idle_timeout: Optional[timedelta]
    triggers: tuple[str, ...]
    active_state: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that `json.dumps` takes: `idle_timeout` in seconds."""
        idle = self.idle_timeout
        return {**super().to_dict(), "idle_timeout": None if idle is None else idle.total_seconds()}

    def __repr__(self) -> str:
        return f"<AutomountInfo {self.name} {self.where}>"


@dataclass(frozen=True, repr=False)
class UnitProcess(Record):
    """A process of a unit.

    Attributes:
        control_group: Its control group, from the root of the hierarchy.
        pid: Its number.
        command_line: Its command line, as systemd shows it: words with white space are quoted.
    """

    control_group: str
    pid: int
    command_line: str

    def __repr__(self) -> str:
        return f"<UnitProcess {self.pid} {printable(self.command_line)[:60]}>"


@dataclass(frozen=True, repr=False)
class StoredDescriptor(Record):
    """A file descriptor that systemd keeps for a service (``FileDescriptorStoreMax=`` of systemd.service(5)).

    Attributes:
        name: The name under which the service has stored it (``FDNAME=`` of sd_notify(3)).
        mode: Type and permissions of the file, as `st_mode` of stat(2).
        device: Major and minor number of the device that the file lies on.
        inode: The number of its inode.
        special_device: Major and minor number of the device that it is, if it is one.
        path: What the kernel calls it.
        flags: How it was opened, as F_GETFL of fcntl(2) tells.
    """

    name: str
    mode: int
    device: tuple[int, int]
    inode: int
    special_device: tuple[int, int]
    path: str
    flags: int

    def __repr__(self) -> str:
        return f"<StoredDescriptor {self.name} {printable(self.path)[:60]}>"


@dataclass(frozen=True, repr=False)
class CurrentUnit(Record):
    """The unit in which this program runs, of the manager that was asked.

    Attributes:
        name: The unit's name.
        scope: Whose manager was asked: `system` or `user`.
        user_unit: Where the unit is a user's own manager (`user@UID.service`), the unit of that manager in which the
            program runs: ask a client of ``scope="user"`` for more of it.
        slice: The unit's slice.
        restart: When the manager starts the service again by itself (``Restart=``): `no`, `always`, `on-failure`, ...;
            `None` of what is no service.
        main_pid: The service's main process: when that one ends, the service has ended.
        invocation_id: The identity of this run of the unit: 32 hexadecimal digits.
        control_group: The unit's control group, from the root of the hierarchy.
    """

    name: str
    scope: str
    user_unit: Optional[str] = None
    slice: Optional[str] = None
    restart: Optional[str] = None
    main_pid: Optional[int] = None
    invocation_id: Optional[str] = None
    control_group: Optional[str] = None

    def __repr__(self) -> str:
        return f"<CurrentUnit {self.name} scope={self.scope} restart={self.restart}>"

    def _repr_html_(self) -> str:
        shown = [(name.replace("_", " "), value) for name, value in self.to_dict().items() if name != "name"]
        return html_fields(self.name, [field for field in shown if field[1] is not None])


@dataclass(frozen=True, repr=False)
class UnitDependency(Record):
    """A unit in a tree of dependencies; ``print`` draws the tree.

    Attributes:
        name: The unit's name.
        active_state: `active`, `inactive`, `failed`, ...; `None`, if systemd has forgotten it meanwhile.
        kinds: How the unit above it depends on it: `Requires`, `Wants`, ...
        repeated: Whether its own dependencies stand elsewhere in the tree: each unit has them once, so that a circle
            has an end.
        dependencies: What it depends on, by name.
    """

    name: str
    active_state: Optional[str]
    kinds: tuple[str, ...] = ()
    repeated: bool = False
    dependencies: tuple[UnitDependency, ...] = ()

    def walk(self) -> Iterator[UnitDependency]:
        """Yield this unit and all that are below it, from top to bottom."""
        yield self
        for dependency in self.dependencies:
            yield from dependency.walk()

    def _lines(self, margin: str) -> Iterator[str]:
        for number, dependency in enumerate(self.dependencies, 1):
            is_last = number == len(self.dependencies)
            more = " ..." if dependency.repeated else ""
            yield f"{margin}{'└─' if is_last else '├─'}{printable(dependency.name)}{more}"
            yield from dependency._lines(f"{margin}{'  ' if is_last else '│ '}")  # noqa: SLF001 - of the same class

    def __str__(self) -> str:
        return "\n".join([printable(self.name), *self._lines("")])

    def __repr__(self) -> str:
        return f"<UnitDependency {self.name} dependencies={len(self.dependencies)}>"


@dataclass(frozen=True, repr=False)
class UnitSource(Record):
    """The text of one of a unit's files.

    Attributes:
        path: Where the file is.
        text: What it says.
    """

    path: str
    text: str

    def __repr__(self) -> str:
        return f"<UnitSource {self.path}>"


@dataclass(frozen=True, repr=False)
class UnitSources(Record):
    """What a unit's files say; ``print`` shows it as `systemctl cat` does.

    Attributes:
        name: The unit's name.
        need_daemon_reload: Whether files changed after systemd read them, so that something else is in force.
        files: The unit's own file and its drop-ins, in the order in which systemd reads them.
    """

    name: str
    need_daemon_reload: bool
    files: tuple[UnitSource, ...] = ()

    def __str__(self) -> str:
        return "\n".join(f"# {file.path}\n{file.text}" for file in self.files)

    def __repr__(self) -> str:
        return f"<UnitSources {self.name} files={len(self.files)}>"


@dataclass(frozen=True, repr=False)
class UnitSetting(Record):
    """A setting of a unit that is in force, and where it was made.

    Attributes:
        section: The section that it stands in: `Unit`, `Service`, ...
        name: The setting's name.
        value: Its value as it is written, continued lines joined.
        path: The file.
        line: The number of the line, from 1.
    """

    section: str
    name: str
    value: str
    path: str
    line: int

    def __repr__(self) -> str:
        # The value may be secret.
        return f"<UnitSetting [{self.section}] {self.name}= {self.path}:{self.line}>"


def _span(microseconds: Optional[int]) -> Optional[timedelta]:
    """Return a duration; `None` also for one that is longer than any that Python has."""
    try:
        return None if microseconds is None else timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def timer(told: tuple[Any, ...]) -> TimerInfo:
    """Make a timer of what the core tells, whose times are microseconds."""
    name, following, left, last, triggers, active_state = told
    return TimerInfo(name, moment(following), _span(left), moment(last), tuple(triggers or ()), active_state)


def socket(told: tuple[Any, ...]) -> SocketInfo:
    """Make an address of a socket of what the core tells."""
    name, listen, kind, triggers, *counts, active_state = told
    accepted, connections, refused = (count or 0 for count in counts)
    return SocketInfo(name, listen, kind, tuple(triggers or ()), accepted, connections, refused, active_state)


def path(told: tuple[Any, ...]) -> PathInfo:
    """Make a path of what the core tells."""
    name, watched, condition, triggers, active_state = told
    return PathInfo(name, watched, condition, tuple(triggers or ()), active_state)


def automount(told: tuple[Any, ...]) -> AutomountInfo:
    """Make an automount of what the core tells."""
    name, where, what, mounted, idle, triggers, active_state = told
    return AutomountInfo(name, where, what, mounted, _span(idle), tuple(triggers or ()), active_state)


def stored_descriptor(told: tuple[Any, ...]) -> StoredDescriptor:
    """Make a stored file descriptor of what systemd tells."""
    name, mode, major, minor, inode, special_major, special_minor, told_path, flags = told
    return StoredDescriptor(
        name, mode, (major, minor), inode, (special_major, special_minor), told_path, flags
    )


def current_unit(told: Optional[tuple[Any, ...]]) -> Optional[CurrentUnit]:
    """Make the current unit of what the core tells."""
    if told is None:
        return None
    name, scope, user_unit, own_slice, restart, main_pid, invocation_id, control_group = told
    invocation = invocation_id.hex() if invocation_id else None
    return CurrentUnit(name, scope, user_unit, own_slice, restart, main_pid, invocation, control_group)


def unit_dependency(told: tuple[Any, ...]) -> UnitDependency:
    """Make a tree of dependencies of what the core tells."""
    name, active_state, kinds, repeated, dependencies = told
    inner = tuple(map(unit_dependency, dependencies))
    return UnitDependency(name, active_state, tuple(kinds), repeated, inner)


def unit_sources(told: tuple[str, bool, Iterable[tuple[str, str]]]) -> UnitSources:
    """Make the text of a unit of what the core tells."""
    name, need_daemon_reload, files = told
    return UnitSources(name, bool(need_daemon_reload), tuple(UnitSource(*file) for file in files))
