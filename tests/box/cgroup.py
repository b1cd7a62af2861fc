"""The cgroup (v2) of a box: making it, removing it, removing what killed keepers left."""

from __future__ import annotations

import errno
import os
import secrets
import sys
import time

from . import kernel
from .failure import BoxFailure, mount

CGROUPS = "/sys/fs/cgroup"
CGROUP_PREFIX = "pm2go-box."
#: How long processes that were killed may take to be gone: at once, unless the machine is busy.
SECONDS_TO_EMPTY = 60.0


class Cgroup:
    """A cgroup (v2) of the box's own: `watch` holds the keeper, `box` everything else."""

    def __init__(self) -> None:
        # In the place of what the machine has (v1, hybrid, v2), for the keeper and the box only.
        while kernel.detach(CGROUPS):
            pass
        mount("cgroup2", CGROUPS, "cgroup2")
        self.before = own_cgroup()
        self.path = f"{CGROUPS}/{CGROUP_PREFIX}{secrets.token_hex(4)}"
        try:
            self.enter_new()
        except OSError as error:
            raise BoxFailure(
                f"cannot create a cgroup below {CGROUPS}: {error.strerror}",
                "the cgroup2 file system must be writable; inside a container start that with"
                " all privileges (docker run --privileged)",
            ) from error
        remove_leftovers()
        self.enable_controllers()

    def enter_new(self) -> None:
        """Create it and move in; another box may take the still empty one for a leftover."""
        for _ in range(20):
            try:
                os.makedirs(self.path + "/watch", exist_ok=True)
                os.makedirs(self.path + "/box", exist_ok=True)
                put(self.path + "/watch/cgroup.procs", "0")
                os.makedirs(self.path + "/box", exist_ok=True)
                return
            except OSError as error:
                # Removed before the write, or between its opening and the write.
                if error.errno not in (errno.ENOENT, errno.ENODEV):
                    raise
        raise FileNotFoundError(2, "removed by somebody else again and again", self.path)

    def enable_controllers(self) -> None:
        """Hand on what controllers there are: none where they belong to cgroup v1."""
        with open(self.path + "/cgroup.controllers", encoding="ascii") as file:
            for controller in file.read().split():
                try:
                    put(self.path + "/cgroup.subtree_control", "+" + controller)
                except OSError as error:
                    print(f"box: no cgroup controller {controller}: {error}", file=sys.stderr)

    def remove(self) -> None:
        """Go back to where the keeper came from and remove all of it."""
        put(CGROUPS + self.before.rstrip("/") + "/cgroup.procs", "0")
        deadline = time.monotonic() + SECONDS_TO_EMPTY
        while not remove_tree(self.path) and time.monotonic() < deadline:
            time.sleep(0.01)


def own_cgroup() -> str:
    """This process's cgroup (v2)."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        for line in file:
            if line.startswith("0::"):
                return line[3:].rstrip("\n")
    raise BoxFailure("this kernel has no cgroup v2", "Linux 5.3 or newer is needed")


def put(path: str, text: str) -> None:
    """Write to a control file."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def remove_leftovers() -> None:
    """Remove the empty cgroups of keepers that were killed."""
    for name in os.listdir(CGROUPS):
        if name.startswith(CGROUP_PREFIX):
            path = f"{CGROUPS}/{name}"
            try:
                with open(path + "/cgroup.events", encoding="ascii") as file:
                    empty = "populated 0" in file.read()
            except OSError:
                continue
            if empty:
                remove_tree(path)


def remove_tree(path: str) -> bool:
    """Remove a cgroup and those below; false when something is still in one."""
    for folder, _, _ in os.walk(path, topdown=False):
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            pass
        except OSError:
            return False
    return True
