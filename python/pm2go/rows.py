"""Lists of results: lists like any other that show themselves as tables."""

from __future__ import annotations

import pm2go

from ._table import html_table, span, text_table
from ._typing import Iterable, typing


class Rows(list["pm2go._types.RowT"]):  # noqa: SLF001 - loaded by whoever evaluates it
    """A list of results that shows itself as a table; everything else is as with any list."""

    _headers: typing.ClassVar[tuple[str, ...]] = ()

    def to_dicts(self) -> list[dict[str, typing.Any]]:
        """Return each row's `to_dict()`."""
        return [row.to_dict() for row in self]

    def _cells(self, row: pm2go._types.RowT) -> tuple[object, ...]:
        return tuple(getattr(row, header) for header in self._headers)

    def __str__(self) -> str:
        return text_table(self._headers, map(self._cells, self))

    def _repr_html_(self) -> str:
        return html_table(self._headers, map(self._cells, self))


class UnitList(Rows["pm2go.UnitInfo"]):
    """A list of `UnitInfo`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("name", "load_state", "active_state", "sub_state", "description")


class JobResults(Rows["pm2go.JobResult"]):
    """A list of `JobResult`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("unit", "operation", "result", "changed")

    @property
    def changed(self) -> bool:
        """Whether any unit is in another run than before, or was up and is down."""
        return any(result.changed for result in self)


class JobList(Rows["pm2go.JobInfo"]):
    """A list of `JobInfo`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("id", "unit", "type", "state")


class UnitFileList(Rows["pm2go.UnitFileInfo"]):
    """A list of `UnitFileInfo`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("name", "state", "preset", "path")


class TimerList(Rows["pm2go.TimerInfo"]):
    """A list of `TimerInfo`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("next_elapse", "left", "last_trigger", "name", "triggers")

    def _cells(self, row: pm2go.TimerInfo) -> tuple[object, ...]:
        shown = (row.next_elapse, row.last_trigger)
        following, last = (time and time.isoformat(" ", "seconds") for time in shown)
        return following, span(row.left), last, row.name, ", ".join(row.triggers)


class SocketList(Rows["pm2go.SocketInfo"]):
    """A list of `SocketInfo`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("listen", "type", "name", "accepted", "connections", "triggers")

    def _cells(self, row: pm2go.SocketInfo) -> tuple[object, ...]:
        return (*super()._cells(row)[:-1], ", ".join(row.triggers))


class PathList(Rows["pm2go.PathInfo"]):
    """A list of `PathInfo`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("path", "condition", "name", "triggers")

    def _cells(self, row: pm2go.PathInfo) -> tuple[object, ...]:
        return (*super()._cells(row)[:-1], ", ".join(row.triggers))


class AutomountList(Rows["pm2go.AutomountInfo"]):
    """A list of `AutomountInfo`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("what", "where", "mounted", "idle_timeout", "name")


class ProcessList(Rows["pm2go.UnitProcess"]):
    """A list of `UnitProcess`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("pid", "command_line", "control_group")


class DescriptorList(Rows["pm2go.StoredDescriptor"]):
    """A list of `StoredDescriptor`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("name", "path", "mode", "flags")


class SettingList(Rows["pm2go.UnitSetting"]):
    """A list of `UnitSetting`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("section", "name", "value", "path", "line")


def unit_list(rows: Iterable[pm2go.UnitInfo]) -> UnitList:
    """Make the list of units of the core's rows."""
    return UnitList(rows)


def job_list(jobs: Iterable[pm2go.JobInfo]) -> JobList:
    """Make the list of jobs, by their numbers."""
    return JobList(sorted(jobs, key=lambda job: job.id))
