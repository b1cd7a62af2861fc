"""The live table of units beside asking: what is known already costs no call."""

from __future__ import annotations

import sys
from time import perf_counter

import report
from contenders.asked import ADDRESS
from workload import target

READS = 20_000
ROUNDS = 7
UNITS = 1000
MISSING = "live table: pm2go.Systemd has no live_units here; its rows are left out"


def run_live(contenders):
    """The states of a thousand units, and one of them; and why there is nothing to tell."""
    import pm2go

    if not hasattr(pm2go.Systemd, "live_units"):
        print(MISSING, file=sys.stderr, flush=True)
        return [], [MISSING]
    rows = []
    for endpoint, address in ADDRESS.items():
        with (
            pm2go.Systemd(backend="dbus", address=address) as systemd,
            systemd.live_units() as table,
        ):
            rows += rows_of_table(table, endpoint)
    for contender in (c for c in contenders if c.can("list") and c.endpoint != "command"):
        # Nobody else keeps states: each asks for a list of all, which is faster than a call for each.
        times, _ = contender.measure("list", ROUNDS)
        rows.append(report.row("live-states", contender.name, contender.endpoint, contender.mode, times))
        if contender.can("property"):
            times, _ = contender.measure("property", ROUNDS)
            rows.append(report.row("live-state", contender.name, contender.endpoint, contender.mode, times))
    return rows, []


def rows_of_table(table, endpoint):
    name = target(0)
    times, whole = [], []
    for _ in range(ROUNDS):
        begin = perf_counter()
        for _ in range(READS):
            table[name].active_state  # noqa: B018 - to read it is the point
        times.append((perf_counter() - begin) / READS)
        begin = perf_counter()
        states = [unit.active_state for unit in table.values()]
        whole.append(perf_counter() - begin)
        if len(states) < UNITS:
            raise RuntimeError(f"{len(states)} units are in the table, not {UNITS}")
    yield report.row("live-state", "pm2go", endpoint, "live", times)
    yield report.row("live-states", "pm2go", endpoint, "live", whole)
