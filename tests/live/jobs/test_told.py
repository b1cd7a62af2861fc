"""What a unit logs is told while it is waited for: `log=`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable, Optional

import pytest

import pm2go
from live.fixtures.ways import WAYS, Way, connect

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles

#: It gets ready when it has said its three lines, and the last one is waited for.
SLOW = "/bin/sh -c 'for i in 1 2 3; do echo line $$i; sleep 0.3; done; {end}'"
Call = Callable[..., Any]


def blocking(way: Way) -> Call:
    def call(verb: str, *arguments: Any, **options: Any) -> Any:
        with connect(way) as systemd:
            return getattr(systemd, verb)(*arguments, **options)

    return call


def awaited(way: Way) -> Call:
    def call(verb: str, *arguments: Any, **options: Any) -> Any:
        async def main() -> Any:
            async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
                return await getattr(systemd, verb)(*arguments, **options)

        return asyncio.run(main())

    return call


@pytest.fixture(params=[blocking, awaited], ids=lambda face: face.__name__)
def call(request: pytest.FixtureRequest, way: Way) -> Call:
    made: Call = request.param(way)
    return made


@pytest.fixture(params=WAYS, ids=lambda way: way.value)
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


def test_each_line_is_told_while_the_start_goes_on(call: Call, units: UnitFiles, tmp_path: Path) -> None:
    """It says the next one, and ends, when we have heard the last."""
    loop = f"for i in 1 2 3; do echo line $$i; until [ -e {tmp_path}/heard$$i ]; do sleep 0.02; done; done"
    name = units.service(f"/bin/sh -c '{loop}'", kind="oneshot", service="RemainAfterExit=yes")
    lines: list[str] = []

    def hear(entry: pm2go.journal.Entry) -> None:
        if str(entry.message).startswith("line"):
            lines.append(str(entry.message))
            (tmp_path / f"heard{len(lines)}").touch()

    assert call("start_unit", name, log=hear).result == "done"
    assert lines == ["line 1", "line 2", "line 3"]


def test_of_a_start_that_fails_all_is_told(call: Call, units: UnitFiles) -> None:
    name = units.service(SLOW.format(end="exit 7"), kind="oneshot")
    told: list[str] = []
    with pytest.raises(pm2go.JobFailedError) as caught:
        call("restart_unit", name, log=lambda entry: told.append(entry.message))
    assert caught.value.exit_code == 7
    assert set(caught.value.log) <= set(told)
    assert "line 3" in told


def test_what_the_function_raises_ends_the_wait(call: Call, units: UnitFiles) -> None:
    name = units.service(SLOW.format(end="sleep 300"), kind="oneshot")

    def refuse(entry: pm2go.journal.Entry) -> None:
        if entry.message == "line 1":
            raise LookupError(entry.message)

    with pytest.raises(LookupError, match="line 1"):
        call("start_unit", name, log=refuse, timeout=60)


def test_a_function_may_ask_itself(call: Call, units: UnitFiles) -> None:
    name = units.service(SLOW.format(end="exit 0"), kind="oneshot")
    states: list[str] = []

    def ask(entry: pm2go.journal.Entry) -> None:
        if entry.message == "line 1":
            with pm2go.Systemd() as systemd:
                states.append(systemd.get_unit_status(name).active_state)

    call("start_unit", name, log=ask)
    assert states == ["activating"]


def test_a_deadline_holds(call: Call, units: UnitFiles) -> None:
    name = units.service(SLOW.format(end="sleep 300"), kind="oneshot")
    told: list[str] = []
    with pytest.raises(pm2go.OperationTimeoutError):
        call("start_unit", name, timeout=4, log=lambda entry: told.append(entry.message))
    assert "line 1" in told


def test_what_is_no_function_is_refused_before_anything_happens(call: Call, units: UnitFiles) -> None:
    name = units.service()
    with pytest.raises(pm2go.ConfigError, match="log is of the type str"):
        call("start_unit", name, log="print")
    with connect(Way.COMMAND) as systemd:
        assert systemd.get_unit_status(name).active_state == "inactive"


def test_an_app_tells(units: UnitFiles) -> None:
    told: list[Optional[str]] = []
    with pm2go.Manager() as manager:
        app = pm2go.AppConfig(name=units.app(), command=["/bin/sh", "-c", "echo ready; exec sleep 300"])
        manager.start(app, log=lambda entry: told.append(entry.message))
        assert "ready" in told
        manager.restart(app.name, log=lambda entry: told.append(entry.message))
        assert told.count("ready") == 2
