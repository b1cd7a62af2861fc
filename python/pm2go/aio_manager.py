"""The same for asyncio: `AsyncManager`, with the verbs and arguments of its twin."""

from __future__ import annotations

from types import TracebackType

from ._async._app_tables import AsyncAppTables
from ._typing import typing


class AsyncManager(AsyncAppTables):
    """Deploys apps as units of systemd, for asyncio: writes their unit files, starts, stops, lists and deletes them.

    An app NAME is the unit `pm2-NAME.service`, in `/etc/systemd/system` or, in the user scope, in
    `$XDG_CONFIG_HOME/systemd/user`. Only units that pm2go wrote are ever listed, overwritten or deleted.

    Use it in an ``async with`` block, or `close` it; a call after that raises, as with `AsyncSystemd`.

    Args:
        systemd: The client to work with; it stays open when the manager is closed. Without it the manager
            makes one with the remaining arguments, which are those of `AsyncSystemd`, and closes it.
        prefix: What the names of the units begin with.
        unit_dir: The folder of the unit files, instead of the usual one.
        scope: As for `AsyncSystemd`.
        backend: As for `AsyncSystemd`.
        address: As for `AsyncSystemd`.
        timeout: As for `AsyncSystemd`.
        monitoring: As for `AsyncSystemd`.
        runtime_dir: As for `AsyncSystemd`.
        interactive: As for `AsyncSystemd`.
        user: As for `AsyncSystemd`. Elsewhere, and for another user, unit files are written by a shell there, with the same
            care as here; an app is looked at there when it is started (`check_app`).
        machine: As for `AsyncSystemd`.
        host: As for `AsyncSystemd`.

    Raises:
        ConfigError: An argument or a ``PM2GO_`` variable is wrong.

    Example:
        >>> import asyncio, pm2go
        >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
        >>> async def main() -> None:
        ...     async with pm2go.AsyncManager() as manager:
        ...         print(await manager.start(clock))
        ...         print(await manager.delete("clock"))
        >>> asyncio.run(main())
        <AppResult clock started>
        []
    """

    async def close(self) -> None:
        """Close the client, if the manager made it. A second time does nothing; any other call raises."""
        self._end()
        if self._owns_systemd:
            await self._systemd.close()

    async def aclose(self) -> None:
        """Do the same as `close`, under the name that `contextlib.aclosing` knows."""
        await self.close()

    async def __aenter__(self) -> typing.Self:
        self._refuse_closed()
        return self

    async def __aexit__(
        self,
        kind: typing.Optional[type[BaseException]],
        exception: typing.Optional[BaseException],
        traceback: typing.Optional[TracebackType],
    ) -> None:
        await self.close()
