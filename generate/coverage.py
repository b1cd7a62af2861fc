"""The page of what pm2go covers of systemd, and of go-systemd: docs/coverage.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

import pm2go
from pm2go._core import beyond_systemctl, verbs

from .coverage_reasons import (
    BESIDES,
    BY_ANOTHER,
    GO_SYSTEMD,
    OF_OBJECTS,
    OVER_SYSTEMCTL,
    SIGNALS,
    WITHOUT,
)
from .properties import INTERFACES, ROOT, rows_of

PATH = ROOT / "docs" / "coverage.md"
NOT_YET = "not yet"
HEAD = """<!-- Written by scripts/generate from introspection/ and from the verbs' rows: change those, or the reasons in
generate/coverage_reasons.py, and run it again. -->

# What is covered

Every method, property and signal that systemd {versions} have on D-Bus, and by which name it is
found in pm2go: verbs are methods of `Systemd`, and awaited ones of `AsyncSystemd`. "since" is the systemd that it came
with, as far as that is newer than {oldest}.

Over `systemctl` (`backend="command"`) the results are the same. Where `systemctl` has nothing for a verb, `busctl` is asked,
and where there is no message bus, systemd's private socket; the reason stands beside it.
"""
Members = dict[str, list[dict[str, str]]]


def write_all() -> dict[Path, str]:
    """The text of the file."""
    files = sorted((ROOT / "introspection").glob("[0-9]*.tsv"))
    versions = [file.stem for file in files]
    members = {file.stem: rows_of(file) for file in files}
    text = HEAD.format(versions=" and ".join([", ".join(versions[:-1]), versions[-1]]), oldest=versions[0])
    parts = [text, methods(members), signals(members), manager_properties(members), objects(members)]
    return {PATH: "\n".join([*parts, *unit_properties(members), go_systemd()])}


def named(members: Members, interface: str, kind: str) -> dict[str, str]:
    """The members of an interface, each with the systemd that it came with, or the last that had it."""
    found: dict[str, list[str]] = {}
    for version, rows in members.items():
        for row in rows:
            if (row["interface"], row["kind"]) == (interface, kind):
                found.setdefault(row["name"], []).append(version)
    return {name: span(versions, list(members)) for name, versions in sorted(found.items())}


def span(those: list[str], everything: list[str]) -> str:
    """Since when something is there, and until when."""
    since = "" if those[0] == everything[0] else those[0]
    until = "" if those[-1] == everything[-1] else f" until {those[-1]}"
    return (since + until).strip()


def table(headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [headers, tuple("---" for _ in headers), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def code(*names: str) -> str:
    """Names as code."""
    return ", ".join(f"`{name}`" for name in names)


def exists(name: str) -> bool:
    """Whether pm2go has something of this name: a verb, or else something of the package."""
    first, _, rest = name.partition(".")
    owner = getattr(pm2go, first, None)
    if rest:
        return owner is not None and hasattr(owner, rest)
    return owner is not None or hasattr(pm2go.Systemd, name)


def covered_methods() -> dict[str, tuple[str, int, str]]:
    """Of each method that is called: the verbs, since when, and how systemctl does it."""
    rows, by_hand = verbs()
    beyond = dict(beyond_systemctl())
    found: dict[str, tuple[str, int, str]] = {}
    for name, method, _, _, since in rows:
        verb = name if hasattr(pm2go.Systemd, name) else BESIDES[name]
        found[method] = (code(verb), since, beyond.get(name, "yes"))
    for method, name, since in by_hand:
        found.setdefault(method, (code(name), since, OVER_SYSTEMCTL.get(method, "yes")))
    return found


def told_of(reason: str) -> str:
    """What stands in `OF_OBJECTS` and `GO_SYSTEMD`, for people: a reason begins with a dash."""
    if reason.startswith("-"):
        return f"left out: {reason[2:]}"
    name, _, words = reason.partition(" ")
    return f"{code(name)} {words}".strip() if name and exists(name) else NOT_YET


def methods(members: Members) -> str:
    """The manager's methods."""
    covered, rows = covered_methods(), []
    counts = {"covered": 0, "explained": 0}
    for method, since in named(members, "Manager", "method").items():
        by, other = BY_ANOTHER.get(method, ("", ""))
        if method in covered:
            verb, exactly, systemctl = covered[method]
            rows.append((code(method), str(exactly) if exactly and since else since, verb, systemctl))
        elif by and told_of(by) != NOT_YET:
            rows.append((code(method), since, told_of(by), other or "yes"))
        elif method in WITHOUT:
            rows.append((code(method), since, f"left out: {WITHOUT[method]}", ""))
        else:
            rows.append((code(method), since, NOT_YET, ""))
            continue
        counts["explained" if rows[-1][2].startswith("left out") else "covered"] += 1
    newest = list(members)[-1]
    heading = (
        f"## Methods of the manager\n\nOf {len(rows)} methods {counts['covered']} are covered and "
        f"{counts['explained']} left out for the reason beside them. systemd {newest} has "
        f"{len(named({newest: members[newest]}, 'Manager', 'method'))}.\n"
    )
    return f"{heading}\n{table(('method', 'since', 'pm2go', 'over systemctl'), rows)}"


