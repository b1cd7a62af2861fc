"""The suite in parts: each in a box of its own, as most tests wait most of the time.

Parts that run at the same time share a folder (`--share`): whoever is done with a file takes the next that nobody has, so
that all end together. Without one (`--part`) each part is the same at any time, and about as large as the others.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

Test = TypeVar("Test")


def add_option(parser: pytest.Parser) -> None:
    parser.addoption("--part", default="1/1", metavar="K/N", help="run only part K of N: whole files")
    parser.addoption("--share", type=Path, metavar="DIR", help="run the files that nobody has taken there")


def leave_part(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what belongs to the other parts."""
    part, parts = map(int, config.getoption("--part").split("/"))
    files = deal(Counter(str(item.path) for item in items), parts)[part - 1]
    config.hook.pytest_deselected(items=[item for item in items if str(item.path) not in files])
    items[:] = [item for item in items if str(item.path) in files]


def deal(sizes: Counter[str], parts: int) -> list[set[str]]:
    """The largest first, each to whoever has least: everybody comes to the same result."""
    hands: list[set[str]] = [set() for _ in range(parts)]
    for name in largest_first(sizes):
        min(hands, key=lambda hand: sum(sizes[name] for name in hand)).add(name)
    return hands


def largest_first(sizes: Counter[str]) -> list[str]:
    return sorted(sizes, key=lambda name: (-sizes[name], name))


def run_share(session: pytest.Session) -> bool | None:
    """Run what nobody else has taken; nothing is said of the rest."""
    folder = session.config.getoption("--share")
    if folder is None or session.testsfailed or session.config.option.collectonly:
        return None
    files: dict[str, list[pytest.Item]] = {}
    for item in session.items:
        files.setdefault(str(item.path), []).append(item)
    for item, following in in_pairs(chain.from_iterable(taken(files, folder))):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
    return True


def taken(files: dict[str, list[Test]], folder: Path) -> Iterator[list[Test]]:
    """The tests of each file that is ours, which is known only when its turn comes."""
    for name in largest_first(Counter({name: len(tests) for name, tests in files.items()})):
        try:
            (folder / name.replace("/", "+")).touch(exist_ok=False)
        except FileExistsError:
            continue
        yield files[name]


def in_pairs(tests: Iterable[Test]) -> Iterator[tuple[Test, Test | None]]:
    """Each with the one that follows."""
    before: list[Test] = []
    for test in tests:
        if before:
            yield before[0], test
        before = [test]
    if before:
        yield before[0], None
