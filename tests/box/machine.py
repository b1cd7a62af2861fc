"""The machine a box is to run on: whether it can, and what users inside must reach."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
SHOWN_LINES = 50

# What the box needs on the machine: a file, and the Debian package that has it.
NEEDED_FILES = (("/usr/bin/systemd-nspawn", "systemd-container"),)
# What it needs in its root folder, which is the machine's own unless `lower` says otherwise.
NEEDED_FILES_INSIDE = (
    ("/usr/bin/systemctl", "systemd"),
    ("/sbin/init", "systemd-sysv"),
    ("/usr/bin/dbus-daemon", "dbus"),
    ("/usr/lib/systemd/user/dbus.socket", "dbus-user-session"),
    ("/usr/share/pam-configs/systemd", "libpam-systemd"),
)
DBUS_BROKER = ("/usr/bin/dbus-broker-launch", "dbus-broker")


class BoxError(Exception):
    """The box could not be had: the reason, the next step, the last lines of the boot."""

    def __init__(self, reason: str, hint: str = "", boot_output: str = "") -> None:
        lines = boot_output.splitlines()[-SHOWN_LINES:]
        super().__init__("\n".join([*lines, f"box: {reason}" + (f" ({hint})" if hint else "")]))
        self.reason = reason
        self.hint = hint


def check_machine(lower: str, bus: str | None, folders: Iterable[str]) -> None:
    """Name the first thing that is missing, and what to do about it."""
    if os.geteuid() != 0:
        raise BoxError("only root can boot a systemd", "use sudo")
    if not hasattr(os, "pidfd_open"):
        raise BoxError("Python 3.9 or newer on Linux 5.3 or newer is needed")
    needed = (*NEEDED_FILES_INSIDE, *([DBUS_BROKER] if bus == "dbus-broker" else []))
    inside = [(lower.rstrip("/") + path, name) for path, name in needed]
    for path, package in (*NEEDED_FILES, *inside):
        if not os.path.lexists(path):
            raise BoxError(f"{path} is missing, of package {package}", f"{HERE / 'install'} installs all")
    with open("/proc/filesystems", encoding="ascii") as file:
        if "cgroup2" not in file.read():
            raise BoxError("this kernel has no cgroup v2", "Linux 5.3 or newer is needed")
    for path in folders:
        if not os.path.isdir(path):
            raise BoxError(f"{path} is not a folder")


def interpreter_paths() -> list[str]:
    """What users inside must be able to pass through to: interpreters, the search path."""
    paths = {sys.prefix, sys.base_prefix, sys.executable}
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if os.path.isabs(folder) and os.path.isdir(folder):
            paths.add(folder + "/.")
    # A virtual environment's interpreter is a link to the one it was made with.
    for link in CHECKOUT.glob("*venv*/bin/python"):
        paths.add(str(link))
    found = {os.path.realpath(path) for path in paths} | {os.path.abspath(p) for p in paths}
    return sorted(path + "/." if os.path.isdir(path) else path for path in found)
