"""The same for asyncio: `AsyncSystemd`, with the verbs and arguments of its twin.

Everything happens on the event loop itself: on no other thread, and under no lock that a fork could leave behind.
It works on every event loop with asyncio's interface, on several of them in several threads, and beside
its twin. A call that is cancelled is dropped at once; what systemd has been asked to do goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._aio_unit_jobs import AsyncUnitJobs
from ._core import Request
from ._loop import Loops
from ._results import unit_file_changes, unit_status
from .aio_job import AsyncJob
from .rows import unit_list
from .watch import texts

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from types import TracebackType

    from typing_extensions import Self

    from ._types import Seconds
    from .models import UnitFileChanges, UnitStatus
    from .rows import UnitList
    from .unit_properties import UnitProperties


class AsyncSystemd(AsyncUnitJobs):
    """A client of one manager of systemd for asyncio: the machine's, or a user's own.

    Nothing is connected before the first call; each event loop has a connection of its own, in a forked child
    as well. One client may be used on many loops at once, by as many tasks as you like. A call that is cancelled
    is dropped at once; what systemd has been asked to do goes on. Use it in an ``async with`` block, or `close`
    it. A call after that raises (`ConfigError`, which is a `ValueError`).

    Args:
        scope: `"system"` or `"user"`; by default the machine's manager for root, and the user's own for
            everybody else.
        backend: `"dbus"`, `"command"` (runs `systemctl`), or `"auto"`: D-Bus if it can be had. By default
            what ``PM2GO_BACKEND`` says, or else `"auto"`.
        address: A D-Bus address or the path of a socket, instead of the usual ones.
        timeout: How long a call may take: seconds, a timedelta, a text such as `"1min 30s"`, or ``math.inf``
            (this holds for all times; see `Seconds`). By default what ``PM2GO_DBUS_TIMEOUT`` says, or else 30 seconds.
        monitoring: Whether watching is allowed. By default what ``PM2GO_ENABLE_MONITORING`` says, or else
            yes.
        runtime_dir: The folder to use instead of ``XDG_RUNTIME_DIR``.
        interactive: Whether polkit may ask somebody for a password.

    Raises:
        ConfigError: An argument or a ``PM2GO_`` variable is wrong.

    Example:
        >>> import asyncio, pm2go
        >>> async def main() -> None:
        ...     async with pm2go.AsyncSystemd() as systemd:
        ...         status = await systemd.get_unit_status("basic.target")
        ...         print(status.active_state)
        >>> asyncio.run(main())
        active
    """

    @property
    def _loops(self) -> Loops:
        # Without the lock of a `cached_property`, which a fork could leave behind.
        found: Loops | None = self.__dict__.get("_known_loops")
        return found or self.__dict__.setdefault("_known_loops", Loops(self._client))

    async def connect(self, *, timeout: Seconds | None = None) -> None:
        """Connect now rather than at the first call, to see early whether there is a systemd.

        Args:
            timeout: As for every call: how long it may take, instead of the client's `timeout`.

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         await systemd.connect()
            ...         print(systemd.backend)
            >>> asyncio.run(main())
            dbus
        """
        await self._run(Request.connect(), timeout)

    async def enable_unit(self, name: str, *, timeout: Seconds | None = None) -> UnitFileChanges:
        """Have a unit started at boot (for the user scope: with the user's manager), as its file says.

        `EnableUnitFiles` of `org.freedesktop.systemd1.Manager`; a reload follows when something changed. systemd
        does not enable an alias: the error names the unit that it stands for.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were made, and what systemd remarked, as of a unit without an `[Install]` section;
            false when all was so already.

        Raises:
            UnitNotFoundError: There is no such unit file.
            UnsupportedError: The name is an alias.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import asyncio, pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async def main() -> None:
            ...     async with pm2go.AsyncManager() as manager:
            ...         result = await manager.start(clock)
            ...         changes = await manager.systemd.enable_unit("pm2-clock")  # start() did it
            ...         print(changes.changed)
            ...         left = await manager.delete("clock")
            >>> asyncio.run(main())
            False
        """
        return unit_file_changes(await self._run(Request.enable_unit(name), timeout))

    async def disable_unit(self, name: str, *, timeout: Seconds | None = None) -> UnitFileChanges:
        """Undo `enable_unit`. `DisableUnitFiles` of `org.freedesktop.systemd1.Manager`.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were removed; false when all was so already.

        Raises:
            UnitNotFoundError: There is no such unit file.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import asyncio, pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async def main() -> None:
            ...     async with pm2go.AsyncManager() as manager:
            ...         result = await manager.start(clock)
            ...         changes = await manager.systemd.disable_unit("pm2-clock")
            ...         print(changes.changed)
            ...         left = await manager.delete("clock")
            >>> asyncio.run(main())
            True
        """
        return unit_file_changes(await self._run(Request.disable_unit(name), timeout))

    async def list_units(self, *patterns: str, timeout: Seconds | None = None) -> UnitList:
        """List the units that systemd has in memory. `ListUnitsByPatterns` of the manager.

        Args:
            *patterns: Names, or shell patterns of names, such as `"pm2-*"`; without any, all units are listed. A
                name without a type suffix is that of a service, an alias stands for its unit, and a pattern has to
                match the whole name, the suffix included.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The units; ``print`` shows them as a table, and ``pandas.DataFrame`` takes them as they are.

        Raises:
            ConfigError: A name cannot be that of a unit.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         print([unit.name for unit in await systemd.list_units("basic.target")])
            >>> asyncio.run(main())
            ['basic.target']
        """
        return unit_list(await self._run(Request.list_units(patterns), timeout))

    async def get_unit_status(self, name: str, *, timeout: Seconds | None = None) -> UnitStatus:
        """Tell what a unit is doing: its states, processes, times and counters.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The status.

        Raises:
            UnitNotFoundError: There is no such unit.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         print(await systemd.get_unit_status("basic.target"))
            >>> asyncio.run(main())
            <UnitStatus basic.target active/active>
        """
        return unit_status(await self._run(Request.get_unit_status(name), timeout))

    async def get_unit_properties(self, name: str, *, timeout: Seconds | None = None) -> UnitProperties:
        """Return all properties of a unit, by systemd's own names, with their real types.

        `GetAll` of `org.freedesktop.DBus.Properties`, for the unit and for its type. Counters that systemd
        does not keep are `None`. Environment variables are among the properties, secrets included: systemd
        shows them to every local user.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The properties (org.freedesktop.systemd1(5)), a dict; its `to_dict` is for `json.dumps`.

        Raises:
            UnitNotFoundError: There is no such unit.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         properties = await systemd.get_unit_properties("basic.target")
            ...         print(properties["ActiveState"])
            >>> asyncio.run(main())
            active
        """
        properties: UnitProperties = await self._run(Request.get_unit_properties(name), timeout)
        return properties

    async def get_unit_property(
        self, name: str, property_name: str, *, timeout: Seconds | None = None
    ) -> Any:
        """Read one property of a unit, faster than all of them.

        Args:
            name: The unit; without a suffix it is a service.
            property_name: The property's name as systemd spells it, see org.freedesktop.systemd1(5).
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The value, typed as in `get_unit_properties`; `None` for what is not set.

        Raises:
            UnitNotFoundError: There is no such unit.
            ConfigError: The unit has no such property.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         print(await systemd.get_unit_property("basic.target", "ActiveState"))
            >>> asyncio.run(main())
            active
        """
        return await self._run(Request.get_unit_property(name, property_name), timeout)

    async def reload(self, *, timeout: Seconds | None = None) -> None:
        """Have the manager read all unit files again. `Reload` of `org.freedesktop.systemd1.Manager`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            PermissionDeniedError: systemd refused.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         await systemd.reload()
            >>> asyncio.run(main())
        """
        await self._run(Request.reload(), timeout)

    async def reset_failed_unit(self, name: str, *, timeout: Seconds | None = None) -> None:
        """Clear a unit's failed state and its restart counter. `ResetFailedUnit` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory: nothing of it is remembered.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import asyncio, pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async def main() -> None:
            ...     async with pm2go.AsyncManager() as manager:
            ...         result = await manager.start(clock)
            ...         await manager.systemd.reset_failed_unit("pm2-clock")
            ...         left = await manager.delete("clock")
            >>> asyncio.run(main())
        """
        await self._run(Request.reset_failed_unit(name), timeout)

    async def wait_for(
        self,
        name: str,
        state: str | Iterable[str],
        *,
        stable: Seconds = 0.0,
        timeout: Seconds | None = None,
    ) -> UnitStatus:
        """Wait until a unit is in a state, by systemd's own signals; if it is already, return at once.

        Args:
            name: The unit's name; without a type suffix it is a service.
            state: The `ActiveState` or `SubState` to wait for, such as `"active"` or `"exited"`; or several,
                of which any will do.
            stable: How long it has to stay so without a break; another run of the unit is one.
            timeout: How long to wait, instead of the client's `timeout`.

        Returns:
            The unit's status right after; the state may have changed once more.

        Raises:
            UnitNotFoundError: There is no such unit.
            OperationTimeoutError: It did not come about in time.
            MonitoringUnavailableError: Watching is turned off, or there is no D-Bus connection to be had.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         print(await systemd.wait_for("basic.target", "active"))
            >>> asyncio.run(main())
            <UnitStatus basic.target active/active>
        """
        return unit_status(await self._run(Request.wait_for(name, texts(state), stable), timeout))

    async def close(self) -> None:
        """Close the connection. A second time does nothing; any other call after that raises.

        A call that waits ends with `ConnectionLostError`; what systemd has begun goes on. Connections of other
        threads' loops close a moment later.
        """
        self._end()
        self._loops.close()

    async def aclose(self) -> None:
        """Do the same as `close`, under the name that `contextlib.aclosing` knows."""
        await self.close()

    def _chosen(self) -> tuple[str, str | None, str] | None:
        return self._loops.chosen()

    def _run(self, request: Request, timeout: Seconds | None) -> Coroutine[Any, Any, Any]:
        self._refuse_closed()
        return self._loops.ask(request, timeout)

    async def _begin(self, request: Request, timeout: Seconds | None) -> AsyncJob:
        self._refuse_closed()
        driver, core = await self._loops.begin(request, timeout)
        return AsyncJob(self, core, driver)

    async def __aenter__(self) -> Self:
        self._refuse_closed()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
