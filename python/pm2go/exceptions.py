"""What can go wrong: one tree of exceptions, each of which is also the builtin that fits.

Everything that pm2go raises on purpose is a `Pm2goError`. Where Python has an exception for the case, the
class is that one too: ``except PermissionError`` catches `PermissionDeniedError`, ``except TimeoutError``
catches `OperationTimeoutError`. The facts are attributes, so that nobody has to take a message apart.

    Pm2goError
     +-- ConfigError (ValueError)
     +-- UnavailableError (ConnectionError)
     +-- ConnectionLostError (ConnectionError)
     +-- OperationTimeoutError (TimeoutError)
     |    +-- WatchNotBegunError
     +-- PermissionDeniedError (PermissionError)
     |    +-- AuthorizationRequiredError
     +-- UnitNotFoundError (LookupError)
     +-- UnitExistsError
     +-- UnitMaskedError
     +-- UnitLoadError
     +-- NotOwnedError
     +-- JobError
     |    +-- JobFailedError
     |    +-- JobCanceledError
     |    +-- JobTimeoutError
     |    +-- DependencyFailedError
     +-- JobsFailedError
     +-- CommandFailedError
     +-- MonitoringUnavailableError
     +-- UnsupportedError
     +-- SystemdError
     |    +-- JobRefusedError
     +-- StorageError (OSError)
"""

from __future__ import annotations

import pm2go

from ._table import printable
from ._typing import Iterable, typing

#: How many log lines the text of a `JobError` shows, and how much of each; `JobError.log` has all that came.
_SHOWN_LINES = 10
_SHOWN_WIDTH = 200


