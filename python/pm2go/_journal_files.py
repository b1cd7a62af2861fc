"""What `pm2go.journal` tells of the journal as a whole, and has done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Union

from ._core import JournalQuestion
from ._journal_answer import answer_of
from .journal_models import Boot, Vacuumed
from .models import moment

if TYPE_CHECKING:
    import os

    from ._types import Seconds


def boots(
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
        >>> import pm2go.journal
        >>> known = pm2go.journal.boots()
        >>> known[-1].number
        0
    """
    found: list[tuple[str, int, int]] = answer_of(JournalQuestion.boots(folder, namespace))
    last = len(found) - 1
    return [
        Boot(number - last, boot_id, moment(first), moment(end))
        for number, (boot_id, first, end) in enumerate(found)
    ]


def fields(
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
        >>> import pm2go.journal
        >>> "MESSAGE" in pm2go.journal.fields()
        True
    """
    names: list[str] = answer_of(JournalQuestion.fields(folder, namespace))
    return names


def field_values(
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
        >>> import pm2go.journal
        >>> "6" in pm2go.journal.field_values("PRIORITY")
        True
    """
    values: list[Union[str, bytes]] = answer_of(JournalQuestion.field_values(name, folder, namespace))
    return values


def usage(*, folder: Union[str, os.PathLike[str], None] = None, namespace: Optional[str] = None) -> int:
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
        >>> import pm2go.journal
        >>> pm2go.journal.usage() > 0
        True
    """
    size: int = answer_of(JournalQuestion.usage(folder, namespace))
    return size


def vacuum(
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
        >>> import pm2go.journal
        >>> pm2go.journal.vacuum(time="10years").removed
        ()
    """
    removed, freed = answer_of(JournalQuestion.vacuum(size, time, files, folder, namespace))
    return Vacuumed(tuple(removed), freed)


def rotate(*, namespace: Optional[str] = None, timeout: Optional[Seconds] = None) -> None:
    """Have journald begin new files, and return when it has. `journalctl --rotate`.

    Args:
        namespace: The journald of this namespace.
        timeout: How long to wait; by default as long as it takes.

    Raises:
        PermissionDeniedError: The caller is not root.
        UnavailableError: No journald is there.
        OperationTimeoutError: It was not done in time.

    Example:
        >>> import os, pm2go.journal
        >>> if os.getuid() == 0:
        ...     pm2go.journal.rotate()
    """
    answer_of(JournalQuestion.daemon("rotate", namespace, timeout))


def sync(*, namespace: Optional[str] = None, timeout: Optional[Seconds] = None) -> None:
    """Return when all that was sent to journald so far is in the journal, and on the disk. `journalctl --sync`.

    Args:
        namespace: The journald of this namespace.
        timeout: How long to wait; by default as long as it takes.

    Raises:
        PermissionDeniedError: The caller is not root.
        UnavailableError: No journald is there.
        OperationTimeoutError: It was not done in time.

    Example:
        >>> import os, pm2go.journal
        >>> if os.getuid() == 0:
        ...     pm2go.journal.sync(timeout=60)
    """
    answer_of(JournalQuestion.daemon("sync", namespace, timeout))


def flush(*, timeout: Optional[Seconds] = None) -> None:
    """Have journald keep what it holds in memory, and write to the disk from now on. `journalctl --flush`.

    It does nothing where journald does so already, or is not to keep anything (`Storage=volatile`).

    Args:
        timeout: How long to wait; by default as long as it takes.

    Raises:
        PermissionDeniedError: The caller is not root.
        UnavailableError: No journald is there.
        OperationTimeoutError: It was not done in time.

    Example:
        >>> import os, pm2go.journal
        >>> if os.getuid() == 0:
        ...     pm2go.journal.flush()
    """
    answer_of(JournalQuestion.daemon("flush", None, timeout))
