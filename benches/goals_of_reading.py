"""Goals about those who read signals: most compare a run with another one."""

from __future__ import annotations

from report import ALL_PEERS, READING, WHO

#: systemd's own time differs by so much from run to run.
AS_WITH_ONE = 1.15


def judge(rows):
    """All goals that the rows say something about, as in goals.py."""
    medians = {(entry["row"], *(entry[key] for key in WHO)): entry["median"] for entry in rows}
    found = []
    for endpoint in ("private", "bus"):
        for mode in ("async", "sync"):
            for text, value, met in of_reader(medians, "pm2go", endpoint, mode):
                found.append({"goal": f"{text}, {mode}, {endpoint}", "found": value, "met": met})
    return found


def of_reader(medians, *who):
    get = lambda row: medians.get((row, *who))  # noqa: E731
    yield from against_one(get)
    top = get("watchers-top")
    if top is not None:
        yield (
            "100 watchers of the same: at most 2 us an event and watcher on top",
            f"{top * 1e6:.2f} us",
            top <= 2e-6,
        )
    for row in READING:
        gaps = get(f"{row}-gaps")
        if gaps is not None:
            yield f"{READING[row]}: no gap", f"{gaps:.0f}", gaps == 0
    yield from against_peers(
        medians, who, "watchers-each", "100 watchers: ahead of every peer per event delivered"
    )
    if who[1:] == ("bus", "async"):
        yield from against_peers(medians, who, "signals", f"{READING['signals']}: not slower than any peer")


def against_one(get):
    """A hundred beside one."""
    one = get("watchers-one")
    for row in ("watchers-same", "watchers-own"):
        if not one or not get(row):
            continue
        title = READING[row]
        if row == "watchers-own":
            times = get(row) / one
            yield f"{title}: at most 1.2 x one watcher of all", f"{times:.2f} x", times <= 1.2
        times = get(f"{row}-systemd") / get("watchers-one-systemd")
        yield f"{title}: systemd's time as with one", f"{times:.2f} x", times <= AS_WITH_ONE
        more = get(f"{row}-descriptors") - get("watchers-one-descriptors")
        yield f"{title}: at most 4 descriptors more than one", f"{more:.0f}", more <= 4


def against_peers(medians, who, row, text):
    """Peers on the bus, if that is where pm2go is."""
    ours = medians.get((row, *who))
    peers = {key: value for key, value in medians.items() if key[0] == row and key[1] in ALL_PEERS}
    if who[1] == "bus":
        peers = {key: value for key, value in peers.items() if key[2] == "bus"}
    if ours and peers:
        theirs, (_, name, *_) = min((value, key) for key, value in peers.items())
        yield text, f"{theirs / ours:.2f} x ({name})", ours <= theirs
