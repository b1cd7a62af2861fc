"""Times as systemd writes them: calendar expressions, time spans and timestamps (systemd.time(7))."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Optional, Union

from . import _core
from ._types import Seconds, Self
from .exceptions import ConfigError

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


class CalendarExpression(str):
    """When something is to happen again and again, as `OnCalendar=` of a timer has it: systemd.time(7).

    It is a text like any other: the expression's normal form, letter by letter as `systemd-analyze calendar` tells it. Two
    that mean the same in other words are equal.

    Args:
        expression: The expression, such as `"Mon..Fri 08:30"`, `"*-*~01 UTC"` or `"hourly"`.

    Raises:
        ConfigError: This is no calendar expression.

    Example:
        >>> import pm2go
        >>> pm2go.CalendarExpression("Mon 3:00 Europe/Berlin")
        'Mon *-*-* 03:00:00 Europe/Berlin'
    """

    __slots__ = ()

    def __new__(cls, expression: str) -> Self:
        """Check the expression."""
        return super().__new__(cls, _core.calendar(expression)[0])

    @property
    def time_zone(self) -> Optional[str]:
        """The time zone that the expression names; without one it is meant in the machine's."""
        return _core.calendar(self)[1]

    def next_elapses(
        self, n: int = 1, *, after: Optional[datetime] = None, time_zone: Optional[str] = None
    ) -> list[datetime]:
        """Return when it elapses next: see `pm2go.next_elapses`.

        Args:
            n: How many times are wanted.
            after: The moment after which; by default now. Without a time zone it is meant in the machine's.
            time_zone: The time zone in which the expression is meant, if it names none itself; by default the machine's.

        Returns:
            The times, aware and in UTC; fewer where it does not elapse as often up to the year 2199.

        Raises:
            ConfigError: There is no such time zone on this machine, or `after` is before 1970.

        Example:
            >>> import datetime, pm2go
            >>> after = datetime.datetime(2026, 11, 29, tzinfo=datetime.timezone.utc)
            >>> [str(time) for time in pm2go.CalendarExpression("*-02-29").next_elapses(2, after=after, time_zone="UTC")]
            ['2028-02-29 00:00:00+00:00', '2032-02-29 00:00:00+00:00']
        """
        return next_elapses(self, n, after=after, time_zone=time_zone)


def next_elapses(
    expression: str, n: int = 1, *, after: Optional[datetime] = None, time_zone: Optional[str] = None
) -> list[datetime]:
    """Return when a calendar expression elapses next, as a timer with it would. `systemd-analyze calendar`.

    A time that clocks skip when they are put forward is left out; of one that they show twice only the first counts.

    Args:
        expression: The expression, such as `"Mon..Fri 08:30"` or `"hourly"`.
        n: How many times are wanted.
        after: The moment after which; by default now. Without a time zone it is meant in the machine's.
        time_zone: The time zone in which the expression is meant, if it names none itself; by default the machine's.

    Returns:
        The times, aware and in UTC; fewer where it does not elapse as often up to the year 2199.

    Raises:
        ConfigError: This is no calendar expression, there is no such time zone on this machine, or `after` is before
            1970.

    Example:
        >>> import datetime, pm2go
        >>> after = datetime.datetime(2026, 3, 28, 12, tzinfo=datetime.timezone.utc)
        >>> for time in pm2go.next_elapses("Sat,Sun 02:30", 3, after=after, time_zone="Europe/Berlin"):
        ...     print(time)
        2026-04-04 00:30:00+00:00
        2026-04-05 00:30:00+00:00
        2026-04-11 00:30:00+00:00
    """
    found = _core.next_elapses(expression, n, _microseconds("after", after), time_zone)
    return [_EPOCH + timedelta(microseconds=time) for time in found]


def parse_timespan(text: str) -> Optional[timedelta]:
    """Return the time that a time span of systemd stands for. `systemd-analyze timespan`.

    Args:
        text: The time span, such as `"1min 30s"` or `"1.5h"`; a number without a unit is in seconds.

    Returns:
        The time, exact to the microsecond; `None` of `infinity`.

    Raises:
        ConfigError: This is no time span.

    Example:
        >>> import pm2go
        >>> pm2go.parse_timespan("1min 30s")
        datetime.timedelta(seconds=90)
    """
    microseconds = _core.parse_timespan(text)
    return None if microseconds is None else timedelta(microseconds=microseconds)


