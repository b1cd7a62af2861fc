"""Signals and who reads them: many at once, one alone, and by a hundred watchers. systemd makes them, for all the same."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

import report
from contenders.program import GO_SYSTEMD, ZBUS
from workload import Family, Storm

#: Seconds; a reader that says nothing for so long waits for something that never comes.
PATIENCE = 60
WATCHERS = 100
#: How many runs each has in each row, at most: a hundred watchers take their time.
MOST_RUNS = 3
PYTHON = (sys.executable, str(Path(__file__).with_name("reader.py")))
READERS = [
    ("raw floor", "private", "sync", (*PYTHON, "raw")),
    ("pm2go", "private", "async", (*PYTHON, "pm2go")),
    ("pm2go", "private", "sync", (*PYTHON, "pm2go-threads")),
    ("raw floor", "bus", "sync", (*PYTHON, "raw")),
    ("pm2go", "bus", "async", (*PYTHON, "pm2go")),
    ("pm2go", "bus", "sync", (*PYTHON, "pm2go-threads")),
    ("dbus-fast", "bus", "async", (*PYTHON, "dbus-fast")),
    ("zbus", "bus", "async", (str(ZBUS), "watch")),
    ("go-systemd", "private", "sync", (str(GO_SYSTEMD), "watch")),
    ("go-systemd", "bus", "sync", (str(GO_SYSTEMD), "watch")),
]
#: row: the family of units, how many there are, rounds of jobs, watchers and what they share, seconds between rounds.
ROWS = {
    "signals": ("storm", 500, 16, 1, "same", 0),
    "event": ("event", 1, 200, 1, "same", 0.003),
    "watchers-one": ("watch", 100, 10, 1, "same", 0),
    "watchers-same": ("watch", 100, 10, WATCHERS, "same", 0),
    "watchers-own": ("watch", 100, 10, WATCHERS, "own", 0),
}
MEASURED = ("wall", "processor", "systemd", "descriptors", "gaps")


def processor_seconds(process):
    """What all threads of a process have used, those that ended included: clock_getcpuclockid(3)."""
    return time.clock_gettime(~process << 3 | 2)


def line_of(reader):
    """The next line of a reader's output."""
    with selectors.DefaultSelector() as selector:
        selector.register(reader.stdout, selectors.EVENT_READ)
        if not selector.select(PATIENCE):
            raise TimeoutError(f"nothing in {PATIENCE} seconds")
    line = reader.stdout.readline()
    if not line:
        raise RuntimeError("it ended too early")
    return line


def run(command, endpoint, row, family):
    """One reader once."""
    _, _, rounds, watchers, way, pause = ROWS[row]
    arguments = (endpoint, way, watchers, rounds, family.prefix, family.count)
    command = [*command, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        try:
            told = measured(reader, Storm(family.names, rounds, pause))
        except BaseException:
            reader.kill()
            raise
    # Each job is at least one event for whoever watches its unit; who stopped too early was not fast.
    due = family.count * rounds * (watchers if way == "same" else 1)
    if told["events"] < due:
        raise RuntimeError(f"it heard of {told['events']} events, and there were {due} at the least")
    return told


def measured(reader, storm):
    """What a reader says after a storm, and what that took."""
    if line_of(reader) != "ready\n":
        raise RuntimeError("it is not ready")
    descriptors = len(os.listdir(f"/proc/{reader.pid}/fd"))
    before = [processor_seconds(process) for process in (reader.pid, 1)]
    begin = time.time_ns()
    storm.begin()
    try:
        told = json.loads(line_of(reader))
        after = [processor_seconds(process) for process in (reader.pid, 1)]
    finally:
        # The next reader must not hear of it.
        begun = storm.end()
    # A new state is there once in each round; more or fewer cannot be told from each other.
    flips = told["flips"] if len(told["flips"]) == len(begun) else []
    return {
        **told,
        "wall": (told["ended"] - begin) / 1e9,
        "processor": after[0] - before[0],
        "systemd": after[1] - before[1],
        "descriptors": descriptors,
        "latencies": [(there - sent) / 1e9 for there, sent in zip(flips, begun)],
    }


def run_watchers(wanted, rounds):
    """All rows of readers, and who could not be measured."""
    rows, missing, families = [], [], {}
    for row, (prefix, count, *_) in ROWS.items():
        if wanted is not None and row not in wanted:
            continue
        begin = time.monotonic()
        if prefix not in families:
            families[prefix] = Family(prefix, count)
        found = run_all(row, families[prefix], min(rounds, MOST_RUNS), missing)
        rows += event_rows(found) if row == "event" else rows_of(row, found)
        print(f"{row} {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
    return [*rows, *rows_of_events(rows)], missing


def run_all(row, family, runs, missing):
    """Everybody in turn, each several times."""
    found = {}
    for turn in range(runs):
        # Nobody always runs behind the same one.
        for *who, command in READERS[turn:] + READERS[:turn]:
            # Bytes that are read once are not read by a hundred.
            if (who[0] == "raw floor" and ROWS[row][3] > 1) or not Path(command[0]).exists():
                continue
            try:
                told = run(command, who[1], row, family)
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                missing.append(f"{' '.join(who)}, {row}: {error}")
                print(missing[-1], file=sys.stderr, flush=True)
            else:
                found.setdefault(tuple(who), []).append(told)
    return found


def event_rows(found):
    for who, runs in found.items():
        latencies = [latency for told in runs for latency in told["latencies"]]
        if latencies:
            yield report.row("event", *who, latencies)


def rows_of(row, found):
    for who, runs in found.items():
        for what in MEASURED:
            name = row if what == "wall" else f"{row}-{what}"
            yield report.row(name, *who, [told[what] for told in runs])
        yield report.row(f"{row}-events", *who, [told["events"] for told in runs])
        delays = [told["delay"] / 1e9 for told in runs if told["delay"]]
        if row == "signals" and delays:
            yield report.row("delay", *who, delays)


def rows_of_events(rows):
    """What an event costs for each watcher: on top of one watcher's run, and in all."""
    medians = {(entry["row"], *(entry[key] for key in report.WHO)): entry["median"] for entry in rows}
    for (row, *who), wall in medians.items():
        if row != "watchers-same":
            continue
        events = medians[("watchers-same-events", *who)]
        yield report.row("watchers-each", *who, [wall / events])
        one = medians.get(("watchers-one", *who))
        if one:
            on_top = events - medians[("watchers-one-events", *who)]
            yield report.row("watchers-top", *who, [(wall - one) / on_top])
