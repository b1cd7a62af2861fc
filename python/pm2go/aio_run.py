"""The same for asyncio: `AsyncRun`, with the verbs and arguments of its twin."""

from __future__ import annotations

from types import TracebackType

import pm2go

from . import _core
from ._aio_streams import RunReader, RunWriter
from ._async._run_verbs import AsyncRunVerbs
from ._typing import typing
from .exceptions import ConfigError


class AsyncRun(AsyncRunVerbs):
    """A command that was started in a service of its own: what `AsyncSystemd.spawn` returns.

    As what `asyncio.create_subprocess_exec` returns. It ends when its ``async with`` block is left, when nobody has it
    any more (with a `ResourceWarning`), or when the client is closed: then all that is left of it is killed and removed.
    A wait that takes too long, or is cancelled, leaves it alone.

    Example:
        >>> import asyncio, pm2go
        >>> async def main() -> None:
        ...     async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["echo", "hello"]) as run:
        ...         async for line in run.stdout:
        ...             print(line, end="")
        >>> asyncio.run(main())
        hello
    """

    def __init__(
        self, systemd: pm2go.AsyncSystemd, core: _core.Run, text: typing.Optional[tuple[str, str]]
    ) -> None:
        self._systemd = systemd
        self._core = core
        self._text = text
        self._stdin = None if core.fileno("stdin") is None else RunWriter(systemd, core, text)
        self._stdout = None if core.fileno("stdout") is None else RunReader(systemd, core, "stdout", text)
        self._stderr = None if core.fileno("stderr") is None else RunReader(systemd, core, "stderr", text)

    @property
    def stdin(self) -> typing.Optional[RunWriter]:
        """What its standard input is written to, where that is a pipe, as an `asyncio.StreamWriter`."""
        return self._stdin

    @property
    def stdout(self) -> typing.Optional[RunReader]:
        """What its standard output is read from, where that is a pipe, as an `asyncio.StreamReader`."""
        return self._stdout

    @property
    def stderr(self) -> typing.Optional[RunReader]:
        """The same of its standard error."""
        return self._stderr

    def _put(self, data: typing.Union[str, bytes, None]) -> None:
        if not data:
            return
        if self.stdin is None:
            message = "there is input, and its standard input is no pipe"
            raise ConfigError(message, unit=self.unit, hint="spawn it with stdin=subprocess.PIPE")
        self.stdin.write(data)

    def _rest(self) -> tuple[typing.Union[str, bytes, None], typing.Union[str, bytes, None]]:
        def rest(reader: typing.Optional[RunReader]) -> typing.Union[str, bytes, None]:
            return None if reader is None else reader.rest()

        return rest(self.stdout), rest(self.stderr)

    async def __aenter__(self) -> typing.Self:
        return self

    async def __aexit__(
        self,
        kind: typing.Optional[type[BaseException]],
        exception: typing.Optional[BaseException],
        traceback: typing.Optional[TracebackType],
    ) -> None:
        if self._core.alive:
            await self._systemd._run(self._core.end(), None)  # noqa: SLF001 - a part of the client
        for name in ("stdin", "stdout", "stderr"):
            self._core.close_stream(name)
