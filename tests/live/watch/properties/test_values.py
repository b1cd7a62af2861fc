"""Events of `watch_unit_properties` as values, what it may be asked for, and where it is refused."""

from __future__ import annotations

import asyncio
import inspect
import json
import pickle
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.systemctl import systemctl

from .watched import EVENT, STATES, UNIT

if TYPE_CHECKING:
    from live.fixtures.streams import StreamOf


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
