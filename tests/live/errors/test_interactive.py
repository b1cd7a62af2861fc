"""polkit asks somebody for a password, where the caller allows that it does: the agent is pkttyagent(1) on a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import termios
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from live.fixtures import programs
from live.fixtures.scope import ROOT
from live.fixtures.systemctl import show
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.fixtures.units import UnitFiles

SHADOW = Path("/etc/shadow")
PASSWORD = "a-password-of-the-box"  # noqa: S105 - it is known to nobody but this test, and gone with the box
#: Starts a unit when it is told to, and says what came of it.
PROGRAM = """
    import json, os
    import pm2go
    verb, unit, interactive = sys.argv[1:]
    print(os.getpid(), flush=True)
    sys.stdin.readline()
    bus = "unix:path=/run/dbus/system_bus_socket"
    with pm2go.Systemd(scope="system", address=bus, interactive=interactive == "yes") as systemd:
        try:
            if verb == "start":
                print(json.dumps(systemd.start_unit(unit, timeout=60).result))
            else:
                systemd.daemon_reload(timeout=60)
                print(json.dumps("done"))
        except pm2go.Pm2goError as error:
            print(json.dumps([type(error).__name__, str(error)]))
"""


class Agent:
    """Answers polkit's questions about a process, on a terminal of its own."""

    def __init__(self, pid: int, password: str) -> None:
        self._password = password.encode() + b"\n"
        ready, told = os.pipe()
        os.set_inheritable(told, True)  # noqa: FBT003 - as the function has it
        as_user = [shutil.which("setpriv") or "", f"--reuid={programs.TESTER}", f"--regid={programs.TESTER}"]
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            command = [
                *as_user,
                "--init-groups",
                "pkttyagent",
                "--process",
                str(pid),
                "--notify-fd",
                str(told),
            ]
            os.execv(command[0], command)  # noqa: S606 - there is no shell to want
        os.close(told)
        # It is closed when polkit knows the agent.
        assert select.select([ready], [], [], 20)[0]
        os.close(ready)

    def answer(self) -> None:
        """Wait for the question, and give the password."""
        asked = b""
        while b"assword" not in asked:
            assert select.select([self._terminal], [], [], 30)[0], asked
            asked += os.read(self._terminal, 4096)
        # What is written before it has turned the echo off, it throws away.
        wait_until(lambda: not termios.tcgetattr(self._terminal)[3] & termios.ECHO)
        os.write(self._terminal, self._password)

    def close(self) -> None:
        os.close(self._terminal)  # which hangs up
        os.waitpid(self._child, 0)


if ROOT:  # somebody has to set a password

    @pytest.fixture
    def _password() -> Iterator[None]:
        before = SHADOW.read_text()
        subprocess.run(["chpasswd"], input=f"root:{PASSWORD}\n", check=True, text=True)
        # Where polkit has it, passwords are checked behind it; where not, by a program that is root's.
        subprocess.run(["systemctl", "start", "polkit-agent-helper.socket"], check=False, capture_output=True)
        yield
        SHADOW.write_text(before)

    def start(unit: str, interactive: str, password: str | None, verb: str = "start") -> Any:
        """Have a user start a unit, with an agent that gives this password."""
        command = ["setpriv", f"--reuid={programs.TESTER}", f"--regid={programs.TESTER}", "--init-groups"]
        program = [*command, *programs.command(PROGRAM, verb, unit, interactive)]
        pipe = subprocess.PIPE
        with subprocess.Popen(program, stdin=pipe, stdout=pipe, text=True) as process:
            assert process.stdin
            assert process.stdout
            agent = None if password is None else Agent(int(process.stdout.readline()), password)
            try:
                process.stdin.write("go on\n")
                process.stdin.flush()
                if agent is not None and interactive == "yes":
                    agent.answer()
                return json.loads(process.communicate(timeout=60)[0].splitlines()[-1])
            finally:
                if agent is not None:
                    agent.close()

    @pytest.mark.usefixtures("_password")
    def test_who_knows_the_password_may(units: UnitFiles) -> None:
        unit = units.service()
        assert start(unit, "yes", PASSWORD) == "done"
        wait_until(lambda: show(unit, "ActiveState") == "active")

    @pytest.mark.usefixtures("_password")
    def test_a_reload_is_asked_for_too(units: UnitFiles) -> None:
        assert start(units.service(), "yes", PASSWORD, "reload") == "done"

    @pytest.mark.usefixtures("_password")
    def test_who_does_not_know_it_may_not(units: UnitFiles) -> None:
        unit = units.service()
        kind, hint = start(unit, "yes", "wrong")
        assert kind in {"PermissionDeniedError", "AuthorizationRequiredError"}
        assert hint
        assert show(unit, "ActiveState") == "inactive"

    @pytest.mark.usefixtures("_password")
    def test_nobody_is_asked_unless_that_is_allowed(units: UnitFiles) -> None:
        unit = units.service()
        # (For a job systemd 252 has polkit ask in any case.)
        kind, text = start(unit, "no", PASSWORD, "reload")
        assert kind == "AuthorizationRequiredError", text

    def test_nobody_can_be_asked_where_there_is_no_agent(units: UnitFiles) -> None:
        unit = units.service()
        kind, _ = start(unit, "yes", None)
        assert kind in {"PermissionDeniedError", "AuthorizationRequiredError"}
