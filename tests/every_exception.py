"""Every exception that there is, with all that it can carry."""

from __future__ import annotations

from typing import Any

import pm2go
from pm2go import exceptions

CLASSES = [
    value
    for value in vars(exceptions).values()
    if isinstance(value, type) and issubclass(value, pm2go.Pm2goError)
]
MESSAGE = "it broke"
FACTS: dict[str, Any] = {
    "unit": "api.service",
    "dbus_name": "org.freedesktop.systemd1.NoSuchUnit",
    "hint": "look twice",
    "path": "/etc/systemd/system/api.service",
    "errno": 13,
}
JOB_FACTS: dict[str, Any] = {
    **FACTS,
    "result": "failed",
    "active_state": "failed",
    "sub_state": "failed",
    "unit_result": "exit-code",
    "exit_code": 3,
    "signal": 9,
    "log": ("first", "second"),
}


def facts_of(cls: type[pm2go.Pm2goError]) -> dict[str, Any]:
    """What an exception of this class can carry."""
    return JOB_FACTS if issubclass(cls, pm2go.JobError) else FACTS


def seen(error: BaseException) -> dict[str, Any]:
    """What an exception carries."""
    names = ["message", "args", *JOB_FACTS]
    return {name: getattr(error, name, "absent") for name in names}
