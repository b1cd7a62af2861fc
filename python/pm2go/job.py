"""Jobs that somebody asked for without waiting: what `Systemd.start_unit(..., wait=False)` and others return."""

from __future__ import annotations

from ._results import job_result
from ._typing import TYPE_CHECKING
from .exceptions import UnsupportedError

if TYPE_CHECKING:
    from . import _core
    from ._core import Request
    from ._types import Seconds
    from .models import JobResult
    from .systemd import Systemd


class JobBase:
    """What a job and its asynchronous twin have in common."""

    _core: _core.Job

    @property
    def id(self) -> int | None:
        """The job's number, as in ``systemctl list-jobs``.

        `None` on the command backend where `systemctl` does not tell it: before systemd 242, and in the system
        scope for all but root.
        """
        return self._core.id

    @property
    def unit(self) -> str:
        """The unit's name."""
        return self._core.unit

    @property
    def operation(self) -> str:
        """What was asked for: `"start"`, `"stop"` or `"restart"`."""
        return self._core.operation

    def _cancellation(self) -> Request:
        request = self._core.cancellation()
        if request is None:
            message = "systemctl did not tell the number of this job"
            raise UnsupportedError(message, unit=self.unit, hint='use backend="dbus", or cancel by hand')
        return request

    def __repr__(self) -> str:
        state = "ended" if self._core.ended else "waiting"
        return f"<{type(self).__name__} {self.id or '-'} {self.operation} {self.unit} {state}>"


class Job(JobBase):
    """A job that systemd works on: what `Systemd.start_unit` and its kin return with ``wait=False``.

    It goes on whether anybody waits or not. Several threads may wait for one job.

    Example:
        >>> import pm2go
        >>> with pm2go.Systemd() as systemd:
        ...     job = systemd.start_unit("basic.target", wait=False)
        ...     job.wait()
        <JobResult start basic.target done>
        >>> job.done()
        True
    """

    def __init__(self, systemd: Systemd, core: _core.Job) -> None:
        self._systemd = systemd
        self._core = core

    def done(self) -> bool:
        """Tell whether the job has ended, well or not, without waiting."""
        return self._core.ended or self._core.glance()

    def wait(self, *, timeout: Seconds | None = None) -> JobResult:
        """Wait until the job has ended, and return its result.

        Args:
            timeout: How long to wait, instead of the client's `timeout`; the job goes on after it.

        Returns:
            The job's result.

        Raises:
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     job = systemd.start_unit("basic.target", wait=False)
            ...     job.wait().result
            'done'
        """
        return job_result(self._core.wait(timeout))

    def cancel(self, *, timeout: Seconds | None = None) -> bool:
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
            >>> with pm2go.Systemd() as systemd:
            ...     job = systemd.start_unit("basic.target", wait=False)
            ...     result = job.wait()
            ...     job.cancel()  # it has ended
            False
        """
        canceled: bool = self._systemd._run(self._cancellation(), timeout)  # noqa: SLF001 - a part of the client
        return canceled
