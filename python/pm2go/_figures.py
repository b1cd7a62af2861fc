"""What units use."""

from __future__ import annotations

import pm2go

from ._core import read_figures
from ._results import figure_list
from ._triggers import Triggers
from ._typing import Iterable, typing
from .watch import texts


class FigureVerbs(Triggers):
    """A client of one manager, with the verbs that tell what units use."""

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

    def metrics(
        self,
        *units: str,
        types: typing.Union[str, Iterable[str]] = (),
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> str:
        """Tell what units are and use in the words of OpenMetrics, which Prometheus and others gather.

        The names are those of systemd_exporter, such as ``systemd_unit_state``, ``systemd_unit_start_time_seconds`` and
        ``systemd_service_restart_total``, and besides ``systemd_unit_cpu_seconds_total``, ``systemd_unit_memory_bytes``,
        ``systemd_unit_io_read_bytes_total``, ``systemd_unit_pressure_waiting_seconds_total``,
        ``systemd_unit_oom_kills_total`` and their like. Each counter goes on where its unit is started anew, and systemd and
        the kernel begin at 0, as long as this client is kept: keep one for all requests.

        Args:
            *units: Names, or shell patterns of names, such as `"pm2-*"`; without any, all units that systemd has in memory,
                but for devices. A name without a type suffix is that of a service.
            types: Only units of these types, such as `"service"`.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The text, whose type is ``application/openmetrics-text; version=1.0.0; charset=utf-8``.

        Raises:
            ConfigError: A name cannot be that of a unit, or a type is wrong.
            UnitNotFoundError: There is no unit of one of the names.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     text = systemd.metrics("basic.target")
            >>> 'systemd_unit_state{name="basic.target",type="target",state="active"} 1' in text.splitlines()
            True
        """
        text: str = self._run(self._metrics.read([*units], texts(types)), timeout)
        return text
