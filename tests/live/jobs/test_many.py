"""Several units in one call: all at once, each with its own end, and one exception for those that fail."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles

Do = Callable[..., pm2go.JobResults]


def blocking(way: Way, verb: str, *arguments: Any, **options: Any) -> pm2go.JobResults:
    with connect(way) as systemd:
        results: pm2go.JobResults = getattr(systemd, verb)(*arguments, **options)
        return results


def awaited(way: Way, verb: str, *arguments: Any, **options: Any) -> pm2go.JobResults:
    async def main() -> pm2go.JobResults:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            results: pm2go.JobResults = await getattr(systemd, verb)(*arguments, **options)
            return results

    return asyncio.run(main())


@pytest.fixture(params=[blocking, awaited], ids=["blocking", "awaited"])
def do(request: pytest.FixtureRequest) -> Do:
    face: Do = request.param
    return face


def states(*names: str) -> list[str]:
    return [show(name, "ActiveState") for name in names]


def test_each_has_its_result(way: Way, do: Do, units: UnitFiles) -> None:
    names = [units.service(stem=stem) for stem in "cab"]
    results = do(way, "start_units", names)
    assert [result.unit for result in results] == names
    assert {result.result for result in results} == {"done"}
    assert results.changed
    assert states(*names) == ["active"] * 3
    assert not do(way, "start_units", names).changed
    pids = [show(name, "MainPID") for name in names]
    assert do(way, "restart_units", names).changed
    assert [show(name, "MainPID") for name in names] != pids
    assert "restart" in str(do(way, "restart_units", names[:1]))
    assert do(way, "stop_units", names[0]).changed
    assert do(way, "stop_units", [*names, names[0]]).changed
    assert states(*names) == ["inactive"] * 3
    assert do(way, "start_units", []) == []


def test_all_failures_are_in_one_exception(way: Way, do: Do, units: UnitFiles) -> None:
    good, fails, late = units.service(), units.service("/bin/sh -c 'exit 7'", kind="oneshot"), units.service()
    missing, masked = units.name(), units.name()
    systemctl("mask", "--runtime", "--quiet", masked)
    with pytest.raises(pm2go.JobsFailedError) as caught:
        do(way, "start_units", [good, fails, missing, masked, late])
    error = caught.value
    assert error.message == "3 of 5 units could not be started"
    assert [result.unit for result in error.results] == [good, late]
    assert [failure.unit for failure in error.failures] == [fails, missing, masked]
    kinds = [pm2go.JobFailedError, pm2go.UnitNotFoundError, pm2go.UnitMaskedError]
    assert [type(failure) for failure in error.failures] == kinds
    failed = error.failures[0]
    assert isinstance(failed, pm2go.JobFailedError)
    assert failed.exit_code == 7
    lines = str(error).splitlines()
    assert lines[0] == "3 of 5 units could not be started:"
    assert any(line.startswith(f"  unit {missing} not found") for line in lines)
    again = pickle.loads(pickle.dumps(error))
    assert (again.results, str(again)) == (error.results, str(error))
    assert states(good, late) == ["active"] * 2
    systemctl("unmask", "--runtime", "--quiet", masked)


def test_all_are_in_flight_at_once(way: Way, units: UnitFiles, public_path: Path) -> None:
    """Each start ends only when all have begun."""
    public_path.chmod(0o777)
    wait = f"touch {public_path}/%n; until [ $(ls {public_path} | wc -l) = 3 ]; do sleep 0.05; done"
    names = [units.service(service=f"ExecStartPre=/bin/sh -c '{wait}'") for _ in range(3)]
    with connect(way) as systemd:
        assert len(systemd.start_units(names)) == 3


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_there_may_be_more_than_a_bus_bears_at_once(way: Way, units: UnitFiles) -> None:
    names = [units.name() for _ in range(400)]
    for name in names:
        units.write(name, "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n", reload=False)
    with connect(way) as systemd:
        results = systemd.start_units(names, daemon_reload=True)
        assert [result.unit for result in results] == names
        assert {info.active_state for info in systemd.list_units(*names)} == {"active"}
        assert len(systemd.stop_units(names)) == len(names)


def test_what_is_late_is_one_of_the_failures(way: Way, units: UnitFiles) -> None:
    quick, slow = units.service(), units.service(service="ExecStartPre=/bin/sleep 300")
    with connect(way) as systemd:
        with pytest.raises(pm2go.JobsFailedError) as caught:
            systemd.start_units([slow, quick], timeout=3)
        assert [result.unit for result in caught.value.results] == [quick]
        (late,) = caught.value.failures
        assert isinstance(late, pm2go.OperationTimeoutError)
        assert late.message == f"the start of {slow} did not end within 3s"
        # The job goes on.
        assert states(slow) == ["activating"]


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_all_survive_that_the_manager_executes_itself_again(
    way: Way, units: UnitFiles, public_path: Path
) -> None:
    wait = f"until [ -e {public_path}/go ]; do sleep 0.05; done"
    names = [units.service(service=f"ExecStartPre=/bin/sh -c '{wait}'") for _ in range(3)]

    def reexec() -> None:
        wait_until(lambda: states(*names) == ["activating"] * 3)
        systemctl("daemon-reexec")
        (public_path / "go").touch()

    other = threading.Thread(target=reexec)
    other.start()
    with connect(way) as systemd:
        assert [result.result for result in systemd.start_units(names)] == ["done"] * 3
    other.join()


def test_what_is_about_no_unit_is_raised_as_it_is() -> None:
    with (
        pm2go.Systemd(address="unix:path=/nowhere") as systemd,
        pytest.raises(pm2go.UnavailableError),
    ):
        systemd.start_units(["a", "b"])
    with pm2go.Systemd() as systemd, pytest.raises(pm2go.ConfigError, match="a b/c"):
        systemd.start_units(["live-nobody", "a b/c"])


SLOW = "TimeoutStartSec={seconds}\nExecStartPre=/bin/sh -c 'until [ -e {path}/go ]; do sleep 0.05; done'"


def test_the_time_can_be_the_units_own(way: Way, units: UnitFiles, public_path: Path) -> None:
    fine = units.service(service=SLOW.format(seconds=60, path=public_path))
    stuck = units.service(service="TimeoutStartSec=1\nExecStartPre=/bin/sleep 300")
    with connect(way, timeout=0.5) as systemd:
        with pytest.raises(pm2go.OperationTimeoutError):
            systemd.start_unit(fine)
        systemctl("stop", fine)
        threading.Timer(2, (public_path / "go").touch).start()
        assert systemd.start_unit(fine, timeout="unit").result == "done"
        with pytest.raises(pm2go.JobError) as caught:
            systemd.start_unit(stuck, timeout="unit")
        assert caught.value.unit_result == "timeout"
        with pytest.raises(pm2go.JobsFailedError) as caught_too:
            systemd.start_units([fine, stuck], timeout="unit")
        assert len(caught_too.value.results) == 1
        assert systemd.stop_unit(fine, timeout="unit").changed


def test_what_a_job_waits_for_others_does_not_count(units: UnitFiles) -> None:
    first = units.service(service="ExecStartPre=/bin/sleep 8")
    second = units.service(unit=f"After={first}\nRequires={first}", service="TimeoutStartSec=1")
    with connect(Way.PRIVATE, timeout=1) as systemd:
        assert systemd.start_unit(second, timeout="unit").result == "done"


def test_only_a_job_has_such_a_time(way: Way) -> None:
    with connect(way) as systemd:
        for call in (
            lambda: systemd.list_units(timeout="unit"),
            lambda: systemd.wait_for_unit("basic.target", "active", timeout="unit"),
            lambda: systemd.enqueue_job("start", "basic.target", timeout="unit"),
            lambda: pm2go.Systemd(timeout="unit"),
        ):
            with pytest.raises(pm2go.ConfigError, match="timeout") as caught:
                call()
            assert caught.value.hint
