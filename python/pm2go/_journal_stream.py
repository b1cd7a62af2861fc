"""Entries of the journal, one after the other."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Optional

from . import _core
from ._core import Entry
from ._loop import until_readable
from ._types import Seconds, Self

if TYPE_CHECKING:
    from collections.abc import Iterator


class LeftOut(NamedTuple):
    """A file of the journal that was not read, or not all of it."""

    #: The file.
    path: str
    #: Why.
    reason: str


class EntryStream:
    """Entries of the journal, one after the other, by `for`, by `async for`, or by `next`.

    They are read as they are taken: however many there are, only some are in memory. Reading by `async for` does not block
    the event loop. Several threads, or several tasks, share the entries of a stream.
    """

    def __init__(self, core: _core.EntryReader) -> None:
        self._core = core

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was not read so far, and why: files that are another user's, or damaged, or that only a newer pm2go reads."""
        return tuple(LeftOut(path, reason) for path, reason in self._core.left_out)

    @property
    def closed(self) -> bool:
        """Whether nothing follows: it was closed, or its last entry was taken."""
        return self._core.ended

    def next(self, timeout: Optional[Seconds] = None) -> Optional[Entry]:
        """Return the next entry; wait for it, if there is none and the journal is followed.

        Args:
            timeout: How long to wait; by default as long as it takes.

        Returns:
            The entry; `None` when nothing follows.

        Raises:
            OperationTimeoutError: No entry came in time. One that comes later is not lost.
            StorageError: The journal cannot be read.
        """
        return self._core.next(timeout)

    def close(self) -> None:
        """End it, from any thread or task: whoever reads it comes to its end."""
        self._core.close()

    def __iter__(self) -> Iterator[Entry]:
        # The core's own iterator: there may be very many.
        return iter(self._core)

    def __next__(self) -> Entry:
        return next(self._core)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Entry:
        # What woke this up says nothing: each entry is taken without waiting, so a cancelled wait loses none.
        while True:
            entry = self._core.take()
            if entry is not None:
                return entry
            if self._core.ended:
                raise StopAsyncIteration
            await until_readable(self._core.read_ahead())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()
