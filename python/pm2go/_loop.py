"""Calls on event loops: each loop has a driver of its own for a client, with a connection of its own.

The loop's selector owns the driver, through the sockets that it watches: what belongs to a loop goes when the
loop is closed. Everything here only knows the drivers.
"""

from __future__ import annotations

import os
import sys
import weakref

from ._core import LoopDriver
from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Callable
    from typing import Any

    from ._core import Client, EntryReader, Job, Request
    from ._types import Seconds

#: By process and loop: a forked child has no part in its parent's loops. (A driver holds on to its loop, so
#: the number of a loop whose driver lives is not used again.)
Drivers = dict[tuple[int, int], "weakref.ref[LoopDriver]"]


class Loops:
    """The event loops on which one client is used."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._drivers: Drivers = {}
        self._without_sockets: LoopDriver | None = None
        self._chosen: tuple[str, str | None, str] | None = None
        closing = weakref.finalize(self, _close, self._drivers)
        closing.atexit = False

    async def ask(
        self, request: Request, timeout: Seconds | None, following: EntryReader | None = None
    ) -> Any:
        """Do what is asked on the running loop, when a journal is followed if one is to be.

        If this is cancelled, the work on it is dropped at once.
        """
        driver = self.driver()
        number, future = driver.submit(request, timeout, following)
        answer = await result(driver, number, future)
        self._take_note(driver)
        return answer

    async def begin(self, request: Request, timeout: Seconds | None) -> tuple[LoopDriver, Job]:
        """Ask for a job on the running loop, and return when systemd has taken it on."""
        driver = self.driver()
        job, number, future = driver.begin(request, timeout)
        await result(driver, number, future)
        self._take_note(driver)
        return driver, job

    def chosen(self) -> tuple[str, str | None, str] | None:
        """Tell the backend in use, where it leads and why it was chosen; `None` before the first call."""
        chosen = (driver.chosen() for driver in _living(self._drivers))
        return next(filter(None, chosen), self._chosen)

    def close(self) -> None:
        """Close the connections of all loops; those of other threads' loops a moment later."""
        self._without_sockets = None
        _close(self._drivers)

    def _take_note(self, driver: LoopDriver) -> None:
        if self._chosen is None:
            self._chosen = driver.chosen()
        if driver.load()[1] == 0:
            # Without D-Bus there is nothing that the selector watches between two calls.
            self._without_sockets = driver

    def driver(self) -> LoopDriver:
        """Return the running loop's driver."""
        loop = this_loop()
        place = (os.getpid(), id(loop))
        known = self._drivers.get(place)
        driver = None if known is None else known()
        if driver is None or driver.event_loop is not loop:
            for other, reference in list(self._drivers.items()):
                if reference() is None:
                    self._drivers.pop(other, None)
            driver = LoopDriver(self._client, loop)
            self._drivers[place] = weakref.ref(driver)
        return driver


async def result(driver: LoopDriver, number: int, future: Future[Any]) -> Any:
    """Wait for one of the driver's futures. A wait that is given up leaves nothing behind."""
    try:
        return await future
    except GeneratorExit:
        # The coroutine was thrown away where it stood, perhaps on another thread or after its loop's end.
        later(driver.event_loop, lambda: driver.forget(number))
        raise
    except BaseException:
        # Most often it was cancelled; of work that has ended by itself there is nothing left to forget.
        driver.forget(number)
        raise


def this_loop() -> AbstractEventLoop:
    """Return the loop that runs on this thread; it is an error if none does."""
    # Who has no loop need not load asyncio. (An import statement here would cost as much as all else.)
    get_running_loop = getattr(sys.modules.get("asyncio"), "get_running_loop", None)
    if get_running_loop is None:
        message = "no running event loop"
        raise RuntimeError(message)
    loop: AbstractEventLoop = get_running_loop()
    return loop


def running_loop() -> AbstractEventLoop | None:
    """Return the loop that runs on this thread, if one does."""
    try:
        return this_loop()
    except RuntimeError:
        return None


async def until_readable(descriptor: int) -> None:
    """Wait until a descriptor can be read, and close it."""
    try:
        loop = this_loop()
        future: Future[None] = loop.create_future()
        loop.add_reader(descriptor, _settle, future)
        try:
            await future
        finally:
            loop.remove_reader(descriptor)
    finally:
        os.close(descriptor)


def _settle(future: Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def later(loop: AbstractEventLoop, call: Callable[[], object]) -> None:
    """Have something done on a loop, from whichever thread. A loop that is closed has nothing left to do."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        if not loop.is_closed():
            raise


def close_driver(driver: LoopDriver) -> None:
    """Close a driver: now, where its loop runs on this thread; or else there, a moment later."""
    if driver.event_loop is running_loop():
        driver.close()
    else:
        later(driver.event_loop, driver.close)


def proceed(driver: LoopDriver) -> None:
    """Have a driver see to what has ended: now, where its loop runs on this thread; or else there, a moment later."""
    if driver.event_loop is running_loop():
        driver.proceed()
    else:
        later(driver.event_loop, driver.proceed)


def _living(drivers: Drivers) -> list[LoopDriver]:
    process = os.getpid()
    found = (reference() for place, reference in list(drivers.items()) if place[0] == process)
    return [driver for driver in found if driver is not None]


def _close(drivers: Drivers) -> None:
    for driver in _living(drivers):
        close_driver(driver)
