"""Streams of events, for `for` and `async for`."""

from __future__ import annotations

import os
import weakref
from types import TracebackType

import pm2go

from . import _core
from ._core import Client, LoopDriver, UnitEvent
from ._loop import proceed, result, this_loop
from ._typing import TYPE_CHECKING, Generic, Iterable, typing
from .exceptions import ConfigError

if TYPE_CHECKING:

    class _Ending(typing.Protocol):
        """What has to be ended."""

        def close(self) -> None: ...

    _EndingT = typing.TypeVar("_EndingT", bound=_Ending)


class WatchBase(Generic["pm2go._types.EventT"]):  # noqa: SLF001 - loaded by whoever evaluates it
    """A stream of events, whatever they are about."""

    #: The verb that makes one.
    _verb: typing.ClassVar[str]

    def __init__(
        self, driver: typing.Callable[[], LoopDriver], core: typing.Union[_core.Watch, _core.PropertyWatch]
    ) -> None:
        self._driver_of_this_loop = driver
        # Which events it takes from there only the class knows.
        self._core: typing.Any = core
        self._is_read_blocking = False
        # The loop owns it, as long as there is something to watch for.
        self._driver: typing.Optional[weakref.ref[LoopDriver]] = None
        self._process = os.getpid()

    @property
    def closed(self) -> bool:
        """Whether the stream has ended by being closed."""
        return bool(self._core.closed)

    def next(self, timeout: typing.Optional[pm2go.Seconds] = None) -> typing.Optional[pm2go._types.EventT]:
        """Return the next event; wait for it, if there is none.

        Args:
            timeout: How long to wait; by default as long as it takes.

        Returns:
            The event; `None` when the stream is closed.

        Raises:
            OperationTimeoutError: No event came in time.
            WatchNotBegunError: The manager does not answer, and it is not known yet how the units are. The watch goes on
                waiting when the next event is asked for.
            MonitoringUnavailableError: There is no D-Bus connection to be had. The watch tries again when the next
                event is asked for.
        """
        if self._driver is not None and not self.closed:
            message = "this watch is read on an event loop"
            raise ConfigError(message, hint=f"use `async for`, or make another watch with {self._verb}()")
        self._is_read_blocking = True
        event: typing.Optional[pm2go._types.EventT] = self._core.next(timeout)
        return event

    def close(self) -> None:
        """End the stream, from any thread or task: whoever waits for an event stops."""
        self._core.close()
        driver = None if self._driver is None else self._driver()
        if driver is not None and self._process == os.getpid():
            proceed(driver)

    def _attached(self) -> LoopDriver:
        """Return the driver of the running loop, which reads for the stream from now on."""
        loop = this_loop()
        if self._is_read_blocking:
            message = "this watch is read by blocking calls"
            raise ConfigError(message, hint=f"use `for`, or make another watch with {self._verb}()")
        if self._driver is None:
            driver = self._driver_of_this_loop()
            driver.attach(self._core)
            self._driver = weakref.ref(driver)
            return driver
        known = self._driver()
        if known is None or known.event_loop.is_closed():
            # What the driver had to do has come to an end; if that was an error, it is raised here.
            self._core.take()
            message = "the event loop of this watch is closed"
            raise ConfigError(message, hint=f"make another watch with {self._verb}()")
        if known.event_loop is not loop:
            message = "this watch is read on another event loop"
            raise ConfigError(message, hint=f"make another watch with {self._verb}()")
        return known

    def __iter__(self) -> typing.Self:
        return self

    def __next__(self) -> pm2go._types.EventT:
        event = self.next()
        if event is None:
            raise StopIteration
        return event

    def __aiter__(self) -> typing.Self:
        return self

    async def __anext__(self) -> pm2go._types.EventT:
        # What woke this up says nothing: each event is taken without waiting, so a cancelled wait loses none.
        while not self.closed:
            driver = self._attached()
            event: typing.Optional[pm2go._types.EventT] = self._core.take()
            if event is not None:
                return event
            number, future = driver.news(self._core)
            await result(driver, number, future)
        raise StopAsyncIteration

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(
        self,
        kind: typing.Optional[type[BaseException]],
        exception: typing.Optional[BaseException],
        traceback: typing.Optional[TracebackType],
    ) -> None:
        self.close()

    async def __aenter__(self) -> typing.Self:
        return self

    async def __aexit__(
        self,
        kind: typing.Optional[type[BaseException]],
        exception: typing.Optional[BaseException],
        traceback: typing.Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'closed' if self.closed else 'open'}>"


class Watch(WatchBase[UnitEvent]):
    """What happens to units, from systemd's own signals, in order: what `Systemd.watch_units` returns.

    Read it with ``for``, with ``async for``, or with `next`. First come events of the kind `"snapshot"`, one
    for each unit there is; then everything that happens. Where events may be missing, the stream says so with
    an event of the kind `"gap"`, tells how things are now, and goes on: after a lost connection, after a
    restart of the manager or the message bus, and when more than `capacity` events waited for a slow reader.
    (In that last case `dropped` says how many are missing, and a fresh snapshot follows: a unit that it does
    not name is gone. In the others the differences follow.)

    It begins with the first event that is asked for. All watches of a client that are read by blocking calls share a
    connection, and what is known of the units; on an event loop they share that of its calls. It ends with `close`, with
    the end of its ``with`` or ``async with`` block, with the client, and when nobody has it any more. One
    watch is read either by blocking calls or on one event loop; several threads, or several tasks, share its
    events.

    Example:
        >>> import pm2go
        >>> with pm2go.Systemd() as systemd, systemd.watch_units("basic.target") as watch:
        ...     for event in watch:
        ...         print(event.kind, event.unit, event.active_state)
        ...         break
        snapshot basic.target active
    """

    _verb = "watch_units"

    def __init__(
        self,
        client: Client,
        driver: typing.Callable[[], LoopDriver],
        patterns: Iterable[str],
        types: typing.Union[str, Iterable[str]],
        states: typing.Union[str, Iterable[str]],
        *,
        capacity: int,
    ) -> None:
        core = _core.Watch(client, list(patterns), texts(types), texts(states), capacity)
        super().__init__(driver, core)


class Watches:
    """The watches and tables that somebody made and has to end; whoever reads one keeps it."""

    def __init__(self) -> None:
        self._known: weakref.WeakValueDictionary[int, _Ending] = weakref.WeakValueDictionary()

    def add(self, watch: _EndingT) -> _EndingT:
        """Take note of a watch or a table, and give it back."""
        self._known[id(watch)] = watch
        return watch

    def close(self) -> None:
        """End all that there are."""
        for reference in self._known.valuerefs():
            watch = reference()
            if watch is not None:
                watch.close()


def texts(value: typing.Union[str, Iterable[str]]) -> list[str]:
    """Return the texts; one alone need not be in a list."""
    if isinstance(value, str):
        return [value]
    try:
        return list(value)
    except TypeError:
        message = f"a list of texts is of the type {type(value).__name__}"
        raise ConfigError(message, hint="give a text or several of them") from None
