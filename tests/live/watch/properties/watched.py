"""The services whose properties are watched, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pm2go

if TYPE_CHECKING:
    from collections.abc import Callable

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
EVENT = pm2go.PropertiesEvent


def is_state(active_state: str) -> Callable[[EVENT], bool]:
    return lambda event: event.kind == "changed" and event.values["ActiveState"] == active_state
