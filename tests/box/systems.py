"""Other Debians for the box, by name: root folders, made by make-system once and kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from .machine import HERE, BoxError

PACKAGES = (
    *("systemd", "systemd-sysv", "systemd-container", "dbus", "dbus-user-session", "dbus-broker"),
    *("libpam-systemd", "passwd", "util-linux", "procps", "python3", "python3-venv"),
    *("openssh-client", "openssh-server"),
)


class System(NamedTuple):
    """A distribution: the systemd that it came with, and what only it needs."""

    systemd: int
    packages: tuple[str, ...]


#: Oldest first: what is linked in the first one runs on all (hence its gcc).
SYSTEMS = {
    "bullseye": System(247, ("policykit-1", "gcc", "libc6-dev")),
    "bookworm": System(252, ("polkitd",)),
    "trixie": System(257, ("polkitd",)),
    "sid": System(262, ("polkitd",)),
}
#: The interpreter, of the distribution, with what the tests need.
PYTHON = "/opt/python/bin/python"
BUSES = ("dbus-daemon", "dbus-broker")


def cache() -> Path:
    """The folder of all root folders. Whatever is in it may be removed; it is made again."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pm2go" / "systems"


def root_folder(name: str) -> Path:
    """The root folder of a system, made first where it is missing (some minutes, on standard error)."""
    packages = (*PACKAGES, *SYSTEMS[name].packages)
    recipe = [(HERE / file).read_bytes() for file in ("make-system", "requirements.txt")]
    key = hashlib.sha256(b"\0".join([*recipe, " ".join(packages).encode()])).hexdigest()[:12]
    folder = cache() / f"{name}-{key}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # One at a time: whoever waited here finds it made. The lock goes with its process.
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            make(name, packages, folder)
    return folder


def make(name: str, packages: tuple[str, ...], folder: Path) -> None:
    """Make it beside its place and move it there: a folder of this name is always whole."""
    if shutil.which("debootstrap") is None:
        raise BoxError("debootstrap is missing", f"{HERE / 'install'} debootstrap")
    print(f"box: making {name}, once: {folder}", file=sys.stderr)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    log = folder.with_name(f"{name}.log")
    with log.open("wb") as output:
        command = [str(HERE / "make-system"), name, str(partial), *packages]
        ended = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    if ended.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        lines = log.read_text(encoding="utf-8", errors="replace")
        raise BoxError(f"cannot make {name}", f"its mirror and {log} say more", lines)
    partial.rename(folder)
