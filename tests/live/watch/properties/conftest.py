"""The services that are watched, and who watches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from live.fixtures.services import SLEEP, services
from live.fixtures.ways import DBUS_WAYS, connect

from .watched import FLAP

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pm2go


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(props=f"[Unit]\nDescription=first\n{SLEEP}", propflap=FLAP):
        yield


@pytest.fixture(params=DBUS_WAYS, ids=lambda way: way.value)
def systemd(request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    with connect(request.param) as client:
        yield client
