"""A table equals what `systemctl` shows after each of many random changes; PM2GO_TABLE_CHANGES says how many."""

from __future__ import annotations

import asyncio
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.services import FAIL, ONESHOT, SLEEP, services
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import until, wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHANGES = int(os.environ.get("PM2GO_TABLE_CHANGES", "60"))
#: It stays up until it is stopped, with nothing that runs.
REMAINS = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
SLEEPERS = ["equal-a.service", "equal-b.service"]
UNITS = [*SLEEPERS, "equal-c.service", "equal-d.service", "equal-e.service"]
PATTERN = "equal-*"
TOLD = ["LoadState", "ActiveState", "SubState"]
DETAILS = ["MainPID", "Result", "ExecMainCode", "ExecMainStatus", "NRestarts", "InvocationID"]

pytestmark = pytest.mark.timeout(60 + CHANGES)


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(equal_a=SLEEP, equal_b=SLEEP, equal_c=REMAINS, equal_d=FAIL, equal_e=ONESHOT):
        yield


def loaded() -> set[str]:
    """The units that systemd has in memory. (It would load those that it is asked about by their names.)"""
    rows = systemctl("list-units", "--all", "--full", "--plain", "--no-legend", PATTERN).splitlines()
    return {row.split()[0] for row in rows}


def shown(unit: str) -> dict[str, str]:
    """What is told of a unit, by systemctl; the details of what has run."""
    lines = systemctl("show", *(f"--property={name}" for name in [*TOLD, *DETAILS]), unit).splitlines()
    found = dict(line.split("=", 1) for line in lines)
    return {name: found[name] for name in ([*TOLD, *DETAILS] if found["ActiveState"] != "inactive" else TOLD)}


def as_shown(state: pm2go.UnitState) -> dict[str, str]:
    """The same of a state in the table."""
    values: list[Any] = [state.load_state, state.active_state, state.sub_state]
    if state.active_state != "inactive":
        values += [state.main_pid or 0, state.result, state.exec_main_code or 0, state.exec_main_status or 0]
        values += [state.n_restarts or 0, state.invocation_id or ""]
    return {name: str(value) for name, value in zip([*TOLD, *DETAILS], values)}


def told(table: Mapping[str, pm2go.UnitState]) -> dict[str, dict[str, str]]:
    return {unit: as_shown(state) for unit, state in table.items()}


def by_systemctl() -> dict[str, dict[str, str]]:
    return {unit: shown(unit) for unit in loaded()}


def check(found: dict[str, Any], expected: dict[str, Any], cause: object) -> None:
    """What is there is as systemctl shows it. (What is down goes from memory when systemd comes to that.)"""
    for unit in found.keys() & expected.keys():
        assert found[unit] == expected[unit], (unit, cause)
    for unit in found.keys() ^ expected.keys():
        assert {**found, **expected}[unit]["ActiveState"] == "inactive", (unit, cause)


#: What this client can do to a unit: all of it is over when the call returns.
Change = tuple[str, tuple[Any, ...]]


def change(choose: random.Random) -> Change:
    unit = choose.choice(UNITS)
    verb = choose.choice(
        ["start_unit", "stop_unit", "restart_unit", "reset_failed_unit", "kill_unit", "daemon_reload"]
    )
    if verb == "daemon_reload":
        return verb, ()
    if verb == "kill_unit":
        return verb, (choose.choice(SLEEPERS), "SIGKILL")
    return verb, (unit,)


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_a_table_equals_what_systemctl_shows_after_each_change(way: Way) -> None:
    choose = random.Random(1)
    with connect(way) as systemd, systemd.live_units(PATTERN) as table:
        for number in range(CHANGES):
            verb, arguments = change(choose)
            try:
                getattr(systemd, verb)(*arguments)
                outcome = "done"
            except pm2go.Pm2goError as error:
                outcome = str(error)
            if verb == "kill_unit":
                # The process ends when it gets to that.
                systemd.wait_for_unit(arguments[0], ["inactive", "failed"])
            found = told(table)
            assert table.current
            assert table.jobs == {}
            check(found, by_systemctl(), (number, verb, arguments, outcome))
            wait_until(equals(table))


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_an_awaited_table_equals_what_systemctl_shows_after_each_change(way: Way) -> None:
    async def main() -> None:
        choose = random.Random(2)
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd, systemd.live_units(PATTERN) as table:
            for number in range(CHANGES):
                verb, arguments = change(choose)
                try:
                    await getattr(systemd, verb)(*arguments)
                    outcome = "done"
                except pm2go.Pm2goError as error:
                    outcome = str(error)
                if verb == "kill_unit":
                    await systemd.wait_for_unit(arguments[0], ["inactive", "failed"])
                await table.wait(lambda table: not table.jobs)
                check(told(table), by_systemctl(), (number, verb, arguments, outcome))
                await until(equals(table))

    asyncio.run(main())


def by_others(choose: random.Random) -> None:
    """Somebody else does something, and is done with it."""
    verb, arguments = change(choose)
    words = [
        verb.replace("_unit", "").replace("_", "-"),
        *(f"--signal={text}" for text in arguments[1:]),
        *arguments[:1],
    ]
    systemctl(*words, check=False)


def equals(table: Mapping[str, pm2go.UnitState]) -> Callable[[], bool]:
    return lambda: told(table) == by_systemctl()


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_a_table_comes_to_equal_what_others_have_changed(way: Way) -> None:
    choose = random.Random(3)
    with connect(way) as systemd, systemd.live_units(PATTERN) as table:
        for _ in range(CHANGES // 4):
            by_others(choose)
            wait_until(equals(table))


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_an_awaited_table_comes_to_equal_what_others_have_changed(way: Way) -> None:
    async def main() -> None:
        choose = random.Random(4)
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd, systemd.live_units(PATTERN) as table:
            for _ in range(CHANGES // 4):
                await asyncio.to_thread(by_others, choose)
                await until(equals(table))

    asyncio.run(main())


def test_a_table_equals_again_after_the_manager_has_executed_itself_anew() -> None:
    with connect(Way.PRIVATE) as systemd, systemd.live_units(PATTERN) as table:
        systemd.start_unit(SLEEPERS[0])
        before = table[SLEEPERS[0]].main_pid
        systemctl("daemon-reexec")
        systemctl("stop", SLEEPERS[0])
        systemctl("start", SLEEPERS[1])
        wait_until(equals(table))
        assert table[SLEEPERS[1]].main_pid not in {None, before}
