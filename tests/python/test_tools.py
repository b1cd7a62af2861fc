"""Tools that read pm2go without running it see what is there at run time, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import pm2go

from . import tools
from .tools import CLASSES, MODULES, Seen, is_public

if TYPE_CHECKING:
    from pathlib import Path


def is_ours(base: type) -> bool:
    return base.__module__.partition(".")[0] == "pm2go"


def members(value: type) -> set[str]:
    """The public members that classes of pm2go give a class, and the fields of its objects."""
    ours = [vars(base) for base in value.__mro__ if is_ours(base)]
    return {name for base in ours for name in (*base, *base.get("__annotations__", ())) if is_public(name)}


def inherited(value: type) -> set[str]:
    """What a class has from elsewhere, such as the methods of a list, and of all classes."""
    # jedi knows OSError as it is on Windows, too, and pylint texts as they were in Python 2.
    return {
        "winerror",
        *({"decode"} if issubclass(value, str) else ()),
        *dir(type),
        *(name for base in value.__mro__ if not is_ours(base) for name in dir(base)),
    }


def differences(seen: Seen) -> dict[str, list[str]]:
    """The members that a tool does not see, and those that are not there."""
    found = {}
    for name, value in CLASSES.items():
        expected, public = members(value), set(filter(is_public, seen[name]))
        found[f"{name}: not seen"] = sorted(expected - public)
        found[f"{name}: not there"] = sorted(public - expected - inherited(value))
    return {what: names for what, names in found.items() if names}


@pytest.fixture(scope="module")
def symbols() -> list[dict[str, Any]]:
    return tools.symbols_of_pyright()


def test_mypy_sees_all_names() -> None:
    seen = tools.seen_by_mypy()
    assert seen["pm2go"] == set(pm2go.__all__)
    assert differences(seen) == {}


def test_pyright_sees_all_names(symbols: list[dict[str, Any]]) -> None:
    seen = tools.seen_by_pyright(symbols)
    # It does not list names with underscores, nor modules.
    assert seen["pm2go"] - {"TYPE_CHECKING"} == set(filter(is_public, pm2go.__all__)) - MODULES
    assert differences(seen) == {}


def test_pyright_knows_all_types(symbols: list[dict[str, Any]]) -> None:
    assert len(symbols) > 500
    assert [symbol["name"] for symbol in symbols if not symbol["isTypeKnown"]] == []


def test_jedi_offers_all_names(tmp_path: Path) -> None:
    seen = tools.seen_by_jedi(tmp_path)
    assert set(pm2go.__all__) - MODULES <= seen["pm2go"] <= set(dir(pm2go))
    assert differences(seen) == {}


def test_pylint_sees_all_names() -> None:
    seen = tools.seen_by_pylint()
    assert seen["pm2go"] == set(pm2go.__all__)
    assert differences(seen) == {}
