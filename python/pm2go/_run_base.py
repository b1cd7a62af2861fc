"""Commands that were started: what one and its asynchronous twin have in common."""

from __future__ import annotations

import pm2go

from . import _core
from ._process import OfOneProcess
from ._results import run_result
from ._typing import typing
from ._warn import warn


class RunBase(OfOneProcess):
    """A command that was started, without what waits."""

    _core: _core.Run
    #: The encoding of text and what becomes of what is none in it; without it, streams are of bytes.
    _text: typing.Optional[tuple[str, str]]
    #: What `communicate` has read.
    _output: tuple[typing.Union[str, bytes, None], typing.Union[str, bytes, None]] = (None, None)

    @property
    def unit(self) -> str:
        """The service that it runs in."""
        return self._core.unit

    @property
    def pid(self) -> typing.Optional[int]:
        """Its process, which may have ended."""
        return self._core.pid

    @property
    def returncode(self) -> typing.Optional[int]:
        """Its exit code; where a signal ended it, that signal's number below zero, as in `subprocess`.

        `None` until `wait`, `poll`, `communicate` or `collect` has found that it has ended, and where systemd has forgotten
        how: see `RunResult`.
        """
        return self._core.returncode

    def resize(self, rows: int, columns: int) -> None:
        r"""Give its terminal another size, which its program hears of by `SIGWINCH`: tty_ioctl(2).

        Args:
            rows: The number of its lines.
            columns: The number of characters in each.

        Raises:
            ConfigError: It has no terminal, or none can have that size.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     with systemd.spawn(["sh", "-c", "read x; stty size"], stdin="pty", stdout="pty") as run:
            ...         run.resize(40, 132)
            ...         run.communicate("go\n")[0]
            'go\n40 132\n'
        """
        self._core.resize(rows, columns)

    def _result(self) -> pm2go.RunResult:
        """Make the result of one that has ended."""
        return run_result((self.unit, self._core.ended() or {}, *self._output), None)

    def __del__(self) -> None:
        core: typing.Optional[_core.Run] = self.__dict__.get("_core")
        if core is not None and core.alive:
            warn(f"{core.unit} still runs, and ends now: nobody has waited for it", ResourceWarning)

    def __repr__(self) -> str:
        state = "running" if self._core.ended() is None else self.returncode
        return f"<{type(self).__name__} {self.unit} {state}>"
