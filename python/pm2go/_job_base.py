"""Jobs: what a job and its asynchronous twin have in common."""

from __future__ import annotations

import pm2go

from . import _core
from ._core import Request
from ._typing import typing
from .exceptions import UnsupportedError


class JobBase:
    """What a job and its asynchronous twin have in common."""

    _core: _core.Job

    @property
    def id(self) -> typing.Optional[int]:
        """The job's number, as in ``systemctl list-jobs``.

        `None` on the command backend where `systemctl` does not tell it: before systemd 242, and in the system
        scope for all but root.
        """
        return self._core.id

    @property
    def affected(self) -> typing.Optional[tuple[pm2go.AffectedJob, ...]]:
        """The other jobs that systemd queued together with this one, by their numbers.

        What a start pulls in by its dependencies and what it stops by its conflicts, and what depends on a unit
        that is stopped or restarted: as of the moment at which systemd took the job on. Jobs that were queued
        before and are needed are among them.

        `None` where nobody tells: on the command backend, and in the system scope for all but root, as the
        message bus lets nobody else ask (`EnqueueUnitJob` of `org.freedesktop.systemd1.Manager`).
        """
        told = self._core.affected
        return None if told is None else tuple(pm2go.AffectedJob(*job) for job in told)

    @property
    def unit(self) -> str:
        """The unit's name."""
        return self._core.unit

    @property
    def operation(self) -> str:
        """What was asked for, in systemd's word: `"start"`, `"stop"`, `"try-restart"`, ..."""
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
