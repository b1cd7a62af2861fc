"""Start and stop of units, and jobs that are not waited for: the part of `Systemd` that is about jobs."""

from __future__ import annotations

import pm2go

from ._client import ClientBase
from ._core import Request
from ._results import job_result
from ._telling import Telling, telling
from ._typing import typing


class UnitJobs(ClientBase):
    """A client of one manager, with the verbs that are jobs of systemd."""

    def start_unit(
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
        """Start a unit, wait for the job, and make sure that the unit did not fail at once.

        `StartUnit` of `org.freedesktop.systemd1.Manager`. A job that is done says little of a simple service:
        its process may end a moment later. So the unit is looked at again after `settle`.

        Args:
            name: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs: `"replace"`, `"fail"`, `"isolate"`, ... (systemctl(1),
                ``--job-mode=``).
            settle: How long the unit has to stay up.
            log_lines: How many log lines an exception carries.
            daemon_reload: Whether to have all unit files read again before.
            log: A function that is called with each entry of the journal that the unit logs meanwhile, such as `print`.
                What it raises ends the wait, and the job goes on.
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
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.start_unit("basic.target")
            <JobResult start basic.target done>
        """
        request = Request.run_job("start", name, mode, settle, log_lines, daemon_reload)
        return job_result(self._run(request, timeout, telling(log, name)))

    def stop_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        log_lines: int = 10,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Stop a unit and wait until it is down. `StopUnit` of `org.freedesktop.systemd1.Manager`.

        Args:
            name: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            log_lines: How many log lines an exception carries.
            timeout: How long it may take in all, instead of the client's `timeout`; the job goes on after it.
                `"unit"` stands for as long as systemd gives the unit by its own limits (``TimeoutStartSec=``, ...).

        Returns:
            The job's result.

        Raises:
            UnitNotFoundError: There is no such unit.
            JobError: The job ended without success.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.stop_unit("pm2-clock")
            ...     left = manager.delete("clock")
            <JobResult stop pm2-clock.service done>
        """
        request = Request.run_job("stop", name, mode, 0.0, log_lines)
        return job_result(self._run(request, timeout))

    def enqueue_job(
        self,
        verb: str,
        unit: str,
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.Job:
        """Have systemd take a job on, and do not wait for its end.

        Args:
            verb: `"start"`, `"stop"`, `"restart"`, `"try-restart"`, `"reload"`, `"reload-or-restart"` or
                `"reload-or-try-restart"`.
            unit: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long the unit has to stay up for `Job.wait` to call its start a success.
            log_lines: How many log lines an exception of `Job.wait` carries.
            timeout: How long it may take until systemd has taken the job on, instead of the client's `timeout`.

        Returns:
            The job: poll it, wait for it, cancel it. Its `affected` are the other jobs that come with it.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitMaskedError: The unit is masked.
            JobRefusedError: systemd does not take the job on.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     job = systemd.enqueue_job("start", "basic.target")
            ...     job.wait()
            <JobResult start basic.target done>
        """
        return self._begin(Request.run_job(verb, unit, mode, settle, log_lines), timeout)

    def _run(
        self,
        request: Request,
        timeout: typing.Optional[pm2go.Seconds],
        told: typing.Optional[Telling] = None,
    ) -> typing.Any:
        """Do what is asked."""
        raise NotImplementedError

    def _begin(self, request: Request, timeout: typing.Optional[pm2go.Seconds]) -> pm2go.Job:
        """Ask for a job and do not wait for its end."""
        raise NotImplementedError
