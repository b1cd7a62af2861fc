"""The same for asyncio: `AsyncLiveUnits`, what `AsyncSystemd.live_units` returns."""

from __future__ import annotations

import os
import weakref
from types import TracebackType
from typing import Callable, Optional

from ._core import LoopDriver
from ._live_base import LiveUnitsBase, time_after, time_left
from ._loop import proceed, result, running_loop
from ._types import Seconds, Self
from .exceptions import ConfigError, OperationTimeoutError


class AsyncLiveUnits(LiveUnitsBase):
    """How units are, kept by systemd's own signals: what `AsyncSystemd.live_units` returns.

    A mapping from the units' own names to a `UnitState` each. It is filled at the beginning of its ``async with`` block;
    from then on reading asks systemd for nothing, and never waits: the event loop takes in what comes. A name without a
    type suffix is that of a service, and an alias that was given to `live_units` stands for its unit. What is read as one
    (`items`, `values`, an iteration) is of one moment.

    What this client changes on the same event loop is in the table when its call returns: where there is a table, a call
    that changes something waits for the answer to a ping, too. While the table is not `current`, as after a lost
    connection, it tells how the units were: `changed` returns when it is no longer so, or again.

    A table ends with `close`, with its ``async with`` block, with the client, and when nobody has it any more.

    Example:
        >>> import asyncio, pm2go
        >>> async def main() -> None:
        ...     async with pm2go.AsyncSystemd() as systemd, systemd.live_units("*.target") as units:
        ...         print(units["basic.target"].active_state, units.current)
        >>> asyncio.run(main())
        active True
    """

    _awaited = True
    # The loop owns it, as long as there is something to read for.
    _driver: Optional[weakref.ref[LoopDriver]] = None

    async def changed(self, timeout: Optional[Seconds] = None) -> None:
        """Wait until something has changed since this returned last, or since the table was filled.

        A unit came, went or changed, a job began or ended, or the table is `current` no longer, or again. Several changes
        may be told by one return, also where they add up to none.

        Args:
            timeout: How long to wait; by default as long as it takes.

        Raises:
            OperationTimeoutError: Nothing changed in time.
            ConfigError: The table was closed.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd, systemd.live_units() as units:
            ...         await systemd.daemon_reload()
            ...         await units.changed(timeout=30)
            >>> asyncio.run(main())
        """
        await self._news(self._told, timeout)
        self._told = self._core.version

    async def wait(self, predicate: Callable[[Self], object], timeout: Optional[Seconds] = None) -> None:
        """Wait until something is true of the units; if it is already, return at once.

        Args:
            predicate: Is called with the table, now and after each change, while the table is `current`.
            timeout: How long to wait; by default as long as it takes.

        Raises:
            OperationTimeoutError: It did not come about in time. The message tells how many units are in which state.
            ConfigError: The table was closed.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd, systemd.live_units("basic.target") as units:
            ...         await units.wait(lambda units: units["basic.target"].active_state == "active", timeout=5)
            >>> asyncio.run(main())
        """
        until = time_after(timeout)
        while True:
            version = self._core.version
            if self._core.current and predicate(self):
                return
            try:
                await self._news(version, time_left(until))
            except OperationTimeoutError:
                raise self._too_late() from None

    def close(self) -> None:
        """End the table, from any thread or task: whoever waits for a change stops, with a `ConfigError`."""
        super().close()
        driver = None if self._driver is None else self._driver()
        if driver is not None and self._process == os.getpid():
            proceed(driver)

    async def _news(self, since: Optional[int], timeout: Optional[Seconds]) -> None:
        driver = None if self._driver is None else self._driver()
        if driver is None or driver.event_loop is not running_loop():
            # One that is closed, or not filled yet, says so.
            _ = self._core.version
            message = "this table is kept by another event loop"
            raise ConfigError(message, hint="make another one with live_units()")
        await result(driver, *driver.news(self._core, since, timeout))

    async def __aenter__(self) -> Self:
        driver = self._driver_of_this_loop()
        self._process = os.getpid()
        try:
            driver.attach(self._core)
            self._driver = weakref.ref(driver)
            await self._news(None, None)
        except BaseException:
            self.close()
            raise
        self._told = self._core.version
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()
