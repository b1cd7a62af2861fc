"""The awaited face of pm2go, written from the blocking one.

The same text with `async` and `await` where they belong, the twins' names, and examples that run where `await` may
stand at the top: in a notebook, or in ``python -m asyncio``.
"""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

from .edits import Edits

PACKAGE = Path(__file__).parents[1] / "python" / "pm2go"
#: The modules that are written, each from the one of the same name in the package itself.
MODULES = (
    "_unit_jobs",
    "_restarts",
    "_unit_control",
    "_unit_files",
    "_boot_files",
    "_unit_edit",
    "_unit_texts",
    "_manager_verbs",
    "_manager_control",
    "_power",
    "_unit_lists",
    "_unit_details",
    "_many_jobs",
    "_transient",
    "_triggers",
    "_figures",
    "_units",
    "_runs",
    "_spawns",
    "_run_verbs",
    "_app_verbs",
    "_app_logs",
    "_app_figures",
    "_app_tables",
    "_job_verbs",
    "_journal_files",
)
#: Those of them that have functions and no methods, with the public module that they are in and its twin.
FUNCTIONS = {"_journal_files": ("journal", "aio_journal")}
TWIN_MODULES = dict(FUNCTIONS.values())
#: All that waits, methods and functions: what these give has to be awaited.
WAITS = {"_run", "_begin", "_wait", "answer_of"}
#: The classes, and the modules that their twins are in.
TWINS = {
    "Systemd": "AsyncSystemd",
    "Manager": "AsyncManager",
    "Job": "AsyncJob",
    "Run": "AsyncRun",
    "LiveUnits": "AsyncLiveUnits",
    "UnitEdit": "AsyncUnitEdit",
    "UnitTexts": "AsyncUnitTexts",
    **{
        name: f"Async{name}"
        for name in (
            "UnitJobs",
            "Restarts",
            "UnitControl",
            "UnitFiles",
            "BootFiles",
            "ManagerVerbs",
            "ManagerControl",
            "Power",
            "UnitLists",
            "UnitDetails",
            "ManyJobs",
            "TransientUnits",
            "Triggers",
            "FigureVerbs",
            "Units",
            "Runs",
            "Spawns",
            "RunVerbs",
        )
    },
    **{name: f"Async{name}" for name in ("AppVerbs", "AppLogs", "AppFigures", "AppTables", "JobVerbs")},
}
HOMES = {
    "systemd": "pm2go.aio",
    "job": "pm2go.aio_job",
    "run": "pm2go.aio_run",
    "live": "pm2go.aio_live",
    "_journal_answer": "pm2go._aio_journal_answer",
    **{name: f".{name}" for name in MODULES},
}
HEADER = "# Written by scripts/generate from ../{name}.py: change that, and run it again.\n"


def write_all() -> dict[Path, str]:
    """The text of each file."""
    sources = {name: (PACKAGE / f"{name}.py").read_text(encoding="utf-8") for name in MODULES}
    own = {name: waiting_verbs(ast.parse(source)) for name, source in sources.items()}
    methods = {verb for name, verbs in own.items() if name not in FUNCTIONS for verb in verbs}
    return {
        PACKAGE / "_async" / f"{name}.py": HEADER.format(name=name) + awaited(source, methods | own[name])
        for name, source in sources.items()
    }


def waiting_verbs(tree: ast.AST) -> set[str]:
    """The names of the functions in which something waits."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {node.name for node in functions if node.name in WAITS or any(map(waits, ast.walk(node)))}


def waits(node: ast.AST) -> bool:
    """Whether the node is a call that waits."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in WAITS


