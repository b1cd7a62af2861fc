from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import pickle
import signal
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.place import forget_starts_of_the_bus, waits_in_poll
from live.fixtures.stage import (
    DBUS_WAYS,
    FAIL,
    ONESHOT,
    ROOT,
    SLEEP,
    cut_sockets,
    descriptors,
    services,
    systemctl,
    until,
    wait_until,
)
from live.fixtures.streams import Stream, match_rules
from pm2go._core import LoopDriver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from live.fixtures.streams import StreamOf

OURS = ("watch-a.service", "watch-b.service", "watch-fail.service", "watch-once.service")


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(watch_a=SLEEP, watch_b=SLEEP, watch_fail=FAIL, watch_once=ONESHOT):
        yield


@pytest.fixture(params=DBUS_WAYS)
def systemd(request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    with pm2go.Systemd(**DBUS_WAYS[request.param]) as client:
        yield client


def state(event: pm2go.UnitEvent) -> tuple[str | None, str | None]:
    return event.unit, event.active_state


def is_down(event: pm2go.UnitEvent) -> bool:
    """Whether it tells that watch-a runs no more: it may be unloaded before anybody can look."""
    return (
        event.unit == "watch-a.service"
        and event.active_state in {None, "inactive"}
        and "job" not in event.kind
    )


def reaches(unit: str, active_state: str) -> Callable[[pm2go.UnitEvent], bool]:
    return lambda event: event.kind == "changed" and state(event) == (unit, active_state)


# ------------------------------------------------------------------------------------------- events


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
    scope = [] if ROOT else ["--user"]
    subprocess.run(["systemd-run", *scope, "--unit=watch-gone", "/bin/true"], check=True, capture_output=True)
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


def test_events_are_values(systemd: pm2go.Systemd) -> None:
    with systemd.watch_units("basic.target") as watch:
        event = next(watch)
    again = pickle.loads(pickle.dumps(event))
    assert again == event
    assert {again, event} == {event}
    assert again.timestamp == event.timestamp
    assert again.new == event.new
    assert pickle.loads(pickle.dumps(event.new)) == event.new
    plain = json.loads(json.dumps(event.to_dict()))
    assert datetime.fromisoformat(plain["timestamp"]) == event.timestamp
    assert plain["new"]["active_state"] == "active"
    assert repr(event) == "<UnitEvent 1 snapshot basic.target - -> active/active>"


def test_an_event_made_by_hand() -> None:
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    usec = 1_700_000_000_123_457
    event = pm2go.UnitEvent(1, usec, "gap", dropped=7, reason="tired")
    assert (event.timestamp - epoch) // timedelta(microseconds=1) == usec
    assert event != pm2go.UnitEvent(1, usec, "gap", dropped=8, reason="tired")
    with pytest.raises(pm2go.ConfigError, match="kind of event"):
        pm2go.UnitEvent(1, 0, "nonsense")


# --------------------------------------------------------------------------------- gaps and recovery


def test_a_slow_reader_learns_how_much_it_missed(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    stream = stream_of(systemd.watch_units(*OURS, capacity=10))
    stream.quiet(0.2)
    for _ in range(10):
        systemctl("start", "watch-a", "watch-b")
        systemctl("stop", "watch-b")
    # On an event loop the events wait in the queue, elsewhere in the socket.
    gap = stream.until(lambda event: event.kind == "gap")[-1]
    assert gap.dropped is not None
    assert gap.dropped >= 10
    assert gap.reason == "the reader was too slow"
    last: dict[str | None, str | None] = {}
    for event in stream.quiet():
        if event.dropped:
            last.clear()  # a fresh snapshot follows
        last[event.unit] = event.active_state
    assert last["watch-a.service"] == "active"
    assert last.get("watch-b.service") in {None, "inactive"}
    systemctl("stop", "watch-a")
    assert stream.until(lambda event: is_down(event) or event.dropped)


def test_after_daemon_reload(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemd.start_unit("watch-a", settle=0)
    stream = stream_of(systemd.watch_units(*OURS))
    stream.quiet(0.2)
    systemctl("daemon-reload")
    assert [event.kind for event in stream.quiet()] == ["reloading", "reloaded"]
    systemctl("stop", "watch-a")
    assert stream.until(reaches("watch-a.service", "inactive"))


def test_after_daemon_reexec(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemd.start_unit("watch-a", settle=0)
    stream = stream_of(systemd.watch_units(*OURS))
    stream.quiet(0.2)
    systemctl("daemon-reexec")
    systemctl("stop", "watch-a")
    events = stream.until(is_down) + stream.quiet()
    assert [event.kind for event in events].count("gap") == 1
    systemctl("start", "watch-b")
    assert stream.until(reaches("watch-b.service", "active"))


def test_after_a_lost_connection(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", "watch-a")
    stream = stream_of(systemd.watch_units(*OURS))
    stream.quiet(0.2)
    cut_sockets()
    events = stream.until(lambda event: event.kind == "gap")
    systemctl("stop", "watch-a")
    events += stream.until(is_down)
    assert [event.kind for event in events].count("gap") == 1
    assert systemd.get_unit_status("watch-a").active_state == "inactive"


# --------------------------------------------------------------------------------- closing, and ends


def test_closing_from_another_thread_ends_a_blocking_reader(systemd: pm2go.Systemd) -> None:
    watch = systemd.watch_units("basic.target", "watch-a.service")
    assert next(watch).kind == "snapshot"

    def close() -> None:
        wait_until(lambda: waits_in_poll(os.getpid()))
        watch.close()

    threading.Thread(target=close).start()
    assert list(watch) == []
    assert watch.closed
    watch.close()
    assert watch.next() is None


@pytest.mark.parametrize("how", ["thread", "task", "client"])
@pytest.mark.parametrize("way", DBUS_WAYS)
def test_closing_ends_an_asynchronous_reader(way: str, how: str) -> None:
    async def main() -> None:
        client = pm2go.AsyncSystemd(**DBUS_WAYS[way])
        before = descriptors()
        watch = client.watch_units("basic.target", "watch-a.service")
        kinds: list[str] = []

        async def read() -> None:
            async for event in watch:
                kinds.append(event.kind)  # noqa: PERF401 - each at once

        reader = asyncio.ensure_future(read())
        await until(lambda: kinds)  # and now it waits for another one
        if how == "thread":
            threading.Thread(target=watch.close).start()
        elif how == "task":
            watch.close()
        else:
            await client.close()
        await reader
        assert kinds == ["snapshot"]
        await until(lambda: descriptors() == before)

    asyncio.run(asyncio.wait_for(main(), 120))


def drivers() -> int:
    """Return how many drivers of event loops there are; what a loop waits for keeps them."""
    gc.collect()
    return sum(type(known) is LoopDriver for known in gc.get_objects())


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_nothing_is_left_of_watches_on_a_loop(way: str) -> None:
    async def main() -> None:
        client = pm2go.AsyncSystemd(**DBUS_WAYS[way])
        before = descriptors()
        known = drivers()
        rules = match_rules()
        for number in range(40):
            if number % 4 == 0:
                async with client.watch_units() as watch:
                    await watch.__anext__()
            elif number % 4 == 1:
                async for _ in client.watch_units():
                    break
            elif number % 4 == 2:
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(client.watch_units("watch-none*").__anext__(), 0.01)
            else:
                watch = client.watch_units("watch-a.service")
                reader = asyncio.ensure_future(watch.__anext__())
                for _ in range(number % 3 * 10):
                    await asyncio.sleep(0)
                watch.close()
                with pytest.raises(StopAsyncIteration):
                    await reader
        del watch, reader
        gc.collect()  # generators and exceptions that were thrown away
        await until(lambda: descriptors() == before and match_rules() == rules)
        assert drivers() == known, "the loop still has timers of theirs"
        await client.connect()
        await client.close()
        await asyncio.sleep(0)
        assert drivers() == known

    asyncio.run(main())


def test_nothing_is_left_of_blocking_watches(systemd: pm2go.Systemd) -> None:
    systemd.connect()
    before = descriptors()
    for number in range(30):
        watch = systemd.watch_units()
        next(watch)
        if number % 2:
            watch.close()
        del watch
        for _ in systemd.watch_units("basic.target"):
            break
    gc.collect()
    assert descriptors() <= before


def test_a_wait_that_is_cancelled_loses_no_event(systemd: pm2go.Systemd) -> None:
    """A wake-up carries no data: what came is taken when somebody asks, not while he is told."""

    async def main() -> None:
        watch = systemd.watch_units("watch-a.service")
        sequence: list[int] = []
        stop = time.monotonic() + 3
        flapping = asyncio.create_subprocess_exec(
            "sh",
            "-c",
            "for _ in 1 2 3 4 5 6; do systemctl $0 restart watch-a; done; systemctl $0 stop watch-a",
            "--system" if ROOT else "--user",
        )
        process = await flapping
        while time.monotonic() < stop:
            with contextlib.suppress(asyncio.TimeoutError):
                event = await asyncio.wait_for(watch.__anext__(), 0.0005)
                sequence.append(event.sequence)
        await process.wait()
        assert len(sequence) > 20
        assert sequence == list(range(1, len(sequence) + 1))
        watch.close()

    asyncio.run(main())


def test_one_reader_of_one_kind() -> None:
    with pm2go.Systemd() as systemd:
        blocking, watch = systemd.watch_units("basic.target"), systemd.watch_units("basic.target")
        next(blocking)

        async def read() -> None:
            assert (await watch.__anext__()).unit == "basic.target"
            with pytest.raises(pm2go.ConfigError, match="blocking calls"):
                await blocking.__anext__()
            with pytest.raises(pm2go.ConfigError, match="on an event loop"):
                watch.next()
            result: list[BaseException] = []

            async def elsewhere() -> None:
                try:
                    await watch.__anext__()
                except pm2go.ConfigError as error:
                    result.append(error)

            await asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(elsewhere()))
            assert "another event loop" in str(result[0])

        asyncio.run(read())

        async def later() -> None:
            with pytest.raises(pm2go.ConfigError, match="is closed"):
                await watch.__anext__()

        asyncio.run(later())


# ----------------------------------------------------------------------------------------- no watching


def test_no_watching_through_systemctl() -> None:
    for client in (pm2go.Systemd(backend="command"), pm2go.AsyncSystemd(backend="command")):
        with pytest.raises(pm2go.MonitoringUnavailableError, match="systemctl") as raised:
            client.watch_units()
        assert raised.value.hint


def test_no_watching_where_dbus_cannot_be_reached(stream_of: StreamOf) -> None:
    """That is known only when the first event is asked for, and it stays so."""
    with pm2go.Systemd(address="unix:path=/run/nobody-listens-here") as systemd:
        stream = stream_of(systemd.watch_units())
        for _ in range(2):
            with pytest.raises(pm2go.MonitoringUnavailableError, match="nobody-listens") as raised:
                stream.next()
            assert raised.value.hint


def test_watching_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM2GO_ENABLE_MONITORING", "false")
    for client in (pm2go.Systemd(), pm2go.AsyncSystemd()):
        with pytest.raises(pm2go.MonitoringUnavailableError, match="PM2GO_ENABLE_MONITORING") as raised:
            client.watch_units()
        assert raised.value.hint


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (["[a"], {}, r"\["),
        ([], {"types": "nonsense"}, "unit type"),
        ([], {"capacity": 0}, "capacity"),
    ],
)
def test_wrong_arguments(arguments: list[str], options: dict[str, Any], says: str) -> None:
    with pm2go.Systemd() as systemd, pytest.raises(pm2go.ConfigError, match=says):
        systemd.watch_units(*arguments, **options)
    with pytest.raises(pm2go.ConfigError, match="closed"):
        systemd.watch_units()


if ROOT:  # nobody else may restart the machine's message bus

    def test_after_a_restart_of_the_message_bus(stream_of: StreamOf) -> None:
        with pm2go.Systemd(**DBUS_WAYS["bus"]) as systemd:
            systemctl("start", "watch-a")
            stream = stream_of(systemd.watch_units(*OURS))
            stream.quiet(0.2)
            forget_starts_of_the_bus()
            systemctl("kill", "--signal=KILL", "dbus.service")
            wait_until(lambda: systemctl("is-active", "dbus.service", check=False) != "active")
            systemctl("start", "dbus.socket", "dbus.service")
            systemctl("stop", "watch-a")
            events = stream.until(is_down, seconds=20)
            assert "gap" in [event.kind for event in events]
            systemctl("start", "watch-b")
            assert stream.until(reaches("watch-b.service", "active"))
            assert systemd.get_unit_status("watch-b").active_state == "active"
