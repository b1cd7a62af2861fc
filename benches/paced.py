"""One call every half second, as a page or an exporter asks: what lies idle meanwhile is part of its time."""

from __future__ import annotations

import sys
import time

import report

#: Seconds.
PAUSE = 0.5
CALLS = 12
ROW = "paced"


def run_paced(contenders):
    """One property for everybody in turn, and then nothing for a while; loops do not run meanwhile."""
    taking_part = [c for c in contenders if c.can("property") and c.endpoint != "command"]
    times = {contender: [] for contender in taking_part}
    begin = time.monotonic()
    for turn in range(CALLS):
        # Nobody always runs behind the same one.
        start = turn % len(taking_part)
        for contender in taking_part[start:] + taking_part[:start]:
            seconds, _ = contender.measure("property", 1)
            times[contender] += seconds
        time.sleep(PAUSE)
    print(f"{ROW} {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
    return [report.row(ROW, c.name, c.endpoint, c.mode, times[c]) for c in taking_part]
