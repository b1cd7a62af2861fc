# Written by scripts/generate from ../_figures.py: change that, and run it again.
"""What units use."""

from __future__ import annotations

import pm2go
from pm2go._core import read_figures
from pm2go._results import figure_list
from pm2go._typing import typing

from ._triggers import AsyncTriggers


class AsyncFigureVerbs(AsyncTriggers):
    """A client of one manager, with the verb that tells what units use."""

    async def figures(
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
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     figures = await systemd.figures("init.scope")
            >>> figures[0].name, figures[0].cpu_time > 0
            ('init.scope', True)
        """
        return figure_list(await self._run(read_figures([*units], details), timeout))
