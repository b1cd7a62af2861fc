"""The live table of apps' units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from ._app_figures import AppFigures
from .live import LiveUnits


class AppTables(AppFigures):
    """A manager of apps, with the live table of their units."""

    def live_units(self, *, states: Union[str, Iterable[str]] = ()) -> LiveUnits:
        """Keep a table of how the apps' units are: `Systemd.live_units` for the units of the manager's prefix.

        Args:
            states: Only units in these active states, such as `"failed"`.

        Returns:
            The table; its ``with`` block begins when it is filled.

        Raises:
            ConfigError: A state is wrong.
            MonitoringUnavailableError: Watching is turned off, or the backend is `systemctl`.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager, manager.live_units() as units:
            ...     result = manager.start(clock)
            ...     print(units["pm2-clock.service"].active_state)
            ...     left = manager.delete("clock")
            active
        """
        self._refuse_closed()
        return self._watches.add(self._systemd.live_units(f"{self._prefix}*.service", states=states))
