"""`Job.affected`: which other jobs systemd queued with one, where it tells."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import ROOT
from live.fixtures.services import SLEEP, services
from live.fixtures.systemctl import systemctl
from live.fixtures.ways import DBUS_WAYS, WAYS, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

dbus_ways = pytest.mark.parametrize(
    "way", [WAYS[way] for way in DBUS_WAYS], ids=[way.value for way in DBUS_WAYS]
)
#: Its job runs until somebody ends it, so that those which come after it wait.
HELD = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 1000\n"
UNITS = {
    "affect_top": f"[Unit]\nWants=affect-left.service affect-right.service\nAfter=affect-left.service\n{HELD}",
    "affect_left": f"[Unit]\nRequires=affect-deep.service\nAfter=affect-deep.service\n{HELD}",
    "affect_right": HELD,
    "affect_deep": HELD,
    "affect_rival": f"[Unit]\nConflicts=affect-alone.service\n{SLEEP}",
    "affect_alone": SLEEP,
}
ALONE, RIVAL, TOP = "affect-alone.service", "affect-rival.service", "affect-top.service"


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(**UNITS):
        yield


def queued() -> list[tuple[int, str, str]]:
    """The jobs of these units as `systemctl` lists them, by their numbers."""
    lines = systemctl("list-jobs", "--plain", "--no-legend", "--full", "affect-*").splitlines()
    return sorted((int(job), unit, kind) for job, unit, kind, _ in map(str.split, lines))


def told(job: pm2go.Job | pm2go.AsyncJob) -> list[tuple[int, str, str]]:
    assert job.affected is not None
    return [(other.id, other.unit, other.type) for other in job.affected]


@dbus_ways
def test_it_tells_what_a_start_pulls_in(way: dict[str, Any]) -> None:
    with pm2go.Systemd(**way) as systemd:
        job = systemd.enqueue_job("start", TOP)
        others = told(job)
        assert sorted([*others, (job.id, TOP, "start")]) == queued()
        assert [unit for _, unit, _ in sorted(others, key=lambda other: other[1])] == [
            "affect-deep.service",
            "affect-left.service",
            "affect-right.service",
        ]
        # Who asks again is told what is queued already, and has the same job.
        again = systemd.enqueue_job("start", TOP)
        assert again.id == job.id
        assert set(told(again)) <= set(others)
        assert again.affected


@dbus_ways
def test_it_tells_what_is_stopped_for_it(way: dict[str, Any]) -> None:
    with pm2go.Systemd(**way) as systemd:
        alone = systemd.enqueue_job("start", ALONE)
        assert alone.affected == ()
        assert alone.wait().result == "done"
        rival = systemd.enqueue_job("start", RIVAL)
        assert [other[1:] for other in told(rival)] == [(ALONE, "stop")]
        assert rival.wait().result == "done"
        # It is told of the moment at which the job was taken on.
        assert [other[1:] for other in told(rival)] == [(ALONE, "stop")]
        assert systemd.get_unit_property(ALONE, "ActiveState") == "inactive"


@dbus_ways
@pytest.mark.parametrize(
    "verb",
    ["start", "stop", "restart", "try-restart", "reload-or-restart", "reload-or-try-restart"],
)
def test_every_verb_tells_it_and_does_what_it_says(way: dict[str, Any], verb: str) -> None:
    with pm2go.Systemd(**way) as systemd:
        systemd.start_unit(ALONE)
        before = systemd.get_unit_status(ALONE).invocation_id
        job = systemd.enqueue_job(verb, ALONE)
        assert (job.affected, job.operation) == ((), verb)
        ended = job.wait()
        status = systemd.get_unit_status(ALONE)
        assert (ended.result, ended.changed) == ("done", verb != "start")
        assert status.is_active == (verb != "stop")
        assert (status.invocation_id == before) == (verb == "start")


def test_it_is_told_on_an_event_loop() -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd() as systemd:
            job = await systemd.enqueue_job("start", TOP)
            assert sorted([*told(job), (job.id, TOP, "start")]) == queued()

    asyncio.run(main())


def test_systemctl_does_not_tell() -> None:
    with pm2go.Systemd(**WAYS[Way.COMMAND]) as systemd:
        job = systemd.enqueue_job("start", ALONE)
        assert job.affected is None
        assert job.wait().result == "done"


if ROOT:  # nobody else may say what polkit allows
    #: In the language of polkit, and in that of polkit 0.105, which Debian had for long.
    RULES = {
        "/etc/polkit-1/rules.d/10-affected.rules": """
polkit.addRule(function(action, subject) {
    if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "tester")
        return polkit.Result.YES;
});
""",
        "/etc/polkit-1/localauthority/50-local.d/affected.pkla": """
[affected]
Identity=unix-user:tester
Action=org.freedesktop.systemd1.manage-units
ResultAny=yes
""",
    }
    PROGRAM = """
        import json, sys
        import pm2go
        with pm2go.Systemd(scope="system") as systemd:
            job = systemd.enqueue_job("start", sys.argv[1])
            print(json.dumps([job.id is not None, job.affected, job.wait().result]))
    """

    def test_a_user_whom_the_bus_does_not_let_ask_has_the_job_all_the_same() -> None:
        for path, rule in RULES.items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(rule)
        subprocess.run(["systemctl", "restart", "polkit.service"], check=True)
        try:
            assert programs.run(PROGRAM, ALONE, user=programs.TESTER) == [True, None, "done"]
        finally:
            for path in RULES:
                Path(path).unlink()
            subprocess.run(["systemctl", "restart", "polkit.service"], check=True)
