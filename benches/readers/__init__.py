"""Everybody who reads what systemd signals, each in a process of its own: see reader.py in the folder above."""

from __future__ import annotations

from .raw import read_raw
from .with_dbus_fast import read_dbus_fast
from .with_pm2go import read_pm2go, read_pm2go_in_threads

READERS = {
    "raw": read_raw,
    "pm2go": read_pm2go,
    "pm2go-threads": read_pm2go_in_threads,
    "dbus-fast": read_dbus_fast,
}
