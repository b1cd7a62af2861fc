"""The journal: what systemd's units, the kernel and programs have logged (systemd-journald.service(8)).

Its files are read directly, without libsystemd and without `journalctl`. `read` and `follow` are there for `for` and for
`async for`; an entry is sent without waiting, if journald keeps up. What is asked once, such as `fields`, `usage` or
`rotate`, blocks for a moment: `pm2go.aio_journal` has all of it for event loops.
"""

from __future__ import annotations

import os
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, Optional, Union

from . import _core
from ._core import Entry
from ._journal_files import boots, field_values, fields, flush, rotate, sync, usage, vacuum
from ._journal_send import JournalHandler, JournalSender, send
from ._journal_stream import EntryStream, LeftOut
from .journal_models import Boot, Vacuumed
from .times import moment_usec
from .watch import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Boot",
    "Entry",
    "EntryStream",
    "JournalHandler",
    "JournalSender",
    "LeftOut",
    "Priority",
    "Vacuumed",
    "boots",
    "field_values",
    "fields",
    "flush",
    "follow",
    "read",
    "rotate",
    "send",
    "sync",
    "usage",
    "vacuum",
]


class Priority(IntEnum):
    """How urgent an entry is, by the words of syslog(3)."""

    EMERG = 0
    ALERT = 1
    CRIT = 2
    ERR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6
    DEBUG = 7


def read(
    *units: str,
    scope: Optional[Literal["system", "user"]] = None,
    lines: Optional[int] = None,
    since: Union[datetime, str, None] = None,
    until: Union[datetime, str, None] = None,
    boot: Union[int, str, None] = None,
    invocation: Optional[str] = None,
    priority: Union[int, str, None] = None,
    grep: Optional[str] = None,
    matches: Optional[Mapping[str, Union[str, bytes, int, Iterable[Union[str, bytes, int]]]]] = None,
    cursor: Optional[str] = None,
    after_cursor: Optional[str] = None,
    reverse: bool = False,
    fields: Union[str, Iterable[str]] = (),
    namespace: Optional[str] = None,
    folder: Union[str, os.PathLike[str], None] = None,
    files: Iterable[Union[str, os.PathLike[str]]] = (),
    machine: Optional[str] = None,
    host: Optional[str] = None,
) -> EntryStream:
    """Read the journal of this machine. journalctl(1).

    It is there for `for` and for `async for`, and ends with the last entry that there was. Without arguments it is the whole
    journal, as far as the caller may read it; `left_out` of what this returns tells of the rest.

    Args:
        units: Only entries about these units: what they say, what their manager says of them, and their coredumps, as
            `journalctl --unit` has it. Names, or patterns such as `"pm2-*"`.
        scope: Whose units are meant: by default the system's for root, and else the caller's own. Where no unit is named:
            only the system's journal, or the caller's.
        lines: At most so many entries: the first ones from a cursor on, else the last ones.
        since: From this moment on: a datetime, without a time zone in the machine's; or a timestamp of systemd such as
            `"today"`, `"-1h"` or `"2026-11-30 08:30"`.
        until: Until this moment.
        boot: Only this boot: 0 is the present one, -1 the one before, 1 the first that is known; or its id.
        invocation: Only what belongs to this run of a unit (`invocation_id` of its status).
        priority: Only entries that are at least as urgent: 0 (`"emerg"`) to 7 (`"debug"`).
        grep: Only entries with a message in which this regular expression is found. One without a capital letter finds
            those of any case.
        matches: Only entries that have these fields: each with a value, or with one of several.
        cursor: From this entry on (`cursor` of an entry).
        after_cursor: From the entry behind this one on.
        reverse: Whether the newest come first.
        fields: Only these fields of the entries, which is quicker; by default all.
        namespace: The journal of this namespace (`LogNamespace=` of the units in it).
        folder: Another folder with journals, such as `"/mnt/var/log/journal"`.
        files: Only these files.
        machine: The journal that this container (machinectl(1)) keeps in `/var/log/journal`, which `journalctl` reads.
        host: That of another host, as ``ssh`` takes it, which `journalctl` reads there; with `machine`, of a container
            there. Units are the system's, unless `scope` says otherwise. What may not be read is told as far as
            `journalctl` tells it.

    Returns:
        The entries, the oldest first.

    Raises:
        ConfigError: An argument is wrong.
        UnsupportedError: `journalctl` cannot do it in the container, or on the host.
        PermissionDeniedError: The caller may not read the journal, or that of the system where `scope="system"`.
        StorageError: There is no journal, or it cannot be read.
        UnavailableError: The host, or the container, cannot be reached.

    Example:
        >>> import pm2go.journal
        >>> for entry in pm2go.journal.read(lines=3, fields=["MESSAGE", "PRIORITY"]):
        ...     print(entry.timestamp, entry.message)
        2...
    """
    core = _core.EntryReader(
        list(units),
        scope=scope,
        namespace=namespace,
        folder=folder,
        files=list(files),
        matches=_all_values(matches),
        invocation=invocation,
        boot=boot,
        priority=priority,
        grep=grep,
        since=moment_usec("since", since),
        until=moment_usec("until", until),
        cursor=cursor,
        after_cursor=after_cursor,
        lines=lines,
        reverse=reverse,
        fields=texts(fields),
        machine=machine,
        host=host,
        follow=False,
    )
    return EntryStream(core)


