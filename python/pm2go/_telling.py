"""What a unit logs while a job is waited for: told to a function of the caller's."""

from __future__ import annotations

import pm2go

from . import _core
from ._typing import typing
from .exceptions import ConfigError, Pm2goError


class Telling:
    """A unit, and who is told of what it logs."""

    def __init__(self, log: typing.Callable[[pm2go.journal.Entry], object], unit: str) -> None:
        self.log = log
        self._unit = unit

    def run(
        self, client: _core.Client, request: _core.Request, timeout: typing.Optional[pm2go.Seconds]
    ) -> typing.Any:
        """Do what is asked, and tell what the unit logs meanwhile."""
        return self._to_come().run(client, [self._unit], request, timeout, self.log)

    def entries(self, client: _core.Client) -> pm2go.journal.EntryStream:
        """Begin to follow what the unit logs from now on."""
        return pm2go.journal.EntryStream(self._to_come().read(client, [self._unit]))

    def _to_come(self) -> _core.UnitLog:
        return _core.UnitLog(0, None, follow=True)

    async def tell(self, entries: pm2go.journal.EntryStream) -> None:
        """Tell all that comes."""
        async for entry in entries:
            self.log(entry)

    async def tell_rest(self, entries: pm2go.journal.EntryStream) -> None:
        """Tell all that there is now. What could not be read of it takes nothing from what has been done."""
        for entry in entries._core.rest():  # noqa: SLF001 - a part of the stream
            self.log(entry)
        try:
            rest = entries._core.rest_elsewhere()  # noqa: SLF001 - as above
            told = [] if rest is None else [entry async for entry in pm2go.journal.EntryStream(rest)]
        except Pm2goError:
            return
        for entry in told:
            self.log(entry)


def telling(
    log: typing.Optional[typing.Callable[[pm2go.journal.Entry], object]], unit: str
) -> typing.Optional[Telling]:
    """Return who is to be told what this unit logs, if anybody is."""
    if log is None:
        return None
    if not callable(log):
        message = f"log is of the type {type(log).__name__}"
        raise ConfigError(message, hint="give a function that takes an entry of the journal, such as print")
    return Telling(log, unit)
