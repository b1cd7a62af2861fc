"""Entries for the journal: `send`, and a handler for `logging`."""

from __future__ import annotations

import logging
import sys
from errno import EBADF
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from ._core import JournalSocket
from .exceptions import ConfigError, UnavailableError

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["JournalHandler", "JournalSender", "send"]

#: The words of syslog(3), by number.
_WORDS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
#: From which level of `logging` on an entry is how urgent.
_LEVELS = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
#: What every record of `logging` has; all else was given with ``extra=``.
_OF_EVERY_RECORD = frozenset(
    (
        *logging.LogRecord("", 0, "", 0, "", (), None).__dict__,
        "message",
        "asctime",
        "taskName",
        "exc_text",
        "stack_info",
    )
)


class JournalSender:
    """Sends entries to journald. Any number of threads and forked children may use one; it holds one descriptor.

    Args:
        namespace: The journal of this namespace (`LogNamespace=` of the units in it).
        missing: Whether a journald that is not there is an error (`"error"`), or the entry is dropped (`"ignore"`).

    Raises:
        ConfigError: An argument is wrong.

    Example:
        >>> import pm2go.journal
        >>> sender = pm2go.journal.JournalSender(missing="ignore")
        >>> sender.send("paid", order_id=17)
    """

    def __init__(
        self, *, namespace: Optional[str] = None, missing: Literal["error", "ignore"] = "error"
    ) -> None:
        if missing not in ("error", "ignore"):
            message = f"missing is {missing!r}"
            raise ConfigError(message, hint='give "error" or "ignore"')
        self._socket = JournalSocket(namespace)
        self._missing = missing
        # Without one journald, where it forwards to syslog, asks the kernel for the program's name each time.
        self._identifier = _program()

    def send(self, message: Union[str, bytes], **fields: object) -> None:
        """Send an entry, with the place in the program that calls this, and its name. The journal's native protocol.

        Args:
            message: What to say; it may have several lines.
            fields: Other fields, by their names in any case: texts, bytes, numbers, or lists of these for a field that is
                there several times; `None` for one that is not. `priority` may be a word such as `"warning"`.

        Raises:
            ConfigError: A name of a field is wrong, or there is no such priority.
            UnavailableError: No journald listens.

        Example:
            >>> import pm2go.journal
            >>> sender = pm2go.journal.JournalSender(missing="ignore")
            >>> sender.send("disk is full", priority="crit", device="/dev/sda", users=["anna", "bert"])
        """
        self._send(message, fields, sys._getframe(1))  # noqa: SLF001 - as `logging` finds out who calls

    def _send(self, message: Union[str, bytes], fields: dict[str, object], caller: FrameType) -> None:
        code = caller.f_code
        entry: dict[str, object] = {
            "MESSAGE": message,
            "CODE_FILE": code.co_filename,
            "CODE_LINE": caller.f_lineno,
            "CODE_FUNC": code.co_name,
            "SYSLOG_IDENTIFIER": self._identifier,
        }
        entry.update((name.upper(), value) for name, value in fields.items())
        if "PRIORITY" in entry:
            entry["PRIORITY"] = _priority(entry["PRIORITY"])
        self._send_entry(entry)

    def _send_entry(self, entry: dict[str, object]) -> None:
        try:
            self._socket.send(entry)
        except UnavailableError:
            if self._missing == "error":
                raise


def send(message: Union[str, bytes], **fields: object) -> None:
    """Send an entry to the journal, with the place in the program that calls this. The journal's native protocol.

    Args:
        message: What to say; it may have several lines.
        fields: As for `JournalSender.send`.

    Raises:
        ConfigError: A name of a field is wrong, or there is no such priority.
        UnavailableError: No journald listens; a `JournalSender` can ignore that.

    Example:
        >>> import pm2go.journal
        >>> pm2go.journal.send("paid", order_id=17, priority="notice")
    """
    caller = sys._getframe(1)  # noqa: SLF001 - as `logging` finds out who calls
    if not _shared:
        _shared.append(JournalSender())
    try:
        _shared[0]._send(message, fields, caller)  # noqa: SLF001 - of this module
    except UnavailableError as error:
        if error.errno != EBADF:
            raise
        # The program has closed all descriptors, to become a daemon.
        _shared[0] = JournalSender()
        _shared[0]._send(message, fields, caller)  # noqa: SLF001 - of this module


