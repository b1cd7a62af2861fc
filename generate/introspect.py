"""What a systemd tells of its D-Bus interfaces, as lines that a person can compare: `scripts/introspect`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "introspection"
INTERFACE = "org.freedesktop.systemd1."
EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
HEADER = "interface\tkind\tname\ttypes\tchanges"
#: Where the manager's code is, below the root of a system.
PROGRAMS = ("lib/systemd/systemd", "usr/lib/systemd/libsystemd-*.so", "usr/lib/*/systemd/libsystemd-*.so")
#: The name of an error as it stands in a program; that of an interface looks like it.
NAME = re.compile(rb"\0(org\.freedesktop\.(?:systemd1|DBus\.Error)\.[A-Z][A-Za-z.]+)(?=\0)")
#: Interfaces of systemd's that no object of the manager's has.
NOT_ERRORS = {"Activator", "Agent"}


def main() -> int:
    """Write the files of the systems that are named."""
    sys.path.insert(0, str(ROOT / "tests"))
    from box.systems import SYSTEMS, root_folder  # noqa: PLC0415 - a part of the tests

    for name in sys.argv[1:] or list(SYSTEMS):
        root = str(root_folder(name))
        told = run(root, "systemd", "--version").split()[1]
        version = re.match(r"\d+", told)
        if version is None:
            msg = f"{name} has a systemd without a number: {told}"
            raise ValueError(msg)
        path = FOLDER / f"{version[0]}.tsv"
        names = [line.split()[1] for line in run(root, "systemd", "--bus-introspect=list").splitlines()]
        ours = [name for name in names if name.startswith(INTERFACE)]
        found = sorted({line for interface in ours for line in lines(introspection(root, interface))})
        found += [f"-\terror\t{name}" for name in errors(Path(root), ours)]
        path.write_text("\n".join([HEADER, *found]) + "\n", encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}: {len(found)} members\n")
    return 0


def run(root: str, program: str, option: str) -> str:
    """What a program of another system prints."""
    command = ["chroot", root, f"/lib/systemd/{program}", option]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
    return done.stdout


def introspection(root: str, interface: str) -> ET.Element:
    """What an object has that has this interface."""
    return ET.fromstring(run(root, "systemd", f"--bus-introspect={interface}"))  # noqa: S314 - systemd's own


def errors(root: Path, interfaces: list[str]) -> list[str]:
    """The names of the errors that the manager can answer with: they stand in its code alone."""
    texts = [path.read_bytes() for pattern in PROGRAMS for path in root.glob(pattern)]
    names = {name.decode() for text in texts for name in NAME.findall(text)}
    return sorted(names - {*interfaces, *(INTERFACE + name for name in NOT_ERRORS)})


def lines(node: ET.Element) -> list[str]:
    """A line for each member: for a method what it takes and gives, for a property how its changes are told."""
    found = []
    for interface in node.iterfind("interface"):
        name = interface.get("name", "")
        if not name.startswith(INTERFACE):
            continue
        for member in interface:
            if member.tag not in {"method", "property", "signal"}:
                continue
            fields = [
                name.removeprefix(INTERFACE),
                member.tag,
                member.get("name", ""),
                types(member),
                changes(member),
            ]
            found.append("\t".join(fields).rstrip("\t"))
    return found


def types(member: ET.Element) -> str:
    """The D-Bus types: of a method those before and those after an arrow."""
    arguments = {"in": "", "out": ""}
    for argument in member.iterfind("arg"):
        arguments[argument.get("direction", "out")] += argument.get("type", "")
    if member.tag == "property":
        return member.get("type", "")
    return f"{arguments['in']}>{arguments['out']}" if member.tag == "method" else arguments["out"]


def changes(member: ET.Element) -> str:
    """How the changes of a property are told; they are told with their values where nothing is said."""
    if member.tag != "property":
        return ""
    found = [note.get("value", "") for note in member.iterfind("annotation") if note.get("name") == EMITS]
    return found[0] if found else "true"


if __name__ == "__main__":
    sys.exit(main())
