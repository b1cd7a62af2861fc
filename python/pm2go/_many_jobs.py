"""Jobs for several units in one call, what a job would do to others, and how long starts took."""

from __future__ import annotations

import pm2go

from ._core import Request
from ._results import job_plan, job_results, start_times
from ._typing import Iterable, typing
from ._unit_details import UnitDetails
from .watch import texts


class ManyJobs(UnitDetails):
    """A client of one manager, with the verbs that act on several units at once."""

    def start_units(
        self,
        units: typing.Union[str, Iterable[str]],
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResults:
        """Start several units at once, wait for all their jobs, and make sure that none failed at once.

        `StartUnit` of `org.freedesktop.systemd1.Manager` for each: all are asked for before the first is waited for, over
        one connection, and systemd orders them as their files say. What becomes of one is nothing to the others.

        Args:
            units: The units' names; without a type suffix it is a service. One alone need not be in a list.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long each unit has to stay up.
            log_lines: How many log lines each exception carries.
            daemon_reload: Whether to have all unit files read again before.
            timeout: How long it may take in all, instead of the client's `timeout`; the jobs go on after it. With
                `"unit"` each has as long as systemd gives its unit.

        Returns:
            The jobs' results, in the order of the units.

        Raises:
            JobsFailedError: Some did not succeed: its `failures` has the exception of each, its `results` what did.
            ConfigError: A name cannot be that of a unit; nothing was done.
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.start_units(["basic.target", "timers.target"])
            [<JobResult start basic.target done>, <JobResult start timers.target done>]
        """
        request = Request.run_jobs("start", texts(units), mode, settle, log_lines, daemon_reload)
        return job_results(self._run(request, timeout))

    def stop_units(
        self,
        units: typing.Union[str, Iterable[str]],
        *,
        mode: str = "replace",
        log_lines: int = 10,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResults:
        """Stop several units at once, and wait until all are down. `StopUnit` of the manager for each.

        Args:
            units: The units' names; without a type suffix it is a service. One alone need not be in a list.
            mode: What to do about other jobs, as for `start_unit`.
            log_lines: How many log lines each exception carries.
            timeout: How long it may take in all, as for `start_units`.

        Returns:
            The jobs' results, in the order of the units.

        Raises:
            JobsFailedError: Some did not succeed: its `failures` has the exception of each, its `results` what did.
            ConfigError: A name cannot be that of a unit; nothing was done.
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.stop_units(["pm2-clock"])
            ...     left = manager.delete("clock")
            [<JobResult stop pm2-clock.service done>]
        """
        request = Request.run_jobs("stop", texts(units), mode, 0.0, log_lines)
        return job_results(self._run(request, timeout))

    def restart_units(
        self,
        units: typing.Union[str, Iterable[str]],
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResults:
        """Restart several units at once, and start those that are down. `RestartUnit` of the manager for each.

        Args:
            units: The units' names; without a type suffix it is a service. One alone need not be in a list.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long each unit has to stay up.
            log_lines: How many log lines each exception carries.
            daemon_reload: Whether to have all unit files read again before.
            timeout: How long it may take in all, as for `start_units`.

        Returns:
            The jobs' results, in the order of the units.

        Raises:
            JobsFailedError: Some did not succeed: its `failures` has the exception of each, its `results` what did.
            ConfigError: A name cannot be that of a unit; nothing was done.
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.restart_units(["pm2-clock"])
            ...     left = manager.delete("clock")
            [<JobResult restart pm2-clock.service done>]
        """
        request = Request.run_jobs("restart", texts(units), mode, settle, log_lines, daemon_reload)
        return job_results(self._run(request, timeout))

    def plan_job(
        self,
        verb: str,
        unit: str,
        *,
        mode: str = "replace",
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobPlan:
        """Tell which units a job would start and stop, without doing it, as far as that can be known.

        systemd cannot be asked that. What it would queue is worked out from the dependencies and the states of the units,
        as it does itself: `Requires=`, `Requisite=`, `Wants=`, `BindsTo=`, `Upholds=`, `PartOf=`, `Conflicts=` and so on, in
        both directions (systemd.unit(5)). What happens later is not in it: what ends by itself, or is triggered.

        Args:
            verb: What would be done, as for `enqueue_job`.
            unit: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The plan. `exact` is false where systemd has a choice: two units want the opposite of a third, jobs are under
            way, a `Requisite=` is down.

        Raises:
            UnitNotFoundError: There is no such unit, or none that it requires.
            UnitMaskedError: The unit is masked, or one that it requires.
            UnitLoadError: A file cannot be loaded.
            JobRefusedError: systemd would not take the job on.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.plan_job("start", "basic.target")
            <JobPlan start basic.target: starts 0, stops 0>
        """
        return job_plan(self._run(Request.plan_job(verb, unit, mode), timeout))

    def blame(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> pm2go.StartTimes:
        """Tell how long each unit took to start when it was started last, the longest first.

        As ``systemd-analyze blame``, from `InactiveExitTimestampMonotonic` and `ActiveEnterTimestampMonotonic` of the units.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The units that took time; ``print`` shows them as a table.

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     rows = systemd.blame()
            >>> [row.time for row in rows] == sorted((row.time for row in rows), reverse=True)
            True
        """
        return start_times(self._run(Request.blame(), timeout))

    def critical_chain(
        self, unit: str = "default.target", *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.StartTimes:
        """Tell which units a unit waited for when the manager began: of those that it comes after the last, and so on.

        As ``systemd-analyze critical-chain``, from `After` and `ActiveEnterTimestampMonotonic` of the units.

        Args:
            unit: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The unit and those that it waited for, each with its `depth`.

        Raises:
            UnitNotFoundError: There is no such unit.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.critical_chain("basic.target")[0].unit
            'basic.target'
        """
        return start_times(self._run(Request.critical_chain(unit), timeout))
