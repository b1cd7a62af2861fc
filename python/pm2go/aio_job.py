"""The same for asyncio: `AsyncJob`, with the verbs and arguments of its twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._loop import result, running_loop
from ._results import job_result
from .exceptions import ConfigError
from .job import JobBase

if TYPE_CHECKING:
    from collections.abc import Generator

    from . import _core
    from ._types import Seconds
    from .aio import AsyncSystemd
    from .models import JobResult


class AsyncJob(JobBase):
    """A job that systemd works on: what `AsyncSystemd.start_unit` and its kin return with ``wait=False``.

    It goes on whether anybody waits or not. Await it, from as many tasks of its event loop as you like; a wait
    that is cancelled leaves the job and the other waits alone.

    Example:
        >>> import asyncio, pm2go
        >>> async def main() -> None:
        ...     async with pm2go.AsyncSystemd() as systemd:
        ...         job = await systemd.start_unit("basic.target", wait=False)
        ...         print(await job)
        >>> asyncio.run(main())
        <JobResult start basic.target done>
    """

    def __init__(self, systemd: AsyncSystemd, core: _core.Job, driver: _core.LoopDriver) -> None:
        self._systemd = systemd
        self._core = core
        self._driver = driver

    def done(self) -> bool:
        """Tell whether the job has ended, well or not, without waiting."""
        return self._core.ended

    async def wait(self, *, timeout: Seconds | None = None) -> JobResult:
        """Wait until the job has ended, and return its result.

        Args:
            timeout: How long to wait, instead of the client's `timeout`; the job goes on after it.

        Returns:
            The job's result.

        Raises:
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            OperationTimeoutError: It took too long.
            ConfigError: The job was begun on another event loop.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         job = await systemd.start_unit("basic.target", wait=False)
            ...         result = await job.wait()
            ...         print(result.result)
            >>> asyncio.run(main())
            done
        """
        if self._driver.event_loop is not running_loop():
            message = "this job was begun on another event loop"
            raise ConfigError(message, unit=self.unit, hint="wait for it there, or use wait_for()")
        return job_result(await result(self._driver, *self._driver.ended(self._core, timeout)))

    def __await__(self) -> Generator[object, None, JobResult]:
        return self.wait().__await__()

    async def cancel(self, *, timeout: Seconds | None = None) -> bool:
        """Have systemd give the job up. `CancelJob` of `org.freedesktop.systemd1.Manager`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            Whether there was something to cancel: false, if the job had ended. Of a job that was canceled `wait`
            raises `JobCanceledError`.

        Raises:
            PermissionDeniedError: systemd refused.

        Example:
            >>> import asyncio, pm2go
            >>> async def main() -> None:
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         job = await systemd.start_unit("basic.target", wait=False)
            ...         result = await job.wait()
            ...         print(await job.cancel())  # it has ended
            >>> asyncio.run(main())
            False
        """
        canceled: bool = await self._systemd._run(self._cancellation(), timeout)  # noqa: SLF001 - see above
        return canceled
