# Written by scripts/generate from ../_job_verbs.py: change that, and run it again.
"""Jobs: what can be asked of one."""

from __future__ import annotations

import pm2go
from pm2go._job_base import JobBase
from pm2go._results import job_result
from pm2go._typing import typing


class AsyncJobVerbs(JobBase):
    """A job, with all its verbs."""

    _systemd: pm2go.AsyncSystemd

    async def wait(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> pm2go.JobResult:
        """Wait until the job has ended, and return its result.

        Args:
            timeout: How long to wait, instead of the client's `timeout`; the job goes on after it.

        Returns:
            The job's result.

        Raises:
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            OperationTimeoutError: It took too long.
            ConfigError: It was begun on another event loop (only where it is awaited).

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     job = await systemd.enqueue_job("start", "basic.target")
            ...     (await job.wait()).result
            'done'
        """
        return job_result(await self._wait(timeout))

    async def cancel(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> bool:
        """Have systemd give the job up. `CancelJob` of `org.freedesktop.systemd1.Manager`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            Whether there was something to cancel: false, if the job had ended. Of a job that was canceled `wait`
            raises `JobCanceledError`.

        Raises:
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     job = await systemd.enqueue_job("start", "basic.target")
            ...     result = await job.wait()
            ...     await job.cancel()  # it has ended
            False
        """
        canceled: bool = await self._systemd._run(self._cancellation(), timeout)  # noqa: SLF001 - a part of the client
        return canceled

    async def _wait(self, timeout: typing.Optional[pm2go.Seconds]) -> typing.Any:
        """Wait for its end."""
        raise NotImplementedError
