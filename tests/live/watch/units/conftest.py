"""The services that are watched, and who watches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.stage import DBUS_WAYS, FAIL, ONESHOT, SLEEP, services

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(watch_a=SLEEP, watch_b=SLEEP, watch_fail=FAIL, watch_once=ONESHOT):
        yield


@pytest.fixture(params=DBUS_WAYS)
def systemd(request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    with pm2go.Systemd(**DBUS_WAYS[request.param]) as client:
        yield client
