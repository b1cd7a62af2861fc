"""What lists and looks at units tell; that they are values is told with all the others (test_models.py)."""

from __future__ import annotations

from typing import Any

import pytest

import pm2go
from pm2go import unit_models

RECORDS: list[Any] = [
    pm2go.UnitFileInfo("a.service", "/etc/a.service", "enabled", "disabled"),
    unit_models.timer(("a.timer", 1_700_000_000_000_000, 5_000_000, None, ["a.service"], "active")),
    unit_models.socket(("a.socket", "/run/a", "Stream", ["a.service"], 1, None, 2, "active")),
    unit_models.path(("a.path", "/a", "PathExists", ["a.service"], "active")),
    unit_models.automount(("a.automount", "/a", None, False, 90_000_000, None, "active")),
    pm2go.UnitProcess("/a.service", 7, "/bin/a\x1b[31m"),
    unit_models.stored_descriptor(("a", 0o100600, 0, 1, 7, 0, 0, "/memfd:a", 2)),
    pm2go.CurrentUnit("a.service", "system"),
    unit_models.unit_dependency(("a", "active", [], False, [("b", None, ["Wants"], True, [])])),
    unit_models.unit_sources(("a.service", False, [("/a", "[Unit]\n")])),
    pm2go.UnitSource("/a", "[Unit]\n"),
    pm2go.UnitSetting("Service", "Environment", "TOKEN=hunter2", "/a", 3),
]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (pm2go.UnitProcess("/a", 7, "a\x1bb"), "<UnitProcess 7 a\N{REPLACEMENT CHARACTER}b>"),
        (
            unit_models.timer(("a.timer", 1_700_000_000_000_000, 0, None, [], "active")),
            "<TimerInfo a.timer next=2023-11-14 22:13:20+00:00>",
        ),
        (
            pm2go.UnitSetting("Service", "Environment", "TOKEN=hunter2", "/a", 3),
            "<UnitSetting [Service] Environment= /a:3>",
        ),
    ],
)
def test_reprs(record: Any, text: str) -> None:
    assert repr(record) == text


def test_a_tree_of_dependencies_draws_itself() -> None:
    below: list[Any] = [("c", "active", ["Wants"], False, []), ("a", "active", ["After"], True, [])]
    tree = unit_models.unit_dependency(("a", "active", [], False, [("b", None, ["Wants"], False, below)]))
    assert str(tree) == "a\n└─b\n  ├─c\n  └─a ..."
    assert [unit.name for unit in tree.walk()] == ["a", "b", "c", "a"]
    assert tree.to_dict()["dependencies"][0]["dependencies"][1]["repeated"] is True


def test_times_of_lists_are_seconds_in_json() -> None:
    timer = unit_models.timer(("a.timer", None, 5_500_000, 2**64 - 1, [], "active"))
    assert (timer.to_dict()["left"], timer.last_trigger) == (5.5, None)
    automount = unit_models.automount(("a.automount", "/a", None, False, 90_000_000, None, "active"))
    assert automount.to_dict()["idle_timeout"] == 90
    shown = pm2go.TimerList([timer])
    assert "5s" in str(shown)
    assert "a.timer" in shown._repr_html_()
