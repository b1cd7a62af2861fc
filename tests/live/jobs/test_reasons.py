"""Why a job failed, in systemd's own terms: its reason first, then the process of this very attempt."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import SCOPE
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles


@dataclass
class Case:
    """A service, what the exception of its start has as facts, and what it says and does not say."""

    settings: dict[str, str]
    facts: dict[str, Any]
    says: str
    never: str = "no such text"
    hints: str = ""
    settle: float = 0.1
    scopes: tuple[str, ...] = field(default=("system", "user"))


CASES = {
    "pre": Case(
        {"service": "ExecStartPre=/bin/sh -c 'exit 3'"},
        {"command": "ExecStartPre", "exit_code": 3, "unit_result": "exit-code"},
        says="its ExecStartPre= command exited with code 3",
    ),
    "post": Case(
        {"service": "ExecStartPost=/bin/sh -c 'exit 4'"},
        {"command": "ExecStartPost", "exit_code": 4, "signal": None},
        says="its ExecStartPost= command exited with code 4",
        never="signal 15",
    ),
    "condition-command-breaks": Case(
        {"service": "ExecCondition=/bin/sh -c 'exit 255'"},
        {"command": "ExecCondition", "exit_code": 255},
        says="its ExecCondition= command",
    ),
    "pre-is-missing": Case(
        {"service": "ExecStartPre=/nowhere/program"},
        {"command": "ExecStartPre", "exit_code": 203},
        says="could not be executed for ExecStartPre=",
    ),
    "its-own-code": Case(
        {"kind": "notify", "command": "/bin/sh -c 'exit 203'"},
        {"exit_code": 203},
        says="its main process exited with code 203",
    ),
    "its-own-code-pre": Case(
        {"service": "ExecStartPre=/bin/sh -c 'exit 217'"},
        {"command": "ExecStartPre", "exit_code": 217},
        says="its ExecStartPre= command exited with code 217",
    ),
    "not-ready": Case(
        {"kind": "notify", "service": "TimeoutStartSec=300ms"},
        {"unit_result": "timeout"},
        says="did not get ready within TimeoutStartSec=300ms",
        never="ended by signal",
        hints="raise TimeoutStartSec=",
    ),
    "pre-takes-too-long": Case(
        {"service": "ExecStartPre=/bin/sleep 300\nTimeoutStartSec=300ms"},
        {"unit_result": "timeout", "command": "ExecStartPre"},
        says="its ExecStartPre= command did not end within TimeoutStartSec=300ms",
    ),
    "ends-before-ready": Case(
        {"kind": "notify", "command": "/bin/true"},
        {"unit_result": "protocol", "exit_code": 0},
        says="before it said that it is ready (Type=notify)",
    ),
    "no-pid-file": Case(
        {
            "kind": "forking",
            "command": "/bin/true",
            "service": "PIDFile=/run/nowhere.pid\nTimeoutStartSec=1s",
        },
        {"unit_result": "protocol"},
        says="PIDFile=/run/nowhere.pid",
        scopes=("system",),
    ),
    "watchdog": Case(
        {"service": "WatchdogSec=100ms\nNotifyAccess=all"},
        {"unit_result": "watchdog"},
        says="WatchdogSec=100ms",
        settle=2,
    ),
    "environment-file": Case(
        {"service": "EnvironmentFile=/nowhere/env"},
        {"unit_result": "resources", "exit_code": None},
        says="Failed to load environment files",
        hints="EnvironmentFile=/nowhere/env",
    ),
    "user": Case(
        {"service": "User=nobody-at-all"},
        {"exit_code": 217},
        says="its user does not exist (exit code 217, User=nobody-at-all)",
        scopes=("system",),
    ),
    "folder": Case(
        {"service": "WorkingDirectory=/nowhere"},
        {"exit_code": 200},
        says="working directory could not be entered (exit code 200, WorkingDirectory=/nowhere)",
    ),
    "output": Case(
        {"service": "StandardOutput=append:/nowhere/log"},
        {"exit_code": 209},
        says="its standard output could not be set up (exit code 209",
    ),
}


@pytest.mark.parametrize("case", [case for case in CASES.values() if SCOPE in case.scopes])
def test_the_reason_is_systemds(systemd: pm2go.Systemd, units: UnitFiles, case: Case) -> None:
    name = units.service(**case.settings)
    with pytest.raises(pm2go.JobFailedError) as caught:
        systemd.start_unit(name, settle=case.settle)
    error = caught.value
    assert {key: getattr(error, key) for key in case.facts} == case.facts, error
    assert case.says in error.message
    assert case.never not in error.message
    assert error.hint is not None
    assert case.hints in error.hint


def test_only_a_process_of_this_attempt_counts(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service("/bin/sh -c 'exit 7'", kind="oneshot")
    with pytest.raises(pm2go.JobFailedError, match="code 7"):
        systemd.start_unit(name)
    units.write(name, "[Service]\nType=oneshot\nExecStart=/bin/true\nEnvironmentFile=/nowhere/env\n")
    with pytest.raises(pm2go.JobFailedError, match="environment files") as caught:
        systemd.start_unit(name)
    assert (caught.value.exit_code, caught.value.unit_result) == (None, "resources")
    units.write(name, "[Service]\nType=oneshot\nExecStart=/bin/true\nExecStartPre=/bin/sh -c 'exit 5'\n")
    with pytest.raises(pm2go.JobFailedError, match="ExecStartPre= command exited with code 5"):
        systemd.start_unit(name)


def test_a_start_that_comes_too_soon_is_told_as_such(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service("/bin/false", kind="oneshot", unit="StartLimitBurst=2\nStartLimitIntervalSec=60")
    for _ in range(2):
        with pytest.raises(pm2go.JobFailedError, match="exited with code 1"):
            systemd.start_unit(name)
    with pytest.raises(pm2go.JobFailedError, match="too often") as caught:
        systemd.start_unit(name)
    error = caught.value
    assert (error.unit_result, error.exit_code) == ("start-limit-hit", None)
    assert f'reset_failed_unit("{name}")' in str(error.hint)
    systemd.reset_failed_unit(name)
    with pytest.raises(pm2go.JobFailedError, match="exited with code 1"):
        systemd.start_unit(name)


def test_the_exit_code_of_a_crash_loop_is_never_lost(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    """systemd forgets it when it starts the next process."""
    limits = "StartLimitIntervalSec=0"
    restart = "Restart=always\nRestartSec=10ms"
    name = units.service("/bin/sh -c 'sleep 0.02; exit 7'", kind="simple", unit=limits, service=restart)

    def start() -> None:
        systemd.start_unit(name)
        # It has not come to its end yet, on a busy machine.
        for settle in (1, 10):
            systemd.restart_unit(name, settle=settle)

    for _ in range(15):
        with pytest.raises(pm2go.JobFailedError, match="exited with code 7") as caught:
            start()
        assert (caught.value.exit_code, caught.value.command) == (7, "ExecStart")
        systemctl("stop", name)


def test_the_time_limit_of_a_job_is_none_of_the_service(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    slow = units.service(kind="notify", unit="JobTimeoutSec=300ms")
    with pytest.raises(pm2go.JobTimeoutError, match="JobTimeoutSec=300ms") as caught:
        systemd.start_unit(slow)
    assert "JobTimeoutSec=" in str(caught.value.hint)
    assert "TimeoutStartSec" not in str(caught.value)
    stops = units.service(unit="JobTimeoutSec=300ms", service="ExecStop=/bin/sleep 5")
    systemctl("start", stops)
    with pytest.raises(pm2go.JobTimeoutError, match=f"stop of {stops}") as caught:
        systemd.stop_unit(stops)
    assert "TimeoutStartSec" not in str(caught.value)


@pytest.mark.parametrize("depth", [1, 2])
def test_the_dependency_that_failed_is_named(systemd: pm2go.Systemd, units: UnitFiles, depth: int) -> None:
    culprit = units.service("/bin/false", kind="oneshot", stem="culprit")
    needed, innocent = culprit, units.service(stem="innocent")
    for _ in range(depth):
        last = needed
        needed = units.service(unit=f"Requires={last} {innocent}\nAfter={last} {innocent}")
    with pytest.raises(pm2go.DependencyFailedError, match=culprit) as caught:
        systemd.start_unit(needed)
    assert (caught.value.unit, caught.value.culprit) == (needed, culprit)
    assert culprit in str(caught.value.hint)


def test_a_dependency_that_has_to_be_up_is_named(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    needed = units.service(stem="needed")
    name = units.service(unit=f"Requisite={needed}\nAfter={needed}")
    with pytest.raises(pm2go.DependencyFailedError) as caught:
        systemd.start_unit(name)
    assert (caught.value.unit, caught.value.culprit) == (name, needed)


def test_a_dependency_that_cannot_be_loaded_is_named(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    missing = units.name("missing")
    name = units.service(unit=f"Requires={missing}")
    with pytest.raises(pm2go.UnitNotFoundError) as caught:
        systemd.start_unit(name)
    assert (caught.value.unit, caught.value.culprit) == (name, missing)
    masked = units.mask(units.name("masked"))
    name = units.service(unit=f"Requires={masked}")
    with pytest.raises(pm2go.UnitMaskedError) as refused:
        systemd.start_unit(name)
    assert (refused.value.unit, refused.value.culprit) == (name, masked)
    assert masked in str(refused.value.hint)


def test_jobs_that_systemd_does_not_take_on(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    one, other = units.name("one"), units.name("other")
    text = "[Unit]\nRequires={0}\nAfter={0}\n[Service]\nExecStart=/bin/sleep 300\n"
    units.write(one, text.format(other))
    units.write(other, text.format(one))
    waits = units.service(service="ExecStartPre=/bin/sleep 300")
    systemctl("start", "--no-block", waits)
    shy = units.service(unit="RefuseManualStart=yes")
    for name, verb, options, error_name, hint in [
        (one, "start", {}, "TransactionOrderIsCyclic", "After="),
        (waits, "stop", {"mode": "fail"}, "TransactionIsDestructive", "other job"),
        (shy, "start", {}, "OnlyByDependency", "RefuseManualStart="),
        (waits, "start", {"mode": "isolate"}, "NoIsolation", "AllowIsolate="),
    ]:
        with pytest.raises(pm2go.JobRefusedError) as caught:
            getattr(systemd, f"{verb}_unit")(name, **options)
        assert caught.value.dbus_name == f"org.freedesktop.systemd1.{error_name}"
        assert (caught.value.unit, hint in str(caught.value.hint)) == (name, True), caught.value


def test_a_job_that_its_owner_cancels(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 300")
    job = systemd.enqueue_job("start", name)
    assert job.id is not None
    wait_until(lambda: show(name, "SubState") == "start-pre")
    assert job.cancel()
    with pytest.raises(pm2go.JobCanceledError, match="canceled, as you asked") as caught:
        job.wait()
    assert (caught.value.unit, caught.value.result) == (name, "canceled")
    assert caught.value.active_state == "activating"
    assert "another job" not in str(caught.value)


def test_an_awaited_job_that_its_owner_cancels(dbus_options: dict[str, Any], units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 300")

    async def cancel() -> None:
        async with pm2go.AsyncSystemd(**dbus_options) as systemd:
            job = await systemd.enqueue_job("start", name)
            assert await job.cancel()
            with pytest.raises(pm2go.JobCanceledError, match="as you asked"):
                await job

    asyncio.run(cancel())


if SCOPE == "system":  # a user's embedded systemd needs a control group of its own

    def test_a_start_that_fails_on_an_embedded_systemd_has_its_log() -> None:
        with pm2go.embedded() as box, box.systemd() as client:
            (box.unit_dir / "talks.service").write_text(
                "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo here is why; exit 7'\n"
            )
            client.daemon_reload()
            with pytest.raises(pm2go.JobFailedError, match="exited with code 7") as caught:
                client.start_unit("talks")
        assert "here is why" in caught.value.log
