"""Somebody in another language: a program of ours on its library, which is told what to do line by line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from .contender import Contender

#: Where scripts/bench puts the programs that it could build.
BUILT = Path(__file__).resolve().parents[2] / "target" / "bench-peers"
ZBUS = BUILT / "zbus"
GO_SYSTEMD = BUILT / "go-systemd"


class Program(Contender):
    """It measures itself, so that the way to it is in no time. What it can do is the first thing that it says."""

    def __init__(self, endpoint, *way):
        super().__init__(endpoint)
        if not self.path.exists():
            raise FileNotFoundError(f"{self.name} could not be built here")
        command = [str(self.path), "serve", endpoint, *way]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.rows = self.process.stdout.readline().split()

    def can(self, row):
        return row in self.rows

    def measure(self, row, count):
        self.process.stdin.write(f"{row} {count}\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        return told["times"], told["answer"]

    def close(self):
        self.process.communicate(timeout=10)
