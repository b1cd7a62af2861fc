"""An answer may be as long as D-Bus allows, and there may be no memory for it."""

from __future__ import annotations

import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fake_systemd import FakeSystemd

if TYPE_CHECKING:
    from pathlib import Path

MEBIBYTE = 1 << 20
LENGTH = 100 * MEBIBYTE

#: Asks for one property in a process that may not have much more memory than it has.
PROGRAM = """
import asyncio, resource, sys
import pm2go

address, room, face = sys.argv[1], int(sys.argv[2]), sys.argv[3]

def limit():
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))

async def ask():
    async with pm2go.AsyncSystemd(address=address) as systemd:
        await systemd.connect()
        limit()
        return await systemd.get_unit_property("a.service", "Description")

try:
    if face == "asyncio":
        found = asyncio.run(ask())
    else:
        with pm2go.Systemd(address=address) as systemd:
            systemd.connect()
            limit()
            found = systemd.get_unit_property("a.service", "Description")
    print(len(found))
except (pm2go.Pm2goError, MemoryError) as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("face", ["blocking", "asyncio"])
@pytest.mark.parametrize(
    ("room", "told"),
    [
        # The message itself; the text of Python's; both and what makes one of the other.
        (40, {"ConnectionLostError"}),
        (130, {"SystemdError", "MemoryError", "ConnectionLostError"}),
        (600, {str(LENGTH)}),
    ],
)
def test_want_of_memory_is_an_exception(tmp_path: Path, room: int, told: set[str], face: str) -> None:
    text = b"\1s\0\0" + struct.pack("<I", LENGTH) + b"x" * LENGTH + b"\0"
    with FakeSystemd(tmp_path, "v", text) as fake:
        command = [sys.executable, "-c", PROGRAM, fake.address, str(room * MEBIBYTE), face]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip() in told
