"""Goals that compare pm2go with others in one row: each yields what is wanted, what was found, whether it is met."""

from __future__ import annotations

from report import PEERS, value_of


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


def faster(entries, factor, endpoint, mode, *, same_bus=False):
    """Against the fastest peer of the same kind, sync or async."""
    peers = [entry for entry in entries if entry["contender"] in PEERS and entry["mode"] == mode]
    if same_bus:
        peers = [entry for entry in peers if entry["endpoint"] == "bus"]
    text = f"{factor} x as fast as every peer, {mode}, {endpoint}"
    yield from against(entries, peers, (endpoint, mode), text, factor)


def against(entries, peers, ways, text, factor):
    """So many times as fast as the fastest of these; our ways are an endpoint and a mode."""
    ours = value_of(entries, "pm2go", *ways)
    if ours and peers:
        theirs, who = min((entry["median"], entry["contender"]) for entry in peers)
        yield text, f"{theirs / ours:.2f} x ({who})", theirs >= factor * ours


def ahead_of(entries, names, ways, text, *, factor=1.0):
    """The same against these, in whatever language and mode; on the bus, if that is where pm2go is."""
    endpoint, mode = ways
    peers = [entry for entry in entries if entry["contender"] in names]
    if endpoint == "bus":
        peers = [entry for entry in peers if entry["endpoint"] == "bus"]
    yield from against(entries, peers, ways, f"{text}, {mode}, {endpoint}", factor)
