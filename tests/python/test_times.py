"""One rule for all times and one for all counts, in both faces."""

from __future__ import annotations

import asyncio
import inspect
import math
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Optional, get_type_hints

import pytest

import pm2go
from pm2go.aio_job import AsyncJob

from .apps import app

if TYPE_CHECKING:
    from collections.abc import Callable

#: Two seconds and a half, in all ways to say it.
TIMES: list[Any] = [2.5, "2.5", "2500ms", "2s 500ms", " 2.5 s ", timedelta(seconds=2.5), Decimal("2.5")]
#: What is no time, wherever one is asked for.
WRONG_TIMES: list[Any] = [
    -1,
    -0.5,
    math.nan,
    -math.inf,
    1e300,
    10**400,
    -(10**400),
    "",
    "soon",
    "-1s",
    "nan",
    "600000y",
    timedelta(seconds=-1),
    True,
    [],
    object(),
]
ENDLESS: list[Any] = [math.inf, "infinity"]
WRONG_COUNTS: list[Any] = [-1, 2**31, 2**63, -(2**63), 10**400, True, 1.5, "10", math.nan, math.inf, None, []]


def finish(call: Callable[[], Any]) -> None:
    """Make a call of either face."""
    result = call()
    if inspect.iscoroutine(result):
        asyncio.run(result)


def refused(call: Callable[[], Any], name: str) -> pm2go.ConfigError:
    """Have a call refused before anything is done, naming the argument."""
    with pytest.raises(pm2go.ConfigError) as caught:
        finish(call)
    assert caught.value.message.startswith(f"{name} "), caught.value
    assert caught.value.hint
    return caught.value


#: Nothing is ever reached over it: wrong arguments are refused before anything is connected.
NOWHERE: dict[str, Any] = {"address": "/nowhere", "backend": "dbus"}


def units() -> pm2go.Systemd:
    return pm2go.Systemd(**NOWHERE)


def awaited() -> pm2go.AsyncSystemd:
    return pm2go.AsyncSystemd(**NOWHERE)


def apps() -> pm2go.Manager:
    return pm2go.Manager(**NOWHERE)


def awaited_apps() -> pm2go.AsyncManager:
    return pm2go.AsyncManager(**NOWHERE)


#: Each place where a call is told how long it may take.
TIMEOUTS: dict[str, Callable[[Any], Any]] = {
    "Systemd": lambda value: pm2go.Systemd(timeout=value),
    "AsyncSystemd": lambda value: pm2go.AsyncSystemd(timeout=value),
    "Manager": lambda value: pm2go.Manager(timeout=value),
    "start_unit": lambda value: units().start_unit("x", timeout=value),
    "enqueue_job": lambda value: units().enqueue_job("start", "x", timeout=value),
    "start_unit, awaited": lambda value: awaited().start_unit("x", timeout=value),
    "get_unit_status": lambda value: units().get_unit_status("x", timeout=value),
    "get_unit_status, awaited": lambda value: awaited().get_unit_status("x", timeout=value),
    "wait_for_unit": lambda value: units().wait_for_unit("x", "active", timeout=value),
    "start": lambda value: apps().start(app(), timeout=value),
    "start, awaited": lambda value: awaited_apps().start(app(), timeout=value),
    "list": lambda value: apps().list(timeout=value),
    "next": lambda value: units().watch_units().next(value),
    "wait": lambda value: units().live_units().wait(bool, value),
}
#: Each place where something takes some time, by its name.
SPANS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "start_unit": ("settle", lambda value: units().start_unit("x", settle=value)),
    "restart_unit, awaited": ("settle", lambda value: awaited().restart_unit("x", settle=value)),
    "start": ("settle", lambda value: apps().start(app(), settle=value)),
    "restart, awaited": ("settle", lambda value: awaited_apps().restart("x", settle=value)),
    "wait_for_unit": ("stable", lambda value: units().wait_for_unit("x", "active", stable=value)),
    "wait_for_unit, awaited": ("stable", lambda value: awaited().wait_for_unit("x", "active", stable=value)),
    "restart_delay": ("restart_delay", lambda value: app(restart_delay=value)),
    "min_uptime": ("min_uptime", lambda value: app(min_uptime=value)),
    "kill_timeout": ("kill_timeout", lambda value: app(kill_timeout=value)),
}
COUNTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "start_unit": ("log_lines", lambda value: units().start_unit("x", log_lines=value)),
    "stop_unit": ("log_lines", lambda value: units().stop_unit("x", log_lines=value)),
    "restart_unit, awaited": ("log_lines", lambda value: awaited().restart_unit("x", log_lines=value)),
    "start": ("log_lines", lambda value: apps().start(app(), log_lines=value)),
    "stop": ("log_lines", lambda value: apps().stop("x", log_lines=value)),
    "restart, awaited": ("log_lines", lambda value: awaited_apps().restart("x", log_lines=value)),
    "logs": ("lines", lambda value: apps().logs("x", lines=value)),
    "logs, awaited": ("lines", lambda value: awaited_apps().logs("x", lines=value)),
    "watch_units": ("capacity", lambda value: units().watch_units(capacity=value)),
    "watch_units of apps": ("capacity", lambda value: apps().watch_units(capacity=value)),
    "watch_unit_properties": (
        "capacity",
        lambda value: units().watch_unit_properties("x", "Id", capacity=value),
    ),
}


