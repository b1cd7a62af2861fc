# Written by scripts/generate from ../_triggers.py: change that, and run it again.
"""Timers, paths and sockets without a file, each with the service that it starts."""

from __future__ import annotations

import os

import pm2go
from pm2go import _core
from pm2go._results import given_settings, job_result, triggered
from pm2go._typing import Iterable, Mapping, typing

from ._transient import AsyncTransientUnits


class AsyncTriggers(AsyncTransientUnits):
    """A client of one manager, with the verbs for what starts services."""

    async def start_transient_timer(
        self,
        argv_or_unit: typing.Union[str, Iterable[typing.Union[str, os.PathLike[str]]]],
        *,
        on_calendar: typing.Union[str, Iterable[str], None] = None,
        on_active: typing.Union[pm2go.Seconds, Iterable[pm2go.Seconds], None] = None,
        on_boot: typing.Union[pm2go.Seconds, Iterable[pm2go.Seconds], None] = None,
        on_startup: typing.Union[pm2go.Seconds, Iterable[pm2go.Seconds], None] = None,
        on_unit_active: typing.Union[pm2go.Seconds, Iterable[pm2go.Seconds], None] = None,
        on_unit_inactive: typing.Union[pm2go.Seconds, Iterable[pm2go.Seconds], None] = None,
        accuracy: typing.Optional[pm2go.Seconds] = None,
        randomized_delay: typing.Optional[pm2go.Seconds] = None,
        persistent: typing.Optional[bool] = None,
        name: typing.Optional[str] = None,
        description: typing.Optional[str] = None,
        properties: typing.Optional[Mapping[str, object]] = None,
        env: typing.Optional[Mapping[str, str]] = None,
        timer_properties: typing.Optional[Mapping[str, object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Start a timer that has no file, for a command or for a service that there is. `systemd-run --on-calendar=`.

        `StartTransientUnit` of the manager, with the settings of systemd.timer(5). Timer and service are gone when the
        timer will not elapse again, when it is stopped, and at the next boot. A command runs in a service of the timer's
        name, with ``.service`` at its end.

        Args:
            argv_or_unit: The command, a list of words that stand for themselves; or the name of a service, whose name the
                timer has then.
            on_calendar: When it elapses by the calendar: `"Mon..Fri 08:30"`, a `CalendarExpression`, or several.
            on_active: How long after the timer's start, in seconds, as a timedelta or a text such as `"5min"`; or several.
            on_boot: How long after the boot.
            on_startup: How long after the manager's start.
            on_unit_active: How long after the service was last started; it has to be started by something else first.
            on_unit_inactive: How long after it ended last.
            accuracy: By how much it may elapse later (``AccuracySec=``); systemd's own default is a minute.
            randomized_delay: By how much more it may elapse later, at random (``RandomizedDelaySec=``).
            persistent: Whether a time of `on_calendar` that was missed is made up for (``Persistent=``).
            name: The timer's name; by default one that nobody has.
            description: What the timer is, for people.
            properties: The settings of the command's service, as for `start_transient_unit`.
            env: Variables of the command, as there: nobody else can read them.
            timer_properties: Other settings of the timer; they come before those above.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The job's result, with the timer's name.

        Raises:
            ConfigError: A calendar expression, a time, a property or the command is wrong, or no time is given.
            UnitExistsError: There is a timer or a service of this name.
            JobError: The timer could not be started: there is no such service, ...
            PermissionDeniedError: systemd refused.
            UnsupportedError: `systemd-run` cannot do it, and there is no `systemd-stdio-bridge`.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     timer = await systemd.start_transient_timer(["true"], on_calendar="Mon 03:00", accuracy=1, name="tidy")
            ...     [timer.triggers for timer in await systemd.list_timers("tidy.timer")]
            ...     result = await systemd.stop_unit(timer.unit)
            [('tidy.service',)]
        """
        own = given_settings(
            OnCalendar=on_calendar,
            OnActiveSec=on_active,
            OnBootSec=on_boot,
            OnStartupSec=on_startup,
            OnUnitActiveSec=on_unit_active,
            OnUnitInactiveSec=on_unit_inactive,
            AccuracySec=accuracy,
            RandomizedDelaySec=randomized_delay,
            Persistent=persistent,
            Description=description,
        )
        own = {**own, **(timer_properties or {})}
        request = _core.start_trigger(
            "timer", *triggered(argv_or_unit), [*(env or {}).items()], name, own, properties
        )
        return job_result(await self._run(request, timeout))

    async def start_transient_path(
        self,
        argv_or_unit: typing.Union[str, Iterable[typing.Union[str, os.PathLike[str]]]],
        *,
        path_exists: typing.Union[str, Iterable[str], None] = None,
        path_exists_glob: typing.Union[str, Iterable[str], None] = None,
        path_changed: typing.Union[str, Iterable[str], None] = None,
        path_modified: typing.Union[str, Iterable[str], None] = None,
        directory_not_empty: typing.Union[str, Iterable[str], None] = None,
        name: typing.Optional[str] = None,
        description: typing.Optional[str] = None,
        properties: typing.Optional[Mapping[str, object]] = None,
        env: typing.Optional[Mapping[str, str]] = None,
        path_properties: typing.Optional[Mapping[str, object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Watch paths by a unit that has no file, for a command or for a service that there is.

        `StartTransientUnit` of the manager, with the settings of systemd.path(5); `systemd-run --path-property=`. A command
        runs in a service of the unit's name, with ``.service`` at its end.

        Args:
            argv_or_unit: The command, a list of words that stand for themselves; or the name of a service, whose name the
                unit has then.
            path_exists: Starts it while there is this file, or any of several.
            path_exists_glob: The same for shell patterns.
            path_changed: Starts it when a file that was written is closed, and when it comes or goes.
            path_modified: Starts it at each write as well.
            directory_not_empty: Starts it while there is something in this folder.
            name: The unit's name; by default one that nobody has.
            description: What it is, for people.
            properties: The settings of the command's service, as for `start_transient_unit`.
            env: Variables of the command, as there: nobody else can read them.
            path_properties: Other settings of the unit; they come before those above.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The job's result, with the unit's name.

        Raises:
            ConfigError: A property or the command is wrong, or no path is given.
            UnitExistsError: There is a unit of this name.
            JobError: It could not be started: there is no such service, ...
            PermissionDeniedError: systemd refused.
            UnsupportedError: `systemd-run` cannot do it, and there is no `systemd-stdio-bridge`.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     path = await systemd.start_transient_path(["true"], directory_not_empty="/no/such", name="inbox")
            ...     [row.path for row in await systemd.list_paths("inbox.path")]
            ...     result = await systemd.stop_unit(path.unit)
            ['/no/such']
        """
        own = given_settings(
            PathExists=path_exists,
            PathExistsGlob=path_exists_glob,
            PathChanged=path_changed,
            PathModified=path_modified,
            DirectoryNotEmpty=directory_not_empty,
            Description=description,
        )
        own = {**own, **(path_properties or {})}
        request = _core.start_trigger(
            "path", *triggered(argv_or_unit), [*(env or {}).items()], name, own, properties
        )
        return job_result(await self._run(request, timeout))

    async def start_transient_socket(
        self,
        argv_or_unit: typing.Union[str, Iterable[typing.Union[str, os.PathLike[str]]]],
        *,
        listen_stream: typing.Union[str, int, Iterable[typing.Union[str, int]], None] = None,
        listen_datagram: typing.Union[str, int, Iterable[typing.Union[str, int]], None] = None,
        listen_sequential_packet: typing.Union[str, Iterable[str], None] = None,
        listen_fifo: typing.Union[str, Iterable[str], None] = None,
        accept: typing.Optional[bool] = None,
        name: typing.Optional[str] = None,
        description: typing.Optional[str] = None,
        properties: typing.Optional[Mapping[str, object]] = None,
        env: typing.Optional[Mapping[str, str]] = None,
        socket_properties: typing.Optional[Mapping[str, object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Listen on sockets by a unit that has no file, for a command or for a service that there is.

        `StartTransientUnit` of the manager, with the settings of systemd.socket(5); `systemd-run --socket-property=`. A
        command runs in a service of the unit's name, with ``.service`` at its end, and is given the sockets
        (sd_listen_fds(3)).

        Args:
            argv_or_unit: The command, a list of words that stand for themselves; or the name of a service, whose name the
                unit has then.
            listen_stream: Where it listens for connections: a port, an address with a port, the path of a socket, or
                several of these.
            listen_datagram: The same for datagrams.
            listen_sequential_packet: The same for packets in order; paths alone.
            listen_fifo: The path of a named pipe.
            accept: Whether each connection has an instance of a template of its own, whose name is given then
                (``Accept=``): such as `"echo@.service"`.
            name: The unit's name; by default one that nobody has.
            description: What it is, for people.
            properties: The settings of the command's service, as for `start_transient_unit`.
            env: Variables of the command, as there: nobody else can read them.
            socket_properties: Other settings of the unit; they come before those above.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The job's result, with the unit's name.

        Raises:
            ConfigError: A property or the command is wrong, or nothing is given to listen on.
            UnitExistsError: There is a unit of this name.
            JobFailedError: The address is in use, or may not be listened on.
            PermissionDeniedError: systemd refused.
            UnsupportedError: `systemd-run` cannot do it, and there is no `systemd-stdio-bridge`.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     socket = await systemd.start_transient_socket(["cat"], listen_stream="@pm2go-example", name="door")
            ...     [row.listen for row in await systemd.list_sockets("door.socket")]
            ...     result = await systemd.stop_unit(socket.unit)
            ['@pm2go-example']
        """
        own = given_settings(
            ListenStream=listen_stream,
            ListenDatagram=listen_datagram,
            ListenSequentialPacket=listen_sequential_packet,
            ListenFIFO=listen_fifo,
            Accept=accept,
            Description=description,
        )
        own = {**own, **(socket_properties or {})}
        request = _core.start_trigger(
            "socket", *triggered(argv_or_unit), [*(env or {}).items()], name, own, properties
        )
        return job_result(await self._run(request, timeout))
