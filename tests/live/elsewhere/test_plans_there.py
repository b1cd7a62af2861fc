"""Dry runs on hosts, in containers and for other users: each tells what one here tells, and what the real run then does."""

from __future__ import annotations

import pwd
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import UNIT_FOLDER
from live.fixtures.ssh_server import SshServer
from live.fixtures.systemctl import systemctl
from live.unit_files.test_plans import CASES, INSTALL, SERVICE, on_disk, told

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

TESTER = pwd.getpwnam("tester")


@pytest.mark.parametrize("place", ["host", "container"])
def test_a_plan_there_is_that_of_here(server: SshServer, units: UnitFiles, place: str) -> None:
    options: dict[str, Any] = {"host": {"host": server.host}, "container": {"machine": ".host"}}[place]
    with pm2go.Systemd(**options, timeout=60) as there, pm2go.Systemd(timeout=60) as here:
        for case, (text, before, work) in CASES.items():
            unit = units.name("plan")
            if text is not None:
                units.write(unit, text, reload=False)
            before(unit)
            was = on_disk()
            planned = told(work, there, unit, dry_run=True)
            assert planned == told(work, here, unit, dry_run=True), case
            assert on_disk() == was, case
            for path in UNIT_FOLDER.parent.glob(f"elsewhere/{unit}"):
                path.unlink()
        systemctl("daemon-reload")
        unit = units.write(units.name("plan"), SERVICE + INSTALL)
        for verb in (there.enable_unit, there.disable_unit, there.mask_unit, there.unmask_unit):
            if verb == there.mask_unit:
                (units.folder / unit).unlink()
            assert verb(unit, dry_run=True) == verb(unit)


@pytest.mark.parametrize("way", ["user", "host"])
def test_plans_for_another_user(server: SshServer, way: str) -> None:
    options: dict[str, Any] = {"user": {"user": "tester"}, "host": {"host": f"tester@{server.host}"}}[way]
    folder = Path(TESTER.pw_dir) / ".config/systemd/user"
    unit = "live-plan-of-tester.service"
    write = [
        "runuser",
        "-u",
        "tester",
        "--",
        "sh",
        "-c",
        'mkdir -p "$1" && cat >"$1/$2"',
        "sh",
        str(folder),
        unit,
    ]
    subprocess.run(write, input=SERVICE + INSTALL, text=True, check=True)
    try:
        with pm2go.Systemd(**options, scope="user", timeout=60) as systemd:
            systemd.daemon_reload()
            for verb in (systemd.enable_unit, systemd.disable_unit):
                planned = verb(unit, dry_run=True)
                assert planned.changed
                assert verb(unit) == planned
                assert not verb(unit, dry_run=True).changed
            (folder / unit).unlink()
            for verb in (systemd.mask_unit, systemd.unmask_unit):
                assert verb(unit, dry_run=True) == verb(unit)
    finally:
        (folder / unit).unlink(missing_ok=True)
