"""The streams of a command that was started, for threads: files as Python has them, over the core's own waits."""

from __future__ import annotations

import errno
import io

import pm2go

from . import _core
from ._typing import TYPE_CHECKING, typing

if TYPE_CHECKING:
    from typing_extensions import Buffer

#: So much is read at once.
_PIECE = 65536


class _Raw(io.RawIOBase):
    """Our end of a stream."""

    def __init__(self, systemd: pm2go.Systemd, core: _core.Run, name: str) -> None:
        self._systemd = systemd
        self._core = core
        self.name = name

    def fileno(self) -> int:
        number = self._core.fileno(self.name)
        if number is None:
            message = "the stream is closed"
            raise ValueError(message)
        return number

    def close(self) -> None:
        if not self.closed:
            self._core.close_stream(self.name)
            super().close()


class _Output(_Raw):
    """What it writes."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        self._systemd._run(self._core.more(self.name), None)  # noqa: SLF001 - a part of the client
        data = self._core.take(self.name, len(view))
        view[: len(data)] = data
        return len(data)


class _Input(_Raw):
    """What it reads."""

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        written: typing.Optional[int] = self._systemd._run(self._core.write(bytes(data)), None)  # noqa: SLF001
        if written is None:
            raise BrokenPipeError(errno.EPIPE, f"{self._core.unit} reads no more")
        return written


def output(
    systemd: pm2go.Systemd, core: _core.Run, name: str, text: typing.Optional[tuple[str, str]]
) -> typing.Optional[typing.IO[typing.Any]]:
    """Return the file that its output of this name is read from, if it has one."""
    if core.fileno(name) is None:
        return None
    file = io.BufferedReader(_Output(systemd, core, name), _PIECE)
    return file if text is None else io.TextIOWrapper(file, *text)


def standard_input(
    systemd: pm2go.Systemd, core: _core.Run, text: typing.Optional[tuple[str, str]]
) -> typing.Optional[typing.IO[typing.Any]]:
    """Return the file that its input is written to, if it has one."""
    if core.fileno("stdin") is None:
        return None
    file = io.BufferedWriter(_Input(systemd, core, "stdin"))
    return file if text is None else io.TextIOWrapper(file, *text, write_through=True)
