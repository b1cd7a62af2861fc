"""What became of a command that was run in a unit of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional, Union

from .exceptions import CommandFailedError
from .models import Record, moment

_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, repr=False)
class RunResult(Record):
    """How a command ended, what it wrote, and what it used.

    What systemd does not tell is `None`: what is not accounted for, or came with a later systemd.

    Attributes:
        unit: The service that it ran in, which is gone.
        returncode: Its exit code; where a signal ended it, that signal's number below zero, as in `subprocess`. `None`
            where nobody can tell: somebody stopped it while systemd was away, as when that executes itself anew.
        result: The service's `Result` in systemd's word: `success`, `exit-code`, `signal`, `oom-kill`, ...
        stdout: What it wrote to its standard output, where that was kept.
        stderr: The same of its standard error.
        invocation_id: The identity of this run in the journal: 32 hexadecimal digits.
        pid: The process that it was.
        started_at: When it started.
        ended_at: When it ended.
        cpu: The processor time that it and its children used, in seconds.
        memory_peak: The most memory that they had, in bytes (systemd 255 and newer).
        io_read_bytes: What they read from devices.
        io_write_bytes: What they wrote to devices.
        oom_kills: How many of them were killed for want of memory (systemd 259 and newer).
    """

    unit: str
    returncode: Optional[int]
    result: Optional[str] = None
    stdout: Union[str, bytes, None] = None
    stderr: Union[str, bytes, None] = None
    invocation_id: Optional[str] = None
    pid: Optional[int] = None
    started_at: Optional[datetime] = None
    ended_at: Optional[datetime] = None
    cpu: Optional[float] = None
    memory_peak: Optional[int] = None
    io_read_bytes: Optional[int] = None
    io_write_bytes: Optional[int] = None
    oom_kills: Optional[int] = None

    @property
    def signal(self) -> Optional[int]:
        """The number of the signal that ended it, if one did."""
        return -self.returncode if self.returncode is not None and self.returncode < 0 else None

    @property
    def duration(self) -> Optional[timedelta]:
        """How long it ran."""
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at

    def check_returncode(self) -> None:
        """Raise `CommandFailedError` unless its exit code is 0."""
        if self.returncode == 0:
            return
        if self.signal:
            ended = f"was ended by the signal {self.signal} ({self.result})"
        elif self.returncode is None:
            ended = "has ended, and systemd has forgotten how: somebody stopped it while nobody heard that"
        else:
            ended = f"ended with exit code {self.returncode} ({self.result})"
        message = f"the command in {self.unit} {ended}"
        raise CommandFailedError(
            message, unit=self.unit, returncode=self.returncode, stdout=self.stdout, stderr=self.stderr
        )

    def __repr__(self) -> str:
        return f"<RunResult {self.unit} {self.returncode}>"


def from_core(
    unit: str,
    found: Mapping[str, Any],
    stdout: Union[str, bytes, None],
    stderr: Union[str, bytes, None],
    text: Optional[tuple[str, str]],
) -> RunResult:
    """Make a result from what the core tells: its fields, whose times are microseconds, and what came out of its pipes."""
    times = {name: moment(found[name]) for name in ("started_at", "ended_at")}
    cpu = None if found["cpu"] is None else found["cpu"] / _NANOSECONDS
    output = {"stdout": as_text(stdout, text), "stderr": as_text(stderr, text)}
    return RunResult(unit=unit, **{**found, **times, **output, "cpu": cpu})


def as_text(output: Union[str, bytes, None], text: Optional[tuple[str, str]]) -> Union[str, bytes, None]:
    """Return output in this encoding, with Python's line ends; or as it is."""
    if text is None or not isinstance(output, bytes):
        return output
    return output.decode(*text).replace("\r\n", "\n").replace("\r", "\n")
