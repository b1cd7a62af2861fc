"""Every example of the documentation is executed: those of docstrings, and those of the README."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import importlib
import inspect
import io
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.scope import ROOT
from live.fixtures.systemctl import systemctl
from live.fixtures.units import SLEEP, UnitFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

README = Path(__file__).parents[3] / "README.md"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages(pm2go.__path__, "pm2go."):
        if found.name != "pm2go.__main__":
            yield found.name


def examples() -> dict[str, doctest.DocTest]:
    """The docstrings with examples, each once however many modules import its owner."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = {}
    for name in modules():
        for test in finder.find(importlib.import_module(name), name):
            if test.examples:
                found[test.name] = test
    return found


EXAMPLES = examples()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def alone(request: pytest.FixtureRequest, source: str) -> bool:
    """Whether this is an example with a systemd of its own that had to be, and was, run in another process.

    A user's one needs a cgroup that is the user's, and that of a test is not.
    """
    if ROOT or "embedded(" not in source or "LIVE_DELEGATED" in os.environ:
        return False
    scope = ["systemd-run", "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes"]
    again = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", request.node.nodeid]
    done = subprocess.run(
        [*scope, *again],
        check=False,
        capture_output=True,
        text=True,
        cwd=request.config.rootpath,
        env={**os.environ, "LIVE_DELEGATED": "1"},
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    return True


@pytest.fixture(scope="module", autouse=True)
def default_target() -> Iterator[None]:
    """Some examples set another one."""
    files = UnitFiles()
    files.keep_default_target()
    yield
    files.remove_all()


@pytest.mark.parametrize("test", EXAMPLES.values(), ids=EXAMPLES)
def test_docstrings(test: doctest.DocTest, request: pytest.FixtureRequest) -> None:
    if alone(request, "".join(example.source for example in test.examples)):
        return
    output = io.StringIO()
    loop = asyncio.new_event_loop()
    try:
        results = doctest.DocTestRunner(optionflags=OPTIONS).run(with_await(test, loop), out=output.write)
    finally:
        loop.close()
    assert results.failed == 0, output.getvalue()
    assert results.attempted > 0


def with_await(test: doctest.DocTest, loop: asyncio.AbstractEventLoop) -> doctest.DocTest:
    """The same examples where `await` may stand at the top, as in a notebook or in ``python -m asyncio``."""
    examples = [
        doctest.Example(f"run_with_await({example.source!r})", example.want, example.exc_msg, example.lineno)
        if re.search(r"\bawait\b|^async with\b", example.source)
        else example
        for example in test.examples
    ]
    same = doctest.DocTest(examples, test.globs, test.name, test.filename, test.lineno, test.docstring)

    def run(source: str) -> None:
        code = compile(source, test.name, "single", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        done = eval(code, same.globs)
        if inspect.iscoroutine(done):
            loop.run_until_complete(done)

    same.globs["run_with_await"] = run
    return same


def test_there_are_examples() -> None:
    assert {"pm2go.systemd.Systemd", "pm2go.manager.Manager"} <= set(EXAMPLES)
    assert BLOCKS


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_readme(
    block: str,
    units: UnitFiles,
    public_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """They speak of nginx, cron and an api.py; here all of them only sleep."""
    if alone(request, block):
        return
    for name in ("nginx.service", "cron.service"):
        units.write(name, f"[Service]\nExecStart={SLEEP}\n")
    (public_path / "api.py").write_text("import time\ntime.sleep(300)\n")
    monkeypatch.chdir(public_path)
    names = {"pm2go": pm2go}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(block, str(README), "exec"), names)
    assert "pm2-api.service" not in systemctl("list-units", "--all", "--no-legend")
