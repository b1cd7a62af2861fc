"""A status with what the unit executes and uses, the same each way."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.systemctl import show, systemctl

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

SETTINGS = """
Environment=MODE=prod API_TOKEN=abcdefgh12345678
WorkingDirectory=/usr
"""


def test_what_a_unit_executes_and_uses(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service('/bin/sh -c "exec sleep 300" --password=abcdefgh12345678', service=SETTINGS)
    systemctl("start", name)
    status = systemd.get_unit_status(name, detail=True)
    details = status.details
    assert details is not None
    assert details.exec_start == (("/bin/sh", "-c", "exec sleep 300", "--password=***"),)
    assert details.environment == {"MODE": "prod", "API_TOKEN": "***"}
    assert details.working_directory == "/usr"
    figures = details.figures
    assert figures is not None
    assert (figures.name, figures.tasks, figures.threads) == (name, 1, 1)
    assert dataclasses.replace(
        status, details=None, cpu_usage_nsec=None, memory_current=None, tasks_current=None
    ) == dataclasses.replace(
        systemd.get_unit_status(name), cpu_usage_nsec=None, memory_current=None, tasks_current=None
    )
    assert status.main_pid == int(show(name, "MainPID"))
    told = json.dumps(status.to_dict()) + status._repr_html_()
    assert "abcdefgh12345678" not in told
    assert "MODE" in told


def test_what_does_not_run_uses_nothing(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    details = systemd.get_unit_status(units.service(), detail=True).details
    assert details is not None
    assert (details.exec_start, details.figures) == ((("/bin/sleep", "300"),), None)
    target = systemd.get_unit_status("basic.target", detail=True)
    assert target.details == pm2go.UnitDetails()
    assert systemd.get_unit_status("basic.target").details is None
    with pytest.raises(pm2go.UnitNotFoundError):
        systemd.get_unit_status("live-nobody", detail=True)