class Pm2goError(Exception):
    """The base of everything that pm2go raises on purpose.

    Attributes:
        message: What went wrong, in one line.
        hint: What to do next, if there is something to say.
        unit: The unit it is about.
        culprit: Another unit that is to blame: one that this one depends on.
        path: The file it is about.
        dbus_name: The name of the D-Bus error that systemd, the bus or polkit answered with.
        errno: The number of the system call's error, if one failed.
        done: What had been done before it went wrong, where that is more than nothing: `unit file written`,
            `enabled`, `disabled`, `stopped`.
    """

    message: str
    hint: typing.Optional[str]
    unit: typing.Optional[str]
    culprit: typing.Optional[str]
    path: typing.Optional[str]
    dbus_name: typing.Optional[str]
    errno: typing.Optional[int]
    done: tuple[str, ...] = ()

    def __init__(
        self,
        message: str,
        *,
        unit: typing.Optional[str] = None,
        culprit: typing.Optional[str] = None,
        dbus_name: typing.Optional[str] = None,
        hint: typing.Optional[str] = None,
        path: typing.Optional[str] = None,
        errno: typing.Optional[int] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.unit = unit
        self.culprit = culprit
        self.dbus_name = dbus_name
        self.hint = hint
        self.path = path
        self.errno = errno

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[type[Pm2goError], tuple[str], dict[str, object]]:
        # OSError keeps its number outside of __dict__ and would lose it.
        return type(self), (self.message,), {**self.__dict__, "errno": self.errno}


class ConfigError(Pm2goError, ValueError):
    """An argument, a setting or an app's configuration is wrong; nothing was done.

    Attributes:
        problems: All that is wrong with an app, each with its key; empty where it is about something else.
    """

    _problems: tuple[tuple[typing.Optional[str], str, str, typing.Optional[str]], ...] = ()

    @property
    def problems(self) -> tuple[pm2go.Problem, ...]:
        """All that is wrong with an app, each with its key; empty where it is about something else."""
        return tuple(pm2go.Problem(*problem) for problem in self._problems)

    def __str__(self) -> str:
        if len(self._problems) < 2:  # noqa: PLR2004 - one is what the message says
            return super().__str__()
        subject, _, _ = self.message.partition(": ")
        return "\n".join([f"{subject}:", *(f"  {problem}" for problem in self.problems)])


class UnavailableError(Pm2goError, ConnectionError):
    """No systemd could be reached, neither over D-Bus nor by `systemctl`."""


class ConnectionLostError(Pm2goError, ConnectionError):
    """The connection broke while systemd may have been working on the request: look before asking again."""


class OperationTimeoutError(Pm2goError, TimeoutError):
    """The deadline of the call passed; what systemd has begun goes on.

    Attributes:
        active_state: The unit's `ActiveState` at that time, where a state was waited for.
        sub_state: The unit's `SubState` at that time, where a state was waited for.
        stdout: What a command had written to its standard output, where one was run.
        stderr: The same of its standard error.
    """

    active_state: typing.Optional[str]
    sub_state: typing.Optional[str]
    stdout: typing.Union[str, bytes, None] = None
    stderr: typing.Union[str, bytes, None] = None

    def __init__(
        self,
        message: str,
        *,
        unit: typing.Optional[str] = None,
        dbus_name: typing.Optional[str] = None,
        hint: typing.Optional[str] = None,
        path: typing.Optional[str] = None,
        errno: typing.Optional[int] = None,
        active_state: typing.Optional[str] = None,
        sub_state: typing.Optional[str] = None,
    ) -> None:
        super().__init__(message, unit=unit, dbus_name=dbus_name, hint=hint, path=path, errno=errno)
        self.active_state = active_state
        self.sub_state = sub_state


class WatchNotBegunError(OperationTimeoutError):
    """A watch could not begin in time: the manager does not answer. It goes on waiting with the next event asked for."""


class PermissionDeniedError(Pm2goError, PermissionError):
    """systemd, the bus or the file system refused for want of rights."""


class AuthorizationRequiredError(PermissionDeniedError):
    """polkit wants somebody to authenticate, and nobody can be asked."""


class UnitNotFoundError(Pm2goError, LookupError):
    """No unit, or no app, of that name exists."""


class UnitExistsError(Pm2goError):
    """A unit of that name exists already."""


class UnitMaskedError(Pm2goError):
    """The unit is masked: it cannot be started until it is unmasked."""


class UnitLoadError(Pm2goError):
    """systemd could not load the unit's file."""


class NotOwnedError(Pm2goError):
    """The unit file was not written by pm2go, so pm2go neither overwrites nor deletes it."""


class JobError(Pm2goError):
    """A job of systemd ended without success.

    The text of the exception ends with the unit's last log lines, where they can be read.

    Attributes:
        result: The job's result in systemd's word: `failed`, `canceled`, `timeout`, `dependency`, ...
        active_state: The unit's `ActiveState` afterwards.
        sub_state: The unit's `SubState` afterwards.
        unit_result: The unit's own `Result`: `exit-code`, `signal`, `start-limit-hit`, ...
        command: The setting whose command failed (`ExecStart`, `ExecStartPre`, ...), if one ended in this attempt.
        exit_code: That command's exit code, if it exited.
        signal: The number of the signal that ended it, if one did.
        log: The unit's last log lines, oldest first; empty where the journal cannot be read.
    """

    result: typing.Optional[str]
    active_state: typing.Optional[str]
    sub_state: typing.Optional[str]
    unit_result: typing.Optional[str]
    command: typing.Optional[str]
    exit_code: typing.Optional[int]
    signal: typing.Optional[int]
    log: tuple[str, ...]

    def __init__(
        self,
        message: str,
        *,
        unit: typing.Optional[str] = None,
        culprit: typing.Optional[str] = None,
        dbus_name: typing.Optional[str] = None,
        hint: typing.Optional[str] = None,
        path: typing.Optional[str] = None,
        errno: typing.Optional[int] = None,
        result: typing.Optional[str] = None,
        active_state: typing.Optional[str] = None,
        sub_state: typing.Optional[str] = None,
        unit_result: typing.Optional[str] = None,
        command: typing.Optional[str] = None,
        exit_code: typing.Optional[int] = None,
        signal: typing.Optional[int] = None,
        log: Iterable[str] = (),
    ) -> None:
        super().__init__(
            message, unit=unit, culprit=culprit, dbus_name=dbus_name, hint=hint, path=path, errno=errno
        )
        self.result = result
        self.active_state = active_state
        self.sub_state = sub_state
        self.unit_result = unit_result
        self.command = command
        self.exit_code = exit_code
        self.signal = signal
        self.log = tuple(log)

    def __str__(self) -> str:
        text = super().__str__()
        if not self.log:
            return text
        return "\n".join([text, "last log lines:", *map(_shown, self.log[-_SHOWN_LINES:])])


class JobFailedError(JobError):
    """The job ended, and the unit failed."""


class JobCanceledError(JobError):
    """Somebody canceled the job, for example by asking for the opposite."""


class JobTimeoutError(JobError):
    """The job ran into systemd's own time limit."""


class DependencyFailedError(JobError):
    """A unit that this one depends on failed."""


class JobsFailedError(Pm2goError):
    """Some of several jobs did not succeed. Its text has that of each failure.

    Attributes:
        results: The jobs that succeeded, in the order of the units.
        failures: What was raised for the others, in that order: each a `JobError`, an `OperationTimeoutError`, or what
            else `start_unit` would raise.
    """

    results: pm2go.JobResults
    failures: tuple[Pm2goError, ...]

    def __init__(
        self,
        message: str,
        *,
        unit: typing.Optional[str] = None,
        culprit: typing.Optional[str] = None,
        dbus_name: typing.Optional[str] = None,
        hint: typing.Optional[str] = None,
        path: typing.Optional[str] = None,
        errno: typing.Optional[int] = None,
        results: Iterable[pm2go.JobResult] = (),
        failures: Iterable[Pm2goError] = (),
    ) -> None:
        super().__init__(
            message, unit=unit, culprit=culprit, dbus_name=dbus_name, hint=hint, path=path, errno=errno
        )
        self.results = pm2go.JobResults(results)
        self.failures = tuple(failures)

    def __str__(self) -> str:
        if not self.failures:
            return super().__str__()
        lines = (line for failure in self.failures for line in str(failure).splitlines())
        return "\n".join([f"{super().__str__()}:", *(f"  {line}" for line in lines)])


class CommandFailedError(Pm2goError):
    """A command ended without success.

    Attributes:
        returncode: Its exit code; where a signal ended it, that signal's number below zero.
        signal: The number of the signal that ended it, if one did.
        stdout: What it wrote to its standard output, where that was kept.
        stderr: The same of its standard error.
    """

    returncode: typing.Optional[int]
    stdout: typing.Union[str, bytes, None]
    stderr: typing.Union[str, bytes, None]

    def __init__(
        self,
        message: str,
        *,
        unit: typing.Optional[str] = None,
        dbus_name: typing.Optional[str] = None,
        hint: typing.Optional[str] = None,
        path: typing.Optional[str] = None,
        errno: typing.Optional[int] = None,
        returncode: typing.Optional[int] = None,
        stdout: typing.Union[str, bytes, None] = None,
        stderr: typing.Union[str, bytes, None] = None,
    ) -> None:
        super().__init__(message, unit=unit, dbus_name=dbus_name, hint=hint, path=path, errno=errno)
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr

    @property
    def signal(self) -> typing.Optional[int]:
        """The number of the signal that ended it, if one did."""
        return -self.returncode if self.returncode is not None and self.returncode < 0 else None


class MonitoringUnavailableError(Pm2goError):
    """Watching is turned off, or this backend cannot watch."""


class UnsupportedError(Pm2goError):
    """This systemd, or this backend, cannot do what was asked."""


class SystemdError(Pm2goError):
    """Anything else that systemd answered; `dbus_name` says what."""


class JobRefusedError(SystemdError):
    """systemd did not take a job on: it conflicts with another one, or the unit's own settings forbid it."""


class StorageError(Pm2goError, OSError):
    """A file could not be read or written."""


def _shown(line: str) -> str:
    """A log line fit for a terminal: no control characters, no endless lines."""
    clean = printable(line)
    return f"  {clean}" if len(clean) <= _SHOWN_WIDTH else f"  {clean[:_SHOWN_WIDTH]}..."
