"""Watches and waits that begin while the manager or the bus does not answer, or many at once."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.bus import bus_pid, is_on_the_bus
from live.fixtures.descriptors import descriptors
from live.fixtures.scope import TARGET
from live.fixtures.services import SLEEP, services
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

#: So many begin at once.
MANY = 300
UNIT = "beginning-held.service"


@contextmanager
def stopped_bus() -> Iterator[None]:
    # A user's message bus begins with its first client.
    wait_until(is_on_the_bus)
    pid = bus_pid()
    assert pid > 0
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_watch_that_cannot_begin_goes_on_waiting() -> None:
    with connect(Way.BUS, timeout=0.3) as systemd, systemd.watch_units(TARGET) as watch:
        with stopped_bus():
            for _ in range(2):
                with pytest.raises(pm2go.WatchNotBegunError) as caught:
                    watch.next()
                assert isinstance(caught.value, pm2go.OperationTimeoutError)
                assert "300ms" in caught.value.message
                assert caught.value.hint
            with pytest.raises(pm2go.OperationTimeoutError) as late:
                watch.next(0.05)
            assert type(late.value) is pm2go.OperationTimeoutError, "the caller's own time is over"
        event = watch.next(30)
        assert event is not None
        assert (event.sequence, event.kind, event.unit) == (1, "snapshot", TARGET)


def test_an_awaited_watch_that_cannot_begin_goes_on_waiting() -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[Way.BUS], timeout=0.3) as systemd:
            watch = systemd.watch_units(TARGET)
            with stopped_bus():
                for _ in range(2):
                    with pytest.raises(pm2go.WatchNotBegunError):
                        await watch.__anext__()
            event = await asyncio.wait_for(watch.__anext__(), 30)
            assert (event.sequence, event.kind, event.unit) == (1, "snapshot", TARGET)

    asyncio.run(main())


def test_a_manager_that_was_away_is_found_by_the_next(tmp_path: os.PathLike[str]) -> None:
    """Where nobody is there an error says so at once; the watch itself has not ended."""
    path = os.path.join(os.fspath(tmp_path), "socket")  # noqa: PTH118 - a text is what is needed
    with pm2go.Systemd(address=path) as systemd, systemd.watch_units(TARGET) as watch:
        with pytest.raises(pm2go.MonitoringUnavailableError):
            watch.next()
        os.symlink(str(WAYS[Way.BUS]["address"]).rpartition("=")[2], path)  # noqa: PTH211
        event = watch.next(30)
        assert event is not None
        assert event.kind == "snapshot"
        assert not watch.closed


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_many_watches_begin_beside_a_manager_that_executes_itself_anew(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            await systemd.connect()
            watches = [systemd.watch_units(TARGET) for _ in range(MANY)]
            again = asyncio.ensure_future(asyncio.to_thread(systemctl, "daemon-reexec"))
            first = await asyncio.gather(*(watch.__anext__() for watch in watches))
            await again
            assert {(event.kind, event.unit) for event in first} == {("snapshot", TARGET)}

    asyncio.run(main())


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_waits_need_no_descriptor(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            await systemd.connect()
            before = descriptors()
            waits = [asyncio.ensure_future(systemd.wait_for_unit(UNIT, "active")) for _ in range(1000)]
            # Those that come last have asked by then how the unit is.
            await systemd.get_unit_status(UNIT)
            await asyncio.sleep(0)
            assert descriptors() <= before + 2
            await systemd.start_unit(UNIT)
            found = await asyncio.gather(*waits)
            assert {status.active_state for status in found} == {"active"}
            assert descriptors() <= before + 2

    with services(beginning_held=SLEEP):
        asyncio.run(main())


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_threads_that_wait_share_a_connection(way: Way) -> None:
    with services(beginning_held=SLEEP), connect(way) as systemd, ThreadPoolExecutor(40) as threads:
        with systemd.watch_units(TARGET) as watch:
            watch.next(30)
        before = descriptors()
        waits = [threads.submit(systemd.wait_for_unit, UNIT, "active", timeout=60) for _ in range(40)]
        systemd.start_unit(UNIT)
        assert {wait.result().active_state for wait in waits} == {"active"}
        assert descriptors() <= before + 2


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_awaited_watches_of_properties_share_a_connection(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            await systemd.connect()
            before = descriptors()
            watches = [systemd.watch_unit_properties(UNIT, "ActiveState") for _ in range(MANY)]
            first = await asyncio.gather(*(watch.__anext__() for watch in watches))
            assert {(event.kind, event.values["ActiveState"]) for event in first} == {
                ("snapshot", "inactive")
            }
            assert descriptors() <= before + 2
            await systemd.start_unit(UNIT)
            news = await asyncio.gather(*(watch.__anext__() for watch in watches))
            assert {event.values["ActiveState"] for event in news} <= {"activating", "active"}
            for watch in watches:
                watch.close()
            # The others' signals come on.
            with systemd.watch_unit_properties(UNIT, "ActiveState") as last:
                assert (await last.__anext__()).values["ActiveState"] == "active"
                await systemd.stop_unit(UNIT)
                assert (await last.__anext__()).changed.keys() == {"ActiveState"}

    with services(beginning_held=SLEEP):
        asyncio.run(main())


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_threads_that_watch_properties_share_a_connection(way: Way) -> None:
    with services(beginning_held=SLEEP), connect(way) as systemd, ThreadPoolExecutor(40) as threads:
        with systemd.watch_units(TARGET) as watch:
            watch.next(30)
        before = descriptors()
        streams = [systemd.watch_unit_properties(UNIT, "ActiveState") for _ in range(40)]
        first = [threads.submit(stream.next, 60) for stream in streams]
        assert {_state(event.result()) for event in first} == {"inactive"}
        assert descriptors() <= before + 2
        news = [threads.submit(stream.next, 60) for stream in streams]
        systemd.start_unit(UNIT)
        assert {_state(event.result()) for event in news} <= {"activating", "active"}
        assert descriptors() <= before + 2
        for stream in streams:
            stream.close()


def _state(event: pm2go.PropertiesEvent | None) -> object:
    assert event is not None
    return event.values["ActiveState"]


def test_a_watch_of_properties_that_cannot_begin_goes_on_waiting() -> None:
    with connect(Way.BUS, timeout=0.3) as systemd:
        watch = systemd.watch_unit_properties(TARGET, "ActiveState")
        with stopped_bus():
            for _ in range(2):
                with pytest.raises(pm2go.WatchNotBegunError):
                    watch.next()
        assert _state(watch.next(30)) == "active"
        watch.close()


def test_properties_of_a_manager_that_was_away_are_watched_by_the_next(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(os.fspath(tmp_path), "socket")  # noqa: PTH118 - a text is what is needed
    with pm2go.Systemd(address=path) as systemd:
        watch = systemd.watch_unit_properties(TARGET, "ActiveState")
        with pytest.raises(pm2go.MonitoringUnavailableError):
            watch.next()
        os.symlink(str(WAYS[Way.BUS]["address"]).rpartition("=")[2], path)  # noqa: PTH211
        assert _state(watch.next(30)) == "active"
        assert not watch.closed
        watch.close()
