"""How long units took to start, compared with systemd-analyze(1)."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.scope import SCOPE_OPTION, TARGET
from live.fixtures.systemctl import systemctl

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

UNITS = {"h": 3600.0, "min": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}


def analyze(*words: str) -> list[str]:
    command = ["systemd-analyze", *SCOPE_OPTION, "--no-pager", *words]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"}
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    ).stdout.splitlines()


def milliseconds(text: str) -> int:
    parts = re.findall(r"([0-9.]+)([a-z]+)", text)
    return round(sum(float(number) * UNITS[unit] for number, unit in parts) * 1000)


def whole(time: timedelta | None) -> int:
    assert time is not None
    return time // timedelta(milliseconds=1)


def test_blame_is_what_systemd_analyze_tells(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    slow = units.service(service="ExecStartPre=/bin/sleep 0.2")
    systemctl("start", slow)
    told = [line.strip().rpartition(" ") for line in analyze("blame")]
    expected = {unit: milliseconds(time) for time, _, unit in told}
    found = {row.unit: whole(row.time) for row in systemd.blame()}
    assert found.keys() == expected.keys()
    assert slow in found
    # It rounds in its own way.
    assert {unit: time for unit, time in found.items() if abs(time - expected[unit]) > 1} == {}
    times = [row.time for row in systemd.blame()]
    assert times == sorted(times, reverse=True)
    assert slow in str(systemd.blame())


@pytest.mark.parametrize("unit", ["default.target", TARGET])
def test_the_chain_is_what_systemd_analyze_tells(systemd: pm2go.Systemd, unit: str) -> None:
    lines = [re.sub("^[ │├└─]*", "", line) for line in analyze("critical-chain", unit)[3:]]
    found = systemd.critical_chain(unit)
    # Of one that is not up it tells no name.
    expected = [lines[0].split(" ")[0] or found[0].unit]
    expected += [line.split(" ")[0] for line in lines[1:] if line and not line.startswith("...")]
    assert [row.unit for row in found] == expected
    assert [row.depth for row in found][:2] == [0, 1][: len(found)]
    for line, row in zip(lines, found):
        at = re.search(r"@(\S.*?)( \+|$)", line)
        if at is not None:
            assert abs(milliseconds(at[1]) - whole(row.begun if "+" in line else row.up)) <= 1, line


def test_a_chain_of_nobody(systemd: pm2go.Systemd) -> None:
    with pytest.raises(pm2go.UnitNotFoundError):
        systemd.critical_chain("live-nobody")
