"""Jobs that nobody waits for at once: what `Systemd.enqueue_job` and `Manager.enqueue_job` return."""

from __future__ import annotations

import pm2go

from . import _core
from ._job_verbs import JobVerbs
from ._typing import typing


class Job(JobVerbs):
    """A job that systemd works on: what `Systemd.enqueue_job` returns.

    It goes on whether anybody waits or not. Several threads may wait for one job.

    Example:
        >>> import pm2go
        >>> with pm2go.Systemd() as systemd:
        ...     job = systemd.enqueue_job("start", "basic.target")
        ...     job.wait()
        <JobResult start basic.target done>
        >>> job.done()
        True
    """

    def __init__(self, systemd: pm2go.Systemd, core: _core.Job) -> None:
        self._systemd = systemd
        self._core = core

    def done(self) -> bool:
        """Tell whether the job has ended, well or not, without waiting."""
        return self._core.ended or self._core.glance()

    def _wait(self, timeout: typing.Optional[pm2go.Seconds]) -> typing.Any:
        return self._core.wait(timeout)
