"""What the numbers have to be: each goal with what was measured."""

from __future__ import annotations

import goals_of_reading
from comparing import at_least, at_most, faster
from goals_of_calls import of_call, of_table
from goals_of_design import of_design
from goals_of_journal import of_journal
from goals_of_many import of_many
from report import TITLES, groups, value_of

FLOOR_LIMITS = {"property": 1.4, "list": 1.5, "properties": 1.6}
PEAK_UNITS = 5000
QUERIES = ("property", "list", "properties")


def judge(rows):
    """All goals that the rows say something about: text, what was found, whether it is met."""
    found = goals_of_reading.judge(rows)
    for (name, units, pinned), entries in groups(rows).items():
        title = TITLES[name] + (f", {units} units" if units else "") + (", one processor" if pinned else "")
        for text, value, met in of_row(name, units, pinned, entries):
            found.append({"goal": f"{title}: {text}", "found": value, "met": met})
    return found


def of_row(name, units, pinned, entries):
    if name in FLOOR_LIMITS:
        yield from against_floor(entries, FLOOR_LIMITS[name])
    if name == "apps":
        yield from at_most(entries, "raw floor", 1.3, "private", "sync")
    if name == "signals":
        for endpoint in ("private", "bus"):
            yield from at_most(entries, "raw floor", 1.5, endpoint, "async")
    if name in (*QUERIES, "gather256") and not pinned:
        yield from default_against_peers(entries)
    if name in (*QUERIES, "apps") and not pinned:
        yield from at_least(entries, "systemctl", 20, "private", "sync")
    if name in QUERIES and not pinned:
        yield from at_least(entries, "pystemd", 4, "private", "sync")
    if name.startswith("design-"):
        yield from of_design(name, entries)
    if name.startswith("live-"):
        yield from of_table(name, entries)
    yield from of_many(name, entries)
    yield from of_journal(name, entries)
    if not pinned:
        yield from of_call(name, entries)
    if pinned:
        yield from ahead_on_bus(entries, 1.2 if name in {"list", "properties"} else 1.0)
    # The kernel counts a process's memory in steps that are as large as the smaller lists.
    if name != "list-peak" or units >= PEAK_UNITS:
        yield from absolute(name, entries)


def against_floor(entries, limit):
    for endpoint in ("private", "bus"):
        yield from at_most(entries, "raw floor", limit, endpoint, "sync")


def default_against_peers(entries):
    for mode in ("sync", "async"):
        yield from faster(entries, 2, "private", mode)


def ahead_on_bus(entries, factor):
    for mode in ("sync", "async"):
        yield from faster(entries, factor, "bus", mode, same_bus=True)


def absolute(name, entries):
    limits = {
        "import": (0.015, "under 15 ms"),
        "import-memory": (8e6, "under 8 MB"),
        "wheel": (3e6, "under 3 MB"),
        "figures": (0.03, "at most 30 ms"),
        "metrics": (0.05, "at most 50 ms"),
        "delay": (200e-6, "under 200 us at the median"),
    }
    ours = value_of(entries, "pm2go")
    if name in limits and ours:
        limit, text = limits[name]
        yield text, f"{ours * 1e3:.2f} ms" if limit < 1 else f"{ours / 1e6:.2f} MB", ours < limit
    reply = value_of(entries, "the reply")
    if name == "list-peak" and reply:
        yield "under 3 x the reply", f"{ours / reply:.2f} x", ours < 3 * reply


def print_goals(goals):
    print("\nGoals")
    for goal in goals:
        print(f"  {'met    ' if goal['met'] else 'NOT MET'}  {goal['found']:>22}  {goal['goal']}")
