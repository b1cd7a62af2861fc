"""What is read from a table, waited for with it, and told where that cannot be."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.bus import bus_pid, is_on_the_bus
from live.fixtures.descriptors import cut_sockets, descriptors
from live.fixtures.scope import TARGET
from live.fixtures.services import FAIL, SLEEP, services
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEPER, FAILED, SLOW = "table-sleep.service", "table-fail.service", "table-slow.service"
PATTERN = "table-*"
#: Its start goes on until it is stopped.
STARTING = "[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n"


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(table_sleep=SLEEP, table_fail=FAIL, table_slow=STARTING):
        yield


@pytest.fixture(params=DBUS_WAYS, ids=lambda way: way.value)
def client(request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    with connect(request.param) as systemd:
        yield systemd


def test_a_table_is_a_mapping(client: pm2go.Systemd) -> None:
    client.start_unit(SLEEPER)
    with client.live_units(PATTERN, TARGET) as table:
        assert table[SLEEPER].active_state == table["table-sleep"].active_state == "active"
        assert SLEEPER in table
        assert "table-sleep" in table
        assert "nobody.service" not in table
        assert 5 not in table  # type: ignore[comparison-overlap]
        with pytest.raises(KeyError, match="nobody"):
            table["nobody"]
        assert table.get("nobody") is None
        assert table.get("nobody", 5) == 5
        assert list(table) == sorted(table) == list(table.keys()) == [unit for unit, _ in table.items()]
        assert len(table) == len(table.values()) == len(set(table))
        assert table[TARGET] == dict(table)[TARGET]
        assert pickle.loads(pickle.dumps(dict(table))) == table


def test_a_picture_is_of_one_moment(client: pm2go.Systemd) -> None:
    with client.live_units(PATTERN) as table:
        items = table.items()
        client.start_unit(SLEEPER)
        assert SLEEPER not in dict(items)
        assert SLEEPER in dict(table.items())


def test_units_are_found_by_state_and_type(client: pm2go.Systemd) -> None:
    client.start_unit(SLEEPER)
    systemctl("start", FAILED)
    with client.live_units() as table:
        table.wait(lambda table: table[FAILED].active_state == "failed", 30)
        assert FAILED in table.select(states="failed")
        assert SLEEPER in table.select(states=["active", "failed"], types="service")
        assert TARGET in table.select(types=["target"])
        assert SLEEPER not in table.select(types="target")
        with pytest.raises(pm2go.ConfigError, match="no unit type"):
            table.select(types="nothing")
        with pytest.raises(pm2go.ConfigError):
            table.select(states="running")


def test_a_unit_comes_into_its_state_and_leaves_it(client: pm2go.Systemd) -> None:
    with client.live_units(PATTERN, states="active", types="service") as table:
        assert SLEEPER not in table
        client.start_unit(SLEEPER)
        assert SLEEPER in table
        table.changed(30)
        client.stop_unit(SLEEPER)
        assert SLEEPER not in table
        table.changed(30)


def test_an_alias_stands_for_its_unit(client: pm2go.Systemd) -> None:
    # Both scopes have this target, and it has no other name; what is asked for by name is completed.
    with client.live_units("table-sleep", TARGET) as table:
        assert list(table) == [TARGET]
        client.start_unit("table-sleep")
        assert list(table) == [TARGET, SLEEPER]


def test_a_job_is_in_it_from_its_beginning_to_its_end(client: pm2go.Systemd) -> None:
    job = client.enqueue_job("start", SLOW)
    with client.live_units(PATTERN) as table, client.live_units(TARGET) as other:
        assert table.jobs == {SLOW: job.id}, "it began before the table did"
        assert other.jobs == {}
        client.stop_unit(SLOW)
        assert table.jobs == {}
        later = client.enqueue_job("start", SLOW)
        assert table.jobs == {SLOW: later.id}
        systemctl("daemon-reload")
        table.wait(lambda table: table.jobs == {SLOW: later.id}, 30)
        client.stop_unit(SLOW)
        assert table.jobs == {}


def test_changed_tells_once_what_came_since_it_told_last(client: pm2go.Systemd) -> None:
    with client.live_units(SLEEPER) as table:
        client.start_unit(SLEEPER)
        assert table[SLEEPER].active_state == "active"
        table.changed(30)
        with pytest.raises(pm2go.OperationTimeoutError, match="nothing changed in time"):
            table.changed(0.2)


def test_a_wait_tells_how_the_units_are_when_it_is_too_late(client: pm2go.Systemd) -> None:
    client.start_unit(SLEEPER)
    with client.live_units(PATTERN) as table:
        table.wait(lambda table: table[SLEEPER].main_pid)
        with pytest.raises(pm2go.OperationTimeoutError, match="the units are now: 1 active") as caught:
            table.wait(lambda _: False, timeout=0.1)
        assert caught.value.hint == "to wait longer give timeout="


def test_what_a_predicate_raises_comes_through(client: pm2go.Systemd) -> None:
    with client.live_units(PATTERN) as table, pytest.raises(ZeroDivisionError):
        table.wait(lambda _: 1 // 0)


def test_whoever_waits_stops_when_the_table_is_closed(client: pm2go.Systemd) -> None:
    table = client.live_units(PATTERN)
    errors: list[Exception] = []
    with table:
        waiting = threading.Event()

        def wait() -> None:
            def never(_: object) -> bool:
                waiting.set()
                return False

            try:
                table.wait(never)
            except pm2go.ConfigError as error:
                errors.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        assert waiting.wait(30)
    thread.join(30)
    assert not thread.is_alive()
    assert "closed" in str(errors[0])
    for read in (lambda: table[SLEEPER], lambda: len(table), lambda: table.jobs, lambda: table.current):
        with pytest.raises(pm2go.ConfigError, match="closed"):
            read()


def test_a_table_is_closed_with_its_client() -> None:
    with connect(Way.PRIVATE) as systemd:
        table = systemd.live_units(PATTERN)
        assert len(table) == 0, "whoever reads it first fills it"
    assert table.closed


def test_a_closed_table_leaves_nothing_open() -> None:
    with connect(Way.PRIVATE) as systemd:
        systemd.connect()
        with systemd.live_units(PATTERN):
            pass
        before = descriptors()
        for _ in range(20):
            with systemd.live_units(PATTERN) as table:
                assert table.current
        assert descriptors() <= before


def test_a_table_reads_again_after_its_connection_broke(client: pm2go.Systemd) -> None:
    client.start_unit(SLEEPER)
    with client.live_units(PATTERN) as table:
        before = table[SLEEPER].main_pid
        cut_sockets()
        assert not table.current
        systemctl("restart", SLEEPER)
        assert table[SLEEPER].main_pid not in {None, before}
        assert table.current


def test_a_table_that_cannot_be_filled_says_so(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(os.fspath(tmp_path), "socket")  # noqa: PTH118 - a text is what is needed
    with pm2go.Systemd(address=path) as systemd:
        with pytest.raises(pm2go.MonitoringUnavailableError), systemd.live_units():
            pytest.fail("it is not filled")
        with pytest.raises(pm2go.MonitoringUnavailableError):
            len(systemd.live_units())
    with pm2go.Systemd(backend="command") as systemd, pytest.raises(pm2go.MonitoringUnavailableError):
        systemd.live_units()


def test_a_read_says_when_the_manager_does_not_answer() -> None:
    wait_until(is_on_the_bus)
    with connect(Way.BUS, timeout=0.3) as systemd, systemd.live_units(TARGET) as table:
        pid = bus_pid()
        cut_sockets()
        os.kill(pid, signal.SIGSTOP)
        try:
            assert not table.current
            with pytest.raises(pm2go.OperationTimeoutError, match="not current within 300ms"):
                table[TARGET]
            with pytest.raises(pm2go.WatchNotBegunError, match="not filled within 300ms"):
                len(systemd.live_units("*.slice"))
        finally:
            os.kill(pid, signal.SIGCONT)
        table.wait(lambda table: table[TARGET].active_state == "active", 30)


def test_threads_read_one_table_while_one_waits(client: pm2go.Systemd) -> None:
    with client.live_units(PATTERN) as table:
        states: list[Any] = []

        def read() -> None:
            table.wait(lambda table: SLEEPER in table and table[SLEEPER].active_state == "active", 30)
            states.append(table[SLEEPER].active_state)

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        client.start_unit(SLEEPER)
        assert table[SLEEPER].active_state == "active"
        for thread in threads:
            thread.join(30)
        assert states == ["active"] * 8


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_an_awaited_table_has_the_same(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            unfilled = systemd.live_units(PATTERN)
            with pytest.raises(pm2go.ConfigError, match="not filled yet"):
                len(unfilled)
            with pytest.raises(pm2go.ConfigError, match="not filled yet"):
                await unfilled.changed()
            async with unfilled as table:
                assert table.current
                assert len(table) == 0
                waiting = asyncio.ensure_future(table.wait(lambda table: SLEEPER in table, 30))
                await systemd.start_unit(SLEEPER)
                assert table["table-sleep"].active_state == "active"
                await waiting
                await table.changed(30)
                with pytest.raises(pm2go.OperationTimeoutError):
                    await table.changed(0.1)
                job = await systemd.enqueue_job("start", SLOW)
                assert table.jobs == {SLOW: job.id}
                await systemd.stop_unit(SLOW)
                assert table.jobs == {}
                waiting = asyncio.ensure_future(table.wait(lambda _: False))
                await asyncio.sleep(0)
            with pytest.raises(pm2go.ConfigError, match="closed"):
                await waiting

    asyncio.run(main())


def test_an_awaited_table_tells_that_it_is_not_current() -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[Way.PRIVATE]) as systemd, systemd.live_units(TARGET) as table:
            cut_sockets()
            await table.changed(30)
            while not table.current:
                assert table[TARGET].active_state == "active", "it tells how it was"
                await table.changed(30)

    asyncio.run(main())


def test_a_manager_has_a_table_of_its_apps() -> None:
    with pm2go.Manager() as manager:
        manager.start(pm2go.AppConfig(name="table", command=["/bin/sleep", "60"]))
        with manager.live_units() as table:
            assert table["pm2-table"].active_state == "active"
            manager.delete("table")
            assert "pm2-table" not in table
