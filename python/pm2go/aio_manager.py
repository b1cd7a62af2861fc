"""The same for asyncio: `AsyncManager`, with the verbs and arguments of its twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ._apps import ManagerBase, checked, one_name
from ._core import Request
from ._results import job_result
from .aio import AsyncSystemd
from .app import core_settings
from .app_models import AppResult, app_description, app_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Self

    from ._types import Seconds
    from .aio_job import AsyncJob
    from .app import AppConfig
    from .app_models import AppDescription, AppList
    from .models import JobResult


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

    @overload
    async def start(
        self,
        app: AppConfig | Mapping[str, Any],
        *,
        wait: Literal[True] = True,
        settle: Seconds = ...,
        log_lines: int = ...,
        timeout: Seconds | None = ...,
    ) -> AppResult: ...
    @overload
    async def start(
        self,
        app: AppConfig | Mapping[str, Any],
        *,
        wait: Literal[False],
        settle: Seconds = ...,
        log_lines: int = ...,
        timeout: Seconds | None = ...,
    ) -> AsyncJob: ...
    async def start(
        self,
        app: AppConfig | Mapping[str, Any],
        *,
        wait: bool = True,
        settle: Seconds = 0.5,
        log_lines: int = 10,
        timeout: Seconds | None = None,
    ) -> AppResult | AsyncJob:
        """Asynchronous twin of `Manager.start`."""
        config = checked(app)
        if not wait:
            return await self._begin(self._apps.deploy(core_settings(config)), settle, log_lines, timeout)
        request = self._apps.start(core_settings(config), settle, log_lines)
        return AppResult(config.name, *await self._run(request, timeout))

    @overload
    async def stop(
        self,
        name: str,
        *,
        wait: Literal[True] = True,
        log_lines: int = ...,
        timeout: Seconds | None = ...,
    ) -> JobResult: ...
    @overload
    async def stop(
        self,
        name: str,
        *,
        wait: Literal[False],
        log_lines: int = ...,
        timeout: Seconds | None = ...,
    ) -> AsyncJob: ...
    async def stop(
        self,
        name: str,
        *,
        wait: bool = True,
        log_lines: int = 10,
        timeout: Seconds | None = None,
    ) -> JobResult | AsyncJob:
        """Asynchronous twin of `Manager.stop`."""
        if not wait:
            return await self._begin(self._apps.prepare_stop(one_name(name, "stop")), 0.0, log_lines, timeout)
        return job_result(await self._run(self._apps.stop(one_name(name, "stop"), log_lines), timeout))

    @overload
    async def restart(
        self,
        name: str,
        *,
        wait: Literal[True] = True,
        settle: Seconds = ...,
        log_lines: int = ...,
        timeout: Seconds | None = ...,
    ) -> JobResult: ...
    @overload
    async def restart(
        self,
        name: str,
        *,
        wait: Literal[False],
        settle: Seconds = ...,
        log_lines: int = ...,
        timeout: Seconds | None = ...,
    ) -> AsyncJob: ...
    async def restart(
        self,
        name: str,
        *,
        wait: bool = True,
        settle: Seconds = 0.5,
        log_lines: int = 10,
        timeout: Seconds | None = None,
    ) -> JobResult | AsyncJob:
        """Asynchronous twin of `Manager.restart`."""
        if not wait:
            return await self._begin(
                self._apps.prepare_restart(one_name(name, "restart")), settle, log_lines, timeout
            )
        return job_result(
            await self._run(self._apps.restart(one_name(name, "restart"), settle, log_lines), timeout)
        )

    async def delete(self, name: str, *, timeout: Seconds | None = None) -> list[str]:
        """Asynchronous twin of `Manager.delete`."""
        left: list[str] = await self._run(self._apps.delete(one_name(name, "delete")), timeout)
        return left

    async def describe(self, name: str, *, timeout: Seconds | None = None) -> AppDescription:
        """Asynchronous twin of `Manager.describe`."""
        return app_description(await self._run(self._apps.describe(one_name(name, "describe")), timeout))

    async def logs(self, name: str, lines: int = 100, *, timeout: Seconds | None = None) -> list[str]:
        """Asynchronous twin of `Manager.logs`."""
        found: list[str] = await self._run(self._apps.logs(one_name(name, "logs"), lines), timeout)
        return found

    async def list(self, *, timeout: Seconds | None = None) -> AppList:
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

    async def _run(self, request: Request, timeout: Seconds | None) -> Any:
        self._refuse_closed()
        return await self._systemd._run(request, timeout)  # noqa: SLF001 - the two share one client of the core

    async def _begin(
        self, preparation: Request, settle: Seconds, log_lines: int, timeout: Seconds | None
    ) -> AsyncJob:
        """Prepare a job, and ask for it without waiting for its end."""
        verb, unit, stop_time = await self._run(preparation, timeout)
        request = Request.run_app_job(verb, unit, settle, log_lines, stop_time)
        return await self._systemd._begin(request, timeout)  # noqa: SLF001 - see above

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
