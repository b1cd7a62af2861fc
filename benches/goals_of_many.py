"""Goals of what is asked of many units at once: it is quick, and nobody else waits for it."""

from __future__ import annotations

from report import value_of, ways_of

#: How much longer than the bytes alone it may take.
OVER_FLOOR = 1.3
#: How long another client may wait for our sake, in seconds.
LONGEST = 0.005


def of_many(name, entries):
    """Goals of one row, as in goals.py."""
    if name in {"states1000", "figures1000"}:
        for endpoint, mode in ways_of(entries, "pm2go"):
            ours, floor = value_of(entries, "pm2go", endpoint, mode), value_of(entries, "raw floor", endpoint)
            if floor:
                # It may be quicker than the floor, which asks for each property by itself.
                text = f"at most {OVER_FLOOR} x raw floor, {endpoint}, {mode}"
                yield text, f"{ours / floor:.2f} x", ours <= OVER_FLOOR * floor
    if name.startswith("others-") and name.endswith("-longest"):
        for endpoint, mode in ways_of(entries, "pm2go"):
            ours = value_of(entries, "pm2go", endpoint, mode)
            yield (
                f"at most {LONGEST * 1e3:.0f} ms, {endpoint}, {mode}",
                f"{ours * 1e3:.1f} ms",
                ours <= LONGEST,
            )
