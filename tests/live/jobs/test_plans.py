"""What a job would do, compared with what systemd queues when it is asked for in earnest."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

ONESHOT = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
RELATIONS = [
    "Requires",
    "Wants",
    "BindsTo",
    "PartOf",
    "Conflicts",
    "Requisite",
    "Upholds",
    "PropagatesStopTo",
]
Plan = tuple[set[str], set[str]]


def planned(systemd: pm2go.Systemd, verb: str, unit: str) -> tuple[Plan, bool] | None:
    """What it would do; none where that is refused."""
    try:
        plan = systemd.plan_job(verb, unit)
    except pm2go.JobRefusedError:
        return None
    return (set(plan.starts), set(plan.stops)), plan.exact


def done(systemd: pm2go.Systemd, verb: str, unit: str, before: dict[str, str]) -> Plan | None:
    """What systemd queues; none where it refuses."""
    try:
        job = systemd.enqueue_job(verb, unit)
    except pm2go.JobRefusedError:
        return None
    assert job.affected is not None
    queued = [(other.unit, other.type) for other in job.affected] + [(unit, verb)]
    with suppress(pm2go.JobError):  # a requisite is down
        job.wait()
    is_up = {name: state == "active" for name, state in before.items()}
    starts = {name for name, work in queued if work == "restart" or (work == "start" and not is_up[name])}
    stops = {name for name, work in queued if work in {"stop", "restart"} and is_up[name]}
    return starts, stops


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_is_what_comes(units: UnitFiles, seed: int) -> None:
    """Units that depend on each other by chance, some of them up."""
    chance = random.Random(seed)
    names = [units.name(stem) for stem in "abcdef"]
    for name in names:
        others = [other for other in names if other != name]
        lines = [f"{chance.choice(RELATIONS)}={chance.choice(others)}" for _ in range(chance.randint(0, 2))]
        units.write(name, "[Unit]\n" + "\n".join(lines) + f"\n{ONESHOT}", reload=False)
    systemctl("daemon-reload")
    compared = 0
    with connect(Way.PRIVATE) as systemd:
        for _ in range(6):
            systemctl("stop", *names, check=False)
            systemctl("start", *chance.sample(names, 3), check=False)
            unit, verb = chance.choice(names), chance.choice(["start", "stop", "restart"])
            # Of what these have brought along nobody has waited for the end.
            wait_until(lambda: "live-" not in systemctl("list-jobs", "--no-legend"))
            before = {name: show(name, "ActiveState") for name in names}
            with connect(Way.COMMAND) as command:
                told = planned(systemd, verb, unit)
                assert planned(command, verb, unit) == told
            assert {name: show(name, "ActiveState") for name in names} == before
            if told is None or told[1]:
                expected = None if told is None else told[0]
                assert done(systemd, verb, unit, before) == expected, (verb, unit, before)
                compared += 1
    assert compared > 0


def test_what_is_asked_for_is_told(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    needed = units.service()
    name = units.service(unit=f"Requires={needed}\nAfter={needed}")
    plan = systemd.plan_job("start", name.removesuffix(".service"))
    assert plan
    assert (plan.unit, plan.operation, plan.exact) == (name, "start", True)
    assert (plan.starts, plan.stops) == (tuple(sorted([needed, name])), ())
    assert systemd.plan_job("start", name, mode="ignore-dependencies").starts == (name,)
    assert not systemd.plan_job("stop", name)
    assert not systemd.plan_job("try-restart", name)
    systemd.start_unit(name)
    assert not systemd.plan_job("start", name)
    plan = systemd.plan_job("stop", needed)
    assert plan.stops == tuple(sorted([needed, name]))
    both = systemd.plan_job("restart", needed)
    assert both.starts == both.stops == tuple(sorted([needed, name]))
    assert not systemd.plan_job("reload", needed)


def test_what_is_refused_is_refused(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    missing, masked = units.name(), units.name()
    needs = units.service(unit=f"Requires={missing}")
    alone = units.service(unit="RefuseManualStart=yes")
    with pytest.raises(pm2go.UnitNotFoundError) as caught:
        systemd.plan_job("start", missing)
    assert (caught.value.unit, caught.value.culprit) == (missing, None)
    with pytest.raises(pm2go.UnitNotFoundError) as caught:
        systemd.plan_job("start", needs)
    assert (caught.value.unit, caught.value.culprit) == (needs, missing)
    systemctl("mask", "--runtime", "--quiet", masked)
    with pytest.raises(pm2go.UnitMaskedError):
        systemd.plan_job("start", masked)
    systemctl("unmask", "--runtime", "--quiet", masked)
    with pytest.raises(pm2go.JobRefusedError, match="only other units"):
        systemd.plan_job("start", alone)
    with pytest.raises(pm2go.JobRefusedError, match="cannot be isolated"):
        systemd.plan_job("start", needs, mode="isolate")
    with pytest.raises(pm2go.ConfigError, match="the verb is"):
        systemd.plan_job("begin", needs)


def test_what_is_under_way_makes_it_a_guess(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    slow = units.service(service="ExecStartPre=/bin/sleep 300")
    systemctl("start", "--no-block", slow)
    assert not systemd.plan_job("stop", slow).exact
    assert "about" in repr(systemd.plan_job("stop", slow))


def test_the_end_of_everything_else(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    """Which is better not tried."""
    name, kept = units.service(), units.service(unit="IgnoreOnIsolate=yes\nDefaultDependencies=no")
    systemctl("start", name, kept)
    target = units.write(units.name(suffix=".target"), "[Unit]\nAllowIsolate=yes\n")
    plan = systemd.plan_job("start", target, mode="isolate")
    assert name in plan.stops
    assert kept not in plan.stops
    assert target in plan.starts
