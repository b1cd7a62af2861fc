"""zbus: benches/zbus."""

from __future__ import annotations

from .program import ZBUS, Program


class Zbus(Program):
    """In `block_on`, or on a runtime of tokio, which has tasks."""

    name = "zbus"
    path = ZBUS

    def __init__(self, way):
        self.mode = "async" if way == "tasks" else "sync"
        super().__init__("bus", way)
