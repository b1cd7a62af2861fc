"""Closing ends what other threads wait for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.waiting import wait_until
from live.fixtures.ways import WAYS, Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

#: What takes until the unit is stopped, and what begins it.
WAITS: dict[str, Callable[[pm2go.Systemd, str], Any]] = {
    "start": lambda systemd, unit: systemd.start_unit(unit, timeout=60),
    "job": lambda systemd, unit: systemd.enqueue_job("start", unit).wait(timeout=60),
}
WAITS_WITH_DBUS: dict[str, Callable[[pm2go.Systemd, str], Any]] = {
    **WAITS,
    "state": lambda systemd, unit: (
        systemd.enqueue_job("start", unit),
        systemd.wait_for_unit(unit, "failed", timeout=60),
    ),
}
CASES = [(way, wait) for way in WAYS for wait in (WAITS if way is Way.COMMAND else WAITS_WITH_DBUS)]


@pytest.mark.parametrize("owner", ["systemd", "manager"])
@pytest.mark.parametrize(("way", "wait"), CASES)
def test_it_ends_the_wait_of_another_thread(units: UnitFiles, way: Way, wait: str, owner: str) -> None:
    unit = units.service(kind="notify")  # it never says that it is ready
    heard: list[BaseException] = []
    manager = pm2go.Manager(**WAYS[way])
    systemd = manager.systemd if owner == "manager" else connect(way)

    def begin() -> None:
        try:
            WAITS_WITH_DBUS[wait](systemd, unit)
        except pm2go.Pm2goError as error:
            heard.append(error)

    waiting = threading.Thread(target=begin)
    with connect(Way.PRIVATE) as other:
        waiting.start()
        wait_until(lambda: other.get_unit_status(unit).active_state == "activating")
        (manager if owner == "manager" else systemd).close()
        waiting.join(30)
        assert not waiting.is_alive()
        assert [type(error) for error in heard] == [pm2go.ConnectionLostError]
        assert other.get_unit_status(unit).active_state == "activating", "what systemd has begun goes on"
    manager.close()
