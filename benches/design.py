"""What the first design of pm2go expected of D-Bus: each operation beside the same by `systemctl`."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from time import perf_counter

import report
from contenders.asked import ADDRESS
from floor import MANAGER, MANAGER_PATH, Floor, method_call
from memory import memory_of
from workload import PLAIN, Family, call

UNIT = "design.service"
SLOW_UNIT = "design-slow.service"
NO_UNIT = "there-is-no-such.service"
APP = {"name": "design", "command": ["/bin/sleep", "infinity"]}
FILES = Path("/etc/systemd/system")
WAYS = {
    "private": {"backend": "dbus", "address": ADDRESS["private"]},
    "bus": {"backend": "dbus", "address": ADDRESS["bus"]},
    "command": {"backend": "command"},
}
#: How often a unit changes while it is polled, and seconds between two looks at it.
CHANGES = 8
POLLED_EVERY = 1.0
#: Everything there is to do, in an order that leaves things as they were, and how often in one go. The unit is
#: active while it is asked about: one that is not is read from its file each time.
TURN = (
    (("connect", "list", "status", "properties", "no-such-unit", "no-such-start"), 10),
    (("restart",), 5),
    (("stop", "start"), 5),
    (("disable", "enable", "reload"), 1),
    (("app-start", "app-delete"), 1),
)
OPERATIONS = [name for names, _ in TURN for name in names]


class Operations:
    """One way to systemd, and a turn of everything on it."""

    def __init__(self, way):
        import pm2go

        self.module, self.options = pm2go, WAYS[way]
        self.systemd = pm2go.Systemd(**self.options)
        self.manager = pm2go.Manager(self.systemd)
        self.times = {name: [] for name in OPERATIONS}

    def connect(self):
        with self.module.Systemd(**self.options) as systemd:
            systemd.get_unit_property(UNIT, "ActiveState")

    def refused(self, ask, *arguments):
        try:
            ask(*arguments)
        except self.module.UnitNotFoundError:
            return
        raise RuntimeError(f"{NO_UNIT} is there")

    def turn(self):
        systemd, manager = self.systemd, self.manager
        steps = {
            "connect": self.connect,
            "start": lambda: systemd.start_unit(UNIT),
            "restart": lambda: systemd.restart_unit(UNIT),
            "stop": lambda: systemd.stop_unit(UNIT),
            "enable": lambda: systemd.enable_unit(UNIT),
            "disable": lambda: systemd.disable_unit(UNIT),
            "list": systemd.list_units,
            "status": lambda: systemd.get_unit_status(UNIT),
            "properties": lambda: systemd.get_unit_properties(UNIT),
            "reload": systemd.daemon_reload,
            "app-start": lambda: manager.start(APP, settle=0),
            "app-delete": lambda: manager.delete(APP["name"]),
            "no-such-unit": lambda: self.refused(systemd.get_unit_property, NO_UNIT, "ActiveState"),
            "no-such-start": lambda: self.refused(systemd.start_unit, NO_UNIT),
        }
        for names, count in TURN:
            for _ in range(count):
                for name in names:
                    begin = perf_counter()
                    steps[name]()
                    self.times[name].append(perf_counter() - begin)

    def close(self):
        self.systemd.close()


def run_operations(rounds):
    found = {way: Operations(way) for way in WAYS}
    for _ in range(rounds):
        for operations in found.values():
            operations.turn()
    for way, operations in found.items():
        for name, times in operations.times.items():
            yield report.row(f"design-{name}", "pm2go", way, "sync", times)
        operations.close()


def run_memory(rounds):
    """Bytes that a program needs more than the same without a client, and what it runs with it."""
    for row, what, unit in (("design-works", "works", UNIT), ("design-waits", "waits", SLOW_UNIT)):
        for way in WAYS:
            values = [memory_of(what, way, unit) for _ in range(rounds)]
            yield report.row(row, "pm2go", way, "sync", values)


class Polling(threading.Thread):
    """Looks at a unit once in a while, and keeps when it saw another state."""

    def __init__(self, way, name):
        super().__init__(daemon=True)
        import pm2go

        self.systemd, self.name, self.seen = pm2go.Systemd(**WAYS[way]), name, []
        self.start()

    def run(self):
        before = "active"
        while len(self.seen) < CHANGES:
            now = self.systemd.get_unit_property(self.name, "ActiveState")
            if now != before:
                self.seen.append(perf_counter())
            before = now
            time.sleep(POLLED_EVERY)


class Watching(threading.Thread):
    """The same by events."""

    def __init__(self, way, name):
        super().__init__(daemon=True)
        import pm2go

        self.watch = pm2go.Systemd(**WAYS[way]).watch_units(name)
        self.watch.next()
        self.seen = []
        self.start()

    def run(self):
        for event in self.watch:
            if event.kind == "changed":
                self.seen.append(perf_counter())
                if len(self.seen) == CHANGES:
                    return


def run_delays():
    """From a change to whoever wants to know of it: events beside polling."""
    (name,) = Family("polled", 1).names
    who = {
        ("pm2go", "private"): Watching("private", name),
        ("pm2go", "bus"): Watching("bus", name),
        ("polling", "private"): Polling("private", name),
        ("polling", "command"): Polling("command", name),
    }
    floor, changed = Floor("private"), []
    for turn in range(CHANGES):
        # Each change at another moment between two looks.
        time.sleep(POLLED_EVERY * (1 + 1 / CHANGES))
        verb = "StopUnit" if turn % 2 == 0 else "StartUnit"
        changed.append(perf_counter())
        floor.call(method_call(MANAGER_PATH, MANAGER, verb, name, "replace"))
    for (contender, way), reader in who.items():
        reader.join(3 * POLLED_EVERY)
        if len(reader.seen) == CHANGES:
            delays = [seen - moment for seen, moment in zip(reader.seen, changed)]
            yield report.row("design-noticed", contender, way, "sync", delays)


def unit_text(command):
    """A service that may be started as often as anybody likes."""
    service = f"[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={command}\n"
    return f"{PLAIN}StartLimitIntervalSec=0\n{service}[Install]\nWantedBy=multi-user.target\n"


def run_design(rounds):
    begin = time.monotonic()
    (FILES / UNIT).write_text(unit_text("/bin/true"))
    (FILES / SLOW_UNIT).write_text(unit_text("/bin/sleep 60"))
    call("Reload")
    subprocess.run(["systemctl", "enable", "--now", UNIT], check=True, stderr=subprocess.DEVNULL)
    rows = [*run_operations(rounds), *run_memory(min(rounds, 3)), *run_delays()]
    subprocess.run(["systemctl", "disable", "--now", UNIT], check=True, stderr=subprocess.DEVNULL)
    for name in (UNIT, SLOW_UNIT):
        (FILES / name).unlink()
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    print(f"design {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
    return rows
