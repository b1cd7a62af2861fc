"""Results: kept as plain rows, printed as a table, judged against the goals, compared."""

from __future__ import annotations

import platform
import statistics
import subprocess
from importlib import metadata

TITLES = {
    "ping": "Ping",
    "property": "one property",
    "properties": "all properties of a service",
    "list": "list of all units, every field read",
    "apps": "status of 200 apps",
    "job": "stop and wait, start and wait",
    "gather64": "64 at once",
    "gather256": "256 at once",
    "connect": "connect and first answer",
    "signals": "20,000 signals to a reader",
    "signals-processor": "20,000 signals: processor time of the reader",
    "delay": "signals: from the core to the body of the loop",
    "import": "import",
    "import-memory": "import: memory",
    "list-peak": "list: memory at the peak",
    "list-kept": "list: memory while it is kept",
    "wheel": "wheel",
}
BYTES = {"import-memory", "list-peak", "list-kept", "wheel"}
PEERS = ("dbus-fast", "python-sdbus", "jeepney", "pystemd")


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


def print_table(rows):
    for (name, units, pinned), entries in groups(rows).items():
        where = f", {units} units" if units else ""
        print(f"\n{TITLES[name]}{where}{', on one processor' if pinned else ''}")
        best = value_of(entries, "pm2go")
        for entry in sorted(entries, key=lambda entry: entry["median"]):
            floor = value_of(entries, "raw floor", entry["endpoint"])
            over = f"{entry['median'] / floor:6.2f} x floor" if floor else " " * 14
            to_us = f"{entry['median'] / best:6.2f} x pm2go" if best else ""
            label = f"{entry['contender']:14}{entry['endpoint'] or '':9}{entry['mode'] or '':6}"
            print(f"  {label}{shown(name, entry['median']):>13} {over} {to_us}")


def compare(old, new):
    """Print what became faster or slower than in another file."""

    def key(entry):
        return tuple(entry[name] for name in ("row", "contender", "endpoint", "mode", "units", "pinned"))

    before = {key(entry): entry for entry in old["rows"]}
    print(f"{old['commit']} -> {new['commit']}")
    for entry in new["rows"]:
        if entry["contender"] == "pm2go" and key(entry) in before:
            ratio = entry["median"] / before[key(entry)]["median"]
            label = " ".join(str(part) for part in key(entry) if part)
            print(f"  {ratio:6.2f}  {label}: {shown(entry['row'], entry['median'])}")
