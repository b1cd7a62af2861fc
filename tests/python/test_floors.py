"""The core's modules stand on floors, which src/lib.rs names: each uses only what stands below it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[2] / "src"
#: What only tests use may lie beside.
NOT_A_FLOOR = {"cannot_run"}


def floors() -> list[str]:
    """The modules in the order of the list in src/lib.rs."""
    lines = re.findall(r"^//! - .*$", (SOURCE / "lib.rs").read_text(), re.MULTILINE)
    return [name for line in lines for name in re.findall(r"`(?:mod@)?(\w+)`", line) if name != "systemctl"]


def without_tests(text: str) -> str:
    """The text without comments and without the tests at its end."""
    code = text.split("#[cfg(test)]\nmod tests {", maxsplit=1)[0]
    return re.sub(r"//.*", "", code)


def used(code: str) -> Iterator[str]:
    """The core's modules that this code names, by `crate::` as everywhere in it."""
    for found in re.findall(r"\bcrate::(\w+|\{)((?:[^;{}]|\{[^;]*?\})*\};)?", code):
        name, group = found
        if name == "{":
            depth_one = re.sub(r"\{[^{}]*\}", "", group)
            yield from re.findall(r"(?:^|,)\s*(\w+)", depth_one)
        else:
            yield name


def uses() -> dict[str, set[str]]:
    """What the files of each module name of the others."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.rs"):
        inside = path.relative_to(SOURCE)
        if inside.parts[-1] == "lib.rs" or "tests" in inside.parts or inside.stem == "tests":
            continue
        module = inside.parts[0].removesuffix(".rs")
        others = set(used(without_tests(path.read_text()))) - {module}
        found.setdefault(module, set()).update(others)
    return found


def test_every_module_has_its_floor() -> None:
    modules = re.findall(r"^(?:pub )?mod (\w+);$", (SOURCE / "lib.rs").read_text(), re.MULTILINE)
    assert sorted(floors()) == sorted(set(modules) - NOT_A_FLOOR)


def test_each_uses_only_what_stands_below_it() -> None:
    order = floors()
    upwards = [
        f"{module} uses {other}"
        for module, others in uses().items()
        if module in order
        for other in others
        if other in order and order.index(other) > order.index(module)
    ]
    assert upwards == []


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("use crate::error::{Error, Kind};", ["error"]),
        ("use crate::{journal, near::{self, nearest}};", ["journal", "near"]),
        ("let text = crate::backend::status::text();", ["backend"]),
        ("use super::words;", []),
    ],
)
def test_how_imports_are_read(code: str, modules: list[str]) -> None:
    assert sorted(used(code)) == modules
