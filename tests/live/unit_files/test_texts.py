"""The tables of texts hold what the running systemd says: systemd-escape, object paths, unit files that it reads."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.systemctl import show, systemctl, systemd_version
from unit_texts import ESCAPED, ESCAPED_PATHS, OBJECT_PATHS, PARSED, UNESCAPED, UNESCAPED_PATHS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from live.fixtures.units import UnitFiles


def systemd_escape(*arguments: str) -> str | None:
    """What it prints; nothing where it refuses."""
    done = subprocess.run(["systemd-escape", *arguments], check=False, capture_output=True, text=True)
    return done.stdout.removesuffix("\n") if done.returncode == 0 else None


def test_names_are_escaped_as_systemd_does_it() -> None:
    tables: list[tuple[tuple[str, ...], Mapping[str, str | None]]] = [
        ((), ESCAPED),
        (("--path",), ESCAPED_PATHS),
        (("--unescape",), UNESCAPED),
        (("--unescape", "--path"), UNESCAPED_PATHS),
    ]
    # systemd 247 takes no dot for a folder.
    refused = set() if systemd_version() >= 249 else {"/a/./b"}
    for options, table in tables:
        # What it prints ends at a NUL.
        texts = [text for text in table if text and not text.endswith("x00")]
        assert {text: systemd_escape(*options, "--", text) for text in texts} == {
            text: None if text in refused else table[text] for text in texts
        }


def test_object_paths_are_those_of_systemd() -> None:
    for name, path in OBJECT_PATHS.items():
        if "\\" in name or name.startswith("x@") or not name.endswith(".service"):
            continue
        manager = [
            "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager",
        ]
        command = ["busctl", *SCOPE_OPTION, "call", *manager, "LoadUnit", "s", name]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert told.split('"')[1].rpartition("/")[2] == path


@pytest.mark.parametrize("text", PARSED, ids=range(len(PARSED)))
def test_unit_files_are_read_as_systemd_does_it(units: UnitFiles, text: str) -> None:
    file = pm2go.UnitFile(text)
    name = units.name()
    (units.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (units.folder / name).write_bytes(text.encode())
    systemctl("daemon-reload")
    description = file.get("Unit", "Description")
    assert show(name, "Description") == (description or name)
    assert show(name, "Nice") == (file.get("Service", "Nice") or "0")
    assert show(name, "After").split().count("baz.service") == ("baz.service" in text)
    shown = show(name, "ExecStart")
    for value in file.get_all("Service", "ExecStart"):
        assert value.split()[0] in shown
