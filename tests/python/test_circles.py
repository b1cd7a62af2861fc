"""The core's files name each other in no circle: each can be read with what stands below it alone."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

from .test_floors import without_tests

SOURCE = Path(__file__).parents[2] / "src"
Module = tuple[str, ...]


def module_of(path: Path) -> Module:
    """The path of a file's module in the crate."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return parts[:-1] if parts[-1] in {"mod", "lib"} else parts


def is_source(path: Path) -> bool:
    inside = path.relative_to(SOURCE).parts
    return "tests" not in inside and path.stem not in {"tests", "lib", "fake_peer", "oracle", "fuzz"}


FILES = {module_of(path): path for path in sorted(SOURCE.rglob("*.rs")) if is_source(path)}


def expand(tree: str) -> Iterator[Module]:
    """The paths of a `use`, with its braces resolved."""
    tree = tree.strip()
    found = re.fullmatch(r"((?:\w+::)*)\{(.*)\}", tree, re.DOTALL)
    if not found:
        yield tuple(part for part in re.sub(r"\s+as\s+\w+$", "", tree).split("::") if part)
        return
    depth, begin, group = 0, 0, found[2] + ","
    for place, character in enumerate(group):
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            if group[begin:place].strip():
                for rest in expand(group[begin:place]):
                    yield (*expand_head(found[1]), *rest)
            begin = place + 1


def expand_head(head: str) -> Module:
    return tuple(part for part in head.split("::") if part)


def absolute(path: Module, module: Module) -> Module:
    """The path from the crate's root; none of what is another crate's."""
    if path and path[0] == "crate":
        return path[1:]
    if path and path[0] in {"super", "self"}:
        here = module
        while path and path[0] in {"super", "self"}:
            here = here[:-1] if path[0] == "super" else here
            path = path[1:]
        return (*here, *path)
    return (*module, *path) if path and (*module, path[0]) in FILES else ()


def uses(module: Module) -> Iterator[Module]:
    """All paths of the crate that a file names."""
    code = without_tests(FILES[module].read_text())
    for tree in re.findall(r"\buse ([^;]+);", code):
        yield from (absolute(path, module) for path in expand(tree))
    rest = re.sub(r"\buse [^;]+;", "", code)
    for found in re.findall(r"\b(?:crate|super)(?:::\w+)+", rest):
        yield absolute(tuple(found.split("::")), module)


@cache
def handed_on(module: Module) -> dict[str, Module]:
    """Names that a module has from those below it, and where it has them from."""
    code = without_tests(FILES[module].read_text()) if module in FILES else ""
    found = {}
    for tree in re.findall(r"\buse ([^;]+);", code):
        for path in expand(tree):
            target = absolute(path, module)
            if target[: len(module)] == module and len(target) > len(module) + 1:
                found[target[-1]] = target
    return found


def file_of(path: Module, seen: int = 0) -> Module | None:
    """The file that has what this path names."""
    for length in range(len(path), 0, -1):
        module = path[:length]
        if module in FILES:
            rest = path[length:]
            if rest and rest[0] in handed_on(module) and seen < len(FILES):
                return file_of((*handed_on(module)[rest[0]], *rest[1:]), seen + 1)
            return module
    return None


def graph() -> dict[Module, set[Module]]:
    """Which file names which. That a folder's own file names those in the folder says nothing."""
    found: dict[Module, set[Module]] = {}
    for module in FILES:
        targets = {file_of(path) for path in uses(module) if path}
        found[module] = {
            target
            for target in targets
            if target
            and target != module
            and module[: len(target)] != target
            and target[: len(module)] != module
        }
    return found


def circles(arrows: dict[Module, set[Module]]) -> list[list[str]]:
    """The groups of files that reach each other."""
    reached: dict[Module, set[Module]] = {}
    for start in arrows:
        found: set[Module] = set()
        rest = [start]
        while rest:
            new = arrows[rest.pop()] - found
            found |= new
            rest += new
        reached[start] = found
    groups = {
        frozenset(other for other in arrows if other in reached[one] and one in reached[other])
        for one in arrows
    }
    return sorted(sorted("::".join(module) for module in group) for group in groups if len(group) > 1)


def test_no_files_name_each_other_in_a_circle() -> None:
    assert circles(graph()) == []


def test_a_circle_is_found() -> None:
    one, two, three = ("a",), ("b",), ("c",)
    assert circles({one: {two}, two: {three}, three: {two}}) == [["b", "c"]]
    assert list(expand("crate::{error::{Error, Kind}, near::nearest}")) == [
        ("crate", "error", "Error"),
        ("crate", "error", "Kind"),
        ("crate", "near", "nearest"),
    ]
    assert file_of(("error", "Hint")) == ("error", "hint")
