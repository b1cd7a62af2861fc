"""The driver of an event loop, by itself: no systemd answers, and none is needed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

#: A loop whose futures ask the driver when they are gone, and a driver that is told to let go of the last one.
PROGRAM = """
import asyncio, faulthandler, socket, sys
from pm2go._core import Client, LoopDriver, Request

# A thread that waits for a lock of its own would wait for ever.
faulthandler.dump_traceback_later(20, exit=True)
loads = []

class Asking(asyncio.Future):
    def __del__(self):
        loads.append(driver.load())
        # What it asks for besides must go on as well: the driver is in order by now.
        driver.forget(0)

class Loop(asyncio.SelectorEventLoop):
    def create_future(self):
        return Asking(loop=self)

way, address = sys.argv[1:]
silent = socket.socket(socket.AF_UNIX)
silent.bind(address)
silent.listen()
loop = Loop()
driver = LoopDriver(Client(address=address), loop)

async def main():
    number, future = driver.submit(Request.call("daemon_reload"))
    assert driver.load()[0] == 1
    if way == "forget":
        # The driver's is the last reference.
        del future
        driver.forget(number)
    elif way == "close":
        # An exception that nobody hears would be complained of.
        future.cancel()
        del future
        driver.close()
    else:
        future.cancel()
        del future
        silent.accept()[0].close()
        while not loads:
            await asyncio.sleep(0)

loop.run_until_complete(main())
print(loads[0][0])
driver.close()
loop.close()
"""


@pytest.mark.parametrize("way", ["forget", "close", "lost"])
def test_the_last_reference_to_a_future_is_dropped_outside_the_drivers_lock(tmp_path: Path, way: str) -> None:
    address = tmp_path / "systemd" / "private"
    address.parent.mkdir()
    command = [sys.executable, "-c", PROGRAM, way, str(address)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "0\n", "")
