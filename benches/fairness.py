"""Whether others are answered while somebody reads much: a client that asks for next to nothing, all the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import report
from workload import buses, call

ENDPOINTS = ("private", "bus")
#: Seconds in which nobody reads.
IDLE = 1
ROUNDS = 5
#: Seconds after a daemon-reload.
SETTLING = 0.3
#: The first in the row of those who want the processor.
AHEAD = os.sched_param(1)


class Pinger:
    """The other client, a process of its own on a connection of its own."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        script = str(Path(__file__).with_name("pinger.py"))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen([sys.executable, script, endpoint], **pipes)
        self.process.stdout.readline()

    def say(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def begin(self):
        self.say()
        self.process.stdout.readline()

    def end(self):
        """How long it waited for each answer, in seconds."""
        self.say()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def put_ahead(programs):
    """Whoever is measured does not wait for a processor that somebody else has: only for systemd."""
    for process in [1, *buses(), *programs]:
        try:
            os.sched_setscheduler(process, os.SCHED_FIFO, AHEAD)
        except PermissionError as error:
            return f"fairness: where the machine does other things, others wait for it, too ({error})"
    return None


def put_back():
    for process in [1, *buses()]:
        os.sched_setscheduler(process, os.SCHED_OTHER, os.sched_param(0))


def while_reading(pinger, reader, row):
    """What the other client waited while somebody read once."""
    pinger.begin()
    if reader is None:
        time.sleep(IDLE)
    else:
        reader.measure(row.partition("-")[0], 1)
    return sorted(pinger.end())


def rows_of(row, reader, pinger):
    rounds = []
    # All unit files are a matter of seconds.
    for _ in range(1 if row == "files" else ROUNDS):
        if row.endswith("-anew"):
            call("Reload")
            # What systemd has to tell others after that is not ours.
            time.sleep(SETTLING)
        rounds.append(while_reading(pinger, reader, row))
    who = (reader.name, reader.endpoint, reader.mode) if reader else ("nobody", None, None)
    named = f"others-{pinger.endpoint}-{row}"
    yield report.row(f"{named}-99", *who, [waits[len(waits) * 99 // 100] for waits in rounds])
    # Now and then the machine itself stands still for some milliseconds: that is in one round, and not in most.
    yield report.row(f"{named}-longest", *who, [waits[-1] for waits in rounds])


def run_fairness(contenders):
    """Each blocking way to read, one after the other; and why it tells less than it might."""
    pingers = [Pinger(endpoint) for endpoint in ENDPOINTS]
    reason = put_ahead([pinger.process.pid for pinger in pingers])
    rows = []
    try:
        for row in report.READ_MEANWHILE:
            begin = time.monotonic()
            can_read = [c for c in contenders if c.mode == "sync" and c.can(row.partition("-")[0])]
            for pinger in pingers:
                for reader in can_read if row != "nothing" else [None]:
                    rows += rows_of(row, reader, pinger)
            print(f"fairness {row} {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
    finally:
        put_back()
        for pinger in pingers:
            pinger.close()
    return rows, [reason] if reason else []
