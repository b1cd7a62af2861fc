"""What apps use."""

from __future__ import annotations

from typing import Optional

import pm2go

from ._app_logs import AppLogs
from ._core import read_figures
from ._results import figure_list


class AppFigures(AppLogs):
    """A manager of apps, with the verbs that tell what they use."""

    def figures(
        self, *apps: str, details: bool = False, timeout: Optional[pm2go.Seconds] = None
    ) -> pm2go.FigureList:
        """Tell what apps use now: `Systemd.figures` for their units.

        Args:
            *apps: The apps' names; without any, all units of the manager's prefix.
            details: Whether to tell also what takes longer to find out: open file descriptors, threads, and the network.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            A row for each app that runs, by the name of its unit.

        Raises:
            UnitNotFoundError: There is no unit of one of the apps.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     figures = manager.figures("clock")
            ...     left = manager.delete("clock")
            >>> figures[0].name, figures[0].tasks
            ('pm2-clock.service', 1)
        """
        return figure_list(self._run(read_figures(self._units_of(apps, "figures"), details), timeout))

    def metrics(self, *apps: str, timeout: Optional[pm2go.Seconds] = None) -> str:
        """Tell what apps are and use in the words of OpenMetrics: `Systemd.metrics` for their units.

        Counters go on where an app is started anew, as long as the manager's client is kept.

        Args:
            *apps: The apps' names; without any, all units of the manager's prefix.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The text, whose type is ``application/openmetrics-text; version=1.0.0; charset=utf-8``.

        Raises:
            UnitNotFoundError: There is no unit of one of the apps.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     text = manager.metrics("clock")
            ...     left = manager.delete("clock")
            >>> 'systemd_unit_tasks_current{name="pm2-clock.service",type="service"} 1' in text.splitlines()
            True
        """
        counted = self._systemd._metrics  # noqa: SLF001 - the two share one client of the core
        text: str = self._run(counted.read(self._units_of(apps, "metrics"), []), timeout)
        return text
