"""What becomes of a job that does not end well: a start that fails is never a success."""

from __future__ import annotations

import pickle
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles


@dataclass
class Case:
    """A service, and how its start ends."""

    settings: dict[str, str]
    facts: dict[str, Any]
    error: type[pm2go.JobError] = pm2go.JobFailedError
    says: str = ""
    logs: tuple[str, ...] = field(default=())


TALKS = "/bin/sh -c 'echo here is why; exit 7'"
#: The same, but it goes when its line is in the journal: of whom a process is that is gone before, journald cannot find out
#: (systemd's issue 2913), and when the next one is there its number is of no use.
HEARD = (
    "/bin/sh -c 'echo here is why;"
    " until journalctl --quiet --output=cat _PID=$$$$ | grep -q why; do :; done; exit 7'"
)
CASES = {
    "false": Case(
        {"command": "/bin/false", "kind": "simple"},
        {
            "result": "failed",
            "unit_result": "exit-code",
            "exit_code": 1,
            "signal": None,
            "active_state": "failed",
        },
        says="exited with code 1",
    ),
    "missing-simple": Case(
        {"command": "/nowhere/program", "kind": "simple"},
        {"result": "failed", "unit_result": "exit-code", "exit_code": 203},
        says="could not be executed",
    ),
    "missing-exec": Case(
        {"command": "/nowhere/program", "kind": "exec"},
        {"result": "failed", "unit_result": "exit-code", "exit_code": 203},
        says="could not be executed",
    ),
    "folder": Case(
        {"command": "/bin/true", "service": "WorkingDirectory=/nowhere"},
        {"result": "failed", "exit_code": 200},
        says="working directory",
    ),
    "log": Case({"command": TALKS, "kind": "simple"}, {"exit_code": 7}, logs=("here is why",)),
    "crash-loop": Case(
        {
            "command": HEARD,
            "kind": "simple",
            "service": "Restart=always\nRestartSec=20ms",
            "unit": "StartLimitBurst=50",
        },
        {"result": "failed"},  # the next process may be there already: its exit code is not
        logs=("here is why",),
    ),
    "crash-wait": Case(
        {"command": TALKS, "kind": "simple", "service": "Restart=always\nRestartSec=30s"},
        {"result": "failed", "exit_code": 7, "active_state": "activating"},
        logs=("here is why",),
    ),
    "oneshot": Case(
        {"command": TALKS, "kind": "oneshot"},
        {"result": "failed", "unit_result": "exit-code", "exit_code": 7},
        logs=("here is why",),
    ),
    "signal": Case(
        {"command": "/bin/sh -c 'kill -9 $$$$'", "kind": "simple"},
        {"result": "failed", "unit_result": "signal", "exit_code": None, "signal": 9},
        says="signal 9",
    ),
    "not-ready": Case(
        {"command": "/bin/sleep 300", "kind": "notify", "service": "TimeoutStartSec=300ms"},
        {"result": "failed", "unit_result": "timeout"},
    ),
    "job-timeout": Case(
        {"command": "/bin/sleep 300", "kind": "notify", "unit": "JobTimeoutSec=300ms"},
        {"result": "timeout"},
        error=pm2go.JobTimeoutError,
        says="time limit",
    ),
    "pre": Case(
        {"command": "/bin/sleep 300", "service": "ExecStartPre=/bin/false"},
        {"result": "failed", "unit_result": "exit-code", "active_state": "failed"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_start_that_fails_says_why(systemd: pm2go.Systemd, units: UnitFiles, case: Case) -> None:
    name = units.service(**case.settings)
    with pytest.raises(pm2go.JobError) as caught:
        systemd.start_unit(name, settle=0.3)
    error = caught.value
    assert type(error) is case.error
    assert error.unit == name
    assert {key: getattr(error, key) for key in case.facts} == case.facts
    assert case.says in error.message
    assert name in error.message
    assert error.hint
    for line in case.logs:
        assert line in error.log
        assert line in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)


#: Says in which run of the unit it is said; a second run fails.
RUNS = (
    "/bin/sh -c 'if [ -e {flag} ]; then echo failed $$INVOCATION_ID; exit 7; fi; "
    'trap "echo ended $$INVOCATION_ID; exit 0" TERM; echo began $$INVOCATION_ID; while sleep 0.1; do :; done\''
)


def test_only_the_run_that_failed_is_told(systemd: pm2go.Systemd, units: UnitFiles, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    name = units.service(RUNS.format(flag=flag), kind="simple")
    systemd.start_unit(name, settle=0.3)
    flag.touch()
    with pytest.raises(pm2go.JobFailedError) as caught:
        systemd.restart_unit(name, settle=1, log_lines=50)
    failed = systemd.get_unit_status(name).invocation_id
    assert f"failed {failed}" in caught.value.log
    assert not [line for line in caught.value.log if line.startswith(("ended", "Stop"))]


def test_of_a_crash_loop_the_first_run_is_told(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(
        "/bin/sh -c 'echo failed $$INVOCATION_ID; sleep 0.2; exit 7'",
        kind="simple",
        service="Restart=always\nRestartSec=100ms",
        unit="StartLimitBurst=50",
    )
    with pytest.raises(pm2go.JobFailedError) as caught:
        systemd.start_unit(name, settle=2, log_lines=50)
    assert len([line for line in caught.value.log if line.startswith("failed")]) == 1


def test_a_restart_that_fails_says_so(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service("/bin/false", kind="simple")
    with pytest.raises(pm2go.JobFailedError, match="restart of"):
        systemd.restart_unit(name)


def test_the_number_of_log_lines_is_the_callers(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(
        "/bin/sh -c 'for i in 1 2 3 4 5 6 7 8; do echo line $$i; done; exit 1'", kind="oneshot"
    )
    with pytest.raises(pm2go.JobFailedError) as caught:
        systemd.start_unit(name, log_lines=3)
    assert len(caught.value.log) == 3
    with pytest.raises(pm2go.JobFailedError) as caught:
        systemd.start_unit(name, log_lines=0)
    assert caught.value.log == ()


def test_a_condition_that_does_not_hold_is_reported(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(unit="ConditionPathExists=/nowhere")
    result = systemd.start_unit(name)
    assert result == pm2go.JobResult(name, "start", "skipped")
    assert result.skipped
    assert show(name, "ActiveState") == "inactive"


def test_a_condition_that_does_not_hold_any_more(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    """The unit that runs is not skipped: an old condition says nothing of it."""
    name = units.service(unit="ConditionPathExists=/etc/passwd")
    assert systemd.start_unit(name).result == "done"
    assert systemd.start_unit(name).result == "done"


@pytest.mark.parametrize("condition", ["", "ConditionPathExists=/etc/passwd"])
def test_work_that_is_done_at_once_is_done(systemd: pm2go.Systemd, units: UnitFiles, condition: str) -> None:
    """systemd forgets such a unit when it has ended, and how its conditions came out."""
    name = units.service("/bin/true", kind="oneshot", unit=condition)
    assert systemd.start_unit(name).result == "done"


@pytest.mark.parametrize("kind", ["simple", "exec", "oneshot"])
def test_a_unit_that_is_referred_to_remembers_its_condition(
    systemd: pm2go.Systemd, units: UnitFiles, kind: str
) -> None:
    name = units.service(kind=kind, unit="ConditionPathExists=/nowhere")
    units.keep(name)
    assert systemd.start_unit(name).result == "skipped"


def test_a_dependency_that_fails(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    needed = units.service("/bin/false", kind="oneshot", stem="needed")
    name = units.service(unit=f"Requires={needed}\nAfter={needed}")
    with pytest.raises(pm2go.DependencyFailedError, match="dependency") as caught:
        systemd.start_unit(name)
    assert (caught.value.result, caught.value.unit) == ("dependency", name)
    assert caught.value.hint


def test_a_job_that_somebody_cancels(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 300")
    caught: list[BaseException] = []

    def start() -> None:
        try:
            systemd.start_unit(name)
        except pm2go.Pm2goError as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    wait_until(lambda: show(name, "SubState") == "start-pre")
    systemctl("stop", name)
    thread.join(60)
    assert [type(error) for error in caught] == [pm2go.JobCanceledError]
    assert getattr(caught[0], "result", None) == "canceled"
    assert "another job took its place" in str(caught[0])


def test_too_many_starts(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service("/bin/true", kind="oneshot", unit="StartLimitBurst=2\nStartLimitIntervalSec=60")
    units.keep(name)
    assert [systemd.start_unit(name).result for _ in range(2)] == ["done", "done"]
    with pytest.raises(pm2go.JobFailedError, match="too often") as caught:
        systemd.start_unit(name)
    assert caught.value.unit_result == "start-limit-hit"


def test_a_start_does_not_wait_for_ever(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 300")
    with pytest.raises(pm2go.OperationTimeoutError, match="goes on") as caught:
        systemd.start_unit(name, timeout=0.5)
    assert (caught.value.unit, name in caught.value.message) == (name, True)
    assert show(name, "SubState") == "start-pre"
    assert systemd.stop_unit(name).result == "done"


def test_job_modes(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 300")
    systemctl("start", "--no-block", name)
    with pytest.raises(pm2go.Pm2goError) as caught:
        systemd.stop_unit(name, mode="fail")
    assert type(caught.value) is pm2go.JobRefusedError
    assert caught.value.dbus_name == "org.freedesktop.systemd1.TransactionIsDestructive"
    with pytest.raises(pm2go.ConfigError, match="mode") as wrong:
        systemd.stop_unit(name, mode="nonsense")
    assert "replace-irreversibly" in str(wrong.value)


def test_the_log_of_a_crash_loop_is_that_of_one_run_whole(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    """However many there were, and though only so many lines are looked at."""
    name = units.service(HEARD, service="Restart=always\nRestartSec=20ms", unit="StartLimitBurst=500")
    with pytest.raises(pm2go.JobFailedError) as caught:
        systemd.start_unit(name, settle=3)
    assert caught.value.log.count("here is why") == 1
    assert sum(line.startswith("Started ") for line in caught.value.log) == 1
