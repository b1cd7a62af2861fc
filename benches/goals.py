"""What the numbers have to be: each goal with what was measured."""

from __future__ import annotations

from report import PEERS, TITLES, groups, value_of

FLOOR_LIMITS = {"property": 1.4, "list": 1.5, "properties": 1.6}
PEAK_UNITS = 5000
QUERIES = ("property", "list", "properties")


def judge(rows):
    """All goals that the rows say something about: text, what was found, whether it is met."""
    found = []
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
            yield from at_most(entries, "raw floor", 1.5, endpoint, None)
    if name in (*QUERIES, "gather256") and not pinned:
        yield from default_against_peers(entries)
    if name in (*QUERIES, "apps") and not pinned:
        yield from at_least(entries, "systemctl", 20, "private", "sync")
    if name in QUERIES and not pinned:
        yield from at_least(entries, "pystemd", 4, "private", "sync")
    if pinned and name not in {"signals", "signals-processor", "delay"}:
        yield from ahead_on_bus(entries, 1.2 if name in {"list", "properties"} else 1.0)
    # The kernel counts a process's memory in steps that are as large as the smaller lists.
    if name != "list-peak" or units >= PEAK_UNITS:
        yield from absolute(name, entries)


def against_floor(entries, limit):
    for endpoint in ("private", "bus"):
        yield from at_most(entries, "raw floor", limit, endpoint, "sync")


def at_most(entries, other, limit, endpoint, mode):
    ours, theirs = value_of(entries, "pm2go", endpoint, mode), value_of(entries, other, endpoint)
    if ours and theirs:
        # Nobody is faster than the floor: then the floor was disturbed, and proves nothing.
        doubt = " (floor disturbed)" if ours < 0.95 * theirs else ""
        met = not doubt and ours <= limit * theirs
        yield f"at most {limit} x {other}, {endpoint}", f"{ours / theirs:.2f} x{doubt}", met


def at_least(entries, other, factor, endpoint, mode):
    theirs = [entry["median"] for entry in entries if entry["contender"] == other]
    ours = value_of(entries, "pm2go", endpoint, mode)
    if ours and theirs:
        yield f"{factor} x as fast as {other}", f"{min(theirs) / ours:.1f} x", min(theirs) >= factor * ours


def default_against_peers(entries):
    for mode in ("sync", "async"):
        yield from faster(entries, 2, "private", mode)


def ahead_on_bus(entries, factor):
    for mode in ("sync", "async"):
        yield from faster(entries, factor, "bus", mode, same_bus=True)


def faster(entries, factor, endpoint, mode, *, same_bus=False):
    """Against the fastest peer of the same kind, sync or async."""
    ours = value_of(entries, "pm2go", endpoint, mode)
    peers = [
        (entry["median"], entry["contender"])
        for entry in entries
        if entry["contender"] in PEERS
        and entry["mode"] == mode
        and (not same_bus or entry["endpoint"] == "bus")
    ]
    if ours and peers:
        theirs, who = min(peers)
        text = f"{factor} x as fast as every peer, {mode}, {endpoint}"
        yield text, f"{theirs / ours:.2f} x ({who})", theirs >= factor * ours


def absolute(name, entries):
    limits = {
        "import": (0.015, "under 15 ms"),
        "import-memory": (8e6, "under 8 MB"),
        "wheel": (3e6, "under 3 MB"),
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
