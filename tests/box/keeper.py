"""The keeper: a process beside the runner that builds the box, boots it and takes it down.

It is started by `box.Box`, reads what to do from its input as one line of JSON, and reports in
lines of JSON on its output. It takes the box down when it is told `stop`, when the runner is
gone (killed or not), or when the box ends by itself.

Nothing can be left over, by construction: all mounts are in a mount namespace of the keeper's
own, all processes of the box in a process namespace whose first process dies with the keeper,
and all files on a tmpfs of that mount namespace. What remains is one cgroup; the keeper removes
it at the end, and should the keeper itself be killed, the next box removes it.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import socket
import stat
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # `python -I` leaves it out

import kernel
import prepare

STAGE = "/run/box"  # on a tmpfs that only the keeper and the box see
ROOT = STAGE + "/root"
NOTIFY = STAGE + "/notify"
CGROUPS = "/sys/fs/cgroup"
CGROUP_PREFIX = "pm2go-box."

# The box has its own file systems there; what the machine has below is brought in by an overlay.
COVERED = ("/tmp", "/run", "/dev", "/proc", "/sys")
# Mounts of the machine that belong to its `/`, where they are separate file systems.
SYSTEM_MOUNTS = frozenset(
    ("/usr", "/usr/local", "/usr/lib", "/var", "/var/lib", "/etc", "/opt", "/home", "/root", "/srv")
)


class BoxFailure(Exception):
    """The box cannot be: the reason, and what to do about it."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint


@dataclass(frozen=True)
class Order:
    """What the runner asks for. All paths are absolute and without symbolic links."""

    runner: int
    lower: str
    users: tuple[str, ...]
    polkit: bool
    reachable: tuple[str, ...]
    binds: tuple[str, ...]
    outputs: tuple[str, ...]


def read_order() -> Order:
    """The first line of the input. Unbuffered, since what follows is polled for."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            raise SystemExit(0)
        line += byte
    fields = json.loads(line)
    return Order(**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()})


def report(event: str, **fields: Any) -> None:
    """Tell the runner; it may be gone."""
    try:
        os.write(1, json.dumps({"event": event, **fields}).encode() + b"\n")
    except BrokenPipeError:
        pass


# --- the root folder -------------------------------------------------------------------------


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


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount, or say what could not be mounted."""
    try:
        kernel.mount(source, target, kind, flags, options)
    except OSError as error:
        raise BoxFailure(
            f"cannot mount {kind or source} on {target}: {error.strerror}",
            "inside a container this needs all privileges (docker run --privileged)",
        ) from error


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


# --- cgroups ---------------------------------------------------------------------------------


class Cgroup:
    """A cgroup (v2) of the box's own: `watch` holds the keeper, `box` everything else."""

    def __init__(self) -> None:
        # Over whatever the machine has there (v1, hybrid or v2), for the keeper and the box only.
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
            except FileNotFoundError:
                continue
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
        deadline = time.monotonic() + 5
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


# --- the boot --------------------------------------------------------------------------------


def start_nspawn(cgroup: Cgroup) -> int:
    """Start systemd-nspawn as the first process of a process namespace; its process id here."""
    name = os.path.basename(cgroup.path).replace(".", "-")
    command = [
        "systemd-nspawn",
        "--quiet",
        "--settings=no",
        "--register=no",
        "--keep-unit",
        "--private-network",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--notify-ready=yes",
        "--console=pipe",
        f"--machine={name}",
        "--hostname=box",
        f"--directory={ROOT}",
        "--boot",
    ]
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
        "NOTIFY_SOCKET": NOTIFY,
        # As a first process it would log to a journal that is not there.
        "SYSTEMD_LOG_TARGET": "console",
    }
    held, go = os.pipe()
    kernel.unshare(kernel.NEW_PROCESSES)
    child = os.fork()
    if child:
        os.close(held)
        os.write(go, b"!")
        os.close(go)
        return child
    try:
        os.close(go)
        kernel.die_with_parent()
        if os.read(held, 1) != b"!":  # the keeper died before the line above
            os._exit(1)
        put(cgroup.path + "/box/cgroup.procs", "0")
        kernel.unshare(kernel.NEW_MOUNTS)
        kernel.mount("proc", "/proc", "proc")
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvpe(command[0], command, environment)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def first_process_of_box(nspawn: int) -> int:
    """The process id, as the runner sees it, of the systemd inside."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/status", encoding="utf-8", errors="replace") as file:
                    status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
            except OSError:
                continue
            # 1 in the box's own process namespace, and a child of nspawn.
            if status.get("PPid") == str(nspawn) and status["NSpid"].split()[-1] == "1":
                return int(name)
    raise BoxFailure("systemd-nspawn started no first process")


def keep(order: Order, lifeline: int) -> None:
    """Build, boot, wait for the end, take down."""
    kernel.unshare(kernel.NEW_MOUNTS)
    kernel.mount("none", "/", flags=kernel.PRIVATE | kernel.RECURSIVE)
    RootFolder(order).build()
    notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notifications.bind(NOTIFY)
    cgroup = Cgroup()
    nspawn = 0
    try:
        nspawn = start_nspawn(cgroup)
        watch(nspawn, notifications, lifeline)
    finally:
        if nspawn:
            os.kill(nspawn, signal.SIGKILL)
            os.waitpid(nspawn, 0)
        cgroup.remove()


def watch(nspawn: int, notifications: socket.socket, lifeline: int) -> None:
    """Pass on what systemd-nspawn says until there is a reason to end."""
    ended = os.pidfd_open(nspawn)
    poll = select.poll()
    for descriptor in (0, ended, lifeline, notifications.fileno()):
        poll.register(descriptor, select.POLLIN)
    while True:
        events = dict(poll.poll())
        if 0 in events or lifeline in events:
            return
        if notifications.fileno() in events:
            message = notifications.recv(4096).decode(errors="replace").splitlines()
            if "READY=1" in message:
                report("ready", leader=first_process_of_box(nspawn))
        if ended in events:
            raise BoxFailure("systemd-nspawn ended by itself")


def end(number: int, frame: object) -> None:
    """A signal ends the keeper in the orderly way."""
    raise SystemExit(0)


def main() -> None:
    """Read the order and keep the box."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    order = read_order()
    try:
        # The end of the input is not enough: a forked child of the runner may hold it open.
        lifeline = os.pidfd_open(order.runner)
    except ProcessLookupError:
        return
    try:
        keep(order, lifeline)
    except BoxFailure as failure:
        report("failed", reason=str(failure), hint=failure.hint)
    except PermissionError as error:
        report(
            "failed",
            reason=f"{error.filename}: {error.strerror}",
            hint="be root with all privileges (inside a container: docker run --privileged)",
        )
    except (OSError, subprocess.SubprocessError) as error:
        traceback.print_exc()
        report("failed", reason=str(error), hint="see the lines above")


if __name__ == "__main__":
    main()
