"""How long units took to start, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Optional

from .models import Record
from .rows import Rows


@dataclass(frozen=True, repr=False)
class StartTime(Record):
    """How long a unit took when it was started last.

    Attributes:
        unit: The unit's name.
        time: How long it took to be up, or to do what it does.
        begun: When that began, counted from the manager's own beginning; `None` where it was before that.
        up: When the unit was up, counted in the same way; `None` where it never was.
        depth: How many units down a critical chain it is.
    """

    unit: str
    time: timedelta
    begun: Optional[timedelta] = None
    up: Optional[timedelta] = None
    depth: int = 0

    def __repr__(self) -> str:
        return f"<StartTime {self.unit} {self.time.total_seconds():.3f}s>"


class StartTimes(Rows[StartTime]):
    """A list of `StartTime`; ``print`` shows it as a table, and ``pandas.DataFrame`` takes it as it is."""

    _headers = ("unit", "time", "begun", "up")

    def _cells(self, row: StartTime) -> tuple[object, ...]:
        return ("  " * row.depth + row.unit, row.time, row.begun, row.up)


def of_row(unit: str, time: int, begun: Optional[int], up: Optional[int], depth: int) -> StartTime:
    """Make one of times in microseconds."""

    def span(microseconds: Optional[int]) -> Optional[timedelta]:
        return None if microseconds is None else timedelta(microseconds=microseconds)

    return StartTime(unit, timedelta(microseconds=time), span(begun), span(up), depth)
