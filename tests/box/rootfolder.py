"""The box's root folder: an overlay of the machine's own, and of what is mounted below it."""

from __future__ import annotations

import os
import stat
import sys
import traceback
from dataclasses import dataclass

from . import kernel, prepare
from .failure import BoxFailure, mount

STAGE = "/run/box"  # on a tmpfs that only the keeper and the box see
ROOT = STAGE + "/root"

# The box has its own file systems there; what the machine has below is brought in by an overlay.
COVERED = ("/tmp", "/run", "/dev", "/proc", "/sys")
# Mounts of the machine that belong to its `/`, where they are separate file systems.
SYSTEM_MOUNTS = frozenset(
    ("/usr", "/usr/local", "/usr/lib", "/var", "/var/lib", "/etc", "/opt", "/home", "/root", "/srv")
)


@dataclass(frozen=True)
class Order:
    """What the runner asks for. All paths are absolute and without symbolic links."""

    runner: int
    lower: str
    users: tuple[str, ...]
    polkit: bool
    bus: str | None
    reachable: tuple[str, ...]
    binds: tuple[str, ...]
    outputs: tuple[str, ...]
    hierarchy: str


class RootFolder:
    """Builds the box's `/` from overlays. Sources are opened before /run is covered."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.layers = 0
        self.overlays: list[tuple[str, int]] = []
        self.outputs: list[tuple[str, int]] = []

    def build(self) -> None:
        """Mount everything, then change what must be changed."""
        self.open_sources()
        os.makedirs("/run", exist_ok=True)
        mount("tmpfs", "/run", "tmpfs", kernel.READ_WRITE_NO_DEVICES, "mode=755")
        os.makedirs(ROOT)
        # Unlike /run, what is below must be able to hold set-user-ID programs and devices.
        os.mkdir(STAGE + "/layers")
        mount("tmpfs", STAGE + "/layers", "tmpfs", 0, "mode=755")
        self.overlay("/", os.open(self.order.lower, os.O_PATH))
        for path, mode in (("/tmp", "1777"), ("/run", "755")):
            os.makedirs(ROOT + path, exist_ok=True)
            mount("tmpfs", ROOT + path, "tmpfs", kernel.READ_WRITE_NO_DEVICES, f"mode={mode}")
        for path, source in self.overlays:
            self.overlay(path, source)
        self.change()
        # Only now: from here on a path may lead to a folder of the machine.
        for path, source in self.outputs:
            os.makedirs(ROOT + path, exist_ok=True)
            mount(f"/proc/self/fd/{source}", ROOT + path, flags=kernel.BIND)

    def open_sources(self) -> None:
        """Find what the overlay of `/` does not show, and hold on to it."""
        order = self.order
        brought = {"/"} if order.lower == "/" else set()
        if order.lower == "/":
            wanted = (*order.binds, *order.reachable)
            for point in mount_points():
                if is_below(point, COVERED) or point == "/" or not os.path.isdir(point):
                    continue
                if point in SYSTEM_MOUNTS or any(is_below(path, (point,)) for path in wanted):
                    brought.add(point)
                    self.overlays.append((point, os.open(point, os.O_PATH)))
        for path in sorted(order.binds):
            owner = mount_point_of(path)
            covered = is_below(path, COVERED)
            if any(is_below(path, (p,)) and mount_point_of(p) == owner for p in brought - {"/"}):
                continue
            if covered or owner not in brought:
                brought.add(path)
                self.overlays.append((path, os.open(path, os.O_PATH)))
        self.overlays.sort()
        self.outputs = [(path, os.open(path, os.O_PATH)) for path in sorted(order.outputs)]

    def overlay(self, path: str, lower: int) -> None:
        """Show the folder `lower` at `path`; what is written there stays in the box."""
        layer = f"{STAGE}/layers/{self.layers}"
        self.layers += 1
        info = os.fstat(lower)
        for folder in (layer, layer + "/upper", layer + "/work"):
            os.mkdir(folder)
        # An overlay's top folder has the owner and mode of its upper layer.
        os.chown(layer + "/upper", info.st_uid, info.st_gid)
        os.chmod(layer + "/upper", stat.S_IMODE(info.st_mode))
        os.makedirs(ROOT + path, exist_ok=True)
        options = f"lowerdir=/proc/self/fd/{lower},upperdir={layer}/upper,workdir={layer}/work"
        try:
            kernel.mount("overlay", ROOT + path, "overlay", 0, options)
        except OSError as error:
            raise BoxFailure(
                f"cannot put an overlay on {path}: {error.strerror}",
                "the kernel needs overlayfs (modprobe overlay); where this machine is itself a"
                " container whose / is an overlay of overlays, run on the host",
            ) from error

    def change(self) -> None:
        """Run `prepare` in a child that cannot see the machine's own files."""
        order = self.order
        plan = prepare.Plan(
            users=order.users,
            polkit=order.polkit,
            bus=order.bus,
            reachable=(*order.reachable, *order.outputs),
            readable=order.binds,
        )
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.chroot(ROOT)
                os.chdir("/")
                prepare.prepare(plan)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        if os.waitpid(child, 0)[1]:
            raise BoxFailure("cannot prepare the root folder", "see the lines above")


def mount_points() -> list[str]:
    """All mount points of the machine, parents first."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        fields = (line.split()[4] for line in file)
        return sorted({field.replace("\\040", " ").replace("\\011", "\t") for field in fields})


def mount_point_of(path: str) -> str:
    """The mount point that `path` is below."""
    while not os.path.ismount(path):
        path = os.path.dirname(path)
    return path


def is_below(path: str, folders: tuple[str, ...]) -> bool:
    """Whether `path` is one of the folders or below one."""
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)
