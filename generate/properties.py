"""The tables of all properties of units and of the manager, from the introspections that are checked in."""

from __future__ import annotations

import csv
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATH = ROOT / "src" / "unit" / "properties" / "table.rs"
MANAGER_PATH = ROOT / "src" / "unit" / "manager_properties" / "table.rs"
#: The interfaces of units, each a bit in the order of `Interface` in src/unit/properties.rs.
INTERFACES = (
    "Unit",
    "Service",
    "Socket",
    "Target",
    "Device",
    "Mount",
    "Automount",
    "Swap",
    "Timer",
    "Path",
    "Slice",
    "Scope",
)

HEAD = """// Written by scripts/generate from introspection/: run scripts/introspect for those, and it again.
//! All properties of units that systemd {versions} have: name, D-Bus type, interfaces.

#[rustfmt::skip]
pub(super) static PROPERTIES: [(&str, &str, u16); {count}] = [
"""

MANAGER_HEAD = """// Written by scripts/generate from introspection/: run scripts/introspect for those, and it again.
//! All properties of the manager that systemd {versions} have: name, D-Bus type, and the first of
//! these systemds that has it; 0 where that is the oldest.

#[rustfmt::skip]
pub(super) static PROPERTIES: [(&str, &str, u16); {count}] = [
"""


def write_all() -> dict[Path, str]:
    """The texts of the files."""
    files = sorted((ROOT / "introspection").glob("[0-9]*.tsv"))
    properties: dict[str, tuple[str, int]] = {}
    of_manager: dict[str, tuple[str, int]] = {}
    for file in files:
        first = 0 if file == files[0] else int(file.stem)
        for row in rows_of(file):
            name, types = row["name"], row["types"]
            if row["kind"] == "property" and row["interface"] in INTERFACES:
                add(properties, name, types, row["interface"])
            elif row["kind"] == "property" and row["interface"] == "Manager":
                of_manager[name] = (types, of_manager.get(name, (types, first))[1])
    rows = [
        f'    ("{name}", "{types}", {bits:#05x}),\n' for name, (types, bits) in sorted(properties.items())
    ]
    versions = ", ".join(file.stem for file in files[:-1]) + f" or {files[-1].stem}"
    manager = [
        f'    ("{name}", "{types}", {since}),\n' for name, (types, since) in sorted(of_manager.items())
    ]
    return {
        PATH: HEAD.format(versions=versions, count=len(rows)) + "".join(rows) + "];\n",
        MANAGER_PATH: MANAGER_HEAD.format(versions=versions, count=len(manager)) + "".join(manager) + "];\n",
    }


def rows_of(file: Path) -> list[dict[str, str]]:
    """The members that one systemd has."""
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


def add(properties: dict[str, tuple[str, int]], name: str, types: str, interface: str) -> None:
    """Take a property in; where its type differs the newest systemd's holds."""
    _, bits = properties.get(name, (types, 0))
    properties[name] = (types, bits | 1 << INTERFACES.index(interface))
