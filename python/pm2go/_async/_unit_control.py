# Written by scripts/generate from ../_unit_control.py: change that, and run it again.
"""Units: what is done to one that systemd has in memory, but for jobs."""

from __future__ import annotations

import pm2go
from pm2go._core import Request
from pm2go._typing import Iterable, Mapping, typing
from pm2go.watch import texts

from ._restarts import AsyncRestarts


class AsyncUnitControl(AsyncRestarts):
    """A client of one manager, with the verbs that act on a unit in memory."""

    async def kill_unit(
        self,
        name: str,
        signal: typing.Union[str, int] = "SIGTERM",
        *,
        whom: str = "all",
        value: typing.Optional[int] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Send a signal to processes of a unit. `KillUnit` of the manager; with a value `QueueSignalUnit`.

        That is all: systemd judges what becomes of the unit as if the signal had come from elsewhere, and restarts
        it where its file says so. To have it down use `stop_unit`.

        Args:
            name: The unit's name; without a type suffix it is a service.
            signal: The signal, by its name or its number.
            whom: Which processes: `"all"`, `"main"`, `"control"`, or what else systemd knows (systemctl(1),
                ``--kill-whom=``).
            value: A number that goes along; for real-time signals only (systemd 254 and newer).
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory.
            SystemdError: There is no such process in the unit.
            UnsupportedError: This systemd cannot send a value along.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     await manager.systemd.kill_unit("pm2-clock", "SIGCONT")
            ...     left = await manager.delete("clock")
        """
        if value is None:
            request = Request.call("kill_unit", name, whom, signal)
        else:
            request = Request.call("queue_signal_unit", name, whom, signal, value)
        await self._run(request, timeout)

    async def freeze_unit(self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Suspend all processes of a unit, and wait until they are. `FreezeUnit` of the manager.

        A frozen unit does nothing and answers nobody. systemd thaws it by itself before a job of it, such as a stop.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory.
            SystemdError: It has no processes, or cannot be frozen: that takes the unified control groups.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     await manager.systemd.freeze_unit("pm2-clock")
            ...     await manager.systemd.get_unit_property("pm2-clock", "FreezerState")
            ...     await manager.systemd.thaw_unit("pm2-clock")
            ...     left = await manager.delete("clock")
            'frozen'
        """
        await self._run(Request.call("freeze_unit", name), timeout)

    async def thaw_unit(self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Let a frozen unit go on. `ThawUnit` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     await manager.systemd.freeze_unit("pm2-clock")
            ...     await manager.systemd.thaw_unit("pm2-clock")
            ...     await manager.systemd.get_unit_property("pm2-clock", "FreezerState")
            ...     left = await manager.delete("clock")
            'running'
        """
        await self._run(Request.call("thaw_unit", name), timeout)

    async def clean_unit(
        self,
        name: str,
        what: typing.Union[str, Iterable[str]],
        *,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Remove what a service that is down has left on disk. `CleanUnit` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service.
            what: Which of the folders that its file asks for (``StateDirectory=`` and so on): `"state"`, `"cache"`,
                `"logs"`, `"runtime"`, `"configuration"`, `"fdstore"`, or `"all"`; or several of these.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: There is no such unit.
            SystemdError: It runs, or its file asks for no such folder.
            ConfigError: systemd knows no such folders.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> folder = {"Service": {"CacheDirectory": "pm2go-clock"}}
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"], extra=folder)
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     result = await manager.stop("clock")
            ...     await manager.systemd.clean_unit("pm2-clock", "cache")
            ...     left = await manager.delete("clock")
        """
        await self._run(Request.call("clean_unit", name, texts(what)), timeout)

    async def set_unit_properties(
        self,
        name: str,
        properties: Mapping[str, object],
        *,
        runtime: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Change settings of a unit while it runs. `SetUnitProperties` of the manager.

        All of them are set, or none is. systemd keeps them in drop-ins of its own, which `revert_unit` removes.

        Args:
            name: The unit's name; without a type suffix it is a service.
            properties: Settings by their names in unit files, as ``systemctl set-property`` takes them: `MemoryMax`,
                `CPUQuota`, `TasksMax`, ... (systemd.resource-control(5)). Sizes are bytes or texts such as `"512M"`,
                shares texts such as `"50%"`, times seconds, timedeltas or texts, switches truth values; devices with
                an amount are pairs or a mapping. `math.inf` and `"infinity"` lift a limit, and `None` takes back what
                was set. What is a list is added to; begin it with `""` to replace what is there. Everybody can
                read the values.
            runtime: Whether they are forgotten at the next boot.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: There is no such unit.
            ConfigError: There is no such setting, or it cannot have this value.
            SystemdError: This setting of the unit cannot be changed at run time.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     await manager.systemd.set_unit_properties("pm2-clock", {"TasksMax": 50, "CPUQuota": "20%"}, runtime=True)
            ...     await manager.systemd.get_unit_property("pm2-clock", "TasksMax")
            ...     changes = await manager.systemd.revert_unit("pm2-clock")
            ...     left = await manager.delete("clock")
            50
        """
        await self._run(Request.call("set_unit_properties", name, runtime, properties), timeout)

    async def reset_failed_unit(self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Clear a unit's failed state and its restart counter. `ResetFailedUnit` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory: nothing of it is remembered.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     await manager.systemd.reset_failed_unit("pm2-clock")
            ...     left = await manager.delete("clock")
        """
        await self._run(Request.call("reset_failed_unit", name), timeout)

    async def kill_unit_subgroup(
        self,
        name: str,
        subgroup: str,
        signal: typing.Union[str, int] = "SIGTERM",
        *,
        whom: str = "cgroup",
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Send a signal to the processes in a control group below a unit's own. `KillUnitSubgroup` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service. It has to be one with ``Delegate=``.
            subgroup: The control group, from the unit's own on, such as `"workers"`.
            signal: The signal, by its name (`"SIGHUP"`, `"hup"`) or its number.
            whom: `"cgroup"`, or `"cgroup-fail"`: then it is an error if there is no process.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory.
            UnsupportedError: systemd is older than 258.
            ConfigError: There is no such signal.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.kill_unit_subgroup("no-such.service", "workers")
            ...     except (pm2go.UnitNotFoundError, pm2go.UnsupportedError):
            ...         print("there are no such processes")
            there are no such processes
        """
        await self._run(Request.call("kill_unit_subgroup", name, whom, subgroup, signal), timeout)

    async def attach_processes(
        self,
        name: str,
        pids: typing.Union[int, Iterable[int]],
        *,
        subgroup: str = "",
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Move processes into a unit's control group. `AttachProcessesToUnit` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service. It has to be up, and one with ``Delegate=``, or a
                scope.
            pids: The numbers of the processes; others than root may give their own.
            subgroup: A control group that the unit has made below its own, such as `"workers"`; by default its own.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory.
            ConfigError: The unit is down, or has no ``Delegate=``.
            SystemdError: It has no such subgroup, or a process is gone.
            PermissionDeniedError: systemd refused.
            UnsupportedError: systemctl cannot do it, and no message bus can be asked.

        Example:
            >>> import os, pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.attach_processes("no-such.scope", os.getpid())
            ...     except pm2go.UnitNotFoundError as error:
            ...         print(error.unit)
            no-such.scope
        """
        given = [pids] if isinstance(pids, int) else list(pids)
        await self._run(Request.call("attach_processes", name, subgroup, given), timeout)
