"""A wait for a state that takes too long says how things are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.systemctl import systemctl
from live.fixtures.units import SLEEP
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from live.fixtures.units import UnitFiles

#: A unit's lines, and the states in which it stays.
CASES: dict[str, tuple[str, str, str, str]] = {
    "running": (SLEEP, "", "active", "running"),
    "back-off": ("/bin/false", "Restart=always\nRestartSec=600", "activating", "auto-restart"),
    "failed": ("/bin/false", "", "failed", "failed"),
}


TIMEOUT = "1s 500ms"


def wait_blocking(options: dict[str, Any], unit: str) -> None:
    with pm2go.Systemd(**options) as systemd:
        systemd.wait_for_unit(unit, "reloading", timeout=TIMEOUT)


def wait_awaited(options: dict[str, Any], unit: str) -> None:
    async def wait() -> None:
        async with pm2go.AsyncSystemd(**options) as systemd:
            await systemd.wait_for_unit(unit, "reloading", timeout=TIMEOUT)

    asyncio.run(wait())


@pytest.mark.parametrize("wait", [wait_blocking, wait_awaited], ids=["sync", "asyncio"])
@pytest.mark.parametrize("case", CASES)
def test_a_wait_that_takes_too_long_tells_the_state_now(
    units: UnitFiles, dbus_options: dict[str, Any], case: str, wait: Callable[[dict[str, Any], str], None]
) -> None:
    command, service, active, sub = CASES[case]
    unit = units.service(command, service=service)
    systemctl("start", unit, check=False)
    wait_until(lambda: systemctl("show", "--value", "--property=SubState", unit) == sub)
    with pytest.raises(pm2go.OperationTimeoutError) as caught:
        wait(dbus_options, unit)
    error = caught.value
    assert (error.unit, error.active_state, error.sub_state) == (unit, active, sub)
    assert f"{active} ({sub})" in error.message
    assert TIMEOUT in error.message
