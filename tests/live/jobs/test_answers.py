"""What is told of a job is what systemd did: nothing to do, done, skipped, and whether anything changed."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.systemctl import show, systemctl
from live.fixtures.units import SLEEP
from live.fixtures.waiting import wait_until
from live.fixtures.ways import WAYS, Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

READY = "/bin/sh -c 'systemd-notify --ready; exec sleep 300'"
#: A service of each type that stays up.
UP = {
    "simple": (SLEEP, ""),
    "exec": (SLEEP, ""),
    "forking": ("/bin/sh -c 'sleep 300 & exit 0'", ""),
    "oneshot": ("/bin/true", "RemainAfterExit=yes"),
    "notify": (READY, "NotifyAccess=all"),
}
#: A service of each type that does its work and ends.
SHORT = {
    "simple": ("/bin/true", ""),
    "exec": ("/bin/true", ""),
    "forking": ("/bin/true", ""),
    "oneshot": ("/bin/true", ""),
    "notify": ("/bin/sh -c 'systemd-notify --ready'", "NotifyAccess=all"),
}
#: Lines of [Unit], lines of [Service], and what a start of such a service comes to.
CONDITIONS = {
    "none": ("", "", "done"),
    "holds": ("ConditionPathExists=/etc/passwd", "", "done"),
    "does-not-hold": ("ConditionPathExists=/nowhere", "", "skipped"),
    "one-of-two": ("ConditionPathExists=/etc/passwd\nConditionPathExists=/nowhere", "", "skipped"),
    "assert-holds": ("AssertPathExists=/etc/passwd", "", "done"),
    "command-holds": ("", "ExecCondition=/bin/true", "done"),
    "command-does-not-hold": ("", "ExecCondition=/bin/false", "skipped"),
}


def restarted_by_itself(units: UnitFiles, kind: str) -> str:
    """Start a service, and have systemd restart it once."""
    command, service = UP[kind]
    name = units.service(command, kind=kind, service=f"{service}\nRestart=always\nRestartSec=10ms")
    systemctl("start", name)
    os.kill(int(show(name, "MainPID")), signal.SIGKILL)
    wait_until(lambda: show(name, "NRestarts") == "1" and show(name, "ActiveState") == "active")
    return name


@pytest.mark.parametrize("settle", [0.0, 0.1])
@pytest.mark.parametrize("kind", ["simple", "exec", "notify"])
def test_a_start_of_what_runs_again_does_nothing(
    systemd: pm2go.Systemd, units: UnitFiles, kind: str, settle: float
) -> None:
    name = restarted_by_itself(units, kind)
    pid = show(name, "MainPID")
    result = systemd.start_unit(name, settle=settle)
    assert (result.result, result.changed) == ("done", False)
    assert systemd.enqueue_job("start", name, settle=settle).wait().result == "done"
    assert show(name, "MainPID") == pid
    assert systemd.restart_unit(name, settle=settle).changed


@pytest.mark.parametrize("way", list(Way), ids=lambda way: way.value)
def test_an_awaited_start_of_what_runs_again_does_nothing(units: UnitFiles, way: Way) -> None:
    name = restarted_by_itself(units, "simple")

    async def start() -> pm2go.JobResult:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            return await systemd.start_unit(name)

    result = asyncio.run(start())
    assert (result.result, result.changed) == ("done", False)


def test_an_app_that_was_restarted_is_started_again(manager: pm2go.Manager, units: UnitFiles) -> None:
    app = pm2go.AppConfig(name=units.app(), command=["/bin/sleep", "300"], restart_delay=0.01)
    unit = manager.start(app).unit
    os.kill(int(show(unit, "MainPID")), signal.SIGKILL)
    wait_until(lambda: show(unit, "NRestarts") == "1" and show(unit, "ActiveState") == "active")
    assert manager.enqueue_job("start", app).wait().result == "done"
    assert manager.start(app).action == "unchanged"


def test_a_start_during_the_wait_for_a_restart_is_a_success(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    """systemd 252 has such a start wait for the automatic restart; that it was one is no failure."""
    name = units.service(SLEEP, service="Restart=always\nRestartSec=700ms")
    systemctl("start", name)
    os.kill(int(show(name, "MainPID")), signal.SIGKILL)
    wait_until(lambda: show(name, "SubState").startswith("auto-restart"))
    assert systemd.start_unit(name).result == "done"
    assert show(name, "ActiveState") == "active"


@pytest.mark.parametrize("kind", UP)
def test_done_or_skipped(systemd: pm2go.Systemd, units: UnitFiles, kind: str) -> None:
    """Whatever the conditions are, whether the service stays up, and whether systemd remembers it."""
    expected = {}
    for command, lines in (UP[kind], SHORT[kind]):
        for unit, service, result in CONDITIONS.values():
            text = f"[Unit]\n{unit}\n[Service]\nType={kind}\nExecStart={command}\n{lines}\n{service}\n"
            for remembered in (False, True):
                name = units.write(units.name(), text, reload=False)
                expected[name] = (result, result == "done")
                if remembered:
                    keeper = f"[Unit]\nAfter={name}\n[Service]\nExecStart={SLEEP}\n"
                    systemctl("start", units.write(units.name("keeper"), keeper))
    systemctl("daemon-reload")
    for verb in (systemd.start_unit, systemd.restart_unit):
        results = {name: verb(name, settle=0) for name in expected}
        assert {name: (result.result, result.changed) for name, result in results.items()} == expected


@pytest.mark.parametrize("kind", ["simple", "oneshot"])
def test_an_assertion_that_does_not_hold_is_an_error(
    systemd: pm2go.Systemd, units: UnitFiles, kind: str
) -> None:
    name = units.service(kind=kind, unit="AssertPathExists=/nowhere")
    with pytest.raises(pm2go.JobError, match="Assert") as caught:
        systemd.start_unit(name)
    assert (type(caught.value), caught.value.result) == (pm2go.JobError, "assert")


@pytest.mark.parametrize(
    ("suffix", "text", "result"),
    [
        (".target", "[Unit]\nConditionPathExists=/nowhere\n", "skipped"),
        (".target", "[Unit]\nConditionPathExists=/etc/passwd\n", "done"),
        (
            ".timer",
            "[Unit]\nConditionPathExists=/nowhere\n[Timer]\nOnActiveSec=1h\nUnit={target}\n",
            "skipped",
        ),
        (".timer", "[Timer]\nOnActiveSec=1h\nUnit={target}\n", "done"),
    ],
)
def test_other_units_are_done_or_skipped(
    systemd: pm2go.Systemd, units: UnitFiles, suffix: str, text: str, result: str
) -> None:
    name = units.name("other", suffix)
    units.write(name, text.format(target="basic.target"))
    assert systemd.start_unit(name).result == result
    again = systemd.start_unit(name)
    assert (again.result, again.changed) == (result, False)


def test_changed_says_whether_it_is_another_run(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    runs = []
    for verb, expected in [("start", True), ("start", False), ("restart", True), ("stop", True)]:
        result = getattr(systemd, f"{verb}_unit")(name)
        assert (result.result, result.changed) == ("done", expected), result
        runs.append(show(name, "InvocationID"))
    assert runs[0] == runs[1] != runs[2]


def test_a_stop_of_what_is_down_changes_nothing(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    units.keep(name)
    assert not systemd.stop_unit(name).changed
    failed = units.service("/bin/false", kind="oneshot")
    systemctl("start", failed, check=False)
    assert not systemd.stop_unit(failed).changed


def test_a_stop_of_what_systemd_forgets_meanwhile_changes_nothing(
    systemd: pm2go.Systemd, units: UnitFiles
) -> None:
    """It was told as a change in one case of twenty: as it came between systemd's forgetting the unit and loading it."""
    name = units.service(unit="StartLimitIntervalSec=0")
    systemd.connect()
    for _ in range(100 if systemd.backend == "dbus" else 5):
        assert systemd.start_unit(name, settle=0).changed
        assert systemd.stop_unit(name).changed
        assert not systemd.stop_unit(name).changed


