"""`watch_units` tells what happens to units, and of those alone that were asked for."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.streams import Stream
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import until

from .watched import OURS, reaches, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from live.fixtures.streams import StreamOf


def test_first_a_snapshot_then_what_happens(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemd.start_unit("watch-a", settle=0)
    begin = datetime.now(timezone.utc)
    stream = stream_of(systemd.watch_units(*OURS))
    first = stream.next()
    assert (first.kind, first.sequence, *state(first)) == ("snapshot", 1, "watch-a.service", "active")
    assert first.old is None
    assert first.new is not None
    assert first.new.main_pid == first.main_pid
    assert first.new.invocation_id == systemd.get_unit_status("watch-a").invocation_id
    assert begin - timedelta(seconds=1) < first.timestamp < datetime.now(timezone.utc)

    systemctl("start", "watch-b")
    started = stream.until(lambda event: event.kind == "job-removed")
    assert {event.unit for event in started} == {"watch-b.service"}
    kinds = [event.kind for event in started]
    assert kinds.index("added") < kinds.index("job-new") < kinds.index("changed")
    assert started[-1].job_result == "done"
    assert started[-1].job_id == started[kinds.index("job-new")].job_id
    active = started[-2]
    assert (active.old and active.old.active_state, active.sub_state) == ("inactive", "running")

    systemctl("stop", "watch-b")
    stopped = stream.until(reaches("watch-b.service", "inactive"))
    assert [event.sub_state for event in stopped if event.kind == "changed"][-2:] == ["stop-sigterm", "dead"]
    assert stopped[-1].new is not None
    assert stopped[-1].new.result == "success"

    systemctl("kill", "--signal=KILL", "watch-a")
    killed = stream.until(reaches("watch-a.service", "failed"))[-1].new
    assert killed is not None
    assert (killed.result, killed.exec_main_code, killed.exec_main_status) == ("signal", 2, signal.SIGKILL)

    systemctl("start", "watch-fail", check=False)
    failed = stream.until(reaches("watch-fail.service", "failed"))[-1].new
    assert failed is not None
    assert (failed.result, failed.exec_main_code, failed.exec_main_status) == ("exit-code", 1, 7)
    sequence = [event.sequence for event in [*started, *stopped]]
    assert sequence == list(range(2, 2 + len(sequence)))


def test_a_unit_that_goes_away_is_an_event(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    stream = stream_of(systemd.watch_units("watch-gone.service"))
    assert stream.quiet(0.2) == []
    subprocess.run(
        ["systemd-run", *SCOPE_OPTION, "--unit=watch-gone", "/bin/true"], check=True, capture_output=True
    )
    events = stream.until(lambda event: event.kind == "removed")
    assert events[0].kind == "added"
    assert events[-1].new is None
    assert events[-1].old is not None


def test_old_and_new_make_a_chain(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    """Nobody is told of a state that came from nowhere."""
    stream = stream_of(systemd.watch_units(*OURS))
    stream.quiet(0.2)
    for _ in range(5):
        systemctl("start", "watch-a", "watch-once", "watch-b")
        systemctl("stop", "watch-a", "watch-b")
    known: dict[str, pm2go.UnitState | None] = {}
    events = [event for event in stream.quiet() if event.kind in {"changed", "added", "removed"}]
    for event in events:
        assert event.unit is not None
        assert event.old == known.get(event.unit), event
        known[event.unit] = event.new
    for unit in ("watch-a.service", "watch-b.service"):
        states = [event.active_state for event in events if event.unit == unit and event.kind == "changed"]
        assert states.count("active") >= 5, states
    once = [event.sub_state for event in events if event.unit == "watch-once.service"]
    assert once.count("start") == 5, once


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"types": "target"}, lambda event: event.unit.endswith(".target")),
        ({"types": ["service", "socket"]}, lambda event: event.unit.endswith((".service", ".socket"))),
        ({"states": ["failed"]}, lambda event: event.active_state == "failed"),
    ],
)
def test_filters(
    systemd: pm2go.Systemd, filters: dict[str, Any], wanted: Callable[[pm2go.UnitEvent], bool]
) -> None:
    with systemd.watch_units(**filters) as watch:
        stream = Stream(watch, None)
        stream.quiet(0.2)
        systemctl("start", "watch-a")
        systemctl("start", "watch-fail", check=False)
        seen = stream.quiet()
    assert all(wanted(event) for event in seen if event.unit is not None)
    assert seen or filters == {"types": "target"}


def is_connected(watch: pm2go.Watch) -> bool:
    """Tell whether an awaited watch has a socket."""
    driver = None if watch._driver is None else watch._driver()
    return driver is not None and driver.load()[1] > 0


def test_apps_alone_for_managers() -> None:
    app = pm2go.AppConfig(name="api", command=["/bin/sleep", "100"])

    async def main() -> None:
        async with pm2go.AsyncManager(prefix="watched-") as manager:
            watch = manager.watch_units()

            async def read() -> set[str | None]:
                return {event.unit async for event in watch}

            reader = asyncio.ensure_future(read())
            # From its connection on it hears everything.
            await until(lambda: is_connected(watch))
            await manager.systemd.start_unit("watch-a")
            await manager.start(app)
            await manager.delete("api")
        assert watch.closed
        assert await asyncio.wait_for(reader, 60) - {None} == {"watched-api.service"}

    asyncio.run(main())
    with pm2go.Manager(prefix="watched-") as manager:
        watch = manager.watch_units()
        manager.start(app)
        assert Stream(watch, None).until(lambda event: event.unit)[-1].unit == "watched-api.service"
        manager.delete("api")
    assert watch.next() is None
