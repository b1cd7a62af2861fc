"""The suite in parts that take about as long: each in a box of its own, as most tests wait most of the time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def add_option(parser: pytest.Parser) -> None:
    parser.addoption("--part", default="1/1", metavar="K/N", help="run only part K of N: whole files")


def leave_part(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what belongs to the other parts."""
    part, parts = map(int, config.getoption("--part").split("/"))
    files = deal(Counter(str(item.path) for item in items), parts)[part - 1]
    config.hook.pytest_deselected(items=[item for item in items if str(item.path) not in files])
    items[:] = [item for item in items if str(item.path) in files]


def deal(sizes: Counter[str], parts: int) -> list[set[str]]:
    """The largest first, each to whoever has least: everybody comes to the same result."""
    hands: list[set[str]] = [set() for _ in range(parts)]
    for name, _ in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        min(hands, key=lambda hand: sum(sizes[name] for name in hand)).add(name)
    return hands
