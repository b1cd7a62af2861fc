"""What nobody reads for a while is read by the keeper: nothing waits for us, and nothing is lost in silence."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

import pm2go
from interpreters import INTERPRETERS
from live.connections.test_idle import CLIENT, NOISE_KB, growth
from live.fixtures import programs
from live.fixtures.descriptors import open_sockets
from live.fixtures.left import unread
from live.fixtures.scope import SCOPE, SCOPE_OPTION, TARGET
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles

#: Two events each, and about four kB of signals: more than all buffers of the kernel take, and less than the watch's.
JOBS = 1000
MANY_JOBS = 2500
#: These do not fit into the watch's, either (16 MiB), though a busy systemd sends each change of a unit in fewer signals.
TOO_MANY_JOBS = 8000
#: Its signals are longer by as much.
LONG_STEM = "x" * 180
CAPACITY = 100_000

both_ways = pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)


def jobs(name: str, count: int = JOBS) -> None:
    """Have another process make jobs of a unit that is up already."""
    assert programs.run(CLIENT, SCOPE, name, str(count), timeout=120) == "done"


def started(units: UnitFiles, stem: str = "unit") -> str:
    name = units.service(stem=stem)
    systemctl("start", name)
    return name


def inodes() -> set[int]:
    """The connections to the private socket."""
    return {os.fstat(number).st_ino for number in open_sockets()}


@both_ways
def test_a_slow_body_loses_nothing(way: Way, units: UnitFiles) -> None:
    name = started(units)
    with connect(way) as systemd, systemd.watch_units(name, capacity=CAPACITY) as watch:
        assert next(watch).kind == "snapshot"
        jobs(name)
        seen = Counter(next(watch).kind for _ in range(2 * JOBS))
        assert seen == {"job-new": JOBS, "job-removed": JOBS}
        systemctl("stop", name)
        assert next(watch).kind == "job-new", "the connection lives"


@both_ways
def test_a_slow_body_is_told_what_it_missed(way: Way, units: UnitFiles) -> None:
    name = started(units, LONG_STEM)
    with connect(way) as systemd, systemd.watch_units(name, capacity=CAPACITY) as watch:
        assert next(watch).kind == "snapshot"
        jobs(name, TOO_MANY_JOBS)
        event = next(watch)
        assert event.kind == "gap"
        assert "faster than they could be read" in str(event.reason)
        systemctl("stop", name)
        while next(watch).active_state != "inactive":
            pass


@both_ways
def test_a_loop_that_is_blocked_loses_nothing(way: Way, units: UnitFiles) -> None:
    name = started(units)

    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            watch = systemd.watch_units(name, capacity=CAPACITY)
            assert (await watch.__anext__()).kind == "snapshot"
            jobs(name)  # the loop stands still meanwhile
            seen = Counter([(await watch.__anext__()).kind for _ in range(2 * JOBS)])
            assert seen == {"job-new": JOBS, "job-removed": JOBS}
            watch.close()

    asyncio.run(asyncio.wait_for(main(), 120))


STOPPED = """
    import collections, json, sys
    import pm2go

    options, unit, jobs = map(json.loads, sys.argv[1:])
    with pm2go.Systemd(**options) as systemd, systemd.watch_units(unit, capacity=100 * jobs) as watch:
        assert next(watch).kind == "snapshot"
        print("ready", flush=True)
        kinds = collections.Counter()
        while kinds["job-removed"] < jobs:
            kinds[watch.next(timeout=60).kind] += 1
    print(json.dumps(kinds))
