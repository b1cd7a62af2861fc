"""The types that the public names of pm2go tell, as any program can ask for them.

Run as a program, for any Python from 3.9 on: `python hints.py PACKAGE-FOLDER` prints which cannot be evaluated.
"""

from __future__ import annotations

import inspect
import json
import sys
import typing
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def annotated() -> Iterator[tuple[str, Any]]:
    """All public functions and classes, and the functions that classes of pm2go consist of, by their names."""
    import pm2go

    for name in pm2go.__all__:
        value = getattr(pm2go, name)
        if isinstance(value, (type, FunctionType)):
            yield name, value
        if isinstance(value, type):
            for base in value.__mro__:
                if base.__module__.partition(".")[0] == "pm2go":
                    for member, found in vars(base).items():
                        yield from ((f"{name}.{member}", function) for function in functions(found))


def functions(member: object) -> Iterator[Any]:
    """What is called when a member of a class is used."""
    if isinstance(member, property):
        yield from functions(member.fget)
    elif isinstance(member, (classmethod, staticmethod)):
        yield from functions(member.__func__)
    elif isinstance(member, FunctionType):
        yield member


def hints(value: Any) -> dict[str, Any]:
    """What `typing.get_type_hints` tells; `inspect.signature` has to tell the same."""
    found = typing.get_type_hints(value)
    if isinstance(value, FunctionType) and sys.version_info >= (3, 10):
        signature = inspect.signature(value, eval_str=True)
        told = {name: parameter.annotation for name, parameter in signature.parameters.items()}
        told["return"] = signature.return_annotation
        named = {name: kind for name, kind in told.items() if kind is not signature.empty}
        assert found == {name: type(None) if kind is None else kind for name, kind in named.items()}
    return found


def failure(value: Any) -> str | None:
    """Why the hints of something cannot be evaluated; `None` if they can."""
    try:
        hints(value)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return repr(error)
    return None


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    looked_at = {name: failure(value) for name, value in annotated()}
    failures = {name: why for name, why in looked_at.items() if why is not None}
    print(json.dumps({"looked at": len(looked_at), "failures": failures}))
