"""A stream of what units use."""

from __future__ import annotations

from collections import deque

import pm2go

from ._client import ClientBase
from ._core import Request
from ._results import figure_list
from ._typing import typing
from .exceptions import ConfigError


class FigureStream:
    """What units use, a `FigureList` at the end of each interval.

    For ``for`` if a `Systemd` has made it, and for ``async for`` of an `AsyncSystemd`. Nothing runs in between: the figures
    are read when the next list is asked for, and one that is asked for late is followed by the next after a whole interval.
    """

    def __init__(
        self,
        client: ClientBase,
        request: Request,
        history: int,
        *,
        awaited: bool,
    ) -> None:
        self._client = client
        self._request = request
        self._awaited = awaited
        self._history: deque[pm2go.FigureList] = deque(maxlen=history)

    @property
    def history(self) -> tuple[pm2go.FigureList, ...]:
        """The last lists, as many as were wanted."""
        return tuple(self._history)

    def series(self, name: str, figure: str) -> list[object]:
        """Return one figure of a unit in each list of the history, such as ``series("nginx.service", "memory")``.

        `None` stands where the unit was not there.
        """
        rows = ({row.name: row for row in figures}.get(name) for figures in self._history)
        return [None if row is None else getattr(row, figure) for row in rows]

    def __iter__(self) -> typing.Self:
        if self._awaited:
            message = "this stream is read on an event loop"
            raise ConfigError(message, hint="use `async for`, or `Systemd`")
        return self

    def __next__(self) -> pm2go.FigureList:
        return self._keep(figure_list(self._client._run(self._request, None)))  # noqa: SLF001 - a part of the client

    def __aiter__(self) -> typing.Self:
        if not self._awaited:
            message = "this stream is read by blocking calls"
            raise ConfigError(message, hint="use `for`, or `AsyncSystemd`")
        return self

    async def __anext__(self) -> pm2go.FigureList:
        return self._keep(figure_list(await self._client._run(self._request, None)))  # noqa: SLF001 - as above

    def _keep(self, figures: pm2go.FigureList) -> pm2go.FigureList:
        self._history.append(figures)
        return figures
