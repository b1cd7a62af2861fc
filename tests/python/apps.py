"""Apps for tests."""

from __future__ import annotations

from typing import Any

import pm2go

SLEEP = ["/bin/sleep", "60"]


def app(**settings: Any) -> pm2go.AppConfig:
    """Return an app that is all right but for what the test gives."""
    return pm2go.AppConfig(**{"name": "clock", "command": SLEEP, **settings})
