"""What a reader has to read, and what it tells of that. The readers in other languages do the same."""

from __future__ import annotations

import json
import sys
import time

#: Nanoseconds without an event, after which a watcher that has missed some does not wait for more.
PATIENCE_NSEC = 2_000_000_000


def members(prefix, count):
    """The targets of a family."""
    return [f"{prefix}-{number:03}.target" for number in range(count)]


class Task:
    """So many watchers, of all units of a family (`same`) or each of its share of them (`own`)."""

    def __init__(self, words):
        self.endpoint, way, watchers, rounds, prefix, count = words
        self.pattern = f"{prefix}-*.target"
        names = members(prefix, int(count))
        watchers, rounds = int(watchers), int(rounds)
        shares = [names[number::watchers] if way == "own" else names for number in range(watchers)]
        self.watchers = [Watcher(share, rounds, whole=share == names) for share in shares]
        self._waiting = watchers

    def patterns(self, watcher):
        """How a program would name the units of a watcher."""
        return [self.pattern] if watcher.whole else watcher.names

    def begun(self):
        """One more watcher hears everything from now on."""
        self._waiting -= 1
        if not self._waiting:
            print("ready", flush=True)

    def end(self):
        """Tell what was heard, and stay for being looked at."""
        delays = sorted(delay for watcher in self.watchers for delay in watcher.delays)
        told = {
            "ended": max(watcher.ended for watcher in self.watchers),
            "events": sum(watcher.events for watcher in self.watchers),
            "gaps": sum(watcher.gaps for watcher in self.watchers),
            "flips": self.watchers[0].flips,
            "delay": delays[len(delays) // 2] if delays else None,
        }
        print(json.dumps(told), flush=True)
        sys.stdin.read()


class Watcher:
    """What one of them is due, and what it has heard."""

    __slots__ = ("delays", "due", "ended", "events", "flips", "gaps", "names", "whole")

    def __init__(self, names, rounds, *, whole):
        self.names, self.whole = names, whole
        self.due = len(names) * rounds
        self.events = self.gaps = self.ended = 0
        # When it learned of a new state, and how long that was on its way through a library.
        self.flips, self.delays = [], []

    def flipped(self, told_usec=None):
        now = time.time_ns()
        self.flips.append(now)
        if told_usec:
            self.delays.append(now - told_usec * 1000)

    def ends(self):
        """A job has ended; whether it was the last."""
        self.due -= 1
        if not self.due:
            self.ended = time.time_ns()
        return not self.due

    def gives_up(self):
        """After a gap nothing says how many are missing: the last event was the end."""
        self.ended = time.time_ns() - PATIENCE_NSEC
