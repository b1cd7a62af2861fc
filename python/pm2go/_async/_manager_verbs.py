# Written by scripts/generate from ../_manager_verbs.py: change that, and run it again.
"""The manager: its unit files, its jobs, and which unit something belongs to."""

from __future__ import annotations

import pm2go
from pm2go._core import Request
from pm2go._results import job_list
from pm2go._typing import typing

from ._unit_texts import AsyncUnitTexts


class AsyncManagerVerbs(AsyncUnitTexts):
    """A client of one manager, with the verbs for what is the manager's own."""

    async def daemon_reload(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Have the manager read all unit files again. `Reload` of `org.freedesktop.systemd1.Manager`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.daemon_reload()
        """
        await self._run(Request.call("daemon_reload"), timeout)

    async def dump(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> str:
        """Return all that the manager knows, as text for people. `DumpByFileDescriptor` of the manager.

        It is what ``systemd-analyze dump`` prints, in no form that is promised: for a look at what systemd has in
        memory, and for a report of what is wrong with it.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The text.

        Raises:
            AuthorizationRequiredError: The machine's manager was asked too often; others than root get ten in ten minutes.
            UnsupportedError: systemctl cannot tell, and no message bus can be asked.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     "Unit basic.target:" in await systemd.dump()
            True
        """
        text: str = await self._run(Request.call("dump"), timeout)
        return text

    async def list_jobs(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> pm2go.JobList:
        """List the jobs that are queued or run. `ListJobs` of the manager.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The jobs; ``print`` shows them as a table.

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     all(job.state in ("waiting", "running") for job in await systemd.list_jobs())
            True
        """
        return job_list(await self._run(Request.call("list_jobs"), timeout))

    async def cancel_job(self, id: int, *, timeout: typing.Optional[pm2go.Seconds] = None) -> bool:  # noqa: A002 - systemd's word
        """Have systemd give a job up. `CancelJob` of the manager.

        What a job has begun goes on: a process that was started runs until it is stopped.

        Args:
            id: The job's number, as `list_jobs` tells it.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            Whether there was something to cancel: false, if the job had ended.

        Raises:
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.cancel_job(4_000_000_000)  # there is none
            False
        """
        canceled: bool = await self._run(Request.call("cancel_job", id), timeout)
        return canceled

    async def clear_jobs(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Have systemd give all jobs up, also those of others. `ClearJobs` of the manager.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.clear_jobs()
        """
        await self._run(Request.call("clear_jobs"), timeout)

    async def get_unit_by_pid(
        self, pid: int, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> typing.Optional[str]:
        """Return the unit that a process belongs to. `GetUnitByPIDFD` of the manager (systemd 253), or `GetUnitByPID`.

        It is about the process that has the number at the beginning, and about no other that gets it meanwhile.

        Args:
            pid: The number of the process.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The unit's name; `None`, if the process belongs to no unit of this manager, or is gone.

        Raises:
            ConfigError: It is no number of a process.
            UnsupportedError: systemctl cannot tell, and no message bus can be asked.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     status = await manager.systemd.get_unit_status("pm2-clock")
            ...     await manager.systemd.get_unit_by_pid(status.main_pid)
            ...     left = await manager.delete("clock")
            'pm2-clock.service'
        """
        unit: typing.Optional[str] = await self._run(Request.get_unit_by_pid(pid), timeout)
        return unit

    async def get_unit_by_invocation_id(
        self, invocation_id: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> typing.Optional[str]:
        """Return the unit of which this is a run. `GetUnitByInvocationID` of the manager.

        Args:
            invocation_id: 32 hexadecimal digits, as the environment variable ``INVOCATION_ID`` has them.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The unit's name; `None`, if this is the current run of no unit.

        Raises:
            UnsupportedError: systemctl cannot tell, and no message bus can be asked.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     status = await manager.systemd.get_unit_status("pm2-clock")
            ...     await manager.systemd.get_unit_by_invocation_id(status.invocation_id)
            ...     left = await manager.delete("clock")
            'pm2-clock.service'
        """
        unit: typing.Optional[str] = await self._run(
            Request.call("get_unit_by_invocation_id", invocation_id), timeout
        )
        return unit

    async def get_unit_by_control_group(
        self, control_group: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> typing.Optional[str]:
        """Return the unit whose control group this is, or is in. `GetUnitByControlGroup` of the manager.

        Args:
            control_group: Its path from the root of the hierarchy, as in ``/proc/PID/cgroup``.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The unit's name; `None`, if there is none.

        Raises:
            UnsupportedError: systemctl cannot tell, and no message bus can be asked.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     status = await manager.systemd.get_unit_status("pm2-clock")
            ...     await manager.systemd.get_unit_by_control_group(status.control_group)
            ...     left = await manager.delete("clock")
            'pm2-clock.service'
        """
        unit: typing.Optional[str] = await self._run(
            Request.call("get_unit_by_control_group", control_group), timeout
        )
        return unit
