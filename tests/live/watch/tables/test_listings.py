"""A listing is that of a table that is open, where the table knows all of it; or else systemd is asked."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.bus import bus_pid, is_on_the_bus
from live.fixtures.services import FAIL, SLEEP, services
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

PATTERN = "listed-*"
SLEEPER, FAILED = "listed-sleep.service", "listed-fail.service"
DESCRIBED = "[Unit]\nDescription=It sleeps\n" + SLEEP


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(listed_sleep=DESCRIBED, listed_fail=FAIL):
        yield


@contextmanager
def stopped_bus() -> Iterator[None]:
    wait_until(is_on_the_bus)
    pid = bus_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("patterns", [(PATTERN,), ()])
def test_a_listing_out_of_a_table_needs_nobody(patterns: tuple[str, ...]) -> None:
    systemctl("start", SLEEPER)
    with connect(Way.BUS, timeout=5) as systemd, systemd.live_units(*patterns):
        first = systemd.list_units(PATTERN)
        assert [(row.name, row.description, row.active_state) for row in first] == [
            (SLEEPER, "It sleeps", "active")
        ]
        with stopped_bus():
            assert systemd.list_units(PATTERN) == first
            with pytest.raises(pm2go.OperationTimeoutError):
                systemd.list_units(SLEEPER, timeout=0.2)


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_a_listing_out_of_a_table_is_that_of_systemd(way: Way) -> None:
    with connect(way) as systemd, connect(way) as other, systemd.live_units():
        for verb, unit in [
            ("start", SLEEPER),
            ("start", FAILED),
            ("stop", SLEEPER),
            ("reset-failed", FAILED),
            ("start", SLEEPER),
        ]:
            systemctl(verb, unit, check=False)
            # What systemctl has done is told a moment later; units that are down go from memory.
            wait_until(lambda: systemd.list_units(PATTERN) == other.list_units(PATTERN))
        systemd.stop_unit(SLEEPER)
        assert "active" not in {row.active_state for row in systemd.list_units(PATTERN)}
        everything = systemd.list_units()
        assert {row.name for row in everything} >= {"basic.target"}


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_an_awaited_listing_out_of_a_table_is_that_of_systemd(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd, systemd.live_units(PATTERN):
            with connect(way) as other:
                for verb in ("start", "restart", "stop"):
                    await getattr(systemd, f"{verb}_unit")(SLEEPER)
                    states = [row.active_state for row in await systemd.list_units(PATTERN)]
                    assert states in ([["active"]] if verb != "stop" else [["inactive"], []])
                    await systemd.list_units(PATTERN)
                    for row in await systemd.list_units(PATTERN):
                        assert row in other.list_units(PATTERN) or row.active_state == "inactive"

    asyncio.run(main())
