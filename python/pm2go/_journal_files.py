"""What `pm2go.journal` tells of the journal as a whole, and has done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from . import _core

if TYPE_CHECKING:
    import os

    from ._types import Seconds


class Vacuumed(NamedTuple):
    """What was removed of the journal."""

    #: The files.
    removed: tuple[str, ...]
    #: How many bytes of the disk they had.
    freed: int


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
    return _core.journal_fields(folder, namespace)


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
    return _core.journal_field_values(name, folder, namespace)


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
    return _core.journal_usage(folder, namespace)


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
    removed, freed = _core.vacuum_journal(size, time, files, folder, namespace)
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
    _core.ask_journald("rotate", namespace, timeout)


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
    _core.ask_journald("sync", namespace, timeout)


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
    _core.ask_journald("flush", None, timeout)
