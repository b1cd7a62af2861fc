"""Words for states: those of PM2 and mistyped ones get an answer, others may be of a newer systemd."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

import pm2go

NOWHERE: dict[str, Any] = {"address": "/nowhere", "backend": "dbus"}
MEANT = [
    ("online", "active"),
    ("errored", "failed"),
    ("stopped", "inactive"),
    ("launching", "activating"),
    ("actve", "active"),
    ("Active", "active"),
    ("faild", "failed"),
    ("inactiv", "inactive"),
]


def watch_units(state: Any) -> None:
    with pm2go.Systemd(**NOWHERE) as systemd:
        systemd.watch_units(states=state)


def watch_apps(state: Any) -> None:
    with pm2go.Manager(**NOWHERE) as manager:
        manager.watch_units(states=state)


def wait_for_unit(state: Any) -> None:
    with pm2go.Systemd(**NOWHERE) as systemd, suppress(pm2go.UnavailableError):
        systemd.wait_for_unit("nginx", state)


def wait_for_awaited(state: Any) -> None:
    async def wait() -> None:
        async with pm2go.AsyncSystemd(**NOWHERE) as systemd:
            await systemd.wait_for_unit("nginx", state)

    with suppress(pm2go.UnavailableError):
        asyncio.run(wait())


ALL = [watch_units, watch_apps, wait_for_unit, wait_for_awaited]


@pytest.mark.parametrize("ask", ALL)
@pytest.mark.parametrize(("word", "meant"), MEANT)
@pytest.mark.parametrize("several", [False, True])
def test_the_word_that_is_meant_is_told(ask: Any, word: str, meant: str, *, several: bool) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        ask(["failed", word] if several else word)
    assert word in caught.value.message
    assert caught.value.hint == f'did you mean "{meant}"?'


@pytest.mark.parametrize("ask", ALL)
@pytest.mark.parametrize("word", ["active", "failed", "reloading", "hibernating"])
def test_states_are_open_words(ask: Any, word: str) -> None:
    ask(word)


@pytest.mark.parametrize("ask", [watch_units, watch_apps])
@pytest.mark.parametrize("word", ["running", "exited", "auto-restart"])
def test_events_lead_into_active_states(ask: Any, word: str) -> None:
    with pytest.raises(pm2go.ConfigError, match="sub state") as caught:
        ask(word)
    assert caught.value.hint is not None
    assert "activating" in caught.value.hint


def test_sub_states_can_be_waited_for() -> None:
    for word in ("running", "exited", "auto-restart"):
        wait_for_unit(word)
    with pytest.raises(pm2go.ConfigError, match="did you mean"):
        wait_for_unit("runing")
