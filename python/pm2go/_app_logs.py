"""What apps have logged."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Union

import pm2go

from . import _core
from ._app_verbs import AppVerbs
from ._apps import one_name
from ._journal_stream import EntryStream
from .times import moment_usec


class AppLogs(AppVerbs):
    """A manager of apps, with the verb that tells what they have logged."""

    def logs(
        self,
        *apps: str,
        lines: Optional[int] = 100,
        since: Union[datetime, str, None] = None,
        follow: bool = False,
        timeout: Optional[pm2go.Seconds] = None,
    ) -> EntryStream:
        """Tell what apps have logged, and what systemd says of them: entries of the journal, the oldest first.

        Those of several apps come in the order of their times. `pm2go.journal.read` can choose by more than this takes.

        Args:
            *apps: The apps' names; without any, all units of the manager's prefix.
            lines: The last so many entries of all of them together; `None` for all.
            since: From this moment on, as for `pm2go.journal.read`.
            follow: Whether to go on with what comes, until the stream is closed.
            timeout: How long it may take to find the apps, instead of the client's `timeout`.

        Returns:
            The entries, for ``for`` and for ``async for``.

        Raises:
            UnitNotFoundError: There is no such app.
            NotOwnedError: There is such a unit, and pm2go did not write it.
            PermissionDeniedError: The caller may not read the journal.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     with manager.logs("clock", lines=5, follow=True) as entries:
            ...         print(type(entries.next(timeout=10)).__name__)
            ...     left = manager.delete("clock")
            Entry
        """
        names = [one_name(app, "logs") for app in apps]
        log = _core.UnitLog(lines, moment_usec("since", since), follow)
        units = self._run(self._apps.units(names), timeout)
        return EntryStream(log.read(self._systemd._client, units))  # noqa: SLF001 - the two share it
