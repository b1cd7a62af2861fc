"""What the asynchronous tests need of the real systemd around them: its sockets, services of their own."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import stat
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pm2go

ROOT = os.geteuid() == 0
RUNTIME = Path("/run" if ROOT else f"/run/user/{os.geteuid()}")
BUS = RUNTIME / ("dbus/system_bus_socket" if ROOT else "bus")
#: Unit files here are gone with the box.
UNIT_FOLDER = RUNTIME / "systemd" / ("system" if ROOT else "user")
SLEEP = "[Service]\nExecStart=/bin/sleep 1000\n"
FAIL = "[Service]\nExecStart=/bin/sh -c 'exit 7'\n"
ONESHOT = "[Service]\nType=oneshot\nExecStart=/bin/true\n"
BUS_STATUS = ["busctl", *([] if ROOT else ["--user"]), "status", "org.freedesktop.systemd1"]
#: The arguments of a client that lead the two ways of D-Bus, and the third one.
DBUS_WAYS: dict[str, dict[str, Any]] = {
    "private": {"backend": "dbus"},
    "bus": {"address": f"unix:path={BUS}"},
}
WAYS = {**DBUS_WAYS, "command": {"backend": "command"}}


def systemctl(*arguments: str, check: bool = True) -> str:
    """Ask the manager by its own tool."""
    command = ["systemctl", "--no-pager", *([] if ROOT else ["--user"]), *arguments]
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=60).stdout.strip()


@contextmanager
def services(**texts: str) -> Iterator[None]:
    """Services of these names; they are stopped and gone at the end."""
    # A user's message bus begins with its first client; the user's manager comes to it a moment later.
    wait_until(lambda: subprocess.run(BUS_STATUS, check=False, capture_output=True).returncode == 0)
    UNIT_FOLDER.mkdir(parents=True, exist_ok=True)
    names = [f"{name.replace('_', '-')}.service" for name in texts]
    for name, text in zip(names, texts.values()):
        (UNIT_FOLDER / name).write_text(text)
    systemctl("daemon-reload")
    try:
        yield
    finally:
        systemctl("stop", *names, check=False)
        systemctl("reset-failed", *names, check=False)
        for name in names:
            (UNIT_FOLDER / name).unlink()
        systemctl("daemon-reload")
        # Exceptions and loops of these tests may still hold sockets, which other tests count.
        gc.collect()


def load(systemd: pm2go.AsyncSystemd) -> tuple[int, int, int]:
    """Return how many calls, sockets and other descriptors the running loop's driver knows."""
    return systemd._loops._driver().load()


def descriptors() -> int:
    """Return how many descriptors this process has open, but for those of objects that nobody has."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def cut_sockets() -> None:
    """Shut down every unix socket of this process that leads to another one."""
    for path in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError):
            number = int(path.name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as copy:
                if copy.family == socket.AF_UNIX and copy.getpeername():
                    copy.shutdown(socket.SHUT_RDWR)


async def until(holds: Callable[[], object], *, seconds: float = 60.0) -> None:
    """Let the loop go on until something has happened by itself."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.001)


def wait_until(holds: Callable[[], object], *, seconds: float = 60.0) -> None:
    """Wait for something that happens by itself."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def run_program(text: str, *, seconds: float = 120.0) -> str:
    """Run a Python program of its own; it must end well and say nothing on stderr."""
    command = [sys.executable, "-X", "faulthandler", "-W", "error", "-c", textwrap.dedent(text)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    return ended.stdout
