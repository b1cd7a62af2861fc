"""The streams of a command that was started, for asyncio, with the methods of `asyncio.StreamReader` and `StreamWriter`."""

from __future__ import annotations

import asyncio
import codecs
import errno
import io

import pm2go

from . import _core
from ._typing import typing


class RunReader:
    """What a command writes, read by awaiting it: lines by ``async for``.

    A wait that is cancelled loses nothing.
    """

    def __init__(
        self,
        systemd: pm2go.AsyncSystemd,
        core: _core.Run,
        name: str,
        text: typing.Optional[tuple[str, str]],
    ) -> None:
        self._systemd = systemd
        self._core = core
        self._name = name
        self._buffer: typing.Any = b"" if text is None else ""
        self._decoder = None
        if text is not None:
            decoder = codecs.getincrementaldecoder(text[0])(text[1])
            self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._ended = False

    async def read(self, n: int = -1) -> typing.Any:
        """Read at most `n` characters or bytes, as soon as there are some; all to the end without a number."""
        if n < 0:
            while not self._ended:
                await self._more()
            n = len(self._buffer)
        while n and not self._buffer and not self._ended:
            await self._more()
        return self._take(n)

    async def readline(self) -> typing.Any:
        """Read a line with its end; the last one may have none, and nothing is left after it."""
        end = b"\n" if self._decoder is None else "\n"
        seen = 0
        while (at := self._buffer.find(end, seen)) < 0 and not self._ended:
            seen = len(self._buffer)
            await self._more()
        return self._take(at + 1 if at >= 0 else len(self._buffer))

    def fileno(self) -> int:
        """Return the number of its descriptor, to be handed on to another command."""
        number = self._core.fileno(self._name)
        if number is None:
            message = "the stream is closed"
            raise ValueError(message)
        return number

    def at_eof(self) -> bool:
        """Tell whether nothing is left to be read."""
        return self._ended and not self._buffer

    def rest(self) -> typing.Any:
        """Return what was read and nobody has taken, without a wait."""
        self._ended = True
        self._decode(self._core.take(self._name))
        return self._take(len(self._buffer))

    async def _more(self) -> None:
        await self._systemd._run(self._core.more(self._name), None)  # noqa: SLF001 - a part of the client
        self._decode(self._core.take(self._name))

    def _decode(self, data: bytes) -> None:
        self._ended = self._ended or not data
        self._buffer += data if self._decoder is None else self._decoder.decode(data, final=self._ended)

    def _take(self, count: int) -> typing.Any:
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def __aiter__(self) -> typing.Self:
        return self

    async def __anext__(self) -> typing.Any:
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line


class RunWriter:
    """What a command reads."""

    def __init__(
        self, systemd: pm2go.AsyncSystemd, core: _core.Run, text: typing.Optional[tuple[str, str]]
    ) -> None:
        self._systemd = systemd
        self._core = core
        self._text = text
        self._closing: typing.Optional[asyncio.Task[None]] = None
        self._closed = False

    def write(self, data: typing.Union[str, bytes]) -> None:
        """Have this written next; `drain` writes it."""
        if self._closed:
            message = "write to a closed stream"
            raise ValueError(message)
        self._core.put(data.encode(*self._text or ()) if isinstance(data, str) else bytes(data))

    async def drain(self) -> None:
        """Write all that waits to be written; `BrokenPipeError` if nobody reads it."""
        if not await self._systemd._run(self._core.drain(), None):  # noqa: SLF001 - a part of the client
            raise BrokenPipeError(errno.EPIPE, f"{self._core.unit} reads no more")

    def close(self) -> None:
        """Close the stream when all is written."""
        if self._closed:
            return
        self._closed = True
        if self._core.has_to_write:
            self._closing = asyncio.ensure_future(self._finish())
        else:
            self._core.close_stream("stdin")

    def is_closing(self) -> bool:
        """Tell whether `close` was called."""
        return self._closed

    async def wait_closed(self) -> None:
        """Wait until it is closed."""
        if self._closing is not None:
            await asyncio.shield(self._closing)

    async def _finish(self) -> None:
        try:
            await self._systemd._run(self._core.drain(), None)  # noqa: SLF001 - a part of the client
        finally:
            self._core.close_stream("stdin")
