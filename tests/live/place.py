"""Where the tests are: the scope, its sockets, and the three ways to its manager."""

from __future__ import annotations

import enum
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pm2go

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = os.geteuid() == 0
SCOPE = "system" if ROOT else "user"
RUNTIME = Path("/run" if ROOT else f"/run/user/{os.geteuid()}")
PRIVATE = RUNTIME / "systemd/private"
BUS = RUNTIME / ("dbus/system_bus_socket" if ROOT else "bus")
CONFIGURATION = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
UNIT_FOLDER = Path("/etc/systemd/system") if ROOT else CONFIGURATION / "systemd/user"
#: What systemctl, journalctl and busctl need to talk to the manager of this scope.
SCOPE_OPTION = [] if ROOT else ["--user"]
#: The target that is up in every session of the manager.
TARGET = "basic.target"


class Way(enum.Enum):
    """How systemd is reached."""

    PRIVATE = "private"
    BUS = "bus"
    COMMAND = "command"


#: The arguments of `Systemd` that lead each way.
WAYS: dict[Way, dict[str, Any]] = {
    Way.PRIVATE: {"backend": "dbus"},
    Way.BUS: {"address": f"unix:path={BUS}"},
    Way.COMMAND: {"backend": "command"},
}
DBUS_WAYS = (Way.PRIVATE, Way.BUS)


def connect(way: Way, **options: Any) -> pm2go.Systemd:
    """Make a client that goes this way, and no other."""
    return pm2go.Systemd(**{**WAYS[way], **options})


def systemctl(*arguments: str, check: bool = True) -> str:
    """Ask the manager by its own tool: an opinion that does not depend on what is tested."""
    command = ["systemctl", "--no-pager", *SCOPE_OPTION, *arguments]
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=60).stdout.strip()


def show(unit: str, name: str) -> str:
    """Return one property of a unit as text."""
    return systemctl("show", "--value", f"--property={name}", unit)


def systemd_version() -> int:
    """Return the number of the systemd that runs here: 252 of "252.39-1~deb12u2"."""
    first = subprocess.run(["systemctl", "--version"], check=True, capture_output=True, text=True).stdout
    return int("".join(filter(str.isdigit, first.split()[1].partition(".")[0].partition("~")[0])))


def can_be_a_folder(path: str) -> bool:
    """Whether a service can run there.

    Before systemd 250 one is not loaded whose folder, as the name of its mount unit, has more than 255 characters
    (`unit_name_from_path` of its src/basic/unit-name.c; newer ones shorten the name).
    """
    length = sum(1 if chr(byte).isalnum() and byte < 128 else 4 for byte in path.encode())
    return systemd_version() >= 250 or length + len(".mount") < 256


def manager_pid() -> int:
    """Return the process id of the manager."""
    if ROOT:
        return 1
    found = subprocess.run(
        ["systemctl", "show", "--value", "--property=MainPID", f"user@{os.geteuid()}.service"],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(found.stdout)


def bus_pid() -> int:
    """Return the process id of the message bus."""
    return int(show("dbus.service", "MainPID"))


def waits_in_poll(pid: int) -> bool:
    """Whether a process's first thread waits in poll(2): as blocking calls do, and no event loop (epoll) does."""
    place = Path(f"/proc/{pid}/task/{pid}/wchan").read_text()
    assert place, "this kernel does not tell where a process waits"
    return "poll_schedule" in place


def forget_starts_of_the_bus() -> None:
    """Restarts of the tests before count towards its start limit, from systemd 257 on across a reexec too."""
    systemctl("reset-failed", "dbus.service", "dbus.socket", check=False)


def wait_until(holds: Callable[[], object], *, seconds: float = 60.0) -> None:
    """Wait for something that happens by itself."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)
