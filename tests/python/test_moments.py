"""Moments go in and come out as datetimes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

import pm2go

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 30, 12, tzinfo=timezone(timedelta(hours=2)))
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]


@given(some.integers(0, 253_402_128_000_000_000), some.sampled_from(ZONES))
def test_what_is_written_is_read(microseconds: int, zone: str) -> None:
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds)
    written = pm2go.format_timestamp(moment, time_zone=zone, microseconds=True)
    assert pm2go.parse_timestamp(written, time_zone=zone) == moment


def test_a_moment_is_counted_from_now_in_the_zone_of_the_caller() -> None:
    assert pm2go.parse_timestamp("+90min", now=NOW) == NOW + timedelta(hours=1.5)
    found = pm2go.parse_timestamp("today", now=NOW, time_zone="Asia/Kolkata")
    assert found.isoformat() == "2026-11-29T18:30:00+00:00"
    before = datetime.now(timezone.utc)
    assert before <= pm2go.parse_timestamp("now") <= datetime.now(timezone.utc)


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("now", lambda wrong: pm2go.parse_timestamp("now", now=wrong)),
        ("time", pm2go.format_timestamp),
        ("after", lambda wrong: pm2go.next_elapses("daily", after=wrong)),
    ],
    ids=["now", "time", "after"],
)
@pytest.mark.parametrize(
    "wrong",
    [
        datetime(1969, 12, 31, tzinfo=timezone.utc),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=2))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-2))),
        "now",
        0,
    ],
    ids=repr,
)
def test_what_is_no_moment_is_told(argument: str, call: Callable[[Any], object], wrong: Any) -> None:
    with pytest.raises(pm2go.ConfigError, match=f"^{argument} is ") as caught:
        call(wrong)
    assert caught.value.hint


@pytest.mark.parametrize(
    "call",
    [
        lambda: pm2go.parse_timestamp("now", time_zone="Mars"),
        lambda: pm2go.format_timestamp(time_zone="Mars"),
    ],
)
def test_an_unknown_zone_is_told(call: Callable[[], object]) -> None:
    with pytest.raises(pm2go.ConfigError, match='no time zone "Mars"') as caught:
        call()
    assert caught.value.hint
