"""What types pm2go tells to who asks while a program runs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Optional, get_args, get_type_hints

import pytest

import pm2go
from interpreters import INTERPRETERS

from .hints import annotated, hints

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = str(Path(pm2go.__file__).parents[1])
PROGRAM = Path(__file__).with_name("hints.py")

#: What loads `typing` and what belongs to it takes as long as all of pm2go.
LOADED = """
import json, sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
import pm2go
pm2go.Systemd(address="/nowhere").close()
print(json.dumps(sorted(set(sys.modules) - before)))
"""


#: The public classes that are the core's own.
CORE: dict[str, Any] = {
    "PropertiesEvent": pm2go.PropertiesEvent,
    "UnitInfo": pm2go.UnitInfo,
    "UnitEvent": pm2go.UnitEvent,
    "UnitState": pm2go.UnitState,
}

#: Where `Any` may be, and why. A text before the point stands for any class, one after it for any member.
JSON = "what a key has depends on the key, as in `json.loads`"
PROPERTY = "a value of D-Bus, of whichever type the property has"
TUPLE = "as of a tuple, whose fields differ"
STREAM = "a file of texts or of bytes, as in subprocess"
ANY = {
    ".to_dict return": JSON,
    ".json_schema return": JSON,
    ".to_dicts return": JSON,
    ".get_manager_property return": PROPERTY,
    ".get_unit_property return": PROPERTY,
    "PropertiesEvent.changed return": PROPERTY,
    "PropertiesEvent.values return": PROPERTY,
    "PropertiesEvent.__new__ changed": PROPERTY,
    "PropertiesEvent.__new__ values": PROPERTY,
    "Run.stdin return": STREAM,
    "Run.stdout return": STREAM,
    "Run.stderr return": STREAM,
    ".__getitem__ return": TUPLE,
    ".__getitem__ key": "a place or a slice, as of a tuple",
    ".__iter__ return": TUPLE,
    ".__reversed__ return": TUPLE,
    ".__reduce__ return": "the arguments of any constructor",
    **{f".__{name}__ return": "or NotImplemented" for name in ("eq", "ne", "lt", "le", "gt", "ge")},
}


def run(python: Path | str, *arguments: str) -> Any:
    command = [str(python), "-I", "-S", "-B", "-W", "error", *arguments]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    return json.loads(ended.stdout)


@pytest.mark.parametrize("python", INTERPRETERS.values(), ids=INTERPRETERS)
def test_all_hints_can_be_evaluated(python: Path) -> None:
    found = run(python, str(PROGRAM), PACKAGE)
    assert found["failures"] == {}
    assert found["looked at"] > 400


def test_hints_are_the_types_themselves() -> None:
    start = hints(pm2go.Systemd.start_unit)
    assert start["timeout"] == Optional[pm2go.Seconds]
    assert start["return"] is pm2go.JobResult
    assert hints(pm2go.Systemd.enqueue_job)["return"] is pm2go.Job
    assert hints(pm2go.AsyncSystemd.enqueue_job)["return"] is pm2go.AsyncJob
    assert hints(pm2go.Systemd.__init__)["scope"] == Optional[Literal["system", "user", "global"]]
    assert hints(pm2go.AppDescription)["app"] is pm2go.App


def test_classes_of_the_core_have_no_hints_and_can_be_asked_for_them() -> None:
    for core in CORE.values():
        assert get_type_hints(core) == {}
        assert get_type_hints(core.to_dict) == {}


def is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name != "__dataclass_fields__")


def has_any(kind: object) -> bool:
    inner = kind if isinstance(kind, list) else get_args(kind)
    return kind is Any or any(map(has_any, inner))


def any_in_hints() -> Iterator[str]:
    """Each public parameter, result and field whose type is `Any`, or has it inside."""
    for name, value in annotated():
        owner, _, member = name.partition(".")
        for parameter, kind in get_type_hints(value).items():
            if is_public(member) and is_public(parameter) and has_any(kind):
                is_field = member in ("", "__init__")
                yield f"{owner}.{parameter}" if is_field else f"{name} {parameter}"


def any_in_annotation(annotation: ast.AST | None) -> bool:
    """Whether an annotation of the stub has `Any` in it, or a collection of whatever there is."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval")
    nodes = list(ast.walk(annotation)) if annotation is not None else []
    told = {id(node.value) for node in nodes if isinstance(node, ast.Subscript)}
    names = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in told}
    return bool(names & {"Any", "dict", "list", "tuple", "Iterator"})


def any_in_stub() -> Iterator[str]:
    """The same of the public classes of the core, whose types are in the stub alone."""
    stub = ast.parse(Path(PACKAGE, "pm2go", "_core.pyi").read_text(encoding="utf-8"))
    classes = [node for node in stub.body if isinstance(node, ast.ClassDef) and node.name in CORE]
    assert len(classes) == len(CORE)
    for owner in classes:
        for method in owner.body:
            if isinstance(method, ast.FunctionDef):
                kinds = {
                    argument.arg: argument.annotation
                    for argument in ast.walk(method.args)
                    if isinstance(argument, ast.arg)
                }
                for parameter, kind in {**kinds, "return": method.returns}.items():
                    if any_in_annotation(kind):
                        yield f"{owner.name}.{method.name} {parameter}"


def test_any_is_only_where_anything_can_be() -> None:
    found = {*any_in_hints(), *any_in_stub()}
    told = {
        place: [key for key in ANY if place == key or (key[0] == "." and place.endswith(key))]
        for place in found
    }
    assert [place for place, keys in told.items() if not keys] == []
    used = {key for keys in told.values() for key in keys}
    assert set(ANY) == used


def test_a_client_is_made_without_what_hints_name() -> None:
    loaded = run(sys.executable, "-c", LOADED, PACKAGE)
    assert "pm2go.systemd" in loaded
    assert not {"typing", "collections", "dataclasses", "datetime", "pm2go._types"} & set(loaded)
