# Written by scripts/generate from ../_journal_files.py: change that, and run it again.
"""What `pm2go.journal` tells of the journal as a whole, and has done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Union

from pm2go._aio_journal_answer import answer_of
from pm2go._core import JournalQuestion
from pm2go.journal_models import Boot, Vacuumed
from pm2go.models import moment

if TYPE_CHECKING:
    import os

    from pm2go._types import Seconds


async def boots(
    *, folder: Union[str, os.PathLike[str], None] = None, namespace: Optional[str] = None
) -> list[Boot]:
    """Return the boots of which the journal knows. `journalctl --list-boots`.

    Args:
        folder: Another folder with journals.
        namespace: The journal of this namespace.

    Returns:
        The boots, the oldest first, by the moments of their first and last entries.

    Raises:
        ConfigError: An argument is wrong.
        PermissionDeniedError: The caller may not read the journal.
        StorageError: There is no journal, or it cannot be read.

    Example:
        >>> import pm2go.aio_journal
        >>> known = await pm2go.aio_journal.boots()
        >>> known[-1].number
        0
    """
    found: list[tuple[str, int, int]] = await answer_of(JournalQuestion.boots(folder, namespace))
    last = len(found) - 1
    return [
        Boot(number - last, boot_id, moment(first), moment(end))
        for number, (boot_id, first, end) in enumerate(found)
    ]


async def fields(
    *, folder: Union[str, os.PathLike[str], None] = None, namespace: Optional[str] = None
) -> list[str]:
    """Return the names of all fields that an entry of the journal has. `journalctl --fields`.

    Args:
        folder: Another folder with journals.
        namespace: The journal of this namespace.

    Returns:
        The names, in the order of the alphabet.

    Raises:
        ConfigError: An argument is wrong.
        PermissionDeniedError: The caller may not read the journal.
        StorageError: There is no journal, or it cannot be read.

    Example:
        >>> import pm2go.aio_journal
        >>> "MESSAGE" in await pm2go.aio_journal.fields()
        True
    """
    names: list[str] = await answer_of(JournalQuestion.fields(folder, namespace))
    return names


async def field_values(
    name: str, *, folder: Union[str, os.PathLike[str], None] = None, namespace: Optional[str] = None
) -> list[Union[str, bytes]]:
    """Return all values that a field has in any entry of the journal, each once. `journalctl --field`.

    Args:
        name: The field, such as `"_SYSTEMD_UNIT"` or `"SYSLOG_IDENTIFIER"`.
        folder: Another folder with journals.
        namespace: The journal of this namespace.

    Returns:
        The values in order; bytes where they are not UTF-8.

    Raises:
        ConfigError: An argument is wrong.
        PermissionDeniedError: The caller may not read the journal.
        StorageError: There is no journal, or it cannot be read.

    Example:
        >>> import pm2go.aio_journal
        >>> "6" in await pm2go.aio_journal.field_values("PRIORITY")
        True
    """
    values: list[Union[str, bytes]] = await answer_of(JournalQuestion.field_values(name, folder, namespace))
    return values


async def usage(*, folder: Union[str, os.PathLike[str], None] = None, namespace: Optional[str] = None) -> int:
    """Return how much room the journal's files take. `journalctl --disk-usage`.

    Args:
        folder: Another folder with journals.
        namespace: The journal of this namespace.

    Returns:
        The size in bytes, of all files, also of those that the caller may not read.

    Raises:
        ConfigError: An argument is wrong.
        StorageError: There is no journal.

    Example:
        >>> import pm2go.aio_journal
        >>> await pm2go.aio_journal.usage() > 0
        True
    """
    size: int = await answer_of(JournalQuestion.usage(folder, namespace))
    return size


async def vacuum(
    *,
    size: Union[int, str, None] = None,
    time: Optional[Seconds] = None,
    files: Optional[int] = None,
    folder: Union[str, os.PathLike[str], None] = None,
    namespace: Optional[str] = None,
) -> Vacuumed:
    """Remove the oldest files of the journal that are not written any more. `journalctl --vacuum-size` and its like.

    Each folder is kept within all limits that are given. What is being written is not removed; `rotate` begins new files.

    Args:
        size: How many bytes may be left, with those of files that are written: a number, or a text such as `"512M"`.
        time: How old they may be: seconds, a text such as `"2weeks"`, or a timedelta.
        files: How many files may be left, with those that are written.
        folder: Another folder with journals.
        namespace: The journal of this namespace.

    Returns:
        What was removed.

    Raises:
        ConfigError: An argument is wrong, or no limit is given.
        PermissionDeniedError: The caller may not remove a file.
        StorageError: There is no journal, or a file cannot be removed.

    Example:
        >>> import pm2go.aio_journal
        >>> (await pm2go.aio_journal.vacuum(time="10years")).removed
        ()
    """
    removed, freed = await answer_of(JournalQuestion.vacuum(size, time, files, folder, namespace))
    return Vacuumed(tuple(removed), freed)


async def rotate(*, namespace: Optional[str] = None, timeout: Optional[Seconds] = None) -> None:
    """Have journald begin new files, and return when it has. `journalctl --rotate`.

    Args:
        namespace: The journald of this namespace.
        timeout: How long to wait; by default as long as it takes.

    Raises:
        PermissionDeniedError: The caller is not root.
        UnavailableError: No journald is there.
        OperationTimeoutError: It was not done in time.

    Example:
        >>> import os, pm2go.aio_journal
        >>> if os.getuid() == 0:
        ...     await pm2go.aio_journal.rotate()
    """
    await answer_of(JournalQuestion.daemon("rotate", namespace, timeout))


async def sync(*, namespace: Optional[str] = None, timeout: Optional[Seconds] = None) -> None:
    """Return when all that was sent to journald so far is in the journal, and on the disk. `journalctl --sync`.

    Args:
        namespace: The journald of this namespace.
        timeout: How long to wait; by default as long as it takes.

    Raises:
        PermissionDeniedError: The caller is not root.
        UnavailableError: No journald is there.
        OperationTimeoutError: It was not done in time.

    Example:
        >>> import os, pm2go.aio_journal
        >>> if os.getuid() == 0:
        ...     await pm2go.aio_journal.sync(timeout=60)
    """
    await answer_of(JournalQuestion.daemon("sync", namespace, timeout))


async def flush(*, timeout: Optional[Seconds] = None) -> None:
    """Have journald keep what it holds in memory, and write to the disk from now on. `journalctl --flush`.

    It does nothing where journald does so already, or is not to keep anything (`Storage=volatile`).

    Args:
        timeout: How long to wait; by default as long as it takes.

    Raises:
        PermissionDeniedError: The caller is not root.
        UnavailableError: No journald is there.
        OperationTimeoutError: It was not done in time.

    Example:
        >>> import os, pm2go.aio_journal
        >>> if os.getuid() == 0:
        ...     await pm2go.aio_journal.flush()
    """
    await answer_of(JournalQuestion.daemon("flush", None, timeout))
