"""The page of what is covered says of everything where it is, or why not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import pm2go

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from generate import coverage, coverage_reasons  # noqa: E402
from generate.properties import rows_of  # noqa: E402

PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_method_of_the_manager_is_there() -> None:
    names = {row[0].strip("` ") for row in rows("Methods of the manager")}
    for file in (ROOT / "introspection").glob("[0-9]*.tsv"):
        members = rows_of(file)
        of_manager = {
            row["name"] for row in members if (row["interface"], row["kind"]) == ("Manager", "method")
        }
        assert of_manager <= names
    newest = rows_of(ROOT / "introspection" / "262.tsv")
    assert sum((row["interface"], row["kind"]) == ("Manager", "method") for row in newest) == 90


def test_what_is_named_is_there() -> None:
    covered = coverage.covered_methods()
    for names, _, _ in covered.values():
        for name in names.replace("`", "").split(", "):
            assert hasattr(pm2go.Systemd, name), name


@pytest.mark.parametrize(
    "heading", ["Methods of the manager", "Signals", "Methods of units and jobs", "go-systemd"]
)
def test_no_row_is_empty(heading: str) -> None:
    found = rows(heading)
    assert len(found) > 8
    assert [row for row in found if not row[2 if heading != "go-systemd" else 1]] == []


def test_reasons_are_of_what_there_is() -> None:
    names = {row[0].strip("` ") for row in rows("Methods of the manager")}
    told = {*coverage_reasons.WITHOUT, *coverage_reasons.BY_ANOTHER, *coverage_reasons.OVER_SYSTEMCTL}
    assert told - {"StartAuxiliaryScope"} <= names
    named = {row[0].strip("` ").removesuffix("Context") for row in rows("go-systemd")}
    packages = {name.split(".")[0] for name in named}
    assert {key.removesuffix("Context") for key in coverage_reasons.GO_SYSTEMD} <= named | packages | {
        "dbus.NewWith"
    }
