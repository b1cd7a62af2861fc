"""A program that stops or restarts the unit in which it runs does not wait for its own death."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from live.fixtures.scope import SCOPE
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import WAYS, Way, connect

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles

#: It does not die of SIGTERM: whoever waits in it for the end of its unit waits until systemd kills it.
PROGRAM = """
import asyncio, json, signal, sys
import pm2go

signal.signal(signal.SIGTERM, signal.SIG_IGN)
options, verb, unit, path, face = json.loads(sys.argv[1])

async def main():
    async with pm2go.AsyncSystemd(**options) as systemd:
        return await getattr(systemd, verb)(unit)

if face == "awaited":
    result = asyncio.run(main())
else:
    with pm2go.Systemd(**options) as systemd:
        result = getattr(systemd, verb)(unit)
with open(path, "a") as file:
    file.write(json.dumps([result.result, result.changed, list(result.notes)]) + "\\n")
"""


@pytest.mark.parametrize("face", ["blocking", "awaited"])
@pytest.mark.parametrize("verb", ["stop_unit", "restart_unit"])
@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
def test_nobody_waits_for_his_own_death(
    way: Way, verb: str, face: str, units: UnitFiles, tmp_path: Path
) -> None:
    name = units.name()
    program, told = tmp_path / "program.py", tmp_path / "told"
    program.write_text(PROGRAM)
    given = json.dumps([{"scope": SCOPE, **WAYS[way]}, verb, name, str(told), face])
    marker = tmp_path / "once"
    # The second time, after a restart, it only runs.
    command = (
        f"/bin/sh -c 'if [ -e {marker} ]; then exec sleep 300; fi; touch {marker}; "
        f'exec {sys.executable} {program} "$GIVEN"\''
    )
    text = f"[Service]\nType=exec\nTimeoutStopSec=60\nExecStart={command}\n"
    escaped = given.replace("\\", "\\\\").replace('"', '\\"')
    units.write(name, text + f'Environment="GIVEN={escaped}"\n')
    systemctl("start", name)
    wait_until(told.exists)
    wait_until(lambda: told.read_text().endswith("\n"))
    result, changed, notes = json.loads(told.read_text())
    assert (result, changed) == ("running", True)
    assert name in notes[0]
    if verb == "stop_unit":
        wait_until(lambda: show(name, "ActiveState") == "inactive")
    else:
        wait_until(lambda: show(name, "ActiveState") == "active" and show(name, "Job") in {"", "0"})
    assert show(name, "Result") == "success"


def test_another_unit_is_waited_for(units: UnitFiles) -> None:
    """The look at the own control group does not take another's name for the own."""
    name = units.service()
    with connect(Way.PRIVATE) as systemd:
        assert systemd.start_unit(name).result == "done"
        assert systemd.restart_unit(name).result == "done"
        assert systemd.stop_unit(name).result == "done"
