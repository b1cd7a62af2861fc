"""Python programs of their own: for what a test must not do to its own process."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pm2go

#: The folder that the package is imported from.
PACKAGE = str(Path(pm2go.__file__).parents[1])
TESTER = "tester"


def command(code: str, *arguments: str, python: str = sys.executable) -> list[str]:
    """Return the command line of a program; `sys.argv[1:]` are the arguments."""
    start = f"import sys; sys.path.insert(0, {PACKAGE!r})\n"
    return [python, "-B", "-c", start + textwrap.dedent(code), *arguments]


def run(
    code: str,
    *arguments: str,
    user: str | None = None,
    env: dict[str, str] | None = None,
    python: str = sys.executable,
    timeout: float = 60,
) -> Any:
    """Run a program to its end and return what it printed in its last line, as JSON."""
    line = command(code, *arguments, python=python)
    environment = {**os.environ, **(env or {})}
    if user is not None:
        account = pwd.getpwnam(user)
        line = [
            shutil.which("setpriv") or "setpriv",
            f"--reuid={user}",
            f"--regid={account.pw_gid}",
            "--init-groups",
            *line,
        ]
        environment |= {"HOME": account.pw_dir, "XDG_RUNTIME_DIR": f"/run/user/{account.pw_uid}"}
        environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    done = subprocess.run(line, check=False, capture_output=True, text=True, env=environment, timeout=timeout)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])
