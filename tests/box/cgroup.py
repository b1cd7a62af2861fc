"""The cgroup (v2) of a box: making it, removing it, removing what killed keepers left."""

from __future__ import annotations

import fcntl
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
            with locked(CGROUPS):
                remove_leftovers()
                os.makedirs(self.path + "/watch")
                os.makedirs(self.path + "/box")
                put(self.path + "/watch/cgroup.procs", "0")
        except OSError as error:
            raise BoxFailure(
                f"cannot create a cgroup below {CGROUPS}: {error.strerror}",
                "the cgroup2 file system must be writable; inside a container start that with"
                " all privileges (docker run --privileged)",
            ) from error
        self.enable_controllers()

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


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Only one keeper of the machine at a time: one that is not in its cgroup yet looks like a leftover.

    All mounts of cgroup2 share their folders' locks; the kernel unlocks for who is killed.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


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