@pytest.mark.parametrize("value", TIMES, ids=repr)
def test_every_way_to_say_a_time_is_taken(value: Any) -> None:
    assert pm2go.Systemd(timeout=value).timeout == 2.5
    for key in ("restart_delay", "min_uptime", "kill_timeout"):
        assert getattr(app(**{key: value}), key) == 2.5
    calls = [call for _, call in SPANS.values()] + [
        call for name, call in TIMEOUTS.items() if name not in {"next", "wait"}
    ]
    for call in calls:
        with suppress(pm2go.UnavailableError, pm2go.UnitNotFoundError):
            finish(lambda call=call: call(value))  # type: ignore[misc]


@pytest.mark.parametrize("place", TIMEOUTS)
@pytest.mark.parametrize("value", [*WRONG_TIMES, 0, 0.0, "0s", timedelta(0)], ids=repr)
def test_what_is_no_timeout_is_refused(place: str, value: Any) -> None:
    refused(lambda: TIMEOUTS[place](value), "timeout")


@pytest.mark.parametrize("value", [*WRONG_TIMES, *ENDLESS, 0, None], ids=repr)
def test_what_is_no_time_to_boot_is_refused(value: Any) -> None:
    refused(lambda: pm2go.embedded(timeout=value), "timeout")


@pytest.mark.parametrize("value", ENDLESS, ids=repr)
def test_a_call_may_take_as_long_as_it_takes(value: Any) -> None:
    assert pm2go.Systemd(timeout=value).timeout is None


@pytest.mark.parametrize("place", SPANS)
@pytest.mark.parametrize("value", [*WRONG_TIMES, *ENDLESS], ids=repr)
def test_what_is_no_span_is_refused(place: str, value: Any) -> None:
    name, call = SPANS[place]
    refused(lambda: call(value), name)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (place, value)
        for place in COUNTS
        for value in WRONG_COUNTS
        if value is not None or not place.startswith("logs")  # all of them
    ],
    ids=repr,
)
def test_what_is_no_count_is_refused(place: str, value: Any) -> None:
    name, call = COUNTS[place]
    refused(lambda: call(value), name)


@pytest.mark.parametrize("value", [value for value in WRONG_COUNTS if value is not None], ids=repr)
def test_what_is_no_number_of_launches_is_refused(value: Any) -> None:
    refused(lambda: app(max_restarts=value), "max_restarts")


def test_the_hints_say_what_to_give() -> None:
    for value in WRONG_TIMES:
        hint = refused(lambda value=value: app(kill_timeout=value), "kill_timeout").hint or ""  # type: ignore[misc]
        assert "timedelta" in hint
        assert "1min 30s" in hint


def parameters(face: type) -> list[tuple[str, str, Any]]:
    """The methods, their parameters, and the types of those."""
    return [
        (name, *parameter)
        for name, method in inspect.getmembers(face, inspect.isfunction)
        if not name.startswith("_") or name == "__init__"
        for parameter in get_type_hints(method).items()
    ]


@pytest.mark.parametrize(
    "face",
    [
        pm2go.Systemd,
        pm2go.AsyncSystemd,
        pm2go.Manager,
        pm2go.AsyncManager,
        pm2go.Job,
        AsyncJob,
        pm2go.Watch,
        pm2go.LiveUnits,
        pm2go.AsyncLiveUnits,
    ],
)
def test_both_faces_have_one_type_for_times(face: type) -> None:
    times = [found for found in parameters(face) if found[1] in ("timeout", "settle", "stable")]
    assert times
    for name, parameter, kind in times:
        assert kind in (pm2go.Seconds, Optional[pm2go.Seconds]), (face, name, parameter)