def signals(members: Members) -> str:
    """The manager's signals, and those of other objects."""
    rows = []
    for interface in ("Manager", *INTERFACES, "Job"):
        for name, since in named(members, interface, "signal").items():
            rows.append((code(f"{interface}.{name}"), since, SIGNALS.get(name, NOT_YET)))
    rows.append((code("PropertiesChanged"), "", SIGNALS["PropertiesChanged"]))
    return f"## Signals\n\n{table(('signal', 'since', 'pm2go'), rows)}"


def manager_properties(members: Members) -> str:
    """The manager's properties."""
    found = named(members, "Manager", "property")
    text = (
        f"## Properties of the manager\n\nAll {len(found)} are read by `get_manager_property` and "
        "`get_manager_properties`, and the most important are fields of `get_manager_status`; "
        "`set_manager_property` sets those that can be set.\n"
    )
    return f"{text}\n{listed(found)}"


def listed(found: dict[str, str]) -> str:
    """Names in a paragraph, those with a version that are not in all."""
    return ", ".join(f"{name} ({since})" if since else name for name, since in found.items()) + ".\n"


def objects(members: Members) -> str:
    """The methods of units and jobs, which the manager has as well."""
    rows = []
    for interface in (*INTERFACES, "Job"):
        for name, since in named(members, interface, "method").items():
            rows.append((code(f"{interface}.{name}"), since, told_of(OF_OBJECTS.get(name, ""))))
    text = (
        "## Methods of units and jobs\n\nThe manager has the same for a unit's name, and is asked for them.\n"
    )
    return f"{text}\n{table(('method', 'since', 'pm2go'), rows)}"


def unit_properties(members: Members) -> list[str]:
    """The properties of each interface."""
    text = (
        "## Properties of units and jobs\n\nAll are read by `get_unit_property` and `get_unit_properties`; those whose "
        "changes systemd tells are watched by `watch_unit_properties`. Those of a job are the fields of `JobInfo`.\n"
    )
    parts = [text]
    seen: dict[str, str] = {}
    for interface in (*INTERFACES, "Job"):
        found = named(members, interface, "property")
        new = {name: since for name, since in found.items() if seen.setdefault(name, interface) == interface}
        others = sorted({seen[name] for name in found.keys() - new.keys()})
        also = f" and {len(found) - len(new)} that stand with {', '.join(others)}" if others else ""
        parts.append(
            f"### {interface}\n\n{len(found)} properties{also}: {listed(new)}"
            if new
            else f"### {interface}\n"
        )
    return parts


def go_systemd() -> str:
    """What go-systemd has."""
    lines = (ROOT / "introspection" / "go-systemd.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = []
    for package, name in (line.split("\t") for line in lines):
        short = name.removesuffix("Context")
        told = GO_SYSTEMD.get(f"{package}.{short}") or GO_SYSTEMD.get(package) or ""
        rows.append((code(f"{package}.{name}"), told_of(told)))
    text = (
        "## go-systemd\n\nThe public functions and methods of the packages of github.com/coreos/go-systemd v22: those that "
        "Debian's package has, and those that came later.\n"
    )
    return f"{text}\n{table(('name', 'pm2go'), rows)}"
