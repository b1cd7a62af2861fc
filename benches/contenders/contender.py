"""Somebody who takes part, and how long each of its operations takes."""

from __future__ import annotations

import asyncio
from time import perf_counter

from floor import WINDOW

from .asked import GET


class Contender:
    """A client, and what it can do: `row_NAME` methods without arguments."""

    mode = "sync"

    def __init__(self, endpoint="bus"):
        self.endpoint = endpoint

    def can(self, row):
        return hasattr(self, f"row_{row}")

    def measure(self, row, count):
        """Run a row so many times; give the seconds of each and the last answer."""
        operation = getattr(self, f"row_{row}")
        times = []
        answer = None
        for _ in range(count):
            begin = perf_counter()
            answer = operation()
            times.append(perf_counter() - begin)
        return times, answer

    def close(self):
        pass


class AsyncContender(Contender):
    """The same with coroutines, on one loop that stays."""

    mode = "async"

    def __init__(self, endpoint="bus"):
        super().__init__(endpoint)
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.open())

    def measure(self, row, count):
        return self.loop.run_until_complete(self._measure(row, count))

    async def _measure(self, row, count):
        operation = getattr(self, f"row_{row}")
        times = []
        answer = None
        for _ in range(count):
            begin = perf_counter()
            answer = await operation()
            times.append(perf_counter() - begin)
        return times, answer

    async def limited(self, calls):
        """All at once, but no more than the bus admits."""
        admitted = asyncio.Semaphore(WINDOW)

        async def one(call):
            async with admitted:
                return await self.call(*call)

        return await asyncio.gather(*map(one, calls))

    async def row_gather64(self):
        return len(await asyncio.gather(*(self.call(*GET) for _ in range(64))))

    async def row_gather256(self):
        return len(await self.limited([GET] * 256))

    def close(self):
        self.loop.run_until_complete(self.shut())
        self.loop.close()
