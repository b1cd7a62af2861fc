"""Lists of results: lists like any other that show themselves as tables."""

from __future__ import annotations

import pm2go

from ._table import html_table, text_table
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


class JobList(Rows["pm2go.JobInfo"]):
    """A list of `JobInfo`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("id", "unit", "type", "state")


def unit_list(rows: Iterable[pm2go.UnitInfo]) -> UnitList:
    """Make the list of units of the core's rows."""
    return UnitList(rows)


def job_list(jobs: Iterable[pm2go.JobInfo]) -> JobList:
    """Make the list of jobs, by their numbers."""
    return JobList(sorted(jobs, key=lambda job: job.id))
