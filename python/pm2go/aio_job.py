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
    """Asynchronous twin of `Job`: await it, from as many tasks of its event loop as you like.

    A wait that is cancelled leaves the job and the other waits alone.

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
        """Tell whether the job has ended, well or not."""
        return self._core.ended

    async def wait(self, *, timeout: Seconds | None = None) -> JobResult:
        """Asynchronous twin of `Job.wait`."""
        if self._driver.event_loop is not running_loop():
            message = "this job was begun on another event loop"
            raise ConfigError(message, unit=self.unit, hint="wait for it there, or use wait_for()")
        return job_result(await result(self._driver, *self._driver.ended(self._core, timeout)))

    def __await__(self) -> Generator[object, None, JobResult]:
        return self.wait().__await__()

    async def cancel(self, *, timeout: Seconds | None = None) -> bool:
        """Asynchronous twin of `Job.cancel`."""
        canceled: bool = await self._systemd._run(self._cancellation(), timeout)  # noqa: SLF001 - see above
        return canceled
