"""What units use."""

from __future__ import annotations

import pm2go

from ._core import read_figures
from ._results import figure_list
from ._triggers import Triggers
from ._typing import typing


class FigureVerbs(Triggers):
    """A client of one manager, with the verb that tells what units use."""

    def figures(
        self, *units: str, details: bool = False, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.FigureList:
        """Tell what units use now: processor time, memory, tasks, input and output, pressure.

        On this machine the figures come from the files of the control groups (version 2, version 1 or both), and systemd is
        asked for restarts and the network alone; from other hosts and containers all are systemd's own, and fewer.

        Args:
            *units: Names, or shell patterns of names, such as `"pm2-*"`; without any, all units that have processes, and
                the slices that they are in. A name without a type suffix is that of a service.
            details: Whether to tell also what takes longer to find out: open file descriptors, threads, and the network.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            A row for each unit that has a control group; a unit that does not run has none.

        Raises:
            UnitNotFoundError: There is no unit of one of the names.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     figures = systemd.figures("init.scope")
            >>> figures[0].name, figures[0].cpu_time > 0
            ('init.scope', True)
        """
        return figure_list(self._run(read_figures([*units], details), timeout))
