"""The floor: messages are counted, and looked into for a few bytes."""

from __future__ import annotations

from floor import Floor

STATE = b"\0ActiveState\0"
#: Where the state's text ends at the latest, counted from there.
STATE_LENGTH = len(STATE) + 24


def read_raw(task):
    (watcher,) = task.watchers
    floor = Floor(task.endpoint)
    if task.endpoint == "bus":
        floor.hear()
    task.begun()
    if len(watcher.names) == 1:
        follow(floor, watcher)
    else:
        watcher.events = floor.drain(watcher.due)
        watcher.due = 1
        watcher.ends()
    task.end()


def follow(floor, watcher):
    """Every change of the only unit there is."""
    was_active = True
    while True:
        begin, length = floor.message()
        watcher.events += 1
        place = floor.buffer.find(STATE, begin, begin + length)
        if place >= 0:
            is_active = floor.buffer.find(b"\0inactive\0", place, place + STATE_LENGTH) < 0
            if is_active != was_active:
                was_active = is_active
                watcher.flipped()
        elif floor.buffer.find(b"\0JobRemoved\0", begin, begin + length) >= 0 and watcher.ends():
            return
