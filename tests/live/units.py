"""Unit files for tests, with names of their own, which do not outlive the test."""

from __future__ import annotations

import itertools
import os
import shutil
import textwrap
from typing import TYPE_CHECKING

from .place import UNIT_FOLDER, systemctl

if TYPE_CHECKING:
    from pathlib import Path

SLEEP = "/bin/sleep 300"

_numbers = itertools.count(1)


class UnitFiles:
    """The unit files and app names of one test."""

    def __init__(self) -> None:
        self.folder: Path = UNIT_FOLDER
        self._names: list[str] = []
        self._paths: list[Path] = []

    def name(self, stem: str = "unit", suffix: str = ".service") -> str:
        """Return a unit name that nobody has; what becomes of that unit is cleaned up."""
        name = f"live-{os.getpid()}-{next(_numbers)}-{stem}{suffix}"
        self._names.append(name)
        return name

    def app(self, stem: str = "app", prefix: str = "pm2-") -> str:
        """Return an app name that nobody has; its unit is cleaned up."""
        name = f"{stem}-{os.getpid()}-{next(_numbers)}"
        unit = f"{prefix}{name}.service"
        self._names.append(unit)
        self._paths.append(self.folder / unit)
        return name

    def write(self, name: str, text: str, *, folder: Path | None = None, reload: bool = True) -> str:
        """Write a unit file and have it read."""
        path = (folder or self.folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        self._paths.append(path)
        if name not in self._names:
            self._names.append(name)
        if reload:
            systemctl("daemon-reload")
        return name

    def service(
        self,
        command: str = SLEEP,
        *,
        stem: str = "unit",
        kind: str = "exec",
        unit: str = "",
        service: str = "",
        install: str = "",
    ) -> str:
        """Write a service that runs this command line; the other arguments are lines of its sections."""
        lines = ["[Unit]", "Description=live test", unit]
        lines += ["[Service]", f"Type={kind}", f"ExecStart={command}", service]
        lines += ["[Install]", install] if install else []
        return self.write(self.name(stem), "\n".join(lines) + "\n")

    def keep(self, name: str) -> None:
        """Have systemd keep a unit in memory, which it would forget when it is down."""
        keeper = self.name("keeper")
        self.write(keeper, f"[Unit]\nAfter={name}\n[Service]\nExecStart={SLEEP}\n")
        systemctl("start", keeper)

    def mask(self, name: str) -> str:
        """Mask a unit."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        path.symlink_to("/dev/null")
        self._paths.append(path)
        systemctl("daemon-reload")
        return name

    def remove_all(self) -> None:
        """Stop and remove all of it."""
        if not self._names:
            return
        instances = [name.replace("@.", "@*.") for name in self._names if os.path.sep not in name]
        systemctl("kill", "--signal=SIGKILL", *instances, check=False)
        systemctl("stop", "--no-block", *instances, check=False)
        systemctl("disable", "--quiet", *self._names, check=False)
        for name in self._names:
            shutil.rmtree(self.folder / f"{name}.d", ignore_errors=True)
            for link in self.folder.glob(f"*/{name}"):
                link.unlink()
        for path in self._paths:
            path.unlink(missing_ok=True)
        systemctl("stop", *instances, check=False)
        systemctl("daemon-reload")
        systemctl("reset-failed", *instances, check=False)
