"""What types pm2go tells to who asks while a program runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, Optional, get_type_hints

import pytest

import pm2go
from hints import hints
from interpreters import INTERPRETERS

PACKAGE = str(Path(pm2go.__file__).parents[1])
PROGRAM = Path(__file__).with_name("hints.py")

#: What loads `typing` and what belongs to it takes as long as all of pm2go.
LOADED = """
import json, sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
import pm2go
pm2go.Systemd(address="/nowhere").close()
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def run(python: Path | str, *arguments: str) -> Any:
    command = [str(python), "-I", "-S", "-B", "-W", "error", *arguments]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    return json.loads(ended.stdout)


@pytest.mark.parametrize("python", INTERPRETERS.values(), ids=INTERPRETERS)
def test_all_hints_can_be_evaluated(python: Path) -> None:
    found = run(python, str(PROGRAM), PACKAGE)
    assert found["failures"] == {}
    assert found["looked at"] > 400


def test_hints_are_the_types_themselves() -> None:
    start = hints(pm2go.Systemd.start_unit)
    assert start["timeout"] == Optional[pm2go.Seconds]
    assert start["return"] is pm2go.JobResult
    assert hints(pm2go.Systemd.enqueue_job)["return"] is pm2go.Job
    assert hints(pm2go.AsyncSystemd.enqueue_job)["return"] is pm2go.AsyncJob
    assert hints(pm2go.Systemd.__init__)["scope"] == Optional[Literal["system", "user"]]
    assert hints(pm2go.AppDescription)["app"] is pm2go.App


def test_classes_of_the_core_have_no_hints_and_can_be_asked_for_them() -> None:
    for core in (pm2go.UnitInfo, pm2go.UnitEvent, pm2go.UnitState):
        assert get_type_hints(core) == {}
        assert get_type_hints(core.to_dict) == {}


def test_a_client_is_made_without_what_hints_name() -> None:
    loaded = run(sys.executable, "-c", LOADED, PACKAGE)
    assert "pm2go.systemd" in loaded
    assert not {"typing", "collections", "dataclasses", "datetime", "pm2go._types"} & set(loaded)
