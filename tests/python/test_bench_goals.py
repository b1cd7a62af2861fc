"""What scripts/bench makes of its numbers: each row has a title, and a goal says whether it is met."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

BENCHES = Path(__file__).parents[2] / "benches"
PM2GO = ("pm2go", "bus", "async")
ZBUS = ("zbus", "bus", "async")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a module of the bench, which is no package."""
    monkeypatch.syspath_prepend(str(BENCHES))
    return importlib.import_module


def told(**more: float) -> dict[str, float]:
    """What one reader says that had nothing to complain of."""
    usual = {
        "wall": 1.0,
        "processor": 0.1,
        "systemd": 0.1,
        "descriptors": 9,
        "gaps": 0,
        "events": 3000,
        "delay": 0,
    }
    return {**usual, **more}


def test_each_row_has_a_title(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report, watchers, design = bench("report"), bench("watchers"), bench("design")
    rows = [row for name in report.READING for row in watchers.rows_of(name, {PM2GO: [told(delay=1)]})]
    names = {row["row"] for row in rows} | {f"design-{name}" for name in design.OPERATIONS}
    assert {"signals", "watchers-same-descriptors", "delay", "design-no-such-unit"} <= names
    fairness, nobody = (
        bench("fairness"),
        SimpleNamespace(endpoint="bus", begin=lambda: None, end=lambda: [0.1]),
    )
    monkeypatch.setattr(fairness, "IDLE", 0)
    names |= {row["row"] for row in fairness.rows_of("nothing", None, nobody)}
    assert {"others-bus-nothing-99", "others-bus-nothing-longest"} <= names
    assert names - set(report.TITLES) == set()


def judged(bench: Any, same: dict[str, float], theirs: dict[str, float]) -> dict[str, bool]:
    """Which goals are met by a hundred watchers beside one, and beside those of a peer."""
    watchers, goals = bench("watchers"), bench("goals")
    rows = [
        *watchers.rows_of("watchers-one", {PM2GO: [told()]}),
        *watchers.rows_of("watchers-same", {PM2GO: [same], ZBUS: [theirs]}),
    ]
    found = goals.judge([*rows, *watchers.rows_of_events(rows)])
    return {goal["goal"].split(": ", 1)[1]: goal["met"] for goal in found}


def test_a_hundred_watchers_as_cheap_as_allowed_meet_all_goals(bench: Any) -> None:
    same = told(wall=1.5, events=300_000, descriptors=13, systemd=0.11)
    met = judged(bench, same, told(wall=1.6, events=300_000))
    assert len(met) == 5
    assert all(met.values()), met


@pytest.mark.parametrize(
    ("worse", "goal"),
    [
        ({"wall": 1.65}, "at most 2 us an event and watcher on top, async, bus"),
        ({"wall": 1.65}, "ahead of every peer per event delivered, async, bus"),
        ({"gaps": 1}, "no gap, async, bus"),
        ({"descriptors": 14}, "at most 4 descriptors more than one, async, bus"),
        ({"systemd": 0.2}, "systemd's time as with one, async, bus"),
    ],
)
def test_what_is_worse_is_not_met(bench: Any, worse: dict[str, float], goal: str) -> None:
    same = {**told(wall=1.5, events=300_000), **worse}
    met = judged(bench, same, told(wall=1.6, events=300_000))
    assert met[goal] is False


@pytest.mark.parametrize(
    ("row", "ours", "theirs", "met"),
    [
        ("others-bus-all1000-longest", 0.0049, 0.02, True),
        ("others-bus-all1000-longest", 0.0051, 0.02, False),
        ("figures1000", 0.5, 1.0, True),
        ("figures1000", 1.3, 1.0, True),
        ("figures1000", 1.4, 1.0, False),
    ],
)
def test_many_are_asked_quickly_and_nobody_waits_for_it(
    bench: Any, row: str, ours: float, theirs: float, *, met: bool
) -> None:
    report, goals = bench("report"), bench("goals")
    rows = [
        report.row(row, name, "bus", "sync", [seconds])
        for name, seconds in (("pm2go", ours), ("raw floor", theirs))
    ]
    assert [goal["met"] for goal in goals.judge(rows)] == [met]
