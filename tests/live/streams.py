"""Watches as tests read them, and what they must not leave behind."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import pm2go

from .stage import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm2go.watch import WatchBase

EventT = TypeVar("EventT")


class Stream(Generic[EventT]):
    """A watch as a test reads it, by blocking calls or on an event loop."""

    def __init__(self, watch: WatchBase[EventT], loop: asyncio.AbstractEventLoop | None) -> None:
        self.watch = watch
        self._loop = loop

    def next(self, seconds: float = 5.0) -> EventT:
        if self._loop is None:
            event = self.watch.next(seconds)
            assert event is not None
            return event
        return self._loop.run_until_complete(asyncio.wait_for(self.watch.__anext__(), seconds))

    def until(self, done: Callable[[EventT], object], seconds: float = 10.0) -> list[EventT]:
        """Return the events up to the one that is waited for."""
        events = [self.next(seconds)]
        while not done(events[-1]):
            events.append(self.next(seconds))
        return events

    def quiet(self, seconds: float = 0.5) -> list[EventT]:
        """Return the events that come until nothing comes for a while."""
        events = []
        with contextlib.suppress(pm2go.OperationTimeoutError, asyncio.TimeoutError):
            while True:
                events.append(self.next(seconds))
        return events


class StreamOf(Protocol):
    """Makes streams of watches."""

    def __call__(self, watch: WatchBase[EventT], /) -> Stream[EventT]: ...


def match_rules() -> int:
    """Return how many rules about the manager the message bus has, where it tells."""
    command = [
        "busctl",
        *([] if ROOT else ["--user"]),
        "call",
        "org.freedesktop.DBus",
        "/org/freedesktop/DBus",
    ]
    command += ["org.freedesktop.DBus.Debug.Stats", "GetAllMatchRules"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.count(
        "systemd1.Manager"
    )
