"""A text is one text, and a list of texts is one: anything else is told as a wrong argument."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

import pm2go

if TYPE_CHECKING:
    from collections.abc import Callable

NOWHERE: dict[str, Any] = {"address": "/nowhere", "backend": "dbus"}


def units() -> Any:
    return pm2go.Systemd(**NOWHERE)


def awaited() -> Any:
    return pm2go.AsyncSystemd(**NOWHERE)


def apps() -> Any:
    return pm2go.Manager(**NOWHERE)


def awaited_apps() -> Any:
    return pm2go.AsyncManager(**NOWHERE)


CALLS: dict[str, Callable[[Any], Any]] = {
    "start_unit": lambda value: units().start_unit(value),
    "start_unit, awaited": lambda value: awaited().start_unit(value),
    "start_unit, mode": lambda value: units().start_unit("x", mode=value),
    "enqueue_job": lambda value: units().enqueue_job("start", value),
    "enqueue_job, verb": lambda value: units().enqueue_job(value, "x"),
    "enqueue_job of an app, verb": lambda value: apps().enqueue_job(value, "x"),
    "enqueue_job of an app": lambda value: apps().enqueue_job("stop", value),
    "get_unit_status": lambda value: units().get_unit_status(value),
    "get_unit_property": lambda value: units().get_unit_property("x", value),
    "list_units": lambda value: units().list_units(value),
    "list_units, awaited": lambda value: awaited().list_units("a", value),
    "watch_units": lambda value: units().watch_units(value),
    "live_units": lambda value: units().live_units(value),
    "watch_unit_properties": lambda value: units().watch_unit_properties(value, "Id"),
    "wait_for_unit": lambda value: units().wait_for_unit(value, "active"),
    "address": lambda value: pm2go.Systemd(address=value),
    "scope": lambda value: pm2go.Systemd(scope=value),
    "backend": lambda value: pm2go.Manager(backend=value),
    "restart": lambda value: apps().restart(value),
    "restart, awaited": lambda value: awaited_apps().restart(value),
    "delete": lambda value: apps().delete(value),
    "logs": lambda value: apps().logs(value),
}
LISTS: dict[str, Callable[[Any], Any]] = {
    "states": lambda value: units().watch_units(states=value),
    "types": lambda value: units().watch_units(types=value),
    "states of a table": lambda value: units().live_units(states=value),
    "types of a table": lambda value: units().live_units(types=value),
    "names": lambda value: units().watch_unit_properties("x", value),
    "wait_for_unit": lambda value: units().wait_for_unit("x", value),
    "wait_for_unit, awaited": lambda value: awaited().wait_for_unit("x", value),
}


def finish(call: Callable[[Any], Any], value: Any) -> None:
    result = call(value)
    if inspect.iscoroutine(result):
        asyncio.run(result)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", [["a", "b"], ("a",), 5, b"a", True])
def test_what_is_no_text_is_told(call: str, value: Any) -> None:
    with pytest.raises(pm2go.ConfigError, match=f"of the type {type(value).__name__}") as caught:
        finish(CALLS[call], value)
    assert caught.value.hint is not None


@pytest.mark.parametrize("call", LISTS)
@pytest.mark.parametrize("value", [5, None, [5], [["a"]], [b"a"]], ids=repr)
def test_what_is_no_list_of_texts_is_told(call: str, value: Any) -> None:
    with pytest.raises(pm2go.ConfigError, match="of the type"):
        finish(LISTS[call], value)
