"""The end of `watch_unit_properties`: whoever waits is let go, and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading

import pytest

import pm2go
from live.fixtures.bus import match_rules
from live.fixtures.descriptors import descriptors
from live.fixtures.programs import run_program
from live.fixtures.waiting import until, wait_until, waits_in_poll
from live.fixtures.ways import DBUS_WAYS, WAYS, Way

from .watched import STATES, UNIT


def test_closing_from_another_thread_ends_a_blocking_reader(systemd: pm2go.Systemd) -> None:
    watch = systemd.watch_unit_properties(UNIT, STATES)
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
        watch = client.watch_unit_properties(UNIT, STATES)
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


@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_nothing_is_left_of_watches_on_a_loop(way: Way) -> None:
    async def main() -> None:
        client = pm2go.AsyncSystemd(**WAYS[way])
        before = descriptors()
        rules = match_rules()
        for number in range(30):
            if number % 3 == 0:
                async with client.watch_unit_properties(UNIT, STATES) as watch:
                    await watch.__anext__()
            elif number % 3 == 1:
                async for _ in client.watch_unit_properties(UNIT, "ExecStart"):
                    break
            else:
                watch = client.watch_unit_properties(UNIT, STATES)
                reader = asyncio.ensure_future(watch.__anext__())
                for _ in range(number % 4 * 10):
                    await asyncio.sleep(0)
                watch.close()
                with contextlib.suppress(StopAsyncIteration):
                    await reader
        del watch, reader
        gc.collect()  # generators and exceptions that were thrown away
        await until(lambda: descriptors() == before and match_rules() == rules)
        await client.close()

    asyncio.run(main())


def test_nothing_is_left_of_blocking_watches(systemd: pm2go.Systemd) -> None:
    systemd.connect()
    before = descriptors()
    rules = match_rules()
    for number in range(20):
        watch = systemd.watch_unit_properties(UNIT, STATES)
        next(watch)
        if number % 2:
            watch.close()
        del watch
        with pytest.raises(pm2go.ConfigError):
            systemd.watch_unit_properties(UNIT, "Nonsense").next()
    gc.collect()
    assert descriptors() <= before
    wait_until(lambda: match_rules() <= rules, seconds=2)


def test_a_forked_child_has_no_part_in_it() -> None:
    run_program(f"""
        import os
        import pm2go
        watch = pm2go.Systemd().watch_unit_properties("{UNIT}", "ActiveState")
        assert watch.next().kind == "snapshot"
        child = os.fork()
        if not child:
            try:
                watch.next()
            except pm2go.ConnectionLostError as error:
                assert "parent" in str(error), error
                watch.close()
                with pm2go.Systemd() as systemd, systemd.watch_unit_properties("{UNIT}", "ActiveState") as own:
                    os._exit(own.next().sequence != 1)
            os._exit(9)
        assert os.waitpid(child, 0)[1] == 0
        try:
            watch.next(0.2)
        except pm2go.OperationTimeoutError:
            pass
        assert not watch.closed
        watch.close()
    """)
