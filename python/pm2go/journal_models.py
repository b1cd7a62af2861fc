"""What `pm2go.journal` tells of the journal as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Optional

if TYPE_CHECKING:
    from datetime import datetime


class Boot(NamedTuple):
    """A boot of which the journal knows."""

    #: 0 is the last one, -1 the one before.
    number: int
    #: Its id.
    boot_id: str
    #: When its first entry was written.
    first_entry: Optional[datetime]
    #: When its last entry was written.
    last_entry: Optional[datetime]


class Vacuumed(NamedTuple):
    """What was removed of the journal."""

    #: The files.
    removed: tuple[str, ...]
    #: How many bytes of the disk they had.
    freed: int
