"""Another client of systemd's: it asks for next to nothing, all the time, and tells how long it waited for answers."""

from __future__ import annotations

import json
import select
import sys
import time

from contenders.asked import SERVICE_UNIT
from floor import MANAGER, MANAGER_PATH, Floor, method_call

#: Seconds between two questions: it is there to wait, not to keep systemd busy.
PAUSE = 0.0005
CALLS = [
    method_call(MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping"),
    method_call(MANAGER_PATH, MANAGER, "GetUnit", SERVICE_UNIT),
]


def is_told():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def waits(floor):
    """Ask until the next line comes; give the seconds of each question."""
    found = []
    while not is_told():
        for call in CALLS:
            begin = time.perf_counter()
            floor.call(call)
            found.append(time.perf_counter() - begin)
            time.sleep(PAUSE)
    return found


def main():
    floor = Floor(sys.argv[1], 1 << 16)
    floor.call(CALLS[0])
    print("ready", flush=True)
    while sys.stdin.readline():
        print("asking", flush=True)
        found = waits(floor)
        sys.stdin.readline()
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
