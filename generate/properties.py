"""The table of all properties of units, from the introspections that are checked in."""

from __future__ import annotations

import csv
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATH = ROOT / "src" / "unit" / "properties" / "table.rs"
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


def write_all() -> dict[Path, str]:
    """The text of the file."""
    files = sorted((ROOT / "introspection").glob("[0-9]*.tsv"))
    properties: dict[str, tuple[str, int]] = {}
    for file in files:
        with file.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["kind"] == "property" and row["interface"] in INTERFACES:
                    add(properties, row["name"], row["types"], row["interface"])
    rows = [
        f'    ("{name}", "{types}", {bits:#05x}),\n' for name, (types, bits) in sorted(properties.items())
    ]
    versions = ", ".join(file.stem for file in files[:-1]) + f" or {files[-1].stem}"
    return {PATH: HEAD.format(versions=versions, count=len(rows)) + "".join(rows) + "];\n"}


def add(properties: dict[str, tuple[str, int]], name: str, types: str, interface: str) -> None:
    """Take a property in; where its type differs the newest systemd's holds."""
    _, bits = properties.get(name, (types, 0))
    properties[name] = (types, bits | 1 << INTERFACES.index(interface))
