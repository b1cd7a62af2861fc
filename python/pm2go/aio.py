"""The same for asyncio: `AsyncSystemd`, with the verbs and arguments of its twin.

Everything happens on the event loop itself: on no other thread, and under no lock that a fork could leave behind.
It works on every event loop with asyncio's interface, on several of them in several threads, and beside
its twin. A call that is cancelled is dropped at once; what systemd has been asked to do goes on.
"""

from __future__ import annotations

from collections.abc import Coroutine
from types import TracebackType

import pm2go

from . import _core
from ._async._spawns import AsyncSpawns
from ._core import Request
from ._telling import Telling
from ._typing import typing
from .aio_job import AsyncJob


class AsyncSystemd(AsyncSpawns):
    """A client of one manager of systemd for asyncio: the machine's, or a user's own.

    Nothing is connected before the first call; each event loop has a connection of its own, in a forked child
    as well. One client may be used on many loops at once, by as many tasks as you like. A call that is cancelled
    is dropped at once; what systemd has been asked to do goes on. Use it in an ``async with`` block, or `close`
    it. A call after that raises (`ConfigError`, which is a `ValueError`).

    Args:
        scope: `"system"` or `"user"`; by default the machine's manager for root, and the user's own for
            everybody else. `"global"` is no manager: the unit files that all users have (`systemctl --global`).
        backend: `"dbus"`, `"command"` (runs `systemctl`), or `"auto"`: D-Bus if it can be had. By default
            what ``PM2GO_BACKEND`` says, or else `"auto"`.
        address: A D-Bus address or the path of a socket, instead of the usual ones.
        timeout: How long a call may take: seconds, a timedelta, a text such as `"1min 30s"`, or ``math.inf``
            (this holds for all times; see `Seconds`). By default what ``PM2GO_DBUS_TIMEOUT`` says, or else 30 seconds.
        monitoring: Whether watching is allowed. By default what ``PM2GO_ENABLE_MONITORING`` says, or else
            yes.
        runtime_dir: The folder to use instead of ``XDG_RUNTIME_DIR``.
        interactive: Whether polkit, or ssh, may ask somebody for a password.
        user: The user whose manager is meant, by name; only root and that user may. It implies ``scope="user"``.
        machine: The container whose manager is meant, as machinectl(1) calls it; only root may. A user's manager there
            with `user`.
        host: The host whose manager is meant, as ``ssh`` takes it: `"web1"`, `"user@web1"`, `"user@web1:2222"`. OpenSSH's
            client is run, with its configuration (or what ``SYSTEMD_SSH`` names), and no password is asked for unless
            `interactive` is set; the host needs systemd and nothing of ours. The scope is `"system"` by default; with
            `"user"` it is the manager of the user who logs in.
        root: A folder that has a system in it, such as a mounted image, instead of a manager: its unit files are listed,
            read, checked, written, enabled, masked, ... (`systemctl --root`). No link in it leads out of it. Paths that
            are given are those inside of it, and those that are told begin with the folder. With ``scope="global"`` what
            all its users have. What needs a manager raises `UnsupportedError`.

    Raises:
        ConfigError: An argument or a ``PM2GO_`` variable is wrong, or arguments exclude one another.
        UnsupportedError: ``systemctl`` reaches no user's manager on another host.

    Example:
        >>> import asyncio, pm2go
        >>> async def main() -> None:
        ...     async with pm2go.AsyncSystemd() as systemd:
        ...         status = await systemd.get_unit_status("basic.target")
        ...         print(status.active_state)
        >>> asyncio.run(main())
        active
    """

    async def close(self) -> None:
        """Close the connection. A second time does nothing; any other call after that raises.

        A call that waits ends with `ConnectionLostError`; what systemd has begun goes on. Connections of other
        threads' loops close a moment later.
        """
        self._end()

    _awaited = True

    async def aclose(self) -> None:
        """Do the same as `close`, under the name that `contextlib.aclosing` knows."""
        await self.close()

    def _chosen(self) -> typing.Optional[tuple[str, typing.Optional[str], str]]:
        return self._loops.chosen()

    def _run(
        self,
        request: Request,
        timeout: typing.Optional[pm2go.Seconds],
        told: typing.Optional[Telling] = None,
    ) -> Coroutine[typing.Any, typing.Any, typing.Any]:
        self._refuse_closed()
        if told is not None:
            return self._run_telling(request, timeout, told)
        return self._run_whole(request, timeout) if request.leaves else self._loops.ask(request, timeout)

    async def _run_telling(
        self, request: Request, timeout: typing.Optional[pm2go.Seconds], told: Telling
    ) -> typing.Any:
        """Tell what a unit logs while it is waited for. What is raised there ends the wait."""
        import asyncio  # noqa: PLC0415 - who waits here has loaded it

        async with told.entries(self._client) as entries:
            following = entries._core  # noqa: SLF001 - a part of the stream
            asked = asyncio.ensure_future(self._loops.ask(request, timeout, following))
            telling = asyncio.ensure_future(told.tell(entries))
            try:
                await asyncio.wait({asked, telling}, return_when=asyncio.FIRST_COMPLETED)
                if not telling.done() or telling.exception() is None:
                    await asyncio.wait({asked})
            finally:
                asked.cancel()
                telling.cancel()
                results = await asyncio.gather(asked, telling, return_exceptions=True)
            if not telling.cancelled():
                telling.result()
            await told.tell_rest(entries)
            if isinstance(results[0], BaseException):
                raise results[0]
            return results[0]

    async def _run_whole(self, request: Request, timeout: typing.Optional[pm2go.Seconds]) -> typing.Any:
        """Run a command; a wait that is cancelled goes on until nothing of it is left, which takes a moment."""
        import asyncio  # noqa: PLC0415 - who waits here has loaded it

        try:
            return await self._loops.ask(request, timeout)
        except asyncio.CancelledError:
            await asyncio.shield(self._loops.ask(Request.remove_left(), None))
            raise

    async def _begin(self, request: Request, timeout: typing.Optional[pm2go.Seconds]) -> AsyncJob:
        self._refuse_closed()
        driver, core = await self._loops.begin(request, timeout)
        return AsyncJob(self, core, driver)

    def _started(self, core: _core.Run, text: typing.Optional[tuple[str, str]]) -> pm2go.AsyncRun:
        return pm2go.AsyncRun(self, self._watches.add(core), text)

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
