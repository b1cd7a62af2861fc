"""Commands that nobody waits for at once: what `Systemd.spawn` returns."""

from __future__ import annotations

from types import TracebackType

import pm2go

from . import _core
from ._run_streams import output, standard_input
from ._run_verbs import RunVerbs
from ._typing import typing
from .exceptions import ConfigError


class Run(RunVerbs):
    """A command that was started in a service of its own: what `Systemd.spawn` returns.

    As `subprocess.Popen`. It ends when its ``with`` block is left, when nobody has it any more (with a
    `ResourceWarning`), or when the client is closed: then all that is left of it is killed and removed. A wait that takes
    too long, or is interrupted, leaves it alone.

    Example:
        >>> import pm2go
        >>> with pm2go.Systemd() as systemd, systemd.spawn(["echo", "hello"]) as run:
        ...     for line in run.stdout:
        ...         print(line, end="")
        hello
    """

    def __init__(
        self, systemd: pm2go.Systemd, core: _core.Run, text: typing.Optional[tuple[str, str]]
    ) -> None:
        self._systemd = systemd
        self._core = core
        self._text = text
        self._stdin = standard_input(systemd, core, text)
        self._stdout = output(systemd, core, "stdout", text)
        self._stderr = output(systemd, core, "stderr", text)

    @property
    def stdin(self) -> typing.Optional[typing.IO[typing.Any]]:
        """The file that its standard input is written to, where that is a pipe."""
        return self._stdin

    @property
    def stdout(self) -> typing.Optional[typing.IO[typing.Any]]:
        """The file that its standard output is read from, where that is a pipe."""
        return self._stdout

    @property
    def stderr(self) -> typing.Optional[typing.IO[typing.Any]]:
        """The same of its standard error."""
        return self._stderr

    def _put(self, data: typing.Union[str, bytes, None]) -> None:
        file = self.stdin
        if file is None:
            if data:
                message = "there is input, and its standard input is no pipe"
                raise ConfigError(message, unit=self.unit, hint="spawn it with stdin=subprocess.PIPE")
            return
        try:
            if not file.closed:
                file.flush()
        except BrokenPipeError:
            return
        if data:
            self._core.put(data.encode(*self._text or ()) if isinstance(data, str) else data)

    def _rest(self) -> tuple[typing.Union[str, bytes, None], typing.Union[str, bytes, None]]:
        def rest(
            file: typing.Optional[typing.IO[typing.Any]],
        ) -> typing.Union[str, bytes, None]:
            return None if file is None or file.closed else file.read()

        return rest(self.stdout), rest(self.stderr)

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(
        self,
        kind: typing.Optional[type[BaseException]],
        exception: typing.Optional[BaseException],
        traceback: typing.Optional[TracebackType],
    ) -> None:
        if self._core.alive:
            self._systemd._run(self._core.end(), None)  # noqa: SLF001 - a part of the client
        for file in (self.stdin, self.stdout, self.stderr):
            if file is not None:
                try:
                    file.close()
                except BrokenPipeError:
                    continue
