"""What systemd tells about a manager, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional

from ._table import html_fields, span
from .models import Record, moment


@dataclass(frozen=True, repr=False)
class ResourceLimit(Record):
    """A limit of processes (setrlimit(2)).

    Attributes:
        name: Its name: `NOFILE`, `NPROC`, ...
        soft: What holds; `None` where there is no limit.
        hard: Up to where a process may raise it; `None` where there is no limit.
    """

    name: str
    soft: Optional[int] = None
    hard: Optional[int] = None

    def __repr__(self) -> str:
        return f"<ResourceLimit {self.name} {_limit(self.soft)}:{_limit(self.hard)}>"


@dataclass(frozen=True, repr=False)
class ManagerStatus(Record):
    """What a manager is and does (properties of `org.freedesktop.systemd1.Manager`).

    The times of the boot are told as ``systemd-analyze time`` has them: those before userspace of a machine alone, not of
    a container or a user's manager.

    Attributes:
        version: systemd's version, with what the distribution adds to it.
        features: What systemd was built with (`+PAM`) and without (`-XKBCOMMON`).
        architecture: The processor's architecture: `x86-64`, `arm64`, ...
        system_state: `running`, `degraded`, `starting`, `stopping`, ...
        log_level: What the manager logs: `info`, `debug`, ...
        log_target: Where it logs to: `journal-or-kmsg`, ...
        virtualization: The virtual machine or the container that it runs in: `kvm`, `docker`, ...
        confidential_virtualization: The same, where the memory is hidden from the host: `sev`, `tdx`, ...
        tainted: What is unusual about the machine: `cgroupsv1`, `local-hwclock`, ...
        progress: How much of the boot is done, from 0 to 1.
        kernel_timestamp: When the kernel began.
        initrd_timestamp: When the initial ramdisk's systemd began.
        userspace_timestamp: When this manager began.
        finish_timestamp: When all was started that belongs to the boot; `None` until then.
        units_load_timestamp: When the unit files were read last.
        firmware_time: How long the firmware took.
        loader_time: How long the boot loader took.
        kernel_time: How long the kernel took.
        initrd_time: How long the initial ramdisk took.
        userspace_time: How long this manager took.
        startup_time: How long all of it took.
        n_names: How many names of units are known, aliases included.
        n_jobs: How many jobs are queued or run.
        n_installed_jobs: How many jobs there have been.
        n_failed_jobs: How many of these have failed.
        n_failed_units: How many units have failed.
        reload_count: How often the unit files were read again (systemd 262).
        soft_reboots_count: How often the machine was soft-rebooted (systemd 257).
        unit_path: The folders of unit files, the first of which counts most.
        control_group: The control group that all units are in; `None` for the root.
        default_timeout_start: How long a unit may take to start; `None` for ever.
        default_timeout_stop: How long a unit may take to stop; `None` for ever.
        default_restart_time: How long to wait before an automatic restart.
        default_start_limit_interval: In which time the starts of a unit are counted.
        default_start_limit_burst: How many there may be in that time.
        default_tasks_max: How many processes and threads a unit may have; `None` for as many as it likes.
        default_limits: What else the processes of units are limited to.
    """

    version: str
    features: tuple[str, ...]
    architecture: str
    system_state: str
    log_level: str
    log_target: str
    virtualization: Optional[str] = None
    confidential_virtualization: Optional[str] = None
    tainted: tuple[str, ...] = ()
    progress: Optional[float] = None
    kernel_timestamp: Optional[datetime] = None
    initrd_timestamp: Optional[datetime] = None
    userspace_timestamp: Optional[datetime] = None
    finish_timestamp: Optional[datetime] = None
    units_load_timestamp: Optional[datetime] = None
    firmware_time: Optional[timedelta] = None
    loader_time: Optional[timedelta] = None
    kernel_time: Optional[timedelta] = None
    initrd_time: Optional[timedelta] = None
    userspace_time: Optional[timedelta] = None
    startup_time: Optional[timedelta] = None
    n_names: int = 0
    n_jobs: int = 0
    n_installed_jobs: int = 0
    n_failed_jobs: int = 0
    n_failed_units: int = 0
    reload_count: Optional[int] = None
    soft_reboots_count: Optional[int] = None
    unit_path: tuple[str, ...] = ()
    control_group: Optional[str] = None
    default_timeout_start: Optional[timedelta] = None
    default_timeout_stop: Optional[timedelta] = None
    default_restart_time: Optional[timedelta] = None
    default_start_limit_interval: Optional[timedelta] = None
    default_start_limit_burst: Optional[int] = None
    default_tasks_max: Optional[int] = None
    default_limits: tuple[ResourceLimit, ...] = ()

    def __repr__(self) -> str:
        return f"<ManagerStatus {self.version} {self.system_state}>"

    def _repr_html_(self) -> str:
        shown: list[tuple[str, object]] = [
            ("state", self.system_state),
            ("failed units", self.n_failed_units),
            ("jobs", self.n_jobs),
            ("architecture", self.architecture),
            ("virtualization", self.virtualization),
            ("tainted", ", ".join(self.tainted) or None),
            ("up since", self.userspace_timestamp),
            ("startup", span(self.startup_time)),
        ]
        return html_fields(f"systemd {self.version}", [field for field in shown if field[1] is not None])


_SPANS = {"default_timeout_start", "default_timeout_stop", "default_start_limit_interval"}


def of_fields(told: Mapping[str, Any]) -> ManagerStatus:
    """Make a status from the core's fields, whose times and spans are microseconds."""
    return ManagerStatus(**{name: _field(name, value) for name, value in told.items()})


def _field(name: str, value: Any) -> Any:
    if name == "default_limits":
        return tuple(ResourceLimit(*limit) for limit in value)
    if name.endswith("_timestamp"):
        return moment(value)
    if value is not None and (name.endswith("_time") or name in _SPANS):
        return timedelta(microseconds=value)
    return tuple(value) if isinstance(value, list) else value


def _limit(number: Optional[int]) -> str:
    return "infinity" if number is None else str(number)
