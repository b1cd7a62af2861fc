"""The same for asyncio: `AsyncJob`, with the verbs and arguments of its twin."""

from __future__ import annotations

from collections.abc import Generator

import pm2go

from . import _core
from ._async._job_verbs import AsyncJobVerbs
from ._loop import result, running_loop
from ._typing import typing
from .exceptions import ConfigError


class AsyncJob(AsyncJobVerbs):
    """A job that systemd works on: what `AsyncSystemd.enqueue_job` returns.

    It goes on whether anybody waits or not. Await it, from as many tasks of its event loop as you like; a wait
    that is cancelled leaves the job and the other waits alone.

    Example:
        >>> import asyncio, pm2go
        >>> async def main() -> None:
        ...     async with pm2go.AsyncSystemd() as systemd:
        ...         job = await systemd.enqueue_job("start", "basic.target")
        ...         print(await job)
        >>> asyncio.run(main())
        <JobResult start basic.target done>
    """

    def __init__(self, systemd: pm2go.AsyncSystemd, core: _core.Job, driver: _core.LoopDriver) -> None:
        self._systemd = systemd
        self._core = core
        self._driver = driver

    def done(self) -> bool:
        """Tell whether the job has ended, well or not, without waiting."""
        return self._core.ended

    def __await__(self) -> Generator[object, None, pm2go.JobResult]:
        return self.wait().__await__()

    async def _wait(self, timeout: typing.Optional[pm2go.Seconds]) -> typing.Any:
        if self._driver.event_loop is not running_loop():
            message = "this job was begun on another event loop"
            raise ConfigError(message, unit=self.unit, hint="wait for it there, or use wait_for_unit()")
        return await result(self._driver, *self._driver.ended(self._core, timeout))
