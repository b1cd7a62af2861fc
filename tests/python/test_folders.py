"""The tests lie in folders that say what they are about, in files that one can read; whoever names one is right."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
MOST_LINES = 400
#: Where everything is written by hand, but for the generated ones.
WRITTEN = ("src", "python", "tests", "generate", "benches", "fuzz", "examples")
GENERATED = ROOT / "src/unit/properties/table.rs"
#: Who names files of the tests to people.
NAMING = (
    "*.md",
    "pyproject.toml",
    ".ci/run",
    "scripts/*",
    "src/**/*.rs",
    "tests/*.py",
    "tests/*/*.md",
    "tests/live/**/*.py",
)


def folders() -> list[Path]:
    """The folders of the live tests, with those that lie in them."""
    return sorted({path.parent for path in (TESTS / "live").glob("*/**/*.py")})


def named(text: str) -> list[str]:
    """The files and folders of tests/ that a text names."""
    return re.findall(r"(?<![\w/.])tests/[\w./-]*\w", text)


def test_no_test_lies_outside_a_folder() -> None:
    assert [path.name for folder in (TESTS, TESTS / "live") for path in folder.glob("test_*.py")] == []


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.relative_to(TESTS).as_posix())
def test_each_folder_says_what_it_is_about(folder: Path) -> None:
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))


def test_no_file_is_too_long_to_be_read() -> None:
    files = [path for folder in WRITTEN for path in (ROOT / folder).rglob("*.[pr][ys]")]
    lines = {path: path.read_text().count("\n") for path in files if path != GENERATED}
    assert [str(path) for path, count in lines.items() if count > MOST_LINES] == []


def test_what_is_named_is_there() -> None:
    texts = {path: path.read_text() for pattern in NAMING for path in ROOT.glob(pattern) if path.is_file()}
    found = [
        (path.relative_to(ROOT).as_posix(), name) for path, text in texts.items() for name in named(text)
    ]
    assert {name for _, name in found} >= {"tests/box/run", "tests/live/table.py"}
    assert [(path, name) for path, name in found if not (ROOT / name).exists()] == []


def test_how_names_are_read() -> None:
    text = "`tests/live/table.py`: see tests/box. pytest tests/live/process/test_exit.py::test_exit of ../tests/data"
    assert named(text) == ["tests/live/table.py", "tests/box", "tests/live/process/test_exit.py"]
