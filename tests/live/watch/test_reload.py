"""Watches beside a manager that reads its unit files again: jobs are told once each, whatever reloads."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.scope import SCOPE_OPTION, TARGET
from live.fixtures.systemctl import systemctl
from live.fixtures.units import SLEEP
from live.fixtures.ways import DBUS_WAYS, WAYS, Way

if TYPE_CHECKING:
    from live.fixtures.streams import StreamOf
    from live.fixtures.units import UnitFiles

UNITS = 20
ROUNDS = 40

Events = list[pm2go.UnitEvent]


class Reader(threading.Thread):
    """Reads a watch on a thread of its own, until a job of a unit has ended."""

    def __init__(self, watch: pm2go.Watch, last: str, *, on_a_loop: bool) -> None:
        super().__init__()
        self.events: Events = []
        self.begun = threading.Event()
        self._watch = watch
        self._last = last
        self._on_a_loop = on_a_loop

    def run(self) -> None:
        if self._on_a_loop:
            asyncio.run(self._read())
            return
        for event in self._watch:
            if self._take(event):
                return

    async def _read(self) -> None:
        async for event in self._watch:
            if self._take(event):
                return

    def _take(self, event: pm2go.UnitEvent) -> bool:
        self.events.append(event)
        self.begun.set()
        return event.kind == "job-removed" and event.unit == self._last


def start_beside_a_reload(names: list[str]) -> None:
    """Start all of them, each of which is down; it returns when all jobs have ended."""
    with subprocess.Popen(["systemctl", *SCOPE_OPTION, "daemon-reload"]) as reloading:
        systemctl("start", *names)
        assert reloading.wait(60) == 0


@pytest.mark.parametrize("on_a_loop", [False, True], ids=["for", "async for"])
@pytest.mark.parametrize("way", DBUS_WAYS)
def test_no_job_is_lost_beside_a_reload(units: UnitFiles, way: Way, *, on_a_loop: bool) -> None:
    names = [units.name(f"job-{number}") for number in range(UNITS)]
    for name in names:
        units.write(name, "[Service]\nType=oneshot\nExecStart=/bin/true\n", reload=False)
    last = units.service("/bin/true", stem="last", kind="oneshot")
    with pm2go.Systemd(**WAYS[way]) as systemd:
        # The target is up, so that a snapshot of it says that the watch has begun.
        reader = Reader(systemd.watch_units(TARGET, *names, last), last, on_a_loop=on_a_loop)
        reader.start()
        assert reader.begun.wait(20)
        for _ in range(ROUNDS):
            start_beside_a_reload(names)
        systemctl("start", last)
        reader.join(60)
        assert not reader.is_alive()
    told = Counter((event.kind, event.job_id) for event in reader.events if event.job_id is not None)
    assert [job for job, times in told.items() if times > 1] == []
    if not any(event.kind == "gap" for event in reader.events):
        removed = Counter(event.unit for event in reader.events if event.kind == "job-removed")
        assert removed == {**dict.fromkeys(names, ROUNDS), last: 1}
        assert [event.unit for event in reader.events if event.kind == "snapshot"] == [TARGET]


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_a_unit_that_comes_with_a_reload_is_added(units: UnitFiles, way: Way, stream_of: StreamOf) -> None:
    keeper, comes = units.service(stem="keeper"), units.name("comes")
    systemctl("start", keeper)
    with pm2go.Systemd(**WAYS[way]) as systemd:
        stream = stream_of(systemd.watch_units(keeper, comes))
        assert stream.next().kind == "snapshot"
        units.write(keeper, f"[Unit]\nAfter={comes}\n[Service]\nExecStart={SLEEP}\n")
        told = [(event.kind, event.unit) for event in stream.until(lambda event: event.unit == comes)]
    assert told == [("reloading", None), ("reloaded", None), ("added", comes)]
