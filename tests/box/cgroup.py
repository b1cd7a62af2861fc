"""The cgroups of a box: making them, removing them, removing what killed keepers left."""

from __future__ import annotations

import fcntl
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from . import kernel
from .failure import BoxFailure, mount

CGROUPS = "/sys/fs/cgroup"
CGROUP_PREFIX = "pm2go-box."
#: How long processes that were killed may take to be gone: at once, unless the machine is busy.
SECONDS_TO_EMPTY = 60.0
#: What systemd uses of version 1. Two that a machine has in one hierarchy can only be mounted together.
CONTROLLERS = ("cpu,cpuacct", "cpu", "cpuacct", "memory", "pids", "blkio")


class Hierarchy(str, Enum):
    """What control groups a box has: those of version 2, those of version 1, or both, as systemd's "hybrid" has them."""

    UNIFIED = "unified"
    HYBRID = "hybrid"
    LEGACY = "legacy"

    def own(self) -> str:
        """Where systemd's own is, in the box."""
        return CGROUPS + {"unified": "", "hybrid": "/unified", "legacy": "/systemd"}[self.value]

    def mount_all(self) -> list[str]:
        """Mount it in the place of what the machine has, for the keeper and the box only; the folders of all, v2 first."""
        while kernel.detach(CGROUPS):
            pass
        if self is Hierarchy.UNIFIED:
            mount("cgroup2", CGROUPS, "cgroup2")
            return [CGROUPS]
        mount("tmpfs", CGROUPS, "tmpfs", kernel.READ_WRITE_NO_DEVICES, "mode=755")
        # What holds the box together is of version 2 here, too.
        for folder, kind, options in (("unified", "cgroup2", ""), ("systemd", "cgroup", "none,name=systemd")):
            os.mkdir(f"{CGROUPS}/{folder}")
            mount(kind, f"{CGROUPS}/{folder}", kind, 0, options)
        return [f"{CGROUPS}/unified", f"{CGROUPS}/systemd", *mount_controllers()]


def mount_controllers() -> list[str]:
    """Mount those of version 1 that version 2 does not have."""
    found = []
    for name in CONTROLLERS:
        folder = f"{CGROUPS}/{name}"
        os.mkdir(folder)
        try:
            kernel.mount("cgroup", folder, "cgroup", 0, name)
            found.append(folder)
        except OSError:
            os.rmdir(folder)
    return found


class Cgroup:
    """A cgroup (v2) of the box's own: `watch` holds the keeper, `box` everything else.

    Where the box has hierarchies of version 1, there is one of the same name in each of them.
    """

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy
        self.root, *others = hierarchy.mount_all()
        self.before = own_cgroup()
        name = f"{CGROUP_PREFIX}{secrets.token_hex(4)}"
        self.path = f"{self.root}/{name}"
        self.others = [f"{root}/{name}" for root in others]
        try:
            with locked(self.root):
                remove_leftovers(self.root, others)
                os.makedirs(self.path + "/watch")
                for path in self.all():
                    os.makedirs(path + "/box")
                put(self.path + "/watch/cgroup.procs", "0")
        except OSError as error:
            raise BoxFailure(
                f"cannot create a cgroup below {self.root}: {error.strerror}",
                "the cgroup file systems must be writable; inside a container start that with"
                " all privileges (docker run --privileged)",
            ) from error
        self.enable_controllers()

    def all(self) -> list[str]:
        """It, and those of version 1."""
        return [self.path, *self.others]

    def enable_controllers(self) -> None:
        """Hand on what controllers there are: none where they belong to cgroup v1."""
        with open(self.path + "/cgroup.controllers", encoding="ascii") as file:
            for controller in file.read().split():
                try:
                    put(self.path + "/cgroup.subtree_control", "+" + controller)
                except OSError as error:
                    print(f"box: no cgroup controller {controller}: {error}", file=sys.stderr)

    def take_in_this_process(self) -> None:
        """Move this process to where all of the box is."""
        for path in self.all():
            put(path + "/box/cgroup.procs", "0")

    def remove(self) -> None:
        """Go back to where the keeper came from and remove all of it."""
        put(self.root + self.before.rstrip("/") + "/cgroup.procs", "0")
        deadline = time.monotonic() + SECONDS_TO_EMPTY
        # That of version 2 is the last one: while it is there, the others are nobody's leftovers.
        for path in reversed(self.all()):
            while not remove_tree(path) and time.monotonic() < deadline:
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


def remove_leftovers(root: str, others: list[str]) -> None:
    """Remove the empty cgroups of keepers that were killed."""
    for path in of_boxes(root):
        try:
            with open(path + "/cgroup.events", encoding="ascii") as file:
                empty = "populated 0" in file.read()
        except OSError:
            continue
        if empty:
            remove_tree(path)
    for path in (path for other in others for path in of_boxes(other)):
        if not os.path.exists(f"{root}/{os.path.basename(path)}"):
            remove_tree(path)


def of_boxes(root: str) -> list[str]:
    """The cgroups of boxes in a hierarchy."""
    return [f"{root}/{name}" for name in os.listdir(root) if name.startswith(CGROUP_PREFIX)]


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
