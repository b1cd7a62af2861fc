"""One client on many event loops, one after the other and at once."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import uvloop

import pm2go
from live.fixtures.descriptors import descriptors, load
from live.fixtures.programs import run_program
from live.fixtures.services import SLEEP, services
from live.fixtures.waiting import until
from live.fixtures.ways import WAYS, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm2go._core import LoopDriver


@pytest.fixture(scope="module", autouse=True)
def units() -> Iterator[None]:
    with services(loops_sleep=SLEEP):
        yield


def driver(systemd: pm2go.AsyncSystemd) -> LoopDriver:
    """Return what drives the running loop's connection."""
    return systemd._loops.driver()


def test_asyncio_run_again_and_again_with_one_client(options: dict[str, Any]) -> None:
    systemd = pm2go.AsyncSystemd(**options)

    async def main() -> None:
        await systemd.get_unit_status("loops-sleep")

    counts = []
    for _ in range(10):
        asyncio.run(main())
        counts.append(descriptors())
    # Something may be open for a moment only; what is left of each run grows with them.
    assert counts[-1] < counts[0] + len(counts) // 2, counts
    asyncio.run(systemd.close())
    assert descriptors() == counts[0]


def test_a_loop_in_each_of_several_threads(dbus_options: dict[str, Any]) -> None:
    systemd = pm2go.AsyncSystemd(**dbus_options)
    before = descriptors()
    found: list[str] = []

    async def main() -> None:
        for _ in range(20):
            both = await asyncio.gather(systemd.get_unit_status("loops-sleep"), systemd.list_units("loops-*"))
            found.append(both[0].name)

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == ["loops-sleep.service"] * 120
    assert descriptors() == before


def test_closing_reaches_the_loops_of_other_threads() -> None:
    systemd = pm2go.AsyncSystemd(backend="dbus")
    begun, ended = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    async def wait() -> None:
        waiting = asyncio.ensure_future(systemd.wait_for_unit("loops-sleep", "failed", timeout=60))
        await until(lambda: load(systemd)[:2] == (1, 1))
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await waiting
            except pm2go.ConnectionLostError as error:
                errors.append(error)
        ended.set()

    thread = threading.Thread(target=asyncio.run, args=(wait(),))
    thread.start()
    assert begun.wait(60)
    asyncio.run(systemd.close())
    assert ended.wait(60)
    thread.join(60)
    assert len(errors) == 1


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.value)
def test_uvloop(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            await systemd.start_unit("loops-sleep", settle=0)
            await asyncio.gather(*[systemd.get_unit_status("loops-sleep") for _ in range(50)])
            if way is not Way.COMMAND:
                with systemd.watch_units("loops-sleep.service") as watch:
                    async for event in watch:
                        assert event.active_state == "active"
                        break
                assert (await systemd.wait_for_unit("loops-sleep", "running", stable=0.1)).main_pid
                with pytest.raises(pm2go.OperationTimeoutError):
                    await systemd.wait_for_unit("loops-sleep", "failed", timeout=0.1)
            await systemd.stop_unit("loops-sleep")

    for _ in range(3):
        loop = uvloop.new_event_loop()
        try:
            loop.run_until_complete(main())
        finally:
            loop.close()


def test_anyio_on_asyncio() -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd() as systemd, anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(systemd.get_unit_status, "loops-sleep")
            with anyio.move_on_after(0.2) as scope:
                await systemd.wait_for_unit("loops-sleep", "failed")
            assert scope.cancelled_caught
            assert (await systemd.get_unit_status("loops-sleep")).load_state == "loaded"

    anyio.run(main, backend="asyncio")


def test_no_running_loop_is_a_clear_error() -> None:
    call = pm2go.AsyncSystemd().daemon_reload()
    with pytest.raises(RuntimeError, match="no running event loop"):
        call.send(None)


def test_blocking_calls_inside_a_running_loop() -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd() as systemd:
            pending = asyncio.ensure_future(systemd.get_unit_status("loops-sleep"))
            with pm2go.Systemd() as other:
                assert other.get_unit_status("loops-sleep").name == (await pending).name

    asyncio.run(main())


def test_a_client_that_is_dropped_closes_its_connection(dbus_options: dict[str, Any]) -> None:
    async def main() -> None:
        before = descriptors()
        for _ in range(5):
            systemd = pm2go.AsyncSystemd(**dbus_options)
            await systemd.connect()
            # The socket, and what wakes the loop when the keeper has read for it.
            assert descriptors() == before + 2
            del systemd
            gc.collect()
            await until(lambda: descriptors() == before)

    asyncio.run(main())


def test_a_call_that_is_thrown_away_with_its_loop_says_nothing() -> None:
    run_program("""
        import asyncio, pm2go
        systemd = pm2go.AsyncSystemd()
        loop = asyncio.new_event_loop()
        call = systemd.wait_for_unit("loops-sleep", "failed")
        async def begin():
            call.send(None)
            while systemd.endpoint is None:
                await asyncio.sleep(0)
        loop.run_until_complete(begin())
        loop.close()
        del call
    """)
