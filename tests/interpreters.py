"""Every CPython from 3.9 up that this machine has: the package is for all of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 9)
ASK = (
    "import sys; print(sys.implementation.name, *sys.version_info[:2], getattr(sys, 'abiflags', ''), sep=',')"
)


def candidates() -> set[Path]:
    """Whatever is called python3 in the search path and in pyenv's folder; no two names for one file."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    if os.environ.get("PYENV_ROOT"):
        folders += Path(os.environ["PYENV_ROOT"]).glob("versions/*/bin")
    found = {Path(sys.executable).resolve()}
    for folder in folders:
        if folder.name == "shims":  # scripts that run one of the others
            continue
        try:
            names = [path for path in folder.iterdir() if re.fullmatch(r"python3(\.\d+)?", path.name)]
        except OSError:
            continue
        found |= {path.resolve() for path in names if os.access(path, os.X_OK)}
    return found


def interpreters() -> dict[str, Path]:
    """CPythons that the wheel is for: with the limited API, so not those without the GIL."""
    found: dict[str, Path] = {}
    for path in sorted(candidates()):
        answer = subprocess.run([path, "-c", ASK], check=False, capture_output=True, text=True, timeout=30)
        if answer.returncode != 0:
            continue
        name, major, minor, flags = answer.stdout.strip().split(",")
        if name == "cpython" and (int(major), int(minor)) >= OLDEST and "t" not in flags:
            found[f"{major}.{minor}-{len(found)}"] = path
    return found


INTERPRETERS = interpreters()
