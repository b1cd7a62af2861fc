"""The end of `watch_units`: whoever waits is let go, and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
import time

import pytest

import pm2go
from live.fixtures.bus import match_rules
from live.fixtures.descriptors import descriptors
from live.fixtures.scope import ROOT
from live.fixtures.waiting import until, wait_until, waits_in_poll
from live.fixtures.ways import DBUS_WAYS, WAYS, Way
from pm2go._core import LoopDriver


def test_closing_from_another_thread_ends_a_blocking_reader(systemd: pm2go.Systemd) -> None:
    watch = systemd.watch_units("basic.target", "watch-a.service")
    assert next(watch).kind == "snapshot"

    def close() -> None:
        wait_until(lambda: waits_in_poll(os.getpid()))
        watch.close()

    threading.Thread(target=close).start()
    assert list(watch) == []
    assert watch.closed
    watch.close()
    assert watch.next() is None


@pytest.mark.parametrize("how", ["thread", "task", "client"])
@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_closing_ends_an_asynchronous_reader(way: Way, how: str) -> None:
    async def main() -> None:
        client = pm2go.AsyncSystemd(**WAYS[way])
        before = descriptors()
        watch = client.watch_units("basic.target", "watch-a.service")
        kinds: list[str] = []

        async def read() -> None:
            async for event in watch:
                kinds.append(event.kind)  # noqa: PERF401 - each at once

        reader = asyncio.ensure_future(read())
        await until(lambda: kinds)  # and now it waits for another one
        if how == "thread":
            threading.Thread(target=watch.close).start()
        elif how == "task":
            watch.close()
        else:
            await client.close()
        await reader
        assert kinds == ["snapshot"]
        await until(lambda: descriptors() == before)

    asyncio.run(asyncio.wait_for(main(), 120))


def drivers() -> int:
    """Return how many drivers of event loops there are; what a loop waits for keeps them."""
    gc.collect()
    return sum(type(known) is LoopDriver for known in gc.get_objects())


@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_nothing_is_left_of_watches_on_a_loop(way: Way) -> None:
    async def main() -> None:
        client = pm2go.AsyncSystemd(**WAYS[way])
        before = descriptors()
        known = drivers()
        rules = match_rules()
        for number in range(40):
            if number % 4 == 0:
                async with client.watch_units() as watch:
                    await watch.__anext__()
            elif number % 4 == 1:
                async for _ in client.watch_units():
                    break
            elif number % 4 == 2:
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(client.watch_units("watch-none*").__anext__(), 0.01)
            else:
                watch = client.watch_units("watch-a.service")
                reader = asyncio.ensure_future(watch.__anext__())
                for _ in range(number % 3 * 10):
                    await asyncio.sleep(0)
                watch.close()
                with pytest.raises(StopAsyncIteration):
                    await reader
        del watch, reader
        gc.collect()  # generators and exceptions that were thrown away
        await until(lambda: descriptors() == before and match_rules() == rules)
        assert drivers() == known, "the loop still has timers of theirs"
        await client.connect()
        await client.close()
        await asyncio.sleep(0)
        assert drivers() == known

    asyncio.run(main())


def test_nothing_is_left_of_blocking_watches(systemd: pm2go.Systemd) -> None:
    systemd.connect()
    before = descriptors()
    for number in range(30):
        watch = systemd.watch_units()
        next(watch)
        if number % 2:
            watch.close()
        del watch
        for _ in systemd.watch_units("basic.target"):
            break
    gc.collect()
    assert descriptors() <= before


def test_a_wait_that_is_cancelled_loses_no_event(systemd: pm2go.Systemd) -> None:
    """A wake-up carries no data: what came is taken when somebody asks, not while he is told."""

    async def main() -> None:
        watch = systemd.watch_units("watch-a.service")
        sequence: list[int] = []
        stop = time.monotonic() + 3
        flapping = asyncio.create_subprocess_exec(
            "sh",
            "-c",
            "for _ in 1 2 3 4 5 6; do systemctl $0 restart watch-a; done; systemctl $0 stop watch-a",
            "--system" if ROOT else "--user",
        )
        process = await flapping
        while time.monotonic() < stop:
            with contextlib.suppress(asyncio.TimeoutError):
                event = await asyncio.wait_for(watch.__anext__(), 0.0005)
                sequence.append(event.sequence)
        await process.wait()
        assert len(sequence) > 20
        assert sequence == list(range(1, len(sequence) + 1))
        watch.close()

    asyncio.run(main())
