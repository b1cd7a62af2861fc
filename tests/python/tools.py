"""What tools that only read pm2go see of it: names of the package, and members of its public classes.

Each is asked once. The key `pm2go` has the names of the package, and the name of a class those of its members.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import astroid
import jedi
from mypy import build, nodes, options
from mypy.modulefinder import BuildSource

import pm2go

PACKAGE = str(Path(pm2go.__file__).parents[1])
CLASSES: dict[str, type] = {
    name: value for name in pm2go.__all__ if isinstance(value := getattr(pm2go, name), type)
}
MODULES = {name for name in pm2go.__all__ if isinstance(getattr(pm2go, name), ModuleType)}

Seen = dict[str, set[str]]


def is_public(name: str) -> bool:
    return not name.startswith("_")


def seen_by_mypy() -> Seen:
    settings = options.Options()
    # As for users: it looks where this Python has its packages, for those that are typed.
    settings.python_executable = sys.executable
    settings.incremental = False
    settings.cache_dir = os.devnull
    result = build.build([BuildSource(None, "program", "import pm2go\n")], settings)
    assert result.errors == []
    names = result.files["pm2go"].names
    found = {"pm2go": {name for name, symbol in names.items() if symbol.module_public and name != "__all__"}}
    for name in CLASSES:
        info = names[name].node
        assert isinstance(info, nodes.TypeInfo), name
        found[name] = {member for base in info.mro for member in base.names if is_public(member)}
    return found


def pyright(*arguments: str) -> Any:
    """What pyright answers: a fork of it that brings its own node, so that it needs no network at run time."""
    command = [
        sys.executable,
        "-m",
        "basedpyright",
        "--outputjson",
        "--pythonpath",
        sys.executable,
        *arguments,
    ]
    # Its table of symbols is only made for packages in a search path.
    environment = {**os.environ, "PYTHONPATH": PACKAGE}
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=200, env=environment)
    return json.loads(ended.stdout)


def symbols_of_pyright() -> list[dict[str, Any]]:
    answer = pyright("--verifytypes", "pm2go")
    symbols: list[dict[str, Any]] = answer["typeCompleteness"]["symbols"]
    return symbols


def seen_by_pyright(symbols: list[dict[str, Any]]) -> Seen:
    found: Seen = {}
    for symbol in symbols:
        if symbol["category"] != "module":
            owner, _, name = symbol["name"].rpartition(".")
            found.setdefault(owner, set()).add(name)
    # It tells the members of a class where they are written.
    for name, value in CLASSES.items():
        places = [f"{base.__module__}.{base.__qualname__}" for base in value.__mro__]
        found[name] = {member for place in places for member in found.get(place, ()) if is_public(member)}
    return found


def seen_by_jedi(folder: Path) -> Seen:
    """What is offered after a point."""
    beginnings = ["pm2go.", *(f"pm2go.{name}." for name in CLASSES)]
    script = jedi.Script(
        "\n".join(["import pm2go", *beginnings]), project=jedi.Project(folder, added_sys_path=[PACKAGE])
    )
    offered = {
        beginning: script.complete(line, len(beginning)) for line, beginning in enumerate(beginnings, 2)
    }
    return {
        beginning.split(".")[-2]: {found.name for found in names if found.type != "module"}
        for beginning, names in offered.items()
    }


def seen_by_pylint() -> Seen:
    """What astroid, by which pylint sees everything, reads out of the sources and the stub."""
    # It does not find the stub of a compiled module by itself.
    astroid.MANAGER.ast_from_file(str(Path(PACKAGE, "pm2go", "_core.pyi")), "pm2go._core")
    package = astroid.MANAGER.ast_from_module_name("pm2go")
    found = {"pm2go": set(package.wildcard_import_names())}
    for name in CLASSES:
        node = next(package.igetattr(name))
        assert isinstance(node, astroid.nodes.ClassDef), name
        bases = (node, *node.ancestors())
        found[name] = {member for base in bases for member in (*base.locals, *base.instance_attrs)}
    return found
