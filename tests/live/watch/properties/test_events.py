from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import json
import os
import pickle
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

import pm2go
from live.fixtures.place import forget_starts_of_the_bus, show, waits_in_poll
from live.fixtures.stage import (
    DBUS_WAYS,
    ROOT,
    SLEEP,
    UNIT_FOLDER,
    cut_sockets,
    descriptors,
    run_program,
    services,
    systemctl,
    until,
    wait_until,
)
from live.fixtures.streams import Stream, match_rules
from live.watch.recorder import UNITS, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from live.fixtures.streams import StreamOf

UNIT = "props.service"
STATES = ("ActiveState", "SubState")
#: It ends at once and is started again, until it has done so too often.
FLAPS = 200
FLAP = f"""\
[Unit]
StartLimitIntervalSec=1h
StartLimitBurst={FLAPS}
[Service]
ExecStart=/bin/true
Restart=always
RestartSec=0
"""
USER = [] if ROOT else ["--user"]
EVENT = pm2go.PropertiesEvent


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(props=f"[Unit]\nDescription=first\n{SLEEP}", propflap=FLAP):
        yield


@pytest.fixture(params=DBUS_WAYS)
def systemd(request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    with pm2go.Systemd(**DBUS_WAYS[request.param]) as client:
        yield client


def announced(unit: str) -> dict[str, str]:
    """Return how each property of a unit's object is announced, read by a parser of Python's."""
    path = UNITS + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in unit)
    service = "org.freedesktop.systemd1"
    command = ["busctl", *USER, "introspect", "--xml-interface", service, path]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = {}
    for interface in ET.fromstring(text).iter("interface"):
        if interface.get("name", "").startswith(service):
            for member in interface.iter("property"):
                emits = [
                    note.get("value") for note in member.iter("annotation") if "Emits" in note.get("name", "")
                ]
                found[member.get("name", "")] = (emits or ["true"])[0] or ""
    assert set(found.values()) == {"true", "invalidates", "const", "false"}
    return found


def is_state(active_state: str) -> Callable[[EVENT], bool]:
    return lambda event: event.kind == "changed" and event.values["ActiveState"] == active_state


# ------------------------------------------------------------------------------------------- events


