"""What is known of apps: rows of a list, everything about one, and what a verb did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from ._table import html_fields, printable, size, span
from .app import AppConfig, app_config
from .models import Record, UnitStatus, unit_status
from .rows import Rows

#: States of a unit file that start its unit with the manager; one that is `linked` is only known to it.
_ENABLED = frozenset({"enabled", "enabled-runtime", "alias"})


@dataclass(frozen=True, repr=False)
class App(Record):
    """One row of a list of apps.

    Attributes:
        name: The app's name.
        unit: Its unit.
        status: What it is doing, in PM2's words: `online`, `stopped`, `errored`, `launching`, `stopping`,
            `waiting restart`; or systemd's, where its unit cannot be loaded: `not-found`, `masked`, ... An app
            that was stopped is `stopped` whatever its exit code, also where systemd's `active_state` is `failed`.
        active_state: The unit's `ActiveState`.
        sub_state: The unit's `SubState`.
        main_pid: The main process that runs now.
        started: When the last main process started.
        restarts: Automatic restarts since the last manual start.
        memory: Memory in bytes, page cache included.
        cpu: Processor time in seconds.
        enabled: Whether it starts with its manager.
        result: How it ended last: `success`, `exit-code`, `signal`, `oom-kill`, `start-limit-hit`, ...
        exit_code: The last main process's exit code, if it exited.
        signal: The number of the signal that ended the last main process, if one did.
    """

    name: str
    unit: str
    status: str
    active_state: str
    sub_state: str
    main_pid: Optional[int] = None
    started: Optional[datetime] = None
    restarts: Optional[int] = None
    memory: Optional[int] = None
    cpu: Optional[float] = None
    enabled: Optional[bool] = None
    result: Optional[str] = None
    exit_code: Optional[int] = None
    signal: Optional[int] = None

    @property
    def uptime(self) -> Optional[timedelta]:
        """How long the main process has been running by now; `None` if there is none."""
        if self.main_pid is None or self.started is None:
            return None
        return datetime.now(timezone.utc) - self.started

    def __repr__(self) -> str:
        pid = "" if self.main_pid is None else f" pid={self.main_pid}"
        return f"<App {self.name} {self.status}{pid}>"


class AppList(Rows[App]):
    """A list of `App`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("name", "status", "pid", "uptime", "restarts", "cpu", "memory", "enabled", "exit")

    def _cells(self, row: App) -> tuple[object, ...]:
        enabled = None if row.enabled is None else ("yes" if row.enabled else "no")
        cpu = None if row.cpu is None else f"{row.cpu:.1f}s"
        pid, uptime, memory = row.main_pid, span(row.uptime), size(row.memory)
        return row.name, row.status, pid, uptime, row.restarts, cpu, memory, enabled, _exit(row)


