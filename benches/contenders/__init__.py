"""Everybody who takes part, each with the fastest public way that its documentation shows."""

from __future__ import annotations

from .raw import Raw
from .with_dbus_fast import DbusFast
from .with_go_systemd import GoSystemd
from .with_jeepney import Jeepney, JeepneyAsync
from .with_pm2go import Pm2go, Pm2goAsync, Pm2goDefault
from .with_programs import Busctl, Systemctl
from .with_pystemd import Pystemd
from .with_sdbus import Sdbus, SdbusAsync
from .with_zbus import Zbus

MAKERS = [
    lambda: Raw("private"),
    lambda: Raw("bus"),
    lambda: Pm2go("private"),
    lambda: Pm2go("bus"),
    lambda: Pm2goAsync("private"),
    lambda: Pm2goAsync("bus"),
    Pm2goDefault,
    DbusFast,
    Sdbus,
    SdbusAsync,
    Jeepney,
    JeepneyAsync,
    lambda: Pystemd("private"),
    lambda: Pystemd("bus"),
    lambda: Zbus("tasks"),
    lambda: Zbus("block_on"),
    lambda: GoSystemd("private"),
    lambda: GoSystemd("bus"),
    Systemctl,
    Busctl,
]


def make_all():
    """Everybody who can be had, and why the others cannot."""
    contenders, missing = [], []
    for make in MAKERS:
        try:
            contenders.append(make())
        except Exception as error:  # noqa: BLE001 - whatever keeps a peer away is told in the table
            missing.append(f"{type(error).__name__}: {error}")
    return contenders, missing
