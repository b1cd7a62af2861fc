"""Each verb of a row has its method in Python, and each method its row, or stands in a short list."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pm2go
from pm2go._core import verbs

PACKAGE = Path(pm2go.__file__).parent
ROWS, BY_HAND = verbs()
#: What asks nothing, or many things, or watches.
WITHOUT_A_METHOD = {
    "close",
    "connect",
    "enqueue_job",
    "get_unit_properties",
    "get_unit_property",
    "get_unit_status",
    "wait_for_unit",
    "watch_unit_properties",
    "watch_units",
}


def calls(node: ast.AST) -> set[str]:
    """The rows that are called in a piece of code."""
    found = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Request.call":
            name = call.args[0]
            assert isinstance(name, ast.Constant)
            found.add(str(name.value))
    return found


def methods() -> dict[str, set[str]]:
    """The methods of the package's own modules, with the rows that each calls."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.glob("*.py")]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {node.name: called for node in functions if (called := calls(node))}


def test_every_row_has_its_method_and_every_method_its_row() -> None:
    called = set().union(*methods().values())
    assert called == {name for name, *_ in ROWS}
    # A method is called as its row; one that chooses among several as one of them.
    assert {name: rows for name, rows in methods().items() if name not in rows} == {}


def test_every_public_method_is_accounted_for() -> None:
    public = {name for name, _ in inspect.getmembers(pm2go.Systemd, callable) if not name.startswith("_")}
    assert public == {*methods(), *(verb for _, verb, _ in BY_HAND), *WITHOUT_A_METHOD}
