"""Events of `watch_units` as values, what it may be asked for, and where it is refused."""

from __future__ import annotations

import asyncio
import json
import pickle
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

import pm2go

if TYPE_CHECKING:
    from live.fixtures.streams import StreamOf


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
