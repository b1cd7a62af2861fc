"""The same as `pm2go.journal` for asyncio: what is asked there of the journal as a whole is awaited here.

`read` and `follow` are those of `pm2go.journal`, to be read by `async for`, and so is all that sends entries.
The call of them opens the files, or starts `journalctl`, where it is made; entries, and all answers of the functions
that are awaited, are looked for by a thread that knows nothing of Python. A call that is cancelled is not waited for
any more; what it has begun is done.
"""

from __future__ import annotations

from ._async._journal_files import boots, field_values, fields, flush, rotate, sync, usage, vacuum
from .journal import (
    Boot,
    Entry,
    EntryStream,
    JournalHandler,
    JournalSender,
    LeftOut,
    Priority,
    Vacuumed,
    follow,
    read,
    send,
)

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