def format_timespan(time: Seconds) -> str:
    """Return a time as systemd writes it. `systemd-analyze timespan`.

    Args:
        time: Seconds, a timedelta, a text with units, or ``math.inf``. What is below a microsecond is cut off.

    Returns:
        The time span, in its largest units.

    Raises:
        ConfigError: The time is negative, or longer than systemd can count.

    Example:
        >>> import datetime, pm2go
        >>> pm2go.format_timespan(90.5), pm2go.format_timespan(datetime.timedelta(days=8))
        ('1min 30s 500ms', '1w 1d')
    """
    return _core.format_timespan(time)


def parse_timestamp(
    text: str, *, now: Optional[datetime] = None, time_zone: Optional[str] = None
) -> datetime:
    """Return the moment that a timestamp of systemd stands for. `systemd-analyze timestamp`.

    All forms are read, also where systemd is older than the form: ``"2026-11-30 08:30"``, ``"Mon 08:30:15.5 UTC"``,
    ``"2026-11-30 Europe/Berlin"``, ``"2026-11-30T08:30:00+02:00"``, ``"today"``, ``"+2h"``, ``"5min ago"``,
    ``"@1395716396"``. Of a time that clocks show twice the first is meant; of one that they skip, that at which they would
    show it if they were not put forward.

    Args:
        text: The timestamp.
        now: What ``"+2h"`` or ``"today"`` count from; by default now. Without a time zone it is meant in the machine's.
        time_zone: The time zone in which a time is meant that names none; by default the machine's.

    Returns:
        The moment, aware and in UTC.

    Raises:
        ConfigError: This is no timestamp, its moment is not between 1970 and 9999, or there is no such time zone on this
            machine.

    Example:
        >>> import datetime, pm2go
        >>> now = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.timezone.utc)
        >>> str(pm2go.parse_timestamp("tomorrow Europe/Berlin", now=now))
        '2026-11-30 23:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=_core.parse_timestamp(text, _microseconds("now", now), time_zone))


def format_timestamp(
    time: Optional[datetime] = None, *, time_zone: Optional[str] = None, microseconds: bool = False
) -> str:
    """Return a moment as systemd writes it. `systemd-analyze timestamp`.

    Args:
        time: The moment; by default now. Without a time zone it is meant in the machine's.
        time_zone: The time zone in which it is written; by default the machine's.
        microseconds: Whether they are written, too.

    Returns:
        The day of the week, the date, the time and the name of the time zone.

    Raises:
        ConfigError: The moment is not between 1970 and 9999, or there is no such time zone on this machine.

    Example:
        >>> import datetime, pm2go
        >>> time = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.timezone.utc)
        >>> pm2go.format_timestamp(time, time_zone="Europe/Berlin")
        'Wed 2026-07-01 14:00:00 CEST'
    """
    return _core.format_timestamp(_microseconds("time", time), time_zone, microseconds)


def moment_usec(name: str, given: Union[datetime, str, None]) -> Optional[int]:
    """Return the microseconds from the epoch to a moment, which may be a timestamp of systemd's."""
    if given is None:
        return None
    if isinstance(given, str):
        return _core.parse_timestamp(given, _microseconds("now", None), None)
    return _microseconds(name, given)


def _microseconds(name: str, time: Optional[datetime]) -> int:
    """Return the microseconds from the epoch to a time, or to now."""
    moment = datetime.now(timezone.utc) if time is None else time
    if not isinstance(moment, datetime):
        message = f"{name} is no datetime"
        raise ConfigError(
            message, hint="give a datetime.datetime, with a time zone where it is not the machine's"
        )
    try:
        found = (moment.astimezone(timezone.utc) - _EPOCH) // _MICROSECOND
    except (OverflowError, ValueError):  # the first and the last days of what a datetime can be
        found = -1
    if found < 0:
        message = f"{name} is not between 1970 and 9999"
        raise ConfigError(message, hint="systemd counts from 1970 on")
    return found
