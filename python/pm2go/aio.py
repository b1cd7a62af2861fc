"""The same for asyncio: `AsyncSystemd`, with the verbs and arguments of its twin.

Everything happens on the event loop itself: on no other thread, and under no lock that a fork could leave behind.
It works on every event loop with asyncio's interface, on several of them in several threads, and beside
its twin. A call that is cancelled is dropped at once; what systemd has been asked to do goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ._client import ClientBase
from ._core import Request
from ._loop import Loops
from ._results import job_result, unit_file_changes, unit_status
from .aio_job import AsyncJob
from .rows import unit_list
from .watch import texts

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Self

    from ._types import Seconds
    from .models import JobResult, UnitFileChanges, UnitStatus
    from .rows import UnitList
    from .unit_properties import UnitProperties


class AsyncSystemd(ClientBase):
    """Asynchronous twin of `Systemd`, which describes the arguments, the results and the exceptions.

    Nothing is connected before the first call; each event loop has a connection of its own. Use it in an
    ``async with`` block, or `close` it.

    Example:
        >>> import asyncio, pm2go
        >>> async def main() -> None:
        ...     async with pm2go.AsyncSystemd() as systemd:
        ...         status = await systemd.get_unit_status("basic.target")
        ...         print(status.active_state)
        >>> asyncio.run(main())
        active
    """

    @property
    def _loops(self) -> Loops:
        # Without the lock of a `cached_property`, which a fork could leave behind.
        found: Loops | None = self.__dict__.get("_known_loops")
        return found or self.__dict__.setdefault("_known_loops", Loops(self._client))

    async def connect(self, *, timeout: Seconds | None = None) -> None:
        """Asynchronous twin of `Systemd.connect`."""
        await self._run(Request.connect(), timeout)

    @overload
    async def start_unit(
        self,
        name: str,
        *,
        wait: Literal[True] = True,
        mode: str = ...,
        settle: Seconds = ...,
        log_lines: int = ...,
        daemon_reload: bool = ...,
        timeout: Seconds | None = ...,
    ) -> JobResult: ...
    @overload
    async def start_unit(
        self,
        name: str,
        *,
        wait: Literal[False],
        mode: str = ...,
        settle: Seconds = ...,
        log_lines: int = ...,
        daemon_reload: bool = ...,
        timeout: Seconds | None = ...,
    ) -> AsyncJob: ...
    async def start_unit(
        self,
        name: str,
        *,
        wait: bool = True,
        mode: str = "replace",
        settle: Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        timeout: Seconds | None = None,
    ) -> JobResult | AsyncJob:
        """Asynchronous twin of `Systemd.start_unit`."""
        request = Request.run_job("start", name, mode, settle, log_lines, daemon_reload)
        if wait:
            return job_result(await self._run(request, timeout))
        return await self._begin(request, timeout)

    @overload
    async def stop_unit(
        self,
        name: str,
        *,
        wait: Literal[True] = True,
        mode: str = ...,
        log_lines: int = ...,
        timeout: Seconds | None = ...,
    ) -> JobResult: ...
    @overload
    async def stop_unit(
        self,
        name: str,
        *,
        wait: Literal[False],
        mode: str = ...,
        log_lines: int = ...,
        timeout: Seconds | None = ...,
    ) -> AsyncJob: ...
    async def stop_unit(
        self,
        name: str,
        *,
        wait: bool = True,
        mode: str = "replace",
        log_lines: int = 10,
        timeout: Seconds | None = None,
    ) -> JobResult | AsyncJob:
        """Asynchronous twin of `Systemd.stop_unit`."""
        request = Request.run_job("stop", name, mode, 0.0, log_lines)
        if wait:
            return job_result(await self._run(request, timeout))
        return await self._begin(request, timeout)

    @overload
    async def restart_unit(
        self,
        name: str,
        *,
        wait: Literal[True] = True,
        mode: str = ...,
        settle: Seconds = ...,
        log_lines: int = ...,
        daemon_reload: bool = ...,
        timeout: Seconds | None = ...,
    ) -> JobResult: ...
    @overload
    async def restart_unit(
        self,
        name: str,
        *,
        wait: Literal[False],
        mode: str = ...,
        settle: Seconds = ...,
        log_lines: int = ...,
        daemon_reload: bool = ...,
        timeout: Seconds | None = ...,
    ) -> AsyncJob: ...
    async def restart_unit(
        self,
        name: str,
        *,
        wait: bool = True,
        mode: str = "replace",
        settle: Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        timeout: Seconds | None = None,
    ) -> JobResult | AsyncJob:
        """Asynchronous twin of `Systemd.restart_unit`."""
        request = Request.run_job("restart", name, mode, settle, log_lines, daemon_reload)
        if wait:
            return job_result(await self._run(request, timeout))
        return await self._begin(request, timeout)

    async def enable_unit(self, name: str, *, timeout: Seconds | None = None) -> UnitFileChanges:
        """Asynchronous twin of `Systemd.enable_unit`."""
        return unit_file_changes(await self._run(Request.enable_unit(name), timeout))

    async def disable_unit(self, name: str, *, timeout: Seconds | None = None) -> UnitFileChanges:
        """Asynchronous twin of `Systemd.disable_unit`."""
        return unit_file_changes(await self._run(Request.disable_unit(name), timeout))

    async def list_units(self, *patterns: str, timeout: Seconds | None = None) -> UnitList:
        """Asynchronous twin of `Systemd.list_units`."""
        return unit_list(await self._run(Request.list_units(patterns), timeout))

    async def get_unit_status(self, name: str, *, timeout: Seconds | None = None) -> UnitStatus:
        """Asynchronous twin of `Systemd.get_unit_status`."""
        return unit_status(await self._run(Request.get_unit_status(name), timeout))

    async def get_unit_properties(self, name: str, *, timeout: Seconds | None = None) -> UnitProperties:
        """Asynchronous twin of `Systemd.get_unit_properties`."""
        properties: UnitProperties = await self._run(Request.get_unit_properties(name), timeout)
        return properties

    async def get_unit_property(
        self, name: str, property_name: str, *, timeout: Seconds | None = None
    ) -> Any:
        """Asynchronous twin of `Systemd.get_unit_property`."""
        return await self._run(Request.get_unit_property(name, property_name), timeout)

    async def reload(self, *, timeout: Seconds | None = None) -> None:
        """Asynchronous twin of `Systemd.reload`."""
        await self._run(Request.reload(), timeout)

    async def reset_failed_unit(self, name: str, *, timeout: Seconds | None = None) -> None:
        """Asynchronous twin of `Systemd.reset_failed_unit`."""
        await self._run(Request.reset_failed_unit(name), timeout)

    async def wait_for(
        self,
        name: str,
        state: str | Iterable[str],
        *,
        stable: Seconds = 0.0,
        timeout: Seconds | None = None,
    ) -> UnitStatus:
        """Asynchronous twin of `Systemd.wait_for`."""
        return unit_status(await self._run(Request.wait_for(name, texts(state), stable), timeout))

    async def close(self) -> None:
        """Asynchronous twin of `Systemd.close`; connections of other threads' loops close a moment later."""
        self._end()
        self._loops.close()

    async def aclose(self) -> None:
        """Do the same as `close`, under the name that `contextlib.aclosing` knows."""
        await self.close()

    def _chosen(self) -> tuple[str, str | None, str] | None:
        return self._loops.chosen()

    def _run(self, request: Request, timeout: Seconds | None) -> Coroutine[Any, Any, Any]:
        self._refuse_closed()
        return self._loops.ask(request, timeout)

    async def _begin(self, request: Request, timeout: Seconds | None) -> AsyncJob:
        self._refuse_closed()
        driver, core = await self._loops.begin(request, timeout)
        return AsyncJob(self, core, driver)

    async def __aenter__(self) -> Self:
        self._refuse_closed()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
