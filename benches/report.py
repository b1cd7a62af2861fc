"""Results: kept as plain rows, printed as a table, judged against the goals, compared."""

from __future__ import annotations

import platform
import statistics
import subprocess
from importlib import metadata

READING = {
    "signals": "32,000 signals to a reader",
    "watchers-one": "1,000 jobs to one watcher of 100 units",
    "watchers-same": "1,000 jobs to 100 watchers of the same 100 units",
    "watchers-own": "1,000 jobs to 100 watchers of a unit each",
}
ABOUT_READING = {
    "processor": "processor time of the reader",
    "systemd": "processor time of systemd",
    "descriptors": "descriptors of the reader",
    "gaps": "gaps",
    "events": "events in all",
}
DESIGN = {
    "connect": "connect and first answer",
    "start": "start",
    "restart": "restart",
    "stop": "stop",
    "enable": "enable",
    "disable": "disable",
    "list": "list",
    "status": "status",
    "properties": "all properties",
    "reload": "daemon-reload",
    "app-start": "deploy and start an app",
    "app-delete": "delete an app",
    "no-such-unit": "the error of a property without a unit",
    "no-such-start": "the error of a start without a unit",
    "works": "memory of a client that works",
    "waits": "memory of a client that waits for a job",
    "noticed": "a change is known: events, or looking each second",
}
#: What is asked of many, or tells of many.
MANY = {
    "states1000": "two states and two figures of 1,000 services",
    "figures1000": "four figures of 1,000 services",
    "all1000": "all properties of 1,000 services",
    "files": "list of all unit files",
}
#: What a thousand services use.
USE = {
    "figures": "what 1,000 services use",
    "metrics": "the same and their states as a text of OpenMetrics",
}
#: What is done with the journal.
JOURNAL = {
    "journal-read": "100,000 entries of the journal, all fields",
    "journal-send": "5,000 entries sent to the journal",
}
#: What somebody reads while another client asks for next to nothing.
READ_MEANWHILE = {
    "nothing": "nothing",
    **MANY,
    "all1000-anew": f"{MANY['all1000']}, after a daemon-reload",
    "list": "list of all units",
}
TITLES = {
    "ping": "Ping",
    "property": "one property",
    "properties": "all properties of a service",
    "list": "list of all units, every field read",
    "apps": "status of 200 apps",
    "job": "stop and wait, start and wait",
    "gather64": "64 at once",
    "gather256": "256 at once",
    "threads64": "3,200 calls by 64 threads",
    "paced": "one property each half second",
    "command": "a short command with its output",
    "connect": "connect and first answer",
    "event": "one event: from its cause to the body of the loop",
    "delay": "signals: from the core to the body of the loop",
    "watchers-top": "100 watchers: each event and watcher, on top of one watcher's run",
    "watchers-each": "100 watchers: each event delivered",
    "live-state": "live table: one state",
    "live-states": "live table: the states of 1,000 units",
    "import": "import",
    "import-memory": "import: memory",
    "list-peak": "list: memory at the peak",
    "list-kept": "list: memory while it is kept",
    "wheel": "wheel",
    **MANY,
    **USE,
    **JOURNAL,
    **{
        f"others-{endpoint}-{row}-{what}": f"what another client waits ({endpoint}) while this is read: {title}: {of}"
        for endpoint in ("private", "bus")
        for row, title in READ_MEANWHILE.items()
        for what, of in (("99", "99 of 100 answers"), ("longest", "the longest"))
    },
    **READING,
    **{
        f"{row}-{what}": f"{title}: {of}"
        for row, title in READING.items()
        for what, of in ABOUT_READING.items()
    },
    **{f"design-{name}": f"first design: {title}" for name, title in DESIGN.items()},
}
BYTES = {"import-memory", "list-peak", "list-kept", "wheel", "design-works", "design-waits"}
COUNTED = {f"{row}-{what}" for row in READING for what in ("descriptors", "gaps", "events")}
#: What several contenders are told apart by.
WHO = ("contender", "endpoint", "mode")
PEERS = ("dbus-fast", "python-sdbus", "jeepney", "pystemd")
#: Those that are no Python, too.
ALL_PEERS = (*PEERS, "zbus", "go-systemd")


def row(name, contender, endpoint, mode, values, *, units=None, pinned=False):
    return {
        "row": name,
        "contender": contender,
        "endpoint": endpoint,
        "mode": mode,
        "units": units,
        "pinned": pinned,
        "median": statistics.median(values),
        "lowest": min(values),
        "count": len(values),
    }


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    with open("/proc/loadavg", encoding="utf-8") as file:
        load = file.read().split()[0]
    return {
        "processors": len(models),
        "model": models[0] if models else "",
        "kernel": platform.release(),
        "load": load,
    }


def versions():
    found = {"Python": platform.python_version()}
    for name in ("pm2go", "dbus-fast", "sdbus", "jeepney", "pystemd"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    for command in (["systemctl", "--version"], ["dbus-daemon", "--version"]):
        try:
            found[command[0]] = (
                subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()[0]
            )
        except OSError:
            found[command[0]] = "missing"
    return found


def shown(name, value):
    if name in BYTES:
        return f"{value / 1e6:.2f} MB"
    if name in COUNTED:
        return f"{value:,.0f}"
    if value < 1e-5:
        return f"{value * 1e6:.2f} us"
    return f"{value * 1e6:,.0f} us" if value < 0.1 else f"{value * 1e3:,.0f} ms"


def groups(rows):
    """Rows that are measured on the same thing."""
    found = {}
    for entry in rows:
        found.setdefault((entry["row"], entry["units"], entry["pinned"]), []).append(entry)
    return found


def value_of(entries, contender, endpoint=None, mode=None):
    for entry in entries:
        fits = endpoint in {None, entry["endpoint"]} and mode in {None, entry["mode"]}
        if entry["contender"] == contender and fits:
            return entry["median"]
    return None


def ways_of(entries, contender):
    """The endpoints and modes in which somebody was measured."""
    return [(entry["endpoint"], entry["mode"]) for entry in entries if entry["contender"] == contender]


def print_table(rows):
    for (name, units, pinned), entries in groups(rows).items():
        where = f", {units} units" if units else ""
        print(f"\n{TITLES[name]}{where}{', on one processor' if pinned else ''}")
        best = value_of(entries, "pm2go")
        for entry in sorted(entries, key=lambda entry: entry["median"]):
            floor = value_of(entries, "raw floor", entry["endpoint"])
            over = f"{entry['median'] / floor:6.2f} x floor" if floor else " " * 14
            to_us = f"{entry['median'] / best:6.2f} x pm2go" if best else ""
            label = f"{entry['contender']:14}{entry['endpoint'] or '':9}{entry['mode'] or '':9}"
            print(f"  {label}{shown(name, entry['median']):>13} {over} {to_us}")


def compare(old, new):
    """Print what became faster or slower than in another file."""

    def key(entry):
        return tuple(entry[name] for name in ("row", *WHO, "units", "pinned"))

    before = {key(entry): entry for entry in old["rows"]}
    print(f"{old['commit']} -> {new['commit']}")
    for entry in new["rows"]:
        if entry["contender"] == "pm2go" and key(entry) in before:
            was = before[key(entry)]["median"]
            ratio = entry["median"] / was if was else float(entry["median"] > 0)
            label = " ".join(str(part) for part in key(entry) if part)
            print(f"  {ratio:6.2f}  {label}: {shown(entry['row'], entry['median'])}")
