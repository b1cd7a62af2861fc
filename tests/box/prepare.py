"""What is changed in the box's root folder before it boots.

`prepare` runs in a child process that is chrooted into the overlay: whatever symbolic links
say, nothing here can touch the machine itself.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import stat
import subprocess
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

UNIT_FOLDERS = (
    "/etc/systemd/{}",
    "/usr/local/lib/systemd/{}",
    "/usr/lib/systemd/{}",
    "/lib/systemd/{}",
)
# What a boot pulls in is masked, unless it is one of these: the manager's own plumbing.
# Targets, slices and scopes start nothing by themselves and stay.
KEPT_UNITS = (
    "*.target",
    "*.slice",
    "dbus*",
    "dev-mqueue.mount",
    "tmp.mount",
    "systemd-journal*",
    "systemd-logind*",
    "systemd-user-sessions.service",
    "systemd-tmpfiles-setup.service",
    # Behind it polkit 127 checks passwords.
    "polkit-agent-helper.socket",
)
# Big and never needed by another user; walking them would cost more than the boot.
NOT_OPENED = frozenset({".git", "target"})
# Without this file systemd finds no polkit and denies access, as on a machine that has none; with
# a masked polkit.service it would say "masked", which no machine does.
POLKIT_ACTIVATION = "/usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service"
POLKIT_OFF = ".off"
# Which message bus `dbus.service` is, for the system and for each user. dbus-daemon's unit has the name itself.
BUS_ALIASES = ("/etc/systemd/system/dbus.service", "/etc/systemd/user/dbus.service")
BUS_UNITS = ("/usr/lib/systemd/{}/dbus-broker.service", "/lib/systemd/{}/dbus-broker.service")
JOURNAL_SETTINGS = """\
[Journal]
# Only a persistent journal has one file for each user, which that user may read.
Storage=persistent
SplitMode=uid
SystemMaxUse=256M
RateLimitIntervalSec=0
"""


@dataclass(frozen=True)
class Plan:
    """What one box needs."""

    users: tuple[str, ...]
    polkit: bool
    bus: str | None  # dbus-daemon, dbus-broker, or whichever is there
    reachable: tuple[str, ...]  # only the folders on the way are opened
    readable: tuple[str, ...]  # these are opened as a whole


def prepare(plan: Plan) -> None:
    """Make the root folder (this process's `/`) ready to boot."""
    write("/etc/machine-id", uuid.uuid4().hex + "\n", 0o444)
    write("/etc/hostname", "box\n")
    write("/etc/systemd/journald.conf.d/90-box.conf", JOURNAL_SETTINGS)
    # The distribution's own line empties /tmp at boot, and checkouts below /tmp with it.
    write("/etc/tmpfiles.d/tmp.conf", "d /tmp 1777 root root -\n")
    forget_old_journals()
    if plan.bus is not None:
        choose_bus(plan.bus)
    mask_units("system")
    mask_units("user")
    mask_generators()
    if not plan.polkit and os.path.exists(POLKIT_ACTIVATION):
        os.rename(POLKIT_ACTIVATION, POLKIT_ACTIVATION + POLKIT_OFF)
    for user in plan.users:
        add_lingering_user(user)
    for path in plan.reachable:
        open_way(path)
    for path in plan.readable:
        open_tree(path)


def choose_bus(bus: str) -> None:
    """What `systemctl enable dbus-broker.service` does, or `disable`, for the system and for users."""
    for alias in BUS_ALIASES:
        scope = alias.split("/")[3]
        if os.path.lexists(alias):
            os.unlink(alias)
        if bus == "dbus-broker":
            os.symlink(bus_unit(scope), alias)
        else:
            # A preset of all units would enable it, and systemd would leave the bus that runs.
            mask(scope, "dbus-broker.service")


def bus_unit(scope: str) -> str:
    """The unit of dbus-broker; `Box` has made sure that there is one."""
    return next(path for path in (unit.format(scope) for unit in BUS_UNITS) if os.path.exists(path))


def write(path: str, text: str, mode: int = 0o644) -> None:
    """Put a new file in the place of whatever is there, a symbolic link too."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def forget_old_journals() -> None:
    """The machine's own journals are nobody's business in the box."""
    os.makedirs("/var/log/journal", exist_ok=True)
    for entry in os.scandir("/var/log/journal"):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)


def wanted_units(scope: str) -> Iterator[str]:
    """Names of all units that some other unit pulls in at boot: enabled ones and static ones."""
    for pattern in UNIT_FOLDERS:
        folder = pattern.format(scope)
        if not os.path.isdir(folder):
            continue
        for entry in os.listdir(folder):
            if entry.endswith((".wants", ".requires")):
                yield from os.listdir(os.path.join(folder, entry))


def mask_units(scope: str) -> None:
    """Mask whatever a boot would start that is not part of the manager's own plumbing."""
    for name in set(wanted_units(scope)):
        if not any(fnmatch.fnmatchcase(name, kept) for kept in KEPT_UNITS):
            mask(scope, name)


def mask(scope: str, name: str) -> None:
    """What `systemctl mask` does, and also for units that are files in /etc."""
    link_to_null(f"/etc/systemd/{scope}/{name}")


def mask_generators() -> None:
    """No generator: the machine's fstab, init scripts and disks make units of their own."""
    for pattern in UNIT_FOLDERS:
        folder = pattern.format("system-generators")
        if os.path.isdir(folder):
            for name in os.listdir(folder):
                link_to_null(f"/etc/systemd/system-generators/{name}")


def link_to_null(path: str) -> None:
    """Make `path` a symbolic link to /dev/null."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    os.symlink("/dev/null", path)


def add_lingering_user(name: str) -> None:
    """Create the user where it is missing, and do what `loginctl enable-linger` does."""
    with open("/etc/passwd", encoding="utf-8") as file:
        known = any(line.startswith(name + ":") for line in file)
    if not known:
        subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", name], check=True)
    write(f"/var/lib/systemd/linger/{name}", "")


def open_way(path: str) -> None:
    """Let everybody pass through the folders above `path`."""
    for parent in parents(path):
        if os.path.isdir(parent):
            grant(parent, 0o001)


def open_tree(path: str) -> None:
    """Let everybody read all below `path`, and create files there (caches, results)."""
    open_way(path)
    grant(path, 0o007)
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in NOT_OPENED]
        for name in folders:
            grant(os.path.join(folder, name), 0o007)
        for name in files:
            grant(os.path.join(folder, name), 0o004)


def parents(path: str) -> Iterable[str]:
    """All folders above an absolute path, `/` first."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[:count]) for count in range(len(parts))]


def grant(path: str, bits: int) -> None:
    """Add permissions for others, and the right to execute where the owner has it."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:  # below the overlay the machine goes on working
        return
    if stat.S_ISREG(mode) and mode & 0o100:
        bits |= 0o001
    if mode & bits != bits and not stat.S_ISLNK(mode):
        os.chmod(path, stat.S_IMODE(mode) | bits)
