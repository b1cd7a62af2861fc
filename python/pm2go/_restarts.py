# Written by scripts/generate from generate/restarts.py: change that, and run it again.
"""Restart and reload of units."""

from __future__ import annotations

import pm2go

from ._core import Request
from ._results import job_result
from ._telling import telling
from ._typing import typing
from ._unit_jobs import UnitJobs


class Restarts(UnitJobs):
    """A client of one manager, with the verbs that restart and reload units."""

    def restart_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        log: typing.Optional[typing.Callable[[pm2go.journal.Entry], object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Stop a unit if it runs, and start it. `RestartUnit` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long the unit has to stay up.
            log_lines: How many log lines an exception carries.
            daemon_reload: Whether to have all unit files read again before.
            log: As for `start_unit`.
            timeout: How long it may take in all, instead of the client's `timeout`; the job goes on after it.
                `"unit"` stands for as long as systemd gives the unit by its own limits (``TimeoutStartSec=``, ...).

        Returns:
            The job's result.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitMaskedError: The unit is masked.
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.restart_unit("pm2-clock")
            ...     left = manager.delete("clock")
            <JobResult restart pm2-clock.service done>
        """
        request = Request.run_job("restart", name, mode, settle, log_lines, daemon_reload)
        return job_result(self._run(request, timeout, telling(log, name)))

    def try_restart_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        log: typing.Optional[typing.Callable[[pm2go.journal.Entry], object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Restart a unit if it runs. `TryRestartUnit` of the manager.

        One that is down stays down: that is a success, and nothing changed.

        Args:
            name: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long the unit has to stay up.
            log_lines: How many log lines an exception carries.
            daemon_reload: Whether to have all unit files read again before.
            log: As for `start_unit`.
            timeout: How long it may take in all, instead of the client's `timeout`; the job goes on after it.
                `"unit"` stands for as long as systemd gives the unit by its own limits (``TimeoutStartSec=``, ...).

        Returns:
            The job's result; `changed` says whether it runs anew.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitMaskedError: The unit is masked.
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.try_restart_unit("pm2-clock")
            ...     left = manager.delete("clock")
            <JobResult try-restart pm2-clock.service done>
        """
        request = Request.run_job("try-restart", name, mode, settle, log_lines, daemon_reload)
        return job_result(self._run(request, timeout, telling(log, name)))

    def reload_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        log: typing.Optional[typing.Callable[[pm2go.journal.Entry], object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Have a unit read its configuration again, as its file says. `ReloadUnit` of the manager.

        The unit's configuration, that is, and not its unit file: see `daemon_reload` for that.

        Args:
            name: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long the unit has to stay up.
            log_lines: How many log lines an exception carries.
            daemon_reload: Whether to have all unit files read again before.
            log: As for `start_unit`.
            timeout: How long it may take in all, instead of the client's `timeout`; the job goes on after it.
                `"unit"` stands for as long as systemd gives the unit by its own limits (``TimeoutStartSec=``, ...).

        Returns:
            The job's result; `changed` says whether it runs anew.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitMaskedError: The unit is masked.
            UnsupportedError: The unit's file does not say how it is reloaded (``ExecReload=``).
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> extra = {"Service": {"ExecReload": "/bin/true"}}
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"], extra=extra)
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.reload_unit("pm2-clock")
            ...     left = manager.delete("clock")
            <JobResult reload pm2-clock.service done>
        """
        request = Request.run_job("reload", name, mode, settle, log_lines, daemon_reload)
        return job_result(self._run(request, timeout, telling(log, name)))

    def reload_or_restart_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        log: typing.Optional[typing.Callable[[pm2go.journal.Entry], object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Reload a unit if it can be, else restart it; start it if it is down. `ReloadOrRestartUnit` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long the unit has to stay up.
            log_lines: How many log lines an exception carries.
            daemon_reload: Whether to have all unit files read again before.
            log: As for `start_unit`.
            timeout: How long it may take in all, instead of the client's `timeout`; the job goes on after it.
                `"unit"` stands for as long as systemd gives the unit by its own limits (``TimeoutStartSec=``, ...).

        Returns:
            The job's result; `changed` says whether it runs anew.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitMaskedError: The unit is masked.
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> extra = {"Service": {"ExecReload": "/bin/true"}}
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"], extra=extra)
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.reload_or_restart_unit("pm2-clock")
            ...     left = manager.delete("clock")
            <JobResult reload-or-restart pm2-clock.service done>
        """
        request = Request.run_job("reload-or-restart", name, mode, settle, log_lines, daemon_reload)
        return job_result(self._run(request, timeout, telling(log, name)))

    def reload_or_try_restart_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        log: typing.Optional[typing.Callable[[pm2go.journal.Entry], object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Reload a unit if it can be reloaded, else restart it, if it runs. `ReloadOrTryRestartUnit` of the manager.

        One that is down stays down: that is a success, and nothing changed.

        Args:
            name: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long the unit has to stay up.
            log_lines: How many log lines an exception carries.
            daemon_reload: Whether to have all unit files read again before.
            log: As for `start_unit`.
            timeout: How long it may take in all, instead of the client's `timeout`; the job goes on after it.
                `"unit"` stands for as long as systemd gives the unit by its own limits (``TimeoutStartSec=``, ...).

        Returns:
            The job's result; `changed` says whether it runs anew.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitMaskedError: The unit is masked.
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> extra = {"Service": {"ExecReload": "/bin/true"}}
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"], extra=extra)
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.reload_or_try_restart_unit("pm2-clock")
            ...     left = manager.delete("clock")
            <JobResult reload-or-try-restart pm2-clock.service done>
        """
        request = Request.run_job("reload-or-try-restart", name, mode, settle, log_lines, daemon_reload)
        return job_result(self._run(request, timeout, telling(log, name)))
