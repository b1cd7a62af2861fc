"""The same for asyncio: `AsyncSystemd` and `AsyncManager`, with the verbs and arguments of their twins.

Everything happens on the event loop itself: there is no thread, and no lock that a fork could leave behind.
They work on every event loop with asyncio's interface, on several of them in several threads, and beside
their twins. A call that is cancelled is dropped at once; what systemd has been asked to do goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._apps import ManagerBase
from ._client import ClientBase
from ._core import Request
from ._loop import Loops
from .app_models import AppResult, app_description, app_list
from .models import JobResult, unit_file_changes, unit_list, unit_status
from .watch import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from .app import AppConfig
    from .app_models import AppDescription, AppList
    from .models import UnitFileChanges, UnitList, UnitStatus


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

    async def connect(self, *, timeout: float | str | None = None) -> None:
        """Asynchronous twin of `Systemd.connect`."""
        await self._run(Request.connect(), timeout)

    async def start_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        settle: float = 0.1,
        log_lines: int = 10,
        timeout: float | str | None = None,
    ) -> JobResult:
        """Asynchronous twin of `Systemd.start_unit`."""
        request = Request.run_job("start", name, mode, settle, log_lines)
        return JobResult(*await self._run(request, timeout))

    async def stop_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        log_lines: int = 10,
        timeout: float | str | None = None,
    ) -> JobResult:
        """Asynchronous twin of `Systemd.stop_unit`."""
        request = Request.run_job("stop", name, mode, 0.0, log_lines)
        return JobResult(*await self._run(request, timeout))

    async def restart_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        settle: float = 0.1,
        log_lines: int = 10,
        timeout: float | str | None = None,
    ) -> JobResult:
        """Asynchronous twin of `Systemd.restart_unit`."""
        request = Request.run_job("restart", name, mode, settle, log_lines)
        return JobResult(*await self._run(request, timeout))

    async def enable_unit(self, name: str, *, timeout: float | str | None = None) -> UnitFileChanges:
        """Asynchronous twin of `Systemd.enable_unit`."""
        return unit_file_changes(*await self._run(Request.enable_unit(name), timeout))

    async def disable_unit(self, name: str, *, timeout: float | str | None = None) -> UnitFileChanges:
        """Asynchronous twin of `Systemd.disable_unit`."""
        return unit_file_changes(*await self._run(Request.disable_unit(name), timeout))

    async def list_units(self, *patterns: str, timeout: float | str | None = None) -> UnitList:
        """Asynchronous twin of `Systemd.list_units`."""
        return unit_list(await self._run(Request.list_units(patterns), timeout))

    async def get_unit_status(self, name: str, *, timeout: float | str | None = None) -> UnitStatus:
        """Asynchronous twin of `Systemd.get_unit_status`."""
        return unit_status(await self._run(Request.get_unit_status(name), timeout))

    async def get_unit_properties(self, name: str, *, timeout: float | str | None = None) -> dict[str, Any]:
        """Asynchronous twin of `Systemd.get_unit_properties`."""
        properties: dict[str, Any] = await self._run(Request.get_unit_properties(name), timeout)
        return properties

    async def get_unit_property(
        self, name: str, property_name: str, *, timeout: float | str | None = None
    ) -> Any:
        """Asynchronous twin of `Systemd.get_unit_property`."""
        return await self._run(Request.get_unit_property(name, property_name), timeout)

    async def reload(self, *, timeout: float | str | None = None) -> None:
        """Asynchronous twin of `Systemd.reload`."""
        await self._run(Request.reload(), timeout)

    async def reset_failed_unit(self, name: str, *, timeout: float | str | None = None) -> None:
        """Asynchronous twin of `Systemd.reset_failed_unit`."""
        await self._run(Request.reset_failed_unit(name), timeout)

    async def wait_for(
        self,
        name: str,
        state: str | Iterable[str],
        *,
        stable: float = 0.0,
        timeout: float | str | None = None,
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

    async def _run(self, request: Request, timeout: float | str | None) -> Any:
        self._refuse_closed()
        return await self._loops.ask(request, timeout)

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


class AsyncManager(ManagerBase[AsyncSystemd]):
    """Asynchronous twin of `Manager`, which describes the arguments, the results and the exceptions.

    Use it in an ``async with`` block, or `close` it.

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

    _client_class = AsyncSystemd

    async def start(
        self,
        app: AppConfig | Mapping[str, Any],
        *,
        settle: float = 0.5,
        log_lines: int = 10,
        timeout: float | str | None = None,
    ) -> AppResult:
        """Asynchronous twin of `Manager.start`."""
        config, request = self._start_request(app, settle, log_lines)
        return AppResult(config.name, *await self._run(request, timeout))

    async def stop(self, name: str, *, log_lines: int = 10, timeout: float | str | None = None) -> JobResult:
        """Asynchronous twin of `Manager.stop`."""
        return JobResult(*await self._run(self._apps.stop(name, log_lines), timeout))

    async def restart(
        self,
        name: str,
        *,
        settle: float = 0.5,
        log_lines: int = 10,
        timeout: float | str | None = None,
    ) -> JobResult:
        """Asynchronous twin of `Manager.restart`."""
        return JobResult(*await self._run(self._apps.restart(name, settle, log_lines), timeout))

    async def delete(self, name: str, *, timeout: float | str | None = None) -> list[str]:
        """Asynchronous twin of `Manager.delete`."""
        left: list[str] = await self._run(self._apps.delete(name), timeout)
        return left

    async def describe(self, name: str, *, timeout: float | str | None = None) -> AppDescription:
        """Asynchronous twin of `Manager.describe`."""
        return app_description(await self._run(self._apps.describe(name), timeout))

    async def logs(self, name: str, lines: int = 100, *, timeout: float | str | None = None) -> list[str]:
        """Asynchronous twin of `Manager.logs`."""
        found: list[str] = await self._run(self._apps.logs(name, lines), timeout)
        return found

    async def list(self, *, timeout: float | str | None = None) -> AppList:
        """Asynchronous twin of `Manager.list`."""
        return app_list(await self._run(self._apps.list(), timeout))

    async def close(self) -> None:
        """Asynchronous twin of `Manager.close`."""
        self._end()
        if self._owns_systemd:
            await self._systemd.close()

    async def aclose(self) -> None:
        """Do the same as `close`, under the name that `contextlib.aclosing` knows."""
        await self.close()

    async def _run(self, request: Request, timeout: float | str | None) -> Any:
        self._refuse_closed()
        return await self._systemd._run(request, timeout)  # noqa: SLF001 - the two share one client of the core

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
