"""The wheel at work, for any Python from 3.9 on: `python smoke.py PACKAGE-FOLDER UNIT`. Needs nothing else."""

from __future__ import annotations

import pickle
import sys

sys.path.insert(0, sys.argv[1])

import pm2go


def refuse(systemd: pm2go.Systemd, unit: str) -> None:
    """Start what does not exist."""
    caught = None
    try:
        systemd.start_unit(unit)
    except LookupError as error:
        caught = error
    assert type(caught) is pm2go.UnitNotFoundError, caught
    assert caught.unit == unit, caught


def main(unit: str) -> None:
    """Look, start, stop, and make a mistake, on each backend."""
    for backend in ("dbus", "command"):
        with pm2go.Systemd(backend=backend) as systemd:
            systemd.connect()
            assert systemd.backend == backend
            assert "basic.target" in [row.name for row in systemd.list_units()]
            assert systemd.start_unit(unit) == pm2go.JobResult(unit, "start", "done", changed=True)
            status = systemd.get_unit_status(unit)
            assert status.is_active, status
            assert pickle.loads(pickle.dumps(status)) == status
            assert systemd.get_unit_properties(unit)["MainPID"] == status.main_pid
            assert systemd.stop_unit(unit).result == "done"
            refuse(systemd, "no-such-unit-at-all.service")
    with pm2go.Manager() as manager:
        manager.list()
    print(sys.implementation.name, sys.version.split()[0])


main(sys.argv[2])
