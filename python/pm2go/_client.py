"""What the client and its asynchronous twin have in common: how they are made, and watches."""

from __future__ import annotations

import os

import pm2go

from ._core import Client, LoopDriver, Metrics, Request, sample_figures
from ._loop import Loops
from ._process import OfOneProcess
from ._telling import Telling
from ._typing import Iterable, typing
from .exceptions import ConfigError
from .watch import Watch, Watches


class ClientBase(OfOneProcess):
    """A client of one manager, without its verbs."""

    #: Whether its verbs are awaited.
    _awaited: typing.ClassVar[bool] = False

    def __init__(
        self,
        *,
        scope: typing.Optional[typing.Literal["system", "user", "global"]] = None,
        backend: typing.Optional[typing.Literal["auto", "dbus", "command"]] = None,
        address: typing.Optional[str] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
        monitoring: typing.Optional[bool] = None,
        runtime_dir: typing.Optional[typing.Union[str, os.PathLike[str]]] = None,
        interactive: bool = False,
        user: typing.Optional[str] = None,
        machine: typing.Optional[str] = None,
        host: typing.Optional[str] = None,
        root: typing.Optional[typing.Union[str, os.PathLike[str]]] = None,
    ) -> None:
        self._client = Client(
            scope=scope,
            backend=backend,
            address=address,
            timeout=timeout,
            monitoring=monitoring,
            runtime_dir=None if runtime_dir is None else os.fspath(runtime_dir),
            interactive=interactive,
            user=user,
            machine=machine,
            host=host,
            root=None if root is None else os.fspath(root),
        )
        self._closed = False
        self._watches = Watches()

    @property
    def scope(self) -> str:
        """Whose manager this is: `"system"` or `"user"`; `"global"` is none, but the unit files of all users."""
        return self._client.scope

    @property
    def timeout(self) -> typing.Optional[float]:
        """How long a call may take, in seconds; `None` for as long as it takes."""
        return self._client.timeout

    @property
    def monitoring(self) -> bool:
        """Whether watching is allowed."""
        return self._client.monitoring

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def backend(self) -> typing.Optional[str]:
        """The backend in use, `"dbus"` or `"command"`; `None` before the first call."""
        chosen = self._chosen()
        return None if chosen is None else chosen[0]

    @property
    def endpoint(self) -> typing.Optional[str]:
        """Where the D-Bus connection leads; `None` before the first call and without D-Bus."""
        chosen = self._chosen()
        return None if chosen is None else chosen[1]

    @property
    def reason(self) -> typing.Optional[str]:
        """Why this backend was chosen; `None` before the first call."""
        chosen = self._chosen()
        return None if chosen is None else chosen[2]

    def watch_units(
        self,
        *patterns: str,
        types: typing.Union[str, Iterable[str]] = (),
        states: typing.Union[str, Iterable[str]] = (),
        capacity: int = 10_000,
    ) -> Watch:
        """Watch units: a snapshot of how they are, and then everything that happens to them, in order.

        Driven by the signals of `org.freedesktop.systemd1.Manager` and by `PropertiesChanged` of the units.
        Nothing happens before the first event is asked for.

        Args:
            *patterns: Names, or shell patterns of names, such as `"pm2-*"`; without any, all units are watched.
                A name without a type suffix is that of a service, and an alias stands for its unit, by whose own
                name the events call it.
            types: Only units of these types, such as `"service"`.
            states: Only events that lead into one of these active states, such as `"failed"`.
            capacity: How many events may wait to be read. When there are more, they are dropped; the stream
                says how many, and tells how things are now.

        Returns:
            The stream, for ``for`` and for ``async for``.

        Raises:
            ConfigError: A pattern or a type is wrong.
            MonitoringUnavailableError: Watching is turned off, or the backend is `systemctl`. That no D-Bus
                connection can be had is known only when the first event is asked for, and raised then.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd, systemd.watch_units("basic.target") as watch:
            ...     watch.next()
            <UnitEvent 1 snapshot basic.target - -> active/active>
        """
        self._refuse_closed()
        return self._watches.add(
            Watch(self._client, self._driver, patterns, types, states, capacity=capacity)
        )

    def watch_unit_properties(
        self, name: str, names: typing.Union[str, Iterable[str]], *, capacity: int = 10_000
    ) -> pm2go.PropertyWatch:
        """Watch properties of a unit: their values now, and then each change, in order.

        Driven by `PropertiesChanged` of the unit and of its type. systemd announces changes of its states,
        processes, times and jobs, but not of what it counts or is asked for, such as `MemoryCurrent` or
        `UnitFileState`: such properties are refused. What comes from the unit's files, such as
        `Description`, is looked at when systemd has read them again. Nothing happens before the first event
        is asked for.

        Args:
            name: The unit's name; without a type suffix it is a service. An alias stands for its unit, by
                whose own name the events call it.
            names: The properties as systemd spells them, see org.freedesktop.systemd1(5); one alone need not
                be in a list.
            capacity: How many events may wait to be read. When there are more, they are dropped; the stream
                says how many, and tells how things are now.

        Returns:
            The stream, for ``for`` and for ``async for``. These errors come with the first event:
            `UnitNotFoundError` if there is no such unit; `ConfigError` if it has no such property, or one
            whose changes systemd never announces (ask `get_unit_property` for that from time to time);
            `MonitoringUnavailableError` if no D-Bus connection can be had, and `WatchNotBegunError` if the
            manager does not answer in time: the next event can be waited for all the same.

        Raises:
            ConfigError: The name cannot be that of a unit, or no property is named.
            MonitoringUnavailableError: Watching is turned off, or the backend is `systemctl`.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     with systemd.watch_unit_properties("basic.target", "ActiveState") as watch:
            ...         watch.next()
            <PropertiesEvent 1 snapshot basic.target ActiveState='active'>
        """
        from . import PropertyWatch  # noqa: PLC0415 - most programs do without

        self._refuse_closed()
        return self._watches.add(PropertyWatch(self._client, self._driver, name, names, capacity))

    def sample(
        self, interval: pm2go.Seconds, *units: str, details: bool = False, history: int = 0
    ) -> pm2go.FigureStream:
        """Tell again and again what units use, with the processor time of the interval before in percent.

        A unit that goes has no row any more, and one that comes has one. The first list comes when the first interval is
        over; nothing is read while nobody asks for the next.

        Args:
            interval: How long from one list to the next: a number of seconds, a timedelta, or a text with a unit; at
                least 10 ms.
            *units: Names or patterns, as for `figures`.
            details: As for `figures`.
            history: How many lists the stream keeps, for plots.

        Returns:
            The stream, which does not end by itself.

        Raises:
            UnitNotFoundError: There was no unit of one of the names when the first list was asked for.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     stream = systemd.sample(0.1, "init.scope", history=60)
            ...     figures = next(iter(stream))
            >>> figures[0].cpu_percent >= 0.0, stream.series("init.scope", "name")
            (True, ['init.scope'])
        """
        from . import FigureStream  # noqa: PLC0415 - most programs do without

        self._refuse_closed()
        if isinstance(history, bool) or not isinstance(history, int) or history < 0:
            message = f"history is {history!r}"
            raise ConfigError(message, hint="give the number of lists to keep")
        request = sample_figures(interval, [*units], details)
        return FigureStream(self, request, history, awaited=self._awaited)

    @property
    def _loops(self) -> Loops:
        # Without the lock of a `cached_property`, which a fork could leave behind.
        found: typing.Optional[Loops] = self.__dict__.get("_known_loops")
        return found or self.__dict__.setdefault("_known_loops", Loops(self._client))

    @property
    def _metrics(self) -> Metrics:
        # As above.
        found: typing.Optional[Metrics] = self.__dict__.get("_known_metrics")
        return found or self.__dict__.setdefault("_known_metrics", Metrics())

    def _driver(self) -> LoopDriver:
        """Return the driver of the running loop."""
        return self._loops.driver()

    def _run(
        self,
        request: Request,
        timeout: typing.Optional[pm2go.Seconds],
        told: typing.Optional[Telling] = None,
    ) -> typing.Any:
        """Do what is asked, or return what does it when it is awaited."""
        raise NotImplementedError

    def _chosen(self) -> typing.Optional[tuple[str, typing.Optional[str], str]]:
        """Tell the backend, where it leads and why it was chosen."""
        raise NotImplementedError

    def _end(self) -> None:
        """Refuse what comes from now on, end the watches, and close the connections of event loops."""
        self._closed = True
        self._watches.close()
        loops: typing.Optional[Loops] = self.__dict__.get("_known_loops")
        if loops is not None:
            loops.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            message = "this client is closed"
            raise ConfigError(message, hint="make a new one")

    def __repr__(self) -> str:
        state = "closed" if self._closed else self.backend or "not connected"
        return f"<{type(self).__name__} {self.scope} {state}>"
