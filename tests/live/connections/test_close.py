"""Closing ends what other threads wait for."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.waiting import wait_until, waits_in_poll
from live.fixtures.ways import WAYS, Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles


def wait_for_failure(systemd: pm2go.Systemd, unit: str) -> Callable[[], Any]:
    systemd.enqueue_job("start", unit)
    return partial(systemd.wait_for_unit, unit, "failed", timeout=60)


#: What takes until the unit is stopped: what is done before it, and what is waited for in one call.
WAITS: dict[str, Callable[[pm2go.Systemd, str], Callable[[], Any]]] = {
    "start": lambda systemd, unit: partial(systemd.start_unit, unit, timeout=60),
    "job": lambda systemd, unit: partial(systemd.enqueue_job("start", unit).wait, timeout=60),
}
WAITS_WITH_DBUS: dict[str, Callable[[pm2go.Systemd, str], Callable[[], Any]]] = {
    **WAITS,
    "state": wait_for_failure,
}
CASES = [(way, wait) for way in WAYS for wait in (WAITS if way is Way.COMMAND else WAITS_WITH_DBUS)]


@pytest.mark.parametrize("owner", ["systemd", "manager"])
@pytest.mark.parametrize(("way", "wait"), CASES)
def test_it_ends_the_wait_of_another_thread(units: UnitFiles, way: Way, wait: str, owner: str) -> None:
    unit = units.service(kind="notify")  # it never says that it is ready
    heard: list[BaseException] = []
    manager = pm2go.Manager(**WAYS[way])
    systemd = manager.systemd if owner == "manager" else connect(way)

    call = WAITS_WITH_DBUS[wait](systemd, unit)

    def begin() -> None:
        try:
            call()
        except pm2go.Pm2goError as error:
            heard.append(error)

    waiting = threading.Thread(target=begin)
    with connect(Way.PRIVATE) as other:
        waiting.start()
        wait_until(lambda: other.get_unit_status(unit).active_state == "activating")
        wait_until(lambda: waits_in_poll(os.getpid(), waiting.native_id))
        (manager if owner == "manager" else systemd).close()
        waiting.join(30)
        assert not waiting.is_alive()
        assert [type(error) for error in heard] == [pm2go.ConnectionLostError]
        assert other.get_unit_status(unit).active_state == "activating", "what systemd has begun goes on"
    manager.close()
