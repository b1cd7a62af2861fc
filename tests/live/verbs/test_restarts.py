"""Restart, reload and their kin: what each does to a unit that runs, is down, has failed, or cannot be reloaded."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.systemctl import show, systemctl

from .test_verbs import awaited, blocking

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles
    from live.fixtures.ways import Way

RELOADABLE = "ExecReload=/bin/true"
#: How the unit is, what is asked, and whether it changes something; none where that is an error.
CASES: dict[tuple[str, str], bool | None] = {
    ("runs", "restart"): True,
    ("runs", "try-restart"): True,
    ("runs", "reload"): None,
    ("runs", "reload-or-restart"): True,
    ("runs", "reload-or-try-restart"): True,
    ("can be reloaded", "restart"): True,
    ("can be reloaded", "try-restart"): True,
    ("can be reloaded", "reload"): False,
    ("can be reloaded", "reload-or-restart"): False,
    ("can be reloaded", "reload-or-try-restart"): False,
    ("is down", "restart"): True,
    ("is down", "try-restart"): False,
    ("is down", "reload"): None,
    ("is down", "reload-or-restart"): True,
    ("is down", "reload-or-try-restart"): False,
    ("has failed", "try-restart"): False,
    ("has failed", "reload"): None,
    ("has failed", "reload-or-try-restart"): False,
}


def prepare(units: UnitFiles, state: str) -> str:
    reloadable = RELOADABLE if state in {"can be reloaded", "is down"} else ""
    if state == "has failed":
        unit = units.service("/bin/false", kind="oneshot", service=RELOADABLE)
    else:
        unit = units.service(service=reloadable)
    units.keep(unit)
    if state != "is down":
        systemctl("start", unit, check=False)
    return unit


@pytest.mark.parametrize("face", [blocking, awaited], ids=["blocking", "awaited"])
@pytest.mark.parametrize(("state", "verb"), CASES, ids="-".join)
def test_what_each_does(units: UnitFiles, way: Way, face: Any, state: str, verb: str) -> None:
    changes = CASES[state, verb]
    unit = prepare(units, state)
    before = show(unit, "InvocationID")
    asked = ["systemctl", *SCOPE_OPTION, verb, unit]
    assert (subprocess.run(asked, check=False, capture_output=True).returncode == 0) is (changes is not None)
    if changes is None:
        with pytest.raises((pm2go.UnsupportedError, pm2go.JobError)) as caught:
            face(way, f"{verb.replace('-', '_')}_unit", unit)
        assert caught.value.unit == unit
        assert caught.value.hint
        return
    if state != "has failed":
        systemctl("stop" if state == "is down" else "start", unit)
        before = show(unit, "InvocationID")
    result = face(way, f"{verb.replace('-', '_')}_unit", unit, settle=0)
    assert (result.operation, result.result, result.changed) == (verb, "done", changes)
    assert (show(unit, "InvocationID") != before) is changes


@pytest.mark.parametrize("verb", ["reload", "reload-or-restart"])
def test_a_reload_that_fails_names_its_command(units: UnitFiles, systemd: pm2go.Systemd, verb: str) -> None:
    unit = units.service(service="ExecReload=/bin/sh -c 'exit 9'")
    systemctl("start", unit)
    with pytest.raises(pm2go.JobFailedError) as caught:
        getattr(systemd, f"{verb.replace('-', '_')}_unit")(unit)
    assert (caught.value.command, caught.value.exit_code) == ("ExecReload", 9)
    assert show(unit, "ActiveState") == "active"


@pytest.mark.parametrize("verb", ["reload", "try-restart", "reload-or-restart"])
def test_a_job_that_is_not_waited_for(units: UnitFiles, systemd: pm2go.Systemd, verb: str) -> None:
    unit = units.service(service=RELOADABLE)
    systemctl("start", unit)
    job = systemd.enqueue_job(verb, unit)
    assert job.operation == verb
    assert job.wait().result == "done"