def test_the_snapshot_is_what_get_unit_properties_tells(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    """Every property that systemd announces, with the same values in the same types."""
    systemctl("start", UNIT)
    # On systemd 255 and newer it comes a moment after the start.
    wait_until(lambda: show(UNIT, "ExecMainHandoffTimestampMonotonic") != "0")
    names = [name for name, emits in announced(UNIT).items() if emits != "false"]
    begin = datetime.now(timezone.utc)
    event = stream_of(systemd.watch_unit_properties("props", names)).next()
    assert (event.sequence, event.kind, event.unit) == (1, "snapshot", UNIT)
    assert event.timestamp is not None
    assert begin - timedelta(seconds=1) < event.timestamp < datetime.now(timezone.utc)
    properties = systemd.get_unit_properties(UNIT)
    assert list(event.values) == names
    assert event.values == {name: properties[name] for name in names}
    assert event.changed == event.values
    types = {type(value) for value in event.values.values()}
    assert types >= {str, int, bool, bytes, list, tuple, type(None)}
    for name, value in event.values.items():
        assert type(value) is type(properties[name]), name


def test_what_is_never_announced_is_refused(systemd: pm2go.Systemd) -> None:
    never = [name for name, emits in announced(UNIT).items() if emits == "false"]
    assert {"MemoryCurrent", "CPUUsageNSec", "UnitFileState"} <= set(never)
    for name in never:
        with pytest.raises(pm2go.ConfigError, match=f"never announces changes of {name} ") as raised:
            systemd.watch_unit_properties(UNIT, ["ActiveState", name]).next()
        assert "get_unit_property()" in str(raised.value.hint)
        assert raised.value.unit == UNIT


def test_an_unknown_property_is_the_same_error_as_elsewhere(
    systemd: pm2go.Systemd, stream_of: StreamOf
) -> None:
    with pytest.raises(pm2go.ConfigError) as expected:
        systemd.get_unit_property(UNIT, "Nonsense")
    stream = stream_of(systemd.watch_unit_properties(UNIT, ["ActiveState", "Nonsense"]))
    for _ in range(2):  # it stays so
        with pytest.raises(pm2go.ConfigError) as raised:
            stream.next()
        assert str(raised.value) == str(expected.value)
        assert raised.value.hint == expected.value.hint


def test_a_unit_that_does_not_exist(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    with pytest.raises(pm2go.UnitNotFoundError) as expected:
        systemd.get_unit_properties("props-none")
    with pytest.raises(pm2go.UnitNotFoundError) as raised:
        stream_of(systemd.watch_unit_properties("props-none", "ActiveState")).next()
    assert (str(raised.value), raised.value.unit) == (str(expected.value), "props-none.service")


def test_each_change_is_an_event(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    names = [*STATES, "MainPID", "ExecMainStatus", "Result", "InvocationID", "ActiveEnterTimestamp"]
    stream = stream_of(systemd.watch_unit_properties(UNIT, names))
    first = stream.next()
    assert (first.values["ActiveState"], first.values["ActiveEnterTimestamp"]) == ("inactive", None)
    systemctl("start", UNIT)
    started = stream.until(is_state("active"))
    running = started[-1].values
    status = systemd.get_unit_status(UNIT)
    assert running["MainPID"] == status.main_pid
    assert running["InvocationID"].hex() == status.invocation_id
    assert running["ActiveEnterTimestamp"] > 1_600_000_000_000_000
    systemctl("kill", "--signal=KILL", UNIT)
    killed = stream.until(is_state("failed"))
    assert killed[-1].values == {
        **running,
        "ActiveState": "failed",
        "SubState": "failed",
        "MainPID": 0,
        "ExecMainStatus": 9,
        "Result": "signal",
    }
    events = [first, *started, *killed]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    for before, event in zip(events, events[1:]):
        assert event.kind == "changed"
        assert event.changed
        assert event.values == {**before.values, **event.changed}
        assert all(before.values[name] != value for name, value in event.changed.items())


def test_what_is_announced_by_its_name_alone_is_read(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    """`ExecStart` also tells when the command ran last, and how it ended."""
    stream = stream_of(systemd.watch_unit_properties(UNIT, "ExecStart"))
    (before,) = stream.next().values.values()
    systemctl("start", UNIT)
    (event,) = stream.quiet()
    assert (event.kind, list(event.changed)) == ("changed", ["ExecStart"])
    assert before[0][:3] == event.values["ExecStart"][0][:3]
    assert before[0][3] == 0 < event.values["ExecStart"][0][3]
    assert event.values["ExecStart"] == systemd.get_unit_property(UNIT, "ExecStart")


def test_every_change_of_a_unit_that_flaps(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    """In systemd's own order, as an independent reader of its private socket heard them."""
    unit, names = "propflap.service", [*STATES, "MainPID", "NRestarts", "Result", "InvocationID"]
    # What has to be read besides must not disturb that.
    stream = stream_of(systemd.watch_unit_properties(unit, [*names, "ExecStart"]))
    events = [stream.next()]
    recorder = Recorder()
    systemctl("start", "--no-block", unit)
    events += stream.until(lambda event: event.values["Result"] == "start-limit-hit", seconds=30)
    events += stream.quiet()
    wait_until(lambda: recorder.has(b"start-limit-hit"))
    known = {name: events[0].values[name] for name in names}
    recorded = [tuple(known.values())]
    for path, member, body in recorder.signals():
        if path == f"{UNITS}propflap_2eservice" and member == "PropertiesChanged":
            known.update({name: value for name, value in dict(body[1]).items() if name in known})
            known["InvocationID"] = bytes(known["InvocationID"])
            if body[0] == "org.freedesktop.systemd1.Unit" and recorded[-1] != tuple(known.values()):
                recorded.append(tuple(known.values()))
    recorder.close()
    told = [tuple(event.values[name] for name in names) for event in events]
    assert [step for step, before in zip(told, [None, *told]) if step != before] == recorded
    assert {event.kind for event in events[1:]} == {"changed"}
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert len({step[-1] for step in recorded}) >= FLAPS
    assert events[-1].values == {
        name: systemd.get_unit_property(unit, name) for name in [*names, "ExecStart"]
    }


def test_an_alias_stands_for_its_unit(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    link = UNIT_FOLDER / "props-alias.service"
    link.symlink_to(UNIT_FOLDER / UNIT)
    try:
        for start in ("reload", "start"):  # its unit is in memory, and is not
            systemctl("daemon-reload")
            if start == "start":
                systemctl("start", UNIT)
            stream = stream_of(systemd.watch_unit_properties("props-alias", ["Id", "Names", *STATES]))
            first = stream.next()
            assert (first.unit, first.values["Id"]) == (UNIT, UNIT)
            assert set(first.values["Names"]) == {UNIT, "props-alias.service"}
            systemctl("restart", UNIT)
            assert stream.until(is_state("active"))[-1].unit == UNIT
            systemctl("stop", "props-alias")
            assert stream.until(is_state("inactive"))
    finally:
        link.unlink()


def test_a_unit_is_unloaded_and_loaded_again(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    stream = stream_of(systemd.watch_unit_properties(UNIT, ["ActiveState", "Description"]))
    # It is not in memory, and whoever looks at it does not change that.
    for _ in range(2):
        systemctl("show", UNIT)
        events = stream.quiet(0.2)
        assert [event.kind for event in events] in ([], ["snapshot"])
    for description in ("first", "second"):
        systemctl("start", UNIT)
        events = stream.until(is_state("active")) + stream.quiet(0.2)
        systemctl("stop", UNIT)
        systemctl("show", UNIT)
        events += stream.until(lambda event: event.kind == "removed") + stream.quiet(0.2)
        assert [event.kind for event in events if event.kind != "changed"] == ["removed"]
        states = [event.values["ActiveState"] for event in events if "ActiveState" in event.changed]
        assert states == ["active", "deactivating", "inactive"]
        assert events[-1].changed == {}
        assert events[-1].values == {"ActiveState": "inactive", "Description": description}
        # What comes from its file is read again when it is back.
        (UNIT_FOLDER / UNIT).write_text(f"[Unit]\nDescription=second\n{SLEEP}")
        systemctl("daemon-reload")
        assert stream.quiet(0.2) == []


def test_a_unit_may_come_back_unannounced(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    """Scopes are active when they are announced; nothing says so but that they are there."""
    command = ["systemd-run", *USER, "--scope", "--unit=props-scope", "--", "sleep", "1000"]
    is_active = ["is-active", "props-scope.scope"]
    stream: Stream[EVENT] | None = None
    for _ in range(3):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            if stream is None:
                wait_until(lambda: systemctl(*is_active, check=False) == "active")
                stream = stream_of(systemd.watch_unit_properties("props-scope.scope", STATES))
            events = stream.until(lambda event: event.values["ActiveState"] == "active")
            assert {event.kind for event in events} <= {"snapshot", "changed"}
        finally:
            systemctl("kill", "--signal=KILL", "props-scope.scope", check=False)
            process.wait()
        events = stream.until(lambda event: event.kind == "removed")
        assert events[-1].values["ActiveState"] == "inactive"


if ROOT:  # nobody else may mount anything

    def test_a_mount_may_come_back_unannounced(
        systemd: pm2go.Systemd, stream_of: StreamOf, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("mounted")
        escape = ["systemd-escape", "--path", "--suffix=mount", str(folder)]
        unit = subprocess.run(escape, check=True, capture_output=True, text=True).stdout.strip()
        mount = ["mount", "-t", "tmpfs", "none", str(folder)]
        subprocess.run(mount, check=True)
        try:
            wait_until(lambda: systemctl("is-active", unit, check=False) == "active")
            stream = stream_of(systemd.watch_unit_properties(unit, ["ActiveState", "What"]))
            assert stream.next().values == {"ActiveState": "active", "What": "none"}
            for _ in range(3):
                subprocess.run(["umount", str(folder)], check=True)
                stream.until(lambda event: event.kind == "removed")
                subprocess.run(mount, check=True)
                assert stream.until(is_state("active"))[-1].values["What"] == "none"
        finally:
            subprocess.run(["umount", str(folder)], check=True)


def test_after_daemon_reload(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties(UNIT, [*STATES, "Description"]))
    stream.quiet(0.2)
    systemctl("daemon-reload")
    assert stream.quiet() == []
    (UNIT_FOLDER / UNIT).write_text(f"[Unit]\nDescription=second\n{SLEEP}")
    systemctl("daemon-reload")
    (event,) = stream.quiet()
    assert (event.kind, event.changed) == ("changed", {"Description": "second"})
    systemctl("stop", UNIT)
    assert stream.until(is_state("inactive"))


def test_a_unit_that_becomes_an_alias(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    """Its signals come from the other unit from then on."""
    path = UNIT_FOLDER / "propflap.service"
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties("propflap", ["Id", *STATES]))
    assert stream.next().unit == "propflap.service"
    path.unlink()
    path.symlink_to(UNIT_FOLDER / UNIT)
    systemctl("daemon-reload")
    gap, changed = stream.quiet()
    assert (gap.kind, gap.reason) == ("gap", f"propflap.service has become an alias of {UNIT}")
    assert (changed.unit, changed.changed["Id"], changed.changed["ActiveState"]) == (UNIT, UNIT, "active")
    systemctl("stop", UNIT)
    assert stream.until(is_state("inactive"))


# --------------------------------------------------------------------------------- gaps and recovery


def test_after_daemon_reexec(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties(UNIT, STATES))
    stream.quiet(0.2)
    systemctl("daemon-reexec")
    systemctl("stop", UNIT)
    events = stream.until(lambda event: event.values["ActiveState"] == "inactive") + stream.quiet()
    kinds = [event.kind for event in events]
    assert kinds.count("gap") == 1
    gap = events[kinds.index("gap")]
    assert gap.reason
    assert (gap.unit, gap.changed, gap.dropped) == (UNIT, {}, None)
    systemctl("start", UNIT)
    assert stream.until(is_state("active"))


def test_after_a_lost_connection(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties(UNIT, STATES))
    stream.quiet(0.2)
    cut_sockets()
    events = stream.until(lambda event: event.kind == "gap")
    systemctl("stop", UNIT)
    events += stream.until(lambda event: event.values["ActiveState"] == "inactive")
    assert [event.kind for event in events].count("gap") == 1
    assert systemd.get_unit_property(UNIT, "ActiveState") == "inactive"


def test_what_was_unloaded_during_a_gap(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties(UNIT, "ActiveState"))
    stream.quiet(0.2)
    cut_sockets()
    systemctl("stop", UNIT)
    events = stream.quiet(1)
    assert [event.kind for event in events] == ["gap", "changed", "removed"]
    assert [event.values["ActiveState"] for event in events] == ["active", "inactive", "inactive"]
    systemctl("start", UNIT)
    assert stream.until(is_state("active"))


if ROOT:  # nobody else may restart the machine's message bus

    def test_after_a_restart_of_the_message_bus(stream_of: StreamOf) -> None:
        with pm2go.Systemd(**DBUS_WAYS["bus"]) as systemd:
            systemctl("start", UNIT)
            stream = stream_of(systemd.watch_unit_properties(UNIT, STATES))
            stream.quiet(0.2)
            forget_starts_of_the_bus()
            systemctl("kill", "--signal=KILL", "dbus.service")
            wait_until(lambda: systemctl("is-active", "dbus.service", check=False) != "active")
            systemctl("start", "dbus.socket", "dbus.service")
            systemctl("stop", UNIT)
            events = stream.until(lambda event: event.values["ActiveState"] == "inactive", seconds=20)
            assert "gap" in [event.kind for event in events]
            systemctl("start", UNIT)
            assert stream.until(is_state("active"))


def test_a_slow_reader_learns_how_much_it_missed(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    stream = stream_of(systemd.watch_unit_properties("propflap", [*STATES, "NRestarts"], capacity=10))
    stream.next()
    systemctl("start", "--no-block", "propflap")
    wait_until(lambda: systemctl("is-failed", "propflap", check=False) == "failed", seconds=30)
    gap, snapshot = stream.until(lambda event: event.kind == "gap")[-1], stream.next()
    assert (gap.kind, gap.reason) == ("gap", "the reader was too slow")
    assert gap.dropped is not None
    assert gap.dropped >= 10
    assert (snapshot.kind, snapshot.changed) == ("snapshot", snapshot.values)
    events = [snapshot, *stream.quiet()]
    assert events[-1].values == {
        name: systemd.get_unit_property("propflap", name) for name in snapshot.values
    }


# --------------------------------------------------------------------------------- closing, and ends


def test_closing_from_another_thread_ends_a_blocking_reader(systemd: pm2go.Systemd) -> None:
    watch = systemd.watch_unit_properties(UNIT, STATES)
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
        watch = client.watch_unit_properties(UNIT, STATES)
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


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_nothing_is_left_of_watches_on_a_loop(way: str) -> None:
    async def main() -> None:
        client = pm2go.AsyncSystemd(**DBUS_WAYS[way])
        before = descriptors()
        rules = match_rules()
        for number in range(30):
            if number % 3 == 0:
                async with client.watch_unit_properties(UNIT, STATES) as watch:
                    await watch.__anext__()
            elif number % 3 == 1:
                async for _ in client.watch_unit_properties(UNIT, "ExecStart"):
                    break
            else:
                watch = client.watch_unit_properties(UNIT, STATES)
                reader = asyncio.ensure_future(watch.__anext__())
                for _ in range(number % 4 * 10):
                    await asyncio.sleep(0)
                watch.close()
                with contextlib.suppress(StopAsyncIteration):
                    await reader
        del watch, reader
        gc.collect()  # generators and exceptions that were thrown away
        await until(lambda: descriptors() == before and match_rules() == rules)
        await client.close()

    asyncio.run(main())


def test_nothing_is_left_of_blocking_watches(systemd: pm2go.Systemd) -> None:
    systemd.connect()
    before = descriptors()
    rules = match_rules()
    for number in range(20):
        watch = systemd.watch_unit_properties(UNIT, STATES)
        next(watch)
        if number % 2:
            watch.close()
        del watch
        with pytest.raises(pm2go.ConfigError):
            systemd.watch_unit_properties(UNIT, "Nonsense").next()
    gc.collect()
    assert descriptors() <= before
    wait_until(lambda: match_rules() <= rules, seconds=2)


def test_a_forked_child_has_no_part_in_it() -> None:
    run_program(f"""
        import os
        import pm2go
        watch = pm2go.Systemd().watch_unit_properties("{UNIT}", "ActiveState")
        assert watch.next().kind == "snapshot"
        child = os.fork()
        if not child:
            try:
                watch.next()
            except pm2go.ConnectionLostError as error:
                assert "parent" in str(error), error
                watch.close()
                with pm2go.Systemd() as systemd, systemd.watch_unit_properties("{UNIT}", "ActiveState") as own:
                    os._exit(own.next().sequence != 1)
            os._exit(9)
        assert os.waitpid(child, 0)[1] == 0
        try:
            watch.next(0.2)
        except pm2go.OperationTimeoutError:
            pass
        assert not watch.closed
        watch.close()
    """)


# ------------------------------------------------------------------------------- values and arguments


def test_events_are_values(systemd: pm2go.Systemd) -> None:
    systemctl("start", UNIT)
    with systemd.watch_unit_properties(
        UNIT, ["InvocationID", "ExecStart", "Job", "ActiveExitTimestamp"]
    ) as watch:
        event = next(watch)
    again = pickle.loads(pickle.dumps(event))
    assert again == event
    assert {again, event} == {event}
    assert (again.timestamp, again.values) == (event.timestamp, event.values)
    with pytest.raises(AttributeError):
        event.kind = "changed"  # type: ignore[misc]
    plain = json.loads(json.dumps(event.to_dict()))
    assert datetime.fromisoformat(plain["timestamp"]) == event.timestamp
    assert plain["values"]["InvocationID"] == event.values["InvocationID"].hex()
    assert plain["values"]["ActiveExitTimestamp"] is None
    assert list(plain) == ["sequence", "timestamp", "kind", "unit", "changed", "values", "dropped", "reason"]
    assert len(repr(event)) < 400


def test_an_event_made_by_hand() -> None:
    event = EVENT(7, 1_700_000_000_123_457, "changed", "a.service", {"MainPID": 3}, {"MainPID": 3, "Id": "a"})
    assert repr(event) == "<PropertiesEvent 7 changed a.service MainPID=3>"
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert event.timestamp is not None
    assert (event.timestamp - epoch) // timedelta(microseconds=1) == event.timestamp_usec
    assert event != EVENT(7, 1_700_000_000_123_457, "changed", "a.service", {"MainPID": 4})
    gap = EVENT(8, 0, "gap", "a.service", dropped=3, reason="tired")
    assert repr(gap) == "<PropertiesEvent 8 gap a.service tired>"
    assert repr(EVENT(9, 0, "removed", "a.service")) == "<PropertiesEvent 9 removed a.service>"


def test_both_faces_have_it() -> None:
    verb, twin = (face.watch_unit_properties for face in (pm2go.Systemd, pm2go.AsyncSystemd))
    assert verb is twin
    assert not inspect.iscoroutinefunction(verb)
    capacity = inspect.signature(verb).parameters["capacity"]
    assert (capacity.kind, capacity.default) == (inspect.Parameter.KEYWORD_ONLY, 10_000)
    for name in ("next", "close", "closed", "__iter__", "__aiter__", "__enter__", "__aenter__"):
        assert getattr(pm2go.Watch, name) is getattr(pm2go.PropertyWatch, name)


def test_names_are_told_once_and_in_order() -> None:
    names = (name for name in ("SubState", "Id", "SubState", "ActiveState"))
    with pm2go.Systemd() as systemd, systemd.watch_unit_properties("basic.target", names) as watch:
        event = watch.next()
    assert event is not None
    assert list(event.values) == ["SubState", "Id", "ActiveState"]
    assert repr(watch) == "<PropertyWatch closed>"


@pytest.mark.parametrize(
    ("name", "names", "options", "says"),
    [
        (UNIT, [], {}, "no property"),
        (UNIT, ["Id"], {"capacity": 0}, "capacity"),
        ("a b", ["Id"], {}, "unit name"),
        (UNIT, ["\udc80"], {}, "UTF-8"),
    ],
)
def test_wrong_arguments(name: str, names: list[str], options: dict[str, Any], says: str) -> None:
    with pm2go.Systemd() as systemd, pytest.raises(pm2go.ConfigError, match=says):
        systemd.watch_unit_properties(name, names, **options)
    with pytest.raises(pm2go.ConfigError, match="closed"):
        systemd.watch_unit_properties(UNIT, "Id")
    with pm2go.Systemd() as systemd, pytest.raises(pm2go.ConfigError, match="type int"):
        systemd.watch_unit_properties(UNIT, [1])  # type: ignore[list-item]


def test_one_reader_of_one_kind() -> None:
    with pm2go.Systemd() as systemd:
        blocking = systemd.watch_unit_properties(UNIT, STATES)
        next(blocking)

        async def read() -> None:
            with pytest.raises(pm2go.ConfigError, match="blocking calls") as raised:
                await blocking.__anext__()
            assert "watch_unit_properties()" in str(raised.value.hint)

        asyncio.run(read())


def test_no_watching_through_systemctl() -> None:
    for client in (pm2go.Systemd(backend="command"), pm2go.AsyncSystemd(backend="command")):
        with pytest.raises(pm2go.MonitoringUnavailableError, match="systemctl") as raised:
            client.watch_unit_properties(UNIT, STATES)
        assert raised.value.hint


def test_no_watching_where_dbus_cannot_be_reached(stream_of: StreamOf) -> None:
    with pm2go.Systemd(address="unix:path=/run/nobody-listens-here") as systemd:
        stream = stream_of(systemd.watch_unit_properties(UNIT, STATES))
        with pytest.raises(pm2go.MonitoringUnavailableError, match="nobody-listens") as raised:
            stream.next()
        assert raised.value.hint


def test_watching_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM2GO_ENABLE_MONITORING", "false")
    for client in (pm2go.Systemd(), pm2go.AsyncSystemd()):
        with pytest.raises(pm2go.MonitoringUnavailableError, match="PM2GO_ENABLE_MONITORING") as raised:
            client.watch_unit_properties(UNIT, STATES)
        assert raised.value.hint
