"""`watch_unit_properties` tells every change of a unit's properties, with the values that systemd has."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

import pm2go
from live.fixtures.scope import ROOT, RUNTIME_UNIT_FOLDER, SCOPE_OPTION
from live.fixtures.services import SLEEP
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.watch.recorder import UNITS, Recorder

from .watched import EVENT, FLAPS, STATES, UNIT, is_state

if TYPE_CHECKING:
    from live.fixtures.streams import Stream, StreamOf


def announced(unit: str) -> dict[str, str]:
    """Return how each property of a unit's object is announced, read by a parser of Python's."""
    path = UNITS + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in unit)
    service = "org.freedesktop.systemd1"
    command = ["busctl", *SCOPE_OPTION, "introspect", "--xml-interface", service, path]
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
    link = RUNTIME_UNIT_FOLDER / "props-alias.service"
    link.symlink_to(RUNTIME_UNIT_FOLDER / UNIT)
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
        (RUNTIME_UNIT_FOLDER / UNIT).write_text(f"[Unit]\nDescription=second\n{SLEEP}")
        systemctl("daemon-reload")
        assert stream.quiet(0.2) == []


def test_a_unit_may_come_back_unannounced(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    """Scopes are active when they are announced; nothing says so but that they are there."""
    command = ["systemd-run", *SCOPE_OPTION, "--scope", "--unit=props-scope", "--", "sleep", "1000"]
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
    stream.begin()
    systemctl("daemon-reload")
    assert stream.quiet() == []
    (RUNTIME_UNIT_FOLDER / UNIT).write_text(f"[Unit]\nDescription=second\n{SLEEP}")
    systemctl("daemon-reload")
    (event,) = stream.quiet()
    assert (event.kind, event.changed) == ("changed", {"Description": "second"})
    systemctl("stop", UNIT)
    assert stream.until(is_state("inactive"))


def test_a_unit_that_becomes_an_alias(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    """Its signals come from the other unit from then on."""
    path = RUNTIME_UNIT_FOLDER / "propflap.service"
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties("propflap", ["Id", *STATES]))
    assert stream.next().unit == "propflap.service"
    path.unlink()
    path.symlink_to(RUNTIME_UNIT_FOLDER / UNIT)
    systemctl("daemon-reload")
    gap, changed = stream.quiet()
    assert (gap.kind, gap.reason) == ("gap", f"propflap.service has become an alias of {UNIT}")
    assert (changed.unit, changed.changed["Id"], changed.changed["ActiveState"]) == (UNIT, UNIT, "active")
    systemctl("stop", UNIT)
    assert stream.until(is_state("inactive"))
