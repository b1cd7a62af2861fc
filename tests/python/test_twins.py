"""Each class for asyncio has the verbs, the arguments and the documentation of the one that blocks."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any

import pytest

import pm2go

TWINS = {
    "Systemd": (pm2go.Systemd, pm2go.AsyncSystemd),
    "Manager": (pm2go.Manager, pm2go.AsyncManager),
    "Job": (pm2go.Job, pm2go.AsyncJob),
    "Run": (pm2go.Run, pm2go.AsyncRun),
    "LiveUnits": (pm2go.LiveUnits, pm2go.AsyncLiveUnits),
}
VERBS = [
    f"{face}.{name}"
    for face, (blocking, _) in TWINS.items()
    for name, value in inspect.getmembers(blocking)
    if callable(value) and not name.startswith("_")
]
#: They look, and there is nothing to wait for.
IMMEDIATE = {
    "Job.done",
    "Run.resize",
    "Systemd.live_units",
    "Manager.live_units",
    *(f"LiveUnits.{name}" for name in ("close", "get", "items", "keys", "select", "values")),
}
AWAITED = [
    verb for verb in VERBS if verb not in IMMEDIATE and not re.search(r"\.(watch_\w+|sample|close)$", verb)
]
#: The sections that say what holds for both.
COMMON = ("Summary", "Details", "Args", "Returns", "Raises")
#: What is true of the asynchronous verb alone, at the end of a section.
MORE = {
    ("Systemd.close", "Details"): " Connections of other threads' loops close a moment later.",
}
#: What is true of the blocking verb alone.
ONLY_BLOCKING = {("Systemd.close", "Details"): " in another thread"}


def pair(verb: str) -> tuple[Any, Any]:
    face, _, name = verb.partition(".")
    blocking, asynchronous = (getattr(owner, name) for owner in TWINS[face])
    return blocking, asynchronous


def sections(documented: object) -> dict[str, str]:
    """Split a docstring into its parts; how the lines are broken does not matter."""
    text = inspect.getdoc(documented)
    assert text
    first, *others = re.split(r"^(Args|Returns|Raises|Example):\n", text, flags=re.MULTILINE)
    summary, _, details = first.partition("\n\n")
    found = {"Summary": summary, "Details": details, **dict(zip(others[::2], others[1::2]))}
    return {
        name: textwrap.dedent(part).strip() if name == "Example" else " ".join(part.split())
        for name, part in found.items()
    }


def without_async(annotation: str) -> str:
    """What a job and a table of an event loop are called where those of threads are meant."""
    return re.sub(r"Async(Job|Run|LiveUnits|UnitEdit)", r"\1", annotation)


def of_the_blocking_one(text: str) -> str:
    """Call the classes by the names of their twins."""
    return text.replace("an `AsyncJob`", "a `Job`").replace("`Async", "`")


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_a_twin(verb: str) -> None:
    blocking, asynchronous = pair(verb)
    assert callable(blocking)
    assert callable(asynchronous)
    signatures = [inspect.signature(blocking), inspect.signature(asynchronous)]
    assert signatures[0].parameters == signatures[1].parameters
    # A job of an event loop is one of another class.
    assert signatures[0].return_annotation == without_async(signatures[1].return_annotation)
    if ".watch_" in verb or verb.endswith(".sample"):
        assert blocking == asynchronous
    else:
        assert inspect.iscoroutinefunction(asynchronous) == (verb not in IMMEDIATE)


def test_the_journal_has_the_same_for_loops() -> None:
    blocking, awaited = pm2go.journal, pm2go.aio_journal
    assert awaited.__all__ == blocking.__all__
    for name in awaited.__all__:
        one, other = getattr(blocking, name), getattr(awaited, name)
        if one is not other:
            assert inspect.iscoroutinefunction(other)
            assert inspect.signature(one) == inspect.signature(other)
    asked_once = {name for name in awaited.__all__ if getattr(blocking, name) is not getattr(awaited, name)}
    assert asked_once == {"boots", "field_values", "fields", "flush", "rotate", "sync", "usage", "vacuum"}


@pytest.mark.parametrize("face", ["Systemd", "Manager"])
def test_twins_have_the_same_constructor_and_properties(face: str) -> None:
    twins = TWINS[face]
    assert inspect.signature(twins[0]) == inspect.signature(twins[1])
    properties = [
        {name for name, value in inspect.getmembers(owner) if isinstance(value, property) and name[0] != "_"}
        for owner in twins
    ]
    assert properties[0] - {"kind"} == properties[1]


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_described_as_its_twin_is(verb: str) -> None:
    blocking, asynchronous = (sections(one) for one in pair(verb))
    assert set(blocking) == set(asynchronous)
    for section in COMMON:
        expected = blocking.get(section, "").replace(ONLY_BLOCKING.get((verb, section), "\n"), "")
        expected += MORE.get((verb, section), "")
        assert of_the_blocking_one(asynchronous.get(section, "")) == expected, section


@pytest.mark.parametrize("face", TWINS)
def test_each_class_is_described_as_its_twin_is(face: str) -> None:
    blocking, asynchronous = (sections(one) for one in TWINS[face])
    assert set(blocking) == set(asynchronous)
    for section in ("Args", "Raises"):
        assert of_the_blocking_one(asynchronous.get(section, "")) == blocking.get(section, ""), section


@pytest.mark.parametrize("verb", AWAITED)
def test_each_verb_that_is_awaited_has_an_example_for_asyncio(verb: str) -> None:
    example = sections(pair(verb)[1])["Example"]
    assert re.search(r"^(>>>|\.\.\.) +async with pm2go\.Async", example, re.MULTILINE)
    assert re.search(rf"await .*\b{verb.partition('.')[2]}\(", example)
