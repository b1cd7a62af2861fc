"""Goals of single rows where nobody is bound to one processor: calls, connections, the live table."""

from __future__ import annotations

from comparing import ahead_of, at_most
from report import ALL_PEERS, value_of

ELSEWHERE = ("zbus", "go-systemd")


def of_call(name, entries):
    """Goals of one row, as in goals.py."""
    if name == "property":
        yield from awaited_beside_blocking(entries)
    elif name == "command":
        yield from beside_systemd_run(entries)
    elif name == "paced":
        for endpoint in ("private", "bus"):
            yield from at_most(entries, "raw floor", 2, endpoint, "sync")
        yield from ahead_of(entries, ["pystemd"], ("private", "sync"), "ahead of pystemd")
    elif name == "connect":
        yield from ahead_of(
            entries, ALL_PEERS, ("bus", "sync"), "at most 1.1 x the best peer", factor=1 / 1.1
        )
        yield from ahead_of(entries, ALL_PEERS, ("default", "sync"), "ahead of every peer")
    elif name == "job":
        for mode in ("sync", "async"):
            yield from ahead_of(entries, ["zbus"], ("bus", mode), "ahead of zbus")
    elif name == "gather256":
        yield from ahead_of(entries, ALL_PEERS, ("bus", "async"), "ahead of every peer")
    elif name == "threads64":
        for endpoint in ("private", "bus"):
            yield from ahead_of(entries, ELSEWHERE, (endpoint, "sync"), "ahead of zbus and go-systemd")


def of_table(name, entries):
    """Goals of the live table."""
    for endpoint in ("private", "bus"):
        ours = value_of(entries, "pm2go", endpoint, "live")
        if ours and name == "live-state":
            yield f"under 1 us, {endpoint}", f"{ours * 1e6:.2f} us", ours < 1e-6
    if name == "live-states":
        ways = ("private", "live")
        yield from ahead_of(entries, ALL_PEERS, ways, "100 x as fast as every peer", factor=100)


def beside_systemd_run(entries):
    ours, theirs = (
        value_of(entries, "pm2go", "private", "sync"),
        value_of(entries, "systemd-run --wait --pipe"),
    )
    if ours and theirs:
        yield "at most 0.8 x systemd-run --wait --pipe", f"{ours / theirs:.2f} x", ours <= 0.8 * theirs


def awaited_beside_blocking(entries):
    awaited, blocking = (value_of(entries, "pm2go", "private", mode) for mode in ("async", "sync"))
    if awaited and blocking:
        more = awaited - blocking
        yield "awaited within 10 us of the blocking one, private", f"{more * 1e6:.1f} us", more <= 10e-6
