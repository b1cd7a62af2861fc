"""Each verb of a row has its method in Python, and each method its row, or stands in a short list."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import pm2go
from pm2go._core import verbs

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(pm2go.__file__).parent
ROWS, BY_HAND = verbs()
#: What asks nothing, or many things, or watches.
WITHOUT_A_METHOD = {
    "blame",
    "cat_unit",
    "check_unit",
    "close",
    "connect",
    "critical_chain",
    "current_unit",
    "edit_unit",
    "figures",
    "enqueue_job",
    "get_environment",
    "get_log_level",
    "get_log_target",
    "get_manager_properties",
    "get_manager_property",
    "get_manager_status",
    "get_unit_configuration",
    "get_unit_dependencies",
    "get_unit_properties",
    "get_unit_property",
    "get_unit_status",
    "get_units_properties",
    "list_automounts",
    "list_drop_ins",
    "list_paths",
    "list_sockets",
    "list_timers",
    "live_units",
    "metrics",
    "plan_job",
    "read_drop_in",
    "remove_drop_in",
    "restart_units",
    "attach",
    "run",
    "sample",
    "spawn",
    "set_log_level",
    "set_log_target",
    "set_manager_property",
    "start_scope",
    "start_transient_path",
    "start_transient_socket",
    "start_transient_timer",
    "start_units",
    "stop_units",
    "wait_for_unit",
    "watch_unit_properties",
    "watch_units",
    "write_drop_in",
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


def bodies() -> Iterator[tuple[str, list[str]]]:
    """Each method that is written by hand, without its signature and its docstring."""
    for path in sorted(PACKAGE.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        classes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef))
        for found in classes:
            for method in found.body:
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    code = method.body[1 if ast.get_docstring(method) else 0 :]
                    rows = [row.strip() for part in code for row in lines[part.lineno - 1 : part.end_lineno]]
                    yield f"{found.name}.{method.name}", rows


def test_no_two_verbs_share_six_lines() -> None:
    places: dict[tuple[str, ...], set[str]] = {}
    for name, rows in bodies():
        for first in range(len(rows) - 5):
            places.setdefault(tuple(rows[first : first + 6]), set()).add(name)
    assert len(places) > 50
    assert [names for names in places.values() if len(names) > 1] == []
