# Written by scripts/generate from ../_unit_lists.py: change that, and run it again.
"""Lists of units and of unit files, and of the units that start others."""

from __future__ import annotations

import pm2go
from pm2go._core import Request
from pm2go._results import automount_list, path_list, socket_list, timer_list, unit_file_list
from pm2go._typing import Iterable, typing
from pm2go.rows import unit_list
from pm2go.watch import texts

from ._power import AsyncPower


class AsyncUnitLists(AsyncPower):
    """A client of one manager, with the verbs that list."""

    async def list_units(
        self,
        *patterns: str,
        states: typing.Union[str, Iterable[str]] = (),
        types: typing.Union[str, Iterable[str]] = (),
        slice: typing.Optional[str] = None,  # noqa: A002 - systemd's word
        all_files: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitList:
        """List the units that systemd has in memory. `ListUnitsByPatterns` of the manager.

        While `live_units` without arguments, or with these patterns, is open on this client, the answer comes out of
        that table, where the table knows all that is listed and nothing but patterns is given; it is the same.

        Args:
            *patterns: Names, or shell patterns of names, such as `"pm2-*"`; without any, all units are listed. A
                name without a type suffix is that of a service, an alias stands for its unit, and a pattern has to
                match the whole name, the suffix included.
            states: Only units in one of these active states, sub states or load states, such as `"failed"`, `"running"`
                or `"not-found"`.
            types: Only units of these types, such as `"service"`.
            slice: Only units in this slice, or in one below it; the suffix may be left out.
            all_files: List also the units that systemd has only files of. It reads those, to tell how they are, and
                forgets them again: this takes longer. Templates are not listed, as they are no units.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The units; ``print`` shows them as a table, and ``pandas.DataFrame`` takes them as they are.

        Raises:
            ConfigError: A name cannot be that of a unit, or a state, a type or the slice is wrong.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     [unit.name for unit in await systemd.list_units("basic.*", states="active", types="target")]
            ['basic.target']
        """
        request = Request.list_units(patterns, texts(states), texts(types), slice, all_files)
        return unit_list(await self._run(request, timeout))

    async def list_units_by_names(
        self, *names: str, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.UnitList:
        """Tell how units are, whether systemd has them in memory or not. `ListUnitsByNames` of the manager.

        Args:
            *names: The units' names; without a type suffix one is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            A row for each name, in that order; an alias gives the row of its unit. One that does not exist has the load
            state `not-found`.

        Raises:
            ConfigError: A name cannot be that of a unit.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     rows = await systemd.list_units_by_names("basic.target", "no-such.target")
            ...     [(row.name, row.load_state, row.active_state) for row in rows]
            [('basic.target', 'loaded', 'active'), ('no-such.target', 'not-found', 'inactive')]
        """
        return unit_list(await self._run(Request.list_units_by_names(names), timeout))

    async def list_unit_files(
        self,
        *patterns: str,
        states: typing.Union[str, Iterable[str]] = (),
        types: typing.Union[str, Iterable[str]] = (),
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileList:
        """List the unit files that there are. `ListUnitFilesByPatterns` of the manager, and systemd.preset(5).

        systemd looks through all its folders for the state of each file, and answers nobody else meanwhile. Over D-Bus on
        this machine it is asked for few files at a time, so that others are answered in between; of a thousand files the
        list takes seconds. `get_unit_file_state` of one unit is quicker.

        Args:
            *patterns: Names, or shell patterns of names, such as `"pm2-*"`; without any, all files are listed. A name
                without a type suffix is that of a service.
            states: Only files in one of these states, such as `"enabled"` or `"masked"`.
            types: Only files of units of these types, such as `"timer"`.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The files, by the names of their units; ``print`` shows them as a table.

        Raises:
            ConfigError: A name cannot be that of a unit, or a state or a type is wrong.
            UnsupportedError: systemctl does not tell where files are, and no message bus can be asked.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     [(file.name, file.state) for file in await systemd.list_unit_files("timers.target")]
            [('timers.target', 'static')]
        """
        request = Request.list_unit_files(patterns, texts(states), texts(types))
        return unit_file_list(await self._run(request, timeout))

    async def get_unit_file_state(self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> str:
        """Tell whether a unit starts by itself: the state of its file. `GetUnitFileState` of the manager.

        Args:
            name: The name of the unit or the template; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            `enabled`, `disabled`, `static`, `masked`, `linked`, `indirect`, ...

        Raises:
            UnitNotFoundError: There is no such file.
            ConfigError: The name cannot be that of a unit.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.get_unit_file_state("timers.target")
            'static'
        """
        state: str = await self._run(Request.call("get_unit_file_state", name), timeout)
        return state

    async def list_timers(
        self, *patterns: str, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.TimerList:
        """List the timers that systemd has in memory, with the times at which they fire.

        `ListUnitsByPatterns` of the manager, and properties of `org.freedesktop.systemd1.Timer`, of all timers at once.

        Args:
            *patterns: Names, or shell patterns of names; without any, all timers are listed. The suffix of a name may be
                left out.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The timers: first the one that fires next, last those that do not fire.

        Raises:
            ConfigError: A name cannot be that of a timer.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     all(timer.name.endswith(".timer") for timer in await systemd.list_timers())
            True
        """
        return timer_list(await self._run(Request.list_timers(patterns), timeout))

    async def list_sockets(
        self, *patterns: str, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.SocketList:
        """List the addresses of the sockets that systemd has in memory, with what they start and who has connected.

        `ListUnitsByPatterns` of the manager, and properties of `org.freedesktop.systemd1.Socket`, of all sockets at once.

        Args:
            *patterns: Names, or shell patterns of names; without any, all sockets are listed. The suffix of a name may be
                left out.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            A row for each address, by that.

        Raises:
            ConfigError: A name cannot be that of a socket.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     all(socket.name.endswith(".socket") for socket in await systemd.list_sockets())
            True
        """
        return socket_list(await self._run(Request.list_sockets(patterns), timeout))

    async def list_paths(
        self, *patterns: str, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.PathList:
        """List the paths that path units which systemd has in memory watch, with what they start.

        `ListUnitsByPatterns` of the manager, and properties of `org.freedesktop.systemd1.Path`, of all path units at once.

        Args:
            *patterns: Names, or shell patterns of names; without any, all path units are listed. The suffix of a name may
                be left out.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            A row for each path, by that.

        Raises:
            ConfigError: A name cannot be that of a path unit.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     all(path.condition for path in await systemd.list_paths())
            True
        """
        return path_list(await self._run(Request.list_paths(patterns), timeout))

    async def list_automounts(
        self, *patterns: str, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.AutomountList:
        """List the automounts that systemd has in memory, with what they mount.

        `ListUnitsByPatterns` of the manager, and properties of `org.freedesktop.systemd1.Automount` and `Mount`, of all
        automounts at once.

        Args:
            *patterns: Names, or shell patterns of names; without any, all automounts are listed. The suffix of a name may
                be left out.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The automounts, by their folders.

        Raises:
            ConfigError: A name cannot be that of an automount.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     all(automount.where.startswith("/") for automount in await systemd.list_automounts())
            True
        """
        return automount_list(await self._run(Request.list_automounts(patterns), timeout))
