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
import select
import signal
import socket
import subprocess
import sys
import traceback
from contextlib import suppress
from typing import Any, NamedTuple

# `python -I` has no folder of ours in its path.
sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from box import kernel
from box.cgroup import Cgroup, Hierarchy
from box.failure import BoxFailure
from box.rootfolder import ROOT, STAGE, Order, RootFolder

NOTIFY = STAGE + "/notify"
SECONDS_TO_DIE = 60.0


class Mode(NamedTuple):
    """What systemd-nspawn and the systemd inside are told of the hierarchy."""

    is_unified: str = "0"
    #: A namespace of users, though with all users as they are: without one the controllers of version 1 are read-only.
    options: tuple[str, ...] = ("--private-users=0:65536", "--private-users-ownership=off")
    kernel_command_line: tuple[str, ...] = ()


MODES = {
    Hierarchy.UNIFIED: Mode("1", ()),
    Hierarchy.HYBRID: Mode(kernel_command_line=("systemd.unified_cgroup_hierarchy=0",)),
    Hierarchy.LEGACY: Mode(
        kernel_command_line=(
            "systemd.unified_cgroup_hierarchy=0",
            "systemd.legacy_systemd_cgroup_controller=1",
        )
    ),
}


def read_order() -> Order:
    """The first line of the input. Unbuffered, since what follows is polled for."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            raise SystemExit(0)
        line += byte
    fields: dict[str, Any] = json.loads(line)
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Order(**{**fields, **lists})


def report(event: str, **fields: Any) -> None:
    """Tell the runner; it may be gone."""
    with suppress(BrokenPipeError):
        os.write(1, json.dumps({"event": event, **fields}).encode() + b"\n")


def start_nspawn(cgroup: Cgroup) -> int:
    """Start systemd-nspawn as the first process of a process namespace; its process id here."""
    name = os.path.basename(cgroup.path).replace(".", "-")
    mode = MODES[cgroup.hierarchy]
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
        "--console=read-only",  # with "pipe" the boot's messages go nowhere
        f"--machine={name}",
        "--hostname=box",
        f"--directory={ROOT}",
        *mode.options,
        "--boot",
        *mode.kernel_command_line,
    ]
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": mode.is_unified,
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
        cgroup.take_in_this_process()
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
    cgroup = Cgroup(Hierarchy(order.hierarchy))
    nspawn = 0
    try:
        nspawn = start_nspawn(cgroup)
        watch(nspawn, notifications, lifeline)
    finally:
        if nspawn:
            os.kill(nspawn, signal.SIGKILL)
            # It ends when the machine has buried all processes of the box: usually at once.
            select.select([os.pidfd_open(nspawn)], [], [], SECONDS_TO_DIE)
            os.waitpid(nspawn, os.WNOHANG)
        cgroup.remove()


def watch(nspawn: int, notifications: socket.socket, lifeline: int) -> None:
    """Pass on what systemd-nspawn says until there is a reason to end."""
    ended = os.pidfd_open(nspawn)
    poll = select.poll()
    for descriptor in (0, ended, lifeline, notifications.fileno()):
        poll.register(descriptor, select.POLLIN)
    ready = False
    while True:
        events = dict(poll.poll())
        if 0 in events or lifeline in events:
            return
        if notifications.fileno() in events:
            message = notifications.recv(4096).decode(errors="replace").splitlines()
            # Newer systemds say so after each reload, too; the runner does not listen any more then, and what
            # nobody reads fills the pipe until this process, and the box with it, stands still.
            if "READY=1" in message and not ready:
                ready = True
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
