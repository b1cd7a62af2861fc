"""A throw-away real systemd for tests and benches: see README.md."""

from .box import TESTER, Box
from .command import Command
from .machine import BoxError

__all__ = ["TESTER", "Box", "BoxError", "Command"]