@dataclass(frozen=True, repr=False)
class AppDescription(Record):
    """Everything about one app.

    Attributes:
        app: The row that `Manager.list` has of it: status, processes, counters.
        unit_status: The status of its unit: states, processes, memory, processor time, times, ...
        config: What it was started with. Its variables are as they are in the unit file, secrets included.
        exec_start: The program with all its arguments, as systemd starts it.
        commands: All programs with their arguments, where there are several (``Type=oneshot``); the first of them is
            `exec_start`.
        environment: Its variables; what looks secret is replaced by `***`, here, in `exec_start` and in `commands`.
        working_directory: Its working directory; with a ``-`` before it, it may be missing.
        unit_path: Its unit file.
        log: The last lines of its run, if that has failed.
    """

    app: App
    unit_status: UnitStatus
    config: AppConfig
    exec_start: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: Optional[str] = None
    unit_path: Optional[str] = None
    log: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The app's name."""
        return self.app.name

    @property
    def unit(self) -> str:
        """The app's unit."""
        return self.app.unit

    @property
    def status(self) -> str:
        """What the app is doing, in PM2's words."""
        return self.app.status

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that `json.dumps` takes, with the secrets replaced in it.

        The configuration is there without its variables, arguments and extra settings, which may hold
        secrets; `environment` and `exec_start` show the first two.
        """
        values = super().to_dict()
        for key in ("env", "args", "interpreter_args", "command", "extra"):
            values["config"].pop(key, None)
        return values

    def __repr__(self) -> str:
        return f"<AppDescription {self.name} {self.status} {self.unit}>"

    def __str__(self) -> str:
        shown = self._shown()
        width = max(len(name) for name, _ in shown)
        return "\n".join(f"{name.ljust(width)}  {printable(str(value))}" for name, value in shown)

    def _repr_html_(self) -> str:
        return html_fields(self.name, self._shown())

    def _shown(self) -> list[tuple[str, object]]:
        state, app = self.unit_status, self.app
        fields: list[tuple[str, object]] = [
            ("name", app.name),
            ("status", app.status),
            ("unit", app.unit),
            ("state", f"{state.active_state}/{state.sub_state}"),
            ("result", state.result),
            ("exit", _exit(app)),
            ("pid", app.main_pid),
            ("started", None if app.started is None else f"{app.started:%Y-%m-%d %H:%M:%S} UTC"),
            ("uptime", span(app.uptime)),
            ("restarts", app.restarts),
            ("cpu seconds", app.cpu),
            ("memory", size(app.memory)),
            ("tasks", state.tasks_current),
            ("command", " ; ".join(map(" ".join, self.commands))),
            ("working directory", self.working_directory),
            ("environment", " ".join(map("=".join, self.environment.items())) or None),
            ("user", self.config.user),
            ("unit file", self.unit_path),
            ("unit file state", state.unit_file_state),
            ("drop-ins", " ".join(state.drop_in_paths) or None),
            *(("log", line) for line in self.log),
        ]
        return [(name, value) for name, value in fields if value is not None]


@dataclass(frozen=True, repr=False)
class AppResult(Record):
    """What `Manager.start` did.

    Attributes:
        app: The app's name.
        unit: Its unit.
        action: `started`; `restarted`, if it ran with another unit file, or waited to be restarted after a crash;
            `unchanged`, if it ran with this.
        unit_file: What was done to its unit file: `created`, `changed` or `unchanged`.
        autostart: `enabled`, if it starts with its manager now and did not before; `disabled`, if it is the other
            way round; `unchanged`.
    """

    app: str
    unit: str
    action: str
    unit_file: str = "unchanged"
    autostart: str = "unchanged"

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return (self.action, self.unit_file, self.autostart) != ("unchanged",) * 3

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that `json.dumps` takes, with `changed` as Ansible wants it."""
        return {"changed": self.changed, **super().to_dict()}

    def __repr__(self) -> str:
        return f"<AppResult {self.app} {self.action}>"


def app_status(load_state: str, active_state: str, sub_state: str, *, stopped: bool = False) -> str:
    """Return PM2's word for the states of a unit; systemd's own, where PM2 has none.

    `stopped` says of a unit that failed that it did so while it was being stopped.
    """
    if stopped and active_state == "failed":
        return "stopped"
    if "auto-restart" in sub_state:
        return "waiting restart"
    if active_state == "inactive":
        return "stopped" if load_state == "loaded" else load_state
    words = {
        "active": "online",
        "reloading": "online",
        "refreshing": "online",
        "activating": "launching",
        "deactivating": "stopping",
        "failed": "errored",
    }
    return words.get(active_state, active_state)


def app_row(name: str, values: Mapping[str, Any], stopped: bool = False) -> App:  # noqa: FBT001, FBT002 - a row
    """Make a row of the core's fields of a status."""
    return _app(name, unit_status(values), stopped=stopped)


def app_list(rows: Iterable[tuple[str, Mapping[str, Any], bool]]) -> AppList:
    """Make the list of apps of what the core tells."""
    return AppList(app_row(*row) for row in rows)


def app_description(found: Mapping[str, Any]) -> AppDescription:
    """Make a description of what the core tells."""
    config, state = app_config(found["app"]), unit_status(found["status"])
    commands = tuple(map(tuple, found["exec_start"]))
    return AppDescription(
        app=_app(config.name, state, stopped=found["stopped"]),
        unit_status=state,
        config=config,
        exec_start=commands[0],
        commands=commands,
        environment=dict(found["environment"]),
        working_directory=found["working_directory"],
        unit_path=found["unit_path"],
        log=tuple(found["log"]),
    )


def _app(name: str, state: UnitStatus, *, stopped: bool) -> App:
    return App(
        name=name,
        unit=state.name,
        status=app_status(state.load_state, state.active_state, state.sub_state, stopped=stopped),
        active_state=state.active_state,
        sub_state=state.sub_state,
        main_pid=state.main_pid,
        started=state.exec_main_start_timestamp,
        restarts=state.n_restarts,
        memory=state.memory_current,
        cpu=state.cpu_seconds,
        enabled=None if state.unit_file_state is None else state.unit_file_state in _ENABLED,
        result=state.result,
        exit_code=state.exit_code,
        signal=state.signal,
    )


def _exit(app: App) -> Optional[str]:
    if app.signal is not None:
        return f"signal {app.signal}"
    return None if app.exit_code is None else str(app.exit_code)