#: The sender of `send`, when it has been called.
_shared: list[JournalSender] = []


class JournalHandler(logging.Handler):
    """Writes what `logging` says into the journal, with all that a record knows as fields.

    Each entry has `PRIORITY`, `LOGGER`, `CODE_FILE`, `CODE_LINE`, `CODE_FUNC`, `THREAD_NAME`, `PROCESS_NAME` and
    `SYSLOG_IDENTIFIER`; of an exception `EXCEPTION_TYPE`, `EXCEPTION_TEXT` and `EXCEPTION_INFO`, the traceback; and what was
    given with ``extra=``, by its name in capital letters.

    Args:
        level: From which level on.
        identifier: What the program is called in the journal; by default its file's name.
        namespace: The journal of this namespace (`LogNamespace=` of the units in it).
        missing: Whether a journald that is not there is an error (`"error"`), which `logging` reports in its own way, or
            the entry is dropped (`"ignore"`).
        fields: Fields that each entry has.

    Example:
        >>> import logging
        >>> import pm2go.journal
        >>> log = logging.getLogger("shop")
        >>> log.addHandler(pm2go.journal.JournalHandler(identifier="shop"))
        >>> log.warning("no more %s", "pears", extra={"order_id": 17})
    """

    def __init__(
        self,
        level: Union[int, str] = logging.NOTSET,
        *,
        identifier: Optional[str] = None,
        namespace: Optional[str] = None,
        missing: Literal["error", "ignore"] = "ignore",
        **fields: object,
    ) -> None:
        super().__init__(level)
        self._sender = JournalSender(namespace=namespace, missing=missing)
        self._fields = {name.upper(): value for name, value in fields.items()}
        self._fields["SYSLOG_IDENTIFIER"] = identifier or _program()

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        try:
            self._sender._send_entry(self._entry(record))  # noqa: SLF001 - of this module
        except Exception:  # noqa: BLE001 - a program does not fail as it cannot log: so does each handler of `logging`
            self.handleError(record)

    def _entry(self, record: logging.LogRecord) -> dict[str, Any]:
        given = record.__dict__
        extra = {_field_name(name): given[name] for name in given.keys() - _OF_EVERY_RECORD}
        extra.pop("", None)
        # What the record itself knows is not replaced by what somebody has added to it.
        entry = {
            **self._fields,
            **extra,
            "MESSAGE": self.format(record),
            "PRIORITY": next((number for level, number in _LEVELS if record.levelno >= level), 7),
            "LOGGER": record.name,
            "CODE_FILE": record.pathname,
            "CODE_LINE": record.lineno,
            "CODE_FUNC": record.funcName,
            "THREAD_NAME": record.threadName,
            "PROCESS_NAME": record.processName,
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry["EXCEPTION_TYPE"] = record.exc_info[0].__qualname__
            entry["EXCEPTION_TEXT"] = str(record.exc_info[1])
            entry["EXCEPTION_INFO"] = record.exc_text
        return entry


def _program() -> str:
    """Return what the program is called in the journal."""
    return Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"


def _field_name(name: str) -> str:
    """Return the name that the journal takes for one of Python's."""
    letters = (letter if letter.isascii() and letter.isalnum() else "_" for letter in name.upper())
    return "".join(letters).lstrip("_0123456789")[:64]


def _priority(given: object) -> int:
    if isinstance(given, str) and given.lower() in _WORDS:
        return _WORDS.index(given.lower())
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < len(_WORDS):
        return int(given)
    message = f"there is no priority {given!r}"
    raise ConfigError(message, hint=f"give a number from 0 to 7, or one of {', '.join(_WORDS)}")
