"""Methods that take the same arguments say the same of them: their docstrings stand for themselves, and so repeat it."""

from __future__ import annotations

import inspect
import re

import pytest

import pm2go

#: Methods that are alike, with the arguments that mean something else in each of them.
ALIKE = [
    (("run", "spawn"), {"stdin", "stdout", "stderr", "text", "timeout"}),
    (("spawn", "attach"), {"name", "text", "timeout"}),
    (
        (
            "start_transient_timer",
            "start_transient_path",
            "start_transient_socket",
        ),
        {"argv_or_unit", "name", "description"},
    ),
    (("start_transient_path", "start_transient_socket"), set()),
    (("preset_all_units", "add_unit_dependencies", "set_default_target"), set()),
]


def arguments(method: str) -> dict[str, str]:
    """What the docstring of a method says of its arguments."""
    text = inspect.getdoc(getattr(pm2go.Systemd, method)) or ""
    section = re.search(r"^Args:\n(.*?)(?:\n\n|\Z)", text, re.DOTALL | re.MULTILINE)
    assert section
    found = re.findall(r"^    (\w+): (.*?)(?=^    \w+:|\Z)", section[1] + "\n", re.DOTALL | re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in found}


@pytest.mark.parametrize(
    ("methods", "different"), ALIKE, ids=lambda value: None if isinstance(value, set) else value[0]
)
def test_arguments_of_the_same_name_are_said_to_be_the_same(
    methods: tuple[str, ...], different: set[str]
) -> None:
    first, *others = map(arguments, methods)
    differ = set()
    for other in others:
        shared = first.keys() & other.keys()
        assert shared
        differ |= {name for name in shared if first[name] != other[name]}
    assert differ == different