@pytest.mark.parametrize("verb", ["start", "restart", "stop"])
def test_files_that_changed_are_noted(
    systemd: pm2go.Systemd, units: UnitFiles, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = units.service()
    systemctl("start", name)
    units.write(name, f"[Service]\nExecStart={SLEEP}\n# another one\n", reload=False)
    with caplog.at_level("DEBUG", "pm2go"):
        result = getattr(systemd, f"{verb}_unit")(name)
    assert ["changed on disk" in note for note in result.notes] == [True]
    assert any(
        name in record.getMessage() and "changed on disk" in record.getMessage() for record in caplog.records
    )
    if verb != "stop":
        assert not getattr(systemd, f"{verb}_unit")(name, daemon_reload=True).notes


def test_what_can_start_a_stopped_unit_is_noted(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    timer = name.replace(".service", ".timer")
    units.write(timer, "[Timer]\nOnActiveSec=1h\n")
    systemctl("start", name, timer)
    result = systemd.stop_unit(name)
    assert [timer in note for note in result.notes] == [True]
    systemctl("start", name)
    systemctl("stop", timer)
    assert systemd.stop_unit(name).notes == ()


def test_both_ways_agree_on_what_changed(units: UnitFiles) -> None:
    """One start each, in turn: the second finds it running, by whichever way."""
    name = units.service()
    for first in Way:
        for second in Way:
            with connect(first) as one, connect(second) as other:
                assert [one.start_unit(name).changed, other.start_unit(name).changed] == [True, False]
                assert [one.stop_unit(name).changed] == [True]