def awaited(source: str, verbs: set[str]) -> str:
    """The awaited twin of a module, in which these verbs are awaited."""
    tree, edits = ast.parse(source), Edits(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in verbs:
            edits.insert(edits.begin_of(node), "async ")
        elif isinstance(node, ast.expr) and waits(node):
            await_it(edits, node, parents[node])
        elif isinstance(node, ast.Name) and node.id in TWINS:
            edits.replace(edits.begin_of(node), node.id, TWINS[node.id])
        elif isinstance(node, ast.Attribute) and is_twin_name(node):
            edits.replace(edits.end_of(node.value) + len("."), node.attr, TWINS[node.attr])
        elif isinstance(node, ast.ClassDef):
            edits.replace(edits.begin_of(node) + len("class "), node.name, TWINS[node.name])
        elif isinstance(node, ast.ImportFrom) and node.level == 1:
            import_it(edits, node)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            describe(edits, node.body[0], verbs)
    return edits.done()


def await_it(edits: Edits, node: ast.expr, parent: ast.AST) -> None:
    """Await what a call gives."""
    binds_closer = isinstance(parent, (ast.Attribute, ast.Subscript)) and parent.value is node
    edits.insert(edits.begin_of(node), "(await " if binds_closer else "await ")
    if binds_closer:
        edits.insert(edits.end_of(node), ")")


def import_it(edits: Edits, node: ast.ImportFrom) -> None:
    """Import from where it is for a module one folder deeper, and the twins of classes from their homes."""
    place = edits.begin_of(node) + len("from ")
    module = node.module or ""
    dot = "." if module else ""
    edits.replace(place, f".{module}", HOMES.get(module, f"pm2go{dot}{module}"))
    for name in node.names:
        if name.name in TWINS:
            edits.replace(edits.at(name.lineno, name.col_offset), name.name, TWINS[name.name])


def describe(edits: Edits, docstring: ast.stmt, verbs: set[str]) -> None:
    """Have a docstring speak of the twins, in its examples as well."""
    lines = edits.text.splitlines(keepends=True)
    last = docstring.end_lineno or docstring.lineno
    text, _, _ = "".join(lines[docstring.lineno - 1 : last]).rpartition('"""')
    examples = [part for part in doctest.DocTestParser().parse(text) if isinstance(part, doctest.Example)]
    foreign = {name for example in examples for name in children(ast.parse(example.source))}
    in_examples: set[int] = set()
    for example in examples:
        first = docstring.lineno + example.lineno
        count = example.source.count("\n")
        in_examples.update(range(first, first + count + example.want.count("\n")))
        await_example(edits, example, first, verbs, foreign)
    for number in range(docstring.lineno, last + 1):
        if number not in in_examples:
            name_twins(edits, number, lines[number - 1])


def name_twins(edits: Edits, number: int, line: str) -> None:
    """Name the twins in a line of prose, with the article that they want."""
    for found in re.finditer(r"(a )?`(Systemd|Manager|Job|Run|LiveUnits)\b", line):
        place = edits.at(number, len(line[: found.start()].encode()))
        edits.replace(place, found[0], f"{'an ' if found[1] else ''}`{TWINS[found[2]]}")


def children(tree: ast.AST) -> set[str]:
    """The names of child processes, whose methods are called as ours are and wait for themselves."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Assign))
    return {ast.unparse(node.targets[0]) for node in found if "subprocess.Popen(" in ast.unparse(node.value)}


def await_example(
    edits: Edits, example: doctest.Example, first: int, verbs: set[str], foreign: set[str]
) -> None:
    """Await in an example what its twin awaits."""
    tree = ast.parse(example.source)
    # Each line begins with its prompt.
    margin = example.indent + len(">>> ")
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    inner = edits.part(first - 1, margin)
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and any(map(is_twin, node.items)):
            inner.insert(inner.begin_of(node), "async ")
        elif isinstance(node, ast.Attribute) and is_twin_name(node):
            inner.replace(inner.end_of(node.value) + len("."), node.attr, TWINS[node.attr])
        elif isinstance(node, ast.Import):
            import_twin_modules(inner, node)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in map("pm2go.{}".format, TWIN_MODULES):
            inner.replace(inner.end_of(node.value) + len("."), node.attr, TWIN_MODULES[node.attr])
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in verbs
            and ast.unparse(node.func.value) not in foreign
        ):
            await_it(inner, node, parents[node])


def import_twin_modules(inner: Edits, node: ast.Import) -> None:
    """Import in an example the twins of modules."""
    for name in node.names:
        package, _, module = name.name.partition(".")
        if package == "pm2go" and module in TWIN_MODULES:
            inner.replace(inner.at(name.lineno, name.col_offset), name.name, f"pm2go.{TWIN_MODULES[module]}")


def is_twin(item: ast.withitem) -> bool:
    """Whether a `with` opens a client."""
    return isinstance(item.context_expr, ast.Call) and is_twin_name(item.context_expr.func)


def is_twin_name(node: ast.expr) -> bool:
    """Whether this is `pm2go.Systemd` or another class that has a twin."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "pm2go"
        and node.attr in TWINS
    )
