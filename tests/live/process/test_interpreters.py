"""The one wheel under every CPython from 3.9 up that this machine has."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interpreters import INTERPRETERS
from live.fixtures import programs

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

SMOKE = Path(__file__).with_name("smoke.py")


def test_there_is_one() -> None:
    assert INTERPRETERS


@pytest.mark.parametrize("python", INTERPRETERS.values(), ids=INTERPRETERS)
def test_smoke(python: Path, units: UnitFiles) -> None:
    name = units.service()
    command = [str(python), "-I", "-B", "-X", "dev", "-W", "error", str(SMOKE), programs.PACKAGE, name]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert done.stdout.startswith("cpython 3.")
