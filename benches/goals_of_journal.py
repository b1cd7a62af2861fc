"""Goals of what is done with the journal: at least as fast as libsystemd's own, and much faster than its program."""

from __future__ import annotations

from comparing import at_least

#: How much faster than journalctl, whose JSON Python has to parse.
OVER_JOURNALCTL = 5


def of_journal(name, entries):
    """Goals of one row, as in goals.py."""
    if name in {"journal-read", "journal-send"}:
        yield from at_least(entries, "python-systemd", 1, None, "sync")
    if name == "journal-read":
        yield from at_least(entries, "journalctl", OVER_JOURNALCTL, None, "sync")
