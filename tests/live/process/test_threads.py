"""One client, many threads: nothing hangs, nothing is mixed up, and no thread is ours."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.descriptors import descriptors
from live.fixtures.scope import SCOPE, TARGET
from live.fixtures.systemctl import show, systemctl
from live.fixtures.units import SLEEP
from live.fixtures.waiting import is_asleep, wait_until, waits_in_poll
from live.fixtures.ways import DBUS_WAYS, Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

THREADS = 8
PATIENCE = 120
UNITS = {Way.PRIVATE: 200, Way.BUS: 200, Way.COMMAND: 40}


def test_threads_share_a_client(way: Way, units: UnitFiles) -> None:
    template = units.write(
        units.name("many@"), f"[Unit]\nDescription=number %i\n[Service]\nType=exec\nExecStart={SLEEP}\n"
    )
    names = [template.replace("@.", f"@{number}.") for number in range(UNITS[way])]
    barrier = threading.Barrier(THREADS)

    def work(index: int) -> list[int | None]:
        pids = []
        barrier.wait(PATIENCE)
        for number in range(index, len(names), THREADS):
            name = names[number]
            assert systemd.start_unit(name, settle=0) == pm2go.JobResult(name, "start", "done", changed=True)
            status = systemd.get_unit_status(name)
            assert (status.name, status.description, status.active_state) == (
                name,
                f"number {number}",
                "active",
            )
            properties = systemd.get_unit_properties(name)
            assert (properties["Id"], properties["MainPID"]) == (name, status.main_pid)
            pids.append(status.main_pid)
        for number in range(index, len(names), THREADS):
            name = names[number]
            assert [row.name for row in systemd.list_units(name)] == [name]
            assert systemd.stop_unit(name) == pm2go.JobResult(name, "stop", "done", changed=True)
            assert systemd.get_unit_status(name).active_state == "inactive"
        return pids

    with connect(way, timeout=60) as systemd, ThreadPoolExecutor(THREADS) as pool:
        pids = [pid for found in pool.map(work, range(THREADS)) for pid in found]
    assert None not in pids
    assert len(set(pids)) == len(names)
    assert systemctl("list-units", "--no-legend", template.replace("@.", "@*.")) == ""


def test_a_slow_call_does_not_hold_up_the_others(way: Way, units: UnitFiles) -> None:
    slow = units.service(service="ExecStartPre=-/bin/sleep 300")
    with connect(way) as systemd:
        systemd.connect()
        thread = threading.Thread(target=systemd.start_unit, args=(slow,))
        thread.start()
        wait_until(lambda: show(slow, "SubState") == "start-pre")
        for _ in range(5):
            assert systemd.list_units(TARGET)
        assert thread.is_alive()
        systemctl("kill", "--kill-who=control", "--signal=KILL", slow)
        thread.join(PATIENCE)
        assert systemd.get_unit_status(slow).active_state == "active"


@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_one_thread_reads_for_all_and_none_has_a_descriptor_of_its_own(way: Way, units: UnitFiles) -> None:
    slow = units.service(service="ExecStartPre=-/bin/sleep 300")
    results: list[str] = []

    def start() -> None:
        results.append(systemd.start_unit(slow, timeout=PATIENCE).result)

    with connect(way) as systemd:
        systemd.connect()
        before = descriptors()
        threads = [threading.Thread(target=start) for _ in range(64)]
        for thread in threads:
            thread.start()
        numbers = [thread.native_id or 0 for thread in threads]

        def one_reads() -> bool:
            reading = [number for number in numbers if waits_in_poll(os.getpid(), number)]
            return len(reading) == 1 and all(
                is_asleep(os.getpid(), number) for number in {*numbers} - {*reading}
            )

        wait_until(lambda: show(slow, "SubState") == "start-pre" and one_reads())
        assert descriptors() <= before
        systemctl("kill", "--kill-who=control", "--signal=KILL", slow)
        for thread in threads:
            thread.join(PATIENCE)
        assert results == ["done"] * len(threads)
        assert descriptors() <= before


def test_closing_while_others_call(way: Way) -> None:
    systemd = connect(way)
    failures: list[BaseException] = []

    calls = [0] * 4

    def ask(index: int) -> None:
        try:
            while True:
                systemd.list_units(TARGET)
                calls[index] += 1
        except (pm2go.ConfigError, pm2go.ConnectionLostError):
            pass  # it is closed, or was closed meanwhile
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is wrong
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    wait_until(lambda: min(calls) > 2 or failures)
    systemd.close()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def test_other_python_threads_run_during_a_wait(way: Way, units: UnitFiles) -> None:
    """The interpreter's lock is not held while a call waits."""
    name = units.service(service="ExecStartPre=-/bin/sleep 300")

    def let_it_start() -> None:
        wait_until(lambda: show(name, "SubState") == "start-pre" and waits_in_poll(os.getpid()))
        systemctl("kill", "--kill-who=control", "--signal=KILL", name)

    thread = threading.Thread(target=let_it_start)
    thread.start()
    with connect(way) as systemd:
        assert systemd.start_unit(name).result == "done"
    thread.join(PATIENCE)


COUNT = """
    import contextlib, json, os, sys, threading, time
    from pathlib import Path
    import pm2go

    def names():
        for task in Path("/proc/self/task").iterdir():
            if task.name != str(os.getpid()):
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                    yield (task / "comm").read_text().strip()

    def others():
        own = Path("/proc/self/comm").read_text().strip()
        deadline = time.monotonic() + 60
        # A thread that has not run yet has the name of the one that made it.
        while own in (found := sorted(names())) and time.monotonic() < deadline:
            time.sleep(0.01)
        return found

    with pm2go.Manager(scope=sys.argv[1], backend=sys.argv[2]) as manager:
        expected, deadline = json.loads(sys.argv[3]), time.monotonic() + 60
        used = None
        while used != expected and time.monotonic() < deadline:
            manager.systemd.list_units()
            manager.systemd.start_unit("basic.target")
            manager.list()
            used = others()
        # A private connection lies idle for a while only, and then nobody is needed.
        while (idle := others()) and time.monotonic() < deadline:
            time.sleep(0.01)
        manager.list()
    pid = os.fork()
    if pid == 0:
        os._exit(len(others()))
    inherited = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps([used, idle, inherited, threading.active_count()]))
"""


@pytest.mark.parametrize("backend", ["dbus", "command"])
def test_only_an_idle_connection_has_a_thread(backend: str) -> None:
    """It closes the connection, knows nothing of Python, and is gone when it is not needed, and in a fork."""
    thread = ["pm2go-keeper"] if backend == "dbus" else []
    assert programs.run(COUNT, SCOPE, backend, json.dumps(thread), timeout=150) == [thread, [], 0, 1]