def follow(
    *units: str,
    scope: Optional[Literal["system", "user"]] = None,
    lines: Optional[int] = None,
    since: Union[datetime, str, None] = None,
    boot: Union[int, str, None] = None,
    invocation: Optional[str] = None,
    priority: Union[int, str, None] = None,
    grep: Optional[str] = None,
    matches: Optional[Mapping[str, Union[str, bytes, int, Iterable[Union[str, bytes, int]]]]] = None,
    cursor: Optional[str] = None,
    after_cursor: Optional[str] = None,
    fields: Union[str, Iterable[str]] = (),
    namespace: Optional[str] = None,
    folder: Union[str, os.PathLike[str], None] = None,
    files: Iterable[Union[str, os.PathLike[str]]] = (),
    machine: Optional[str] = None,
    host: Optional[str] = None,
) -> EntryStream:
    """Follow the journal of this machine: the last entries, and then each that comes. `journalctl --follow`.

    It goes on through rotation and vacuuming, restarts of journald, and new journals of users; the kernel tells of what is
    written (inotify(7)). What one journald has written is told in its order, each entry once. So whoever keeps the `cursor`
    of the last entry that was dealt with, and later gives it as `after_cursor`, goes on exactly there, as long as journald
    has not removed what comes next. It ends with `close`, or with the end of its `with` or `async with` block.

    Args:
        units: Only entries about these units, as with `read`.
        scope: Whose units are meant, or whose journal, as with `read`.
        lines: Begin with so many of the last entries.
        since: Begin with the entries from this moment on, or with the last `lines` of them.
        boot: Only this boot, as with `read`.
        invocation: Only what belongs to this run of a unit.
        priority: Only entries that are at least as urgent: 0 (`"emerg"`) to 7 (`"debug"`).
        grep: Only entries with a message in which this regular expression is found, as with `read`.
        matches: Only entries that have these fields: each with a value, or with one of several.
        cursor: Begin with this entry (`cursor` of an entry).
        after_cursor: Begin with the entry behind this one.
        fields: Only these fields of the entries; by default all.
        namespace: The journal of this namespace (`LogNamespace=` of the units in it).
        folder: Another folder with journals, such as `"/var/log/journal/remote"`.
        files: Only these files.
        machine: The journal of this container, as with `read`.
        host: That of another host, as with `read`. It begins when `journalctl` has begun there, a moment later.

    Returns:
        The entries, the oldest first. If nothing is said of where to begin, only those that come.

    Raises:
        ConfigError: An argument is wrong.
        UnsupportedError: `journalctl` cannot do it in the container, or on the host.
        PermissionDeniedError: The caller may not read the journal, or that of the system where `scope="system"`.
        StorageError: There is no journal, or it cannot be read.
        UnavailableError: The kernel tells this user, or this process, of no more files. Or the host, or the container,
            is not reached.

    Example:
        >>> import pm2go.journal
        >>> with pm2go.journal.follow(lines=1) as entries:
        ...     print(entries.next(timeout=10).timestamp)
        2...
    """
    core = _core.EntryReader(
        list(units),
        scope=scope,
        namespace=namespace,
        folder=folder,
        files=list(files),
        matches=_all_values(matches),
        invocation=invocation,
        boot=boot,
        priority=priority,
        grep=grep,
        since=moment_usec("since", since),
        until=None,
        cursor=cursor,
        after_cursor=after_cursor,
        lines=lines,
        reverse=False,
        fields=texts(fields),
        machine=machine,
        host=host,
        follow=True,
    )
    return EntryStream(core)


def _all_values(
    given: Optional[Mapping[str, Union[str, bytes, int, Iterable[Union[str, bytes, int]]]]],
) -> list[tuple[str, list[Union[str, bytes]]]]:
    return [(name, _values(value)) for name, value in (given or {}).items()]


def _values(given: Union[str, bytes, int, Iterable[Union[str, bytes, int]]]) -> list[Union[str, bytes]]:
    values = [given] if isinstance(given, (str, bytes, int)) else list(given)
    return [str(value) if isinstance(value, int) else value for value in values]