"""


@both_ways
def test_a_process_that_was_stopped_loses_nothing(way: Way, units: UnitFiles) -> None:
    """No thread of it reads: systemd, or the bus, keeps what comes meanwhile."""
    name = started(units)
    arguments = [json.dumps(argument) for argument in (WAYS[way], name, JOBS)]
    with subprocess.Popen(
        programs.command(STOPPED, *arguments), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGSTOP)
            jobs(name)
            process.send_signal(signal.SIGCONT)
            assert json.loads(process.stdout.read()) == {"job-new": JOBS, "job-removed": JOBS}
        finally:
            process.kill()


def test_systemd_does_not_queue_for_a_loop_that_is_blocked(units: UnitFiles) -> None:
    name = started(units)
    jobs(name, 500)  # so that systemd's buffers have the size they need

    async def main() -> tuple[int, int]:
        control = growth(name, jobs=MANY_JOBS)
        async with pm2go.AsyncSystemd(**WAYS[Way.PRIVATE]) as systemd:
            watch = systemd.watch_units(name, capacity=CAPACITY)
            assert (await watch.__anext__()).kind == "snapshot"
            blocked = growth(name, jobs=MANY_JOBS)
            watch.close()
        return control, blocked

    control, blocked = asyncio.run(asyncio.wait_for(main(), 120))
    print(f"growth in kB: without us {control}, beside a loop that is blocked {blocked}")
    assert blocked < control + NOISE_KB


@both_ways
def test_a_loop_is_rung_when_it_was_read_for(way: Way, units: UnitFiles) -> None:
    """The socket is empty by then: nothing else would wake it."""
    name = started(units)

    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            watch = systemd.watch_units(name)
            assert (await watch.__anext__()).kind == "snapshot"
            waiting = asyncio.ensure_future(watch.__anext__())
            await asyncio.sleep(0)
            systemctl("stop", name)
            time.sleep(0.5)  # noqa: ASYNC251 - so is a loop blocked; the keeper has read before it goes on
            assert (await asyncio.wait_for(waiting, 60)).kind == "job-new"
            watch.close()

    asyncio.run(main())


def test_a_job_that_nobody_waits_for_keeps_its_result(way: Way, units: UnitFiles) -> None:
    name, other = units.service("/bin/sh -c 'exit 7'", kind="oneshot"), started(units)
    with connect(way) as systemd:
        job = systemd.enqueue_job("start", name)
        jobs(other)
        with pytest.raises(pm2go.JobFailedError) as caught:
            job.wait()
        assert caught.value.exit_code == 7


def test_a_call_every_half_second_makes_no_new_connection() -> None:
    with connect(Way.PRIVATE) as systemd:
        before = inodes()
        systemd.get_unit_status(TARGET)
        (own,) = inodes() - before
        for _ in range(4):
            time.sleep(0.5)
            systemd.get_unit_status(TARGET)
            assert inodes() - before == {own}


def test_a_client_that_is_not_used_closes_its_connection() -> None:
    before = inodes()
    with connect(Way.PRIVATE) as systemd:
        systemd.get_unit_status(TARGET)
        assert inodes() - before
        wait_until(lambda: not inodes() - before)
        assert systemd.get_unit_status(TARGET)


#: It forks in each way between two events of a watch; Python must find no other thread to warn of.
FORKS = """
    import collections, json, multiprocessing, os, subprocess, sys, time
    from pathlib import Path
    import pm2go

    def fork():
        child = os.fork()
        if not child:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0

    def process():
        child = multiprocessing.get_context("fork").Process(target=os.getpid)
        child.start()
        child.join()
        assert child.exitcode == 0

    def preexec():
        subprocess.run(["true"], check=True, preexec_fn=os.getpid)

    def program():
        subprocess.run(["true"], check=True)

    def has_keeper():
        return any(task.read_text() == "pm2go-keeper\\n" for task in Path("/proc/self/task").glob("*/comm"))

    options, scope, unit = map(json.loads, sys.argv[1:])
    rounds = [fork, process, preexec, program] * 4
    with pm2go.Systemd(**options) as systemd, systemd.watch_units(unit, "basic.target") as watch:
        assert next(watch).kind == "snapshot"
        for number, work in enumerate(rounds):
            verb = "stop" if number % 2 else "start"
            subprocess.run(["systemctl", *scope, verb, unit], check=True)
            work()
        # Nobody comes to the watch any more, and yet nobody may have to wait for it.
        fork()
        deadline = time.monotonic() + 60
        while not has_keeper():
            assert time.monotonic() < deadline, "nobody reads"
        kinds = collections.Counter()
        while kinds["job-removed"] < len(rounds):
            event = next(watch)
            kinds[event.kind] += 1
            assert event.kind != "gap", event.reason
            assert event.sequence == sum(kinds.values()) + 1
    print(json.dumps(kinds["job-new"]))
"""


@both_ways
@pytest.mark.parametrize("python", INTERPRETERS.values(), ids=INTERPRETERS)
def test_a_fork_between_two_events_cuts_nothing(way: Way, python: Path, units: UnitFiles) -> None:
    arguments = [json.dumps(argument) for argument in (WAYS[way], SCOPE_OPTION, units.service())]
    line = programs.command(FORKS, *arguments, python=str(python))
    # As an error Python would swallow this warning.
    line[1:1] = ["-X", "dev", "-W", "always"]
    done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert json.loads(done.stdout) == 16


SLOW = "ExecStop=/bin/sleep 2"


def test_no_connection_outlives_a_client_whose_loop_an_exception_knows(units: UnitFiles) -> None:
    """Its traceback does, for as long as somebody has it. Who does not read holds up a user's manager itself."""
    name = units.service(service=SLOW)
    systemctl("start", name)
    before = inodes()

    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[Way.PRIVATE]) as systemd:
            await systemd.stop_unit(name, timeout=0.3)

    with pytest.raises(pm2go.OperationTimeoutError) as caught:
        asyncio.run(main())
    assert inodes() <= before
    assert caught.value.unit == name


def test_a_job_whose_client_is_closed_is_not_left_unread(units: UnitFiles) -> None:
    name, other = units.service(service=SLOW), started(units)
    systemctl("start", name)
    with connect(Way.PRIVATE) as systemd:
        job = systemd.enqueue_job("stop", name)
    jobs(other)
    wait_until(lambda: not unread(), seconds=5)
    with pytest.raises(pm2go.ConnectionLostError, match="the client was closed"):
        job.wait()
