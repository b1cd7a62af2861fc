"""A throw-away real systemd, from Python: see README.md.

with Box() as box:
    box.run(["systemctl", "start", "cron.service"], check=True)
    box.run(["systemctl", "--user", "list-units"], user="tester")
"""

from __future__ import annotations

import itertools
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from .cgroup import Hierarchy
from .command import Command
from .machine import CHECKOUT, HERE, BoxError, check_machine, interpreter_paths
from .prepare import POLKIT_ACTIVATION, POLKIT_OFF

TESTER = "tester"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Box:
    """A whole systemd in a container on an overlay of this machine. Nothing of it stays.

    A context manager. All paths are the same inside and outside:
    `checkout` is the working directory of commands; it and each of `binds` can be read by every
    user inside, and what is written there stays in the box. What is written to one of `outputs`
    gets out. Each of `users` is created where it is missing and has a lingering user manager.
    `polkit` is switched at any time with `set_polkit`. `lower` is the root folder of another
    distribution (`systems.root_folder` makes them), `bus` which message bus it has, if not whichever
    is installed: dbus-daemon or dbus-broker. `hierarchy` is that of its control groups. `boot_timeout` is in seconds.
    """

    def __init__(
        self,
        *,
        checkout: os.PathLike[str] | str = CHECKOUT,
        binds: Iterable[os.PathLike[str] | str] = (),
        outputs: Iterable[os.PathLike[str] | str] = (),
        users: Iterable[str] = (TESTER,),
        polkit: bool = True,
        bus: str | None = None,
        lower: os.PathLike[str] | str = "/",
        hierarchy: Hierarchy = Hierarchy.UNIFIED,
        boot_timeout: float = 60.0,
    ) -> None:
        self.checkout = os.path.realpath(checkout)
        self.binds = [os.path.realpath(path) for path in binds]
        self.outputs = [os.path.realpath(path) for path in outputs]
        self.users = [user for user in users if user != "root"]
        self.polkit = polkit
        self.bus = bus
        self.lower = os.path.realpath(lower)
        self.hierarchy = hierarchy
        self.boot_timeout = boot_timeout
        #: Seconds the boot took, and the state that `systemctl is-system-running` then named.
        self.boot_seconds = 0.0
        self.state = ""
        self.failed_units: list[str] = []
        self._keeper: subprocess.Popen[bytes] | None = None
        self._leader = 0
        self._boot_output = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the box object)
        self._numbers = itertools.count(1)

    # --- up and down -------------------------------------------------------------------------

    def __enter__(self) -> Box:
        started = time.monotonic()
        check_machine(self.lower, self.bus, (self.checkout, self.lower, *self.binds))
        try:
            self._start_keeper()
            self._leader = self._wait_until_ready(started + self.boot_timeout)
            self._finish_boot(started + self.boot_timeout)
        except BaseException:
            self.close()
            raise
        self.boot_seconds = time.monotonic() - started
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the box down: returns when no process, mount, file or cgroup of it is left."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            assert keeper.stdin is not None and keeper.stdout is not None
            try:
                keeper.stdin.write(b"stop\n")
                keeper.stdin.close()
            except BrokenPipeError:
                pass
            try:
                keeper.wait()
            except BaseException:  # a second Ctrl-C; it takes some hundredths of a second
                keeper.wait()
                raise
            keeper.stdout.close()

    def boot_output(self) -> str:
        """What the boot and systemd-nspawn printed."""
        self._boot_output.seek(0)
        return self._boot_output.read().decode(errors="replace").replace("\r", "")

    def _start_keeper(self) -> None:
        for path in self.outputs:
            if not os.path.isdir(path):
                os.makedirs(path)
                os.chmod(path, 0o1777)  # every user inside may write
        order = {
            "runner": os.getpid(),
            "lower": self.lower,
            "users": self.users,
            "polkit": self.polkit,
            "bus": self.bus,
            "reachable": interpreter_paths() if self.lower == "/" else [],
            "binds": sorted({self.checkout, *self.binds, *self._environments()}),
            "outputs": self.outputs,
            "hierarchy": self.hierarchy.value,
        }
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(HERE / "keeper.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._boot_output,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the runner; the keeper outlives it
        )
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(json.dumps(order).encode() + b"\n")
        self._keeper.stdin.flush()

    def _environments(self) -> list[str]:
        """The virtual environment this runs in, should it be where the box cannot see it."""
        return [os.path.realpath(sys.prefix)] if sys.prefix != sys.base_prefix else []

    def _wait_until_ready(self, deadline: float) -> int:
        """The keeper's answer: the process id of the systemd inside."""
        assert self._keeper is not None and self._keeper.stdout is not None
        output = self._keeper.stdout
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([output], [], [], left)[0]:
                raise self._error(f"not up after {self.boot_timeout:g} s")
            chunk = os.read(output.fileno(), 65536)
            if not chunk:
                raise self._error("its keeper ended without a word")
            line += chunk
        answer = json.loads(line)
        if answer["event"] != "ready":
            raise self._error(answer["reason"], answer["hint"])
        return int(answer["leader"])

    def _finish_boot(self, deadline: float) -> None:
        """Wait for the user managers and for the end of all jobs."""
        for user in self.users:
            unit = f"user@{self._account(user)[2]}.service"
            started = self._systemctl("start", unit, deadline=deadline)
            if started.returncode:
                raise self._error(f"no user manager for {user}: {started.stderr.strip()}")
        state = self._systemctl("is-system-running", "--wait", deadline=deadline)
        self.state = state.stdout.strip()
        if self.state == "degraded":
            failed = self._systemctl(*("list-units", "--failed", "--plain", "--no-legend"), deadline=deadline)
            self.failed_units = [line.split()[0] for line in failed.stdout.splitlines()]
        if self.state not in ("running", "degraded"):
            raise self._error(f"systemd says {self.state or state.stderr.strip()}")

    def _systemctl(self, *arguments: str, deadline: float) -> subprocess.CompletedProcess[str]:
        try:
            return self.run(
                ["systemctl", *arguments],
                cwd="/",
                capture_output=True,
                timeout=max(deadline - time.monotonic(), 0.1),
            )
        except subprocess.TimeoutExpired:
            raise self._error(
                f"not up after {self.boot_timeout:g} s, in systemctl {' '.join(arguments)}"
            ) from None

    def _error(self, reason: str, hint: str = "") -> BoxError:
        return BoxError(reason, hint, self.boot_output())

    # --- commands ----------------------------------------------------------------------------

    def run(
        self,
        command: Sequence[str],
        *,
        user: str = "root",
        env: Mapping[str, str] | None = None,
        cwd: os.PathLike[str] | str | None = None,
        input: str | None = None,
        timeout: float | None = None,
        check: bool = False,
        capture_output: bool = False,
        **options: Any,
    ) -> subprocess.CompletedProcess[str]:
        """`subprocess.run` inside, as text. After `timeout` seconds the command and all that it
        started are killed and `subprocess.TimeoutExpired` is raised."""
        if capture_output:
            options.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if input is not None:
            options["stdin"] = subprocess.PIPE
        options.setdefault("text", True)
        with self.popen(command, user=user, env=env, cwd=cwd, **options) as process:
            try:
                output, errors = process.communicate(input, timeout=timeout)
            except BaseException:
                process.kill()
                raise
        process.forget()
        result = subprocess.CompletedProcess(list(command), process.returncode, output, errors)
        if check:
            result.check_returncode()
        return result

    def popen(
        self,
        command: Sequence[str],
        *,
        user: str = "root",
        env: Mapping[str, str] | None = None,
        cwd: os.PathLike[str] | str | None = None,
        **options: Any,
    ) -> Command:
        """`subprocess.Popen` inside. Its `kill` kills all that the command started."""
        if self._keeper is None:
            raise BoxError("not up", "use it in a with statement")
        name, _, uid, gid, _, home, shell = self._account(user)
        environment = {
            "HOME": home,
            "USER": name,
            "LOGNAME": name,
            "SHELL": shell,
            "PATH": self._path(),
            "LANG": "C.UTF-8",
            "TERM": os.environ.get("TERM", "dumb"),
        }
        if name in self.users:
            environment["XDG_RUNTIME_DIR"] = f"/run/user/{uid}"
            environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path=/run/user/{uid}/bus"
        environment.update(env or {})
        # A cgroup for each command: all that it starts can be killed at once.
        cgroup = f"/proc/{self._leader}/root{self.hierarchy.own()}/commands/{next(self._numbers)}"
        try:
            os.makedirs(cgroup)
        except OSError as error:
            raise self._error("it has ended by itself") from error
        inside = [
            *("/usr/bin/setpriv", "--reuid", uid, "--regid", gid, "--init-groups", "--inh-caps=-all"),
            *("env", "-C", os.path.abspath(cwd or self.checkout), *command),
        ]
        return Command(self._leader, cgroup, inside, env=environment, **options)

    def set_polkit(self, on: bool) -> None:
        """With polkit a user's call on the system scope is answered InteractiveAuthorization-
        Required, without it AccessDenied."""
        there, here = (POLKIT_OFF, "") if on else ("", POLKIT_OFF)
        root = f"/proc/{self._leader}/root"
        try:
            os.rename(
                root + POLKIT_ACTIVATION + there,
                root + POLKIT_ACTIVATION + here,
            )
        except FileNotFoundError:
            if not os.path.exists(root + POLKIT_ACTIVATION + here):
                raise BoxError("no polkit in the box", "install polkitd") from None
        reload = [
            "busctl",
            "call",
            "org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus",
            "ReloadConfig",
        ]
        verb = "start" if on else "stop"
        for command in (reload, ["systemctl", verb, "polkit.service"]):
            self.run(command, cwd="/", check=True, capture_output=True)

    def _path(self) -> str:
        """The caller's search path, where it makes sense inside."""
        return os.environ.get("PATH", SYSTEM_PATH) if self.lower == "/" else SYSTEM_PATH

    def _account(self, name: str) -> list[str]:
        """The user's line in the passwd file of the box."""
        with open(f"/proc/{self._leader}/root/etc/passwd", encoding="utf-8") as file:
            for line in file:
                fields = line.rstrip("\n").split(":")
                if fields[0] == name:
                    return fields
        raise BoxError(f"no user {name} in the box", "name it in `users`")
