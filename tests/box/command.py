"""A command in a box, as a `subprocess.Popen`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from .machine import HERE

SECONDS_TO_DIE = 60.0


class Command(subprocess.Popen[Any]):
    """A command in a box. Signals go to the command; `kill` is for all that it started too."""

    def __init__(self, leader: int, cgroup: str, command: Sequence[str], **options: Any) -> None:
        self.cgroup = cgroup
        enter = [sys.executable, "-I", "-S", "-B", str(HERE / "enter.py"), str(leader), cgroup]
        super().__init__([*enter, *command], **options)

    def send_signal(self, sig: int) -> None:
        """Send a signal to the command itself (not to enter.py, its parent)."""
        for process in self._processes():
            with suppress(OSError):
                with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
                    parent = file.read().rpartition(")")[2].split()[1]
                if parent == str(self.pid):
                    os.kill(process, sig)

    def kill(self) -> None:
        """Kill the command and all that it started, also what went into the background."""
        deadline = time.monotonic() + SECONDS_TO_DIE
        while time.monotonic() < deadline:
            processes = self._processes()
            if not processes:
                break
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.002)
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.2)
            return
        super().send_signal(signal.SIGKILL)  # it has not got as far as into the box

    def forget(self) -> None:
        """Remove the cgroup of a command that has ended, unless something it started runs on."""
        with suppress(OSError):
            os.rmdir(self.cgroup)

    def _processes(self) -> list[int]:
        """What runs in the box for this command."""
        try:
            with open(self.cgroup + "/cgroup.procs", encoding="ascii") as file:
                return [int(line) for line in file if int(line) != self.pid]
        except OSError:  # the box is gone
            return []
