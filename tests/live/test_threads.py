"""One client, many threads: nothing hangs, nothing is mixed up, and no thread is ours."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import pm2go

from . import programs
from .place import SCOPE, TARGET, Way, connect, systemctl
from .units import SLEEP

if TYPE_CHECKING:
    from .units import UnitFiles

THREADS = 8
UNITS = {Way.PRIVATE: 200, Way.BUS: 200, Way.COMMAND: 40}


def test_threads_share_a_client(way: Way, units: UnitFiles) -> None:
    template = units.write(
        units.name("many@"), f"[Unit]\nDescription=number %i\n[Service]\nType=exec\nExecStart={SLEEP}\n"
    )
    names = [template.replace("@.", f"@{number}.") for number in range(UNITS[way])]
    barrier = threading.Barrier(THREADS)

    def work(index: int) -> list[int | None]:
        pids = []
        barrier.wait(10)
        for number in range(index, len(names), THREADS):
            name = names[number]
            assert systemd.start_unit(name, settle=0) == pm2go.JobResult(name, "start", "done")
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
            assert systemd.stop_unit(name) == pm2go.JobResult(name, "stop", "done")
            assert systemd.get_unit_status(name).active_state == "inactive"
        return pids

    with connect(way, timeout=60) as systemd, ThreadPoolExecutor(THREADS) as pool:
        pids = [pid for found in pool.map(work, range(THREADS)) for pid in found]
    assert None not in pids
    assert len(set(pids)) == len(names)
    assert systemctl("list-units", "--no-legend", template.replace("@.", "@*.")) == ""


def test_a_slow_call_does_not_hold_up_the_others(way: Way, units: UnitFiles) -> None:
    slow = units.service(service="ExecStartPre=/bin/sleep 2")
    with connect(way) as systemd:
        systemd.connect()
        thread = threading.Thread(target=systemd.start_unit, args=(slow,))
        thread.start()
        time.sleep(0.3)
        started = time.monotonic()
        for _ in range(5):
            assert systemd.list_units(TARGET)
        assert time.monotonic() - started < 1
        assert thread.is_alive()
        thread.join(20)
        assert systemd.get_unit_status(slow).active_state == "active"


def test_closing_while_others_call(way: Way) -> None:
    systemd = connect(way)
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            while True:
                systemd.list_units(TARGET)
        except (pm2go.ConfigError, pm2go.ConnectionLostError):
            pass  # it is closed, or was closed meanwhile
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is wrong
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    systemd.close()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def test_other_python_threads_run_during_a_wait(way: Way, units: UnitFiles) -> None:
    """The interpreter's lock is not held while a call waits."""
    name = units.service(service="ExecStartPre=/bin/sleep 0.5")
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.01)

    thread = threading.Thread(target=tick)
    thread.start()
    with connect(way) as systemd:
        systemd.start_unit(name)
    done.set()
    thread.join(10)
    assert ticks > 15


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
        deadline = time.monotonic() + 5
        # A thread that has not run yet has the name of the one that made it.
        while own in (found := sorted(names())) and time.monotonic() < deadline:
            time.sleep(0.01)
        return found

    with pm2go.Manager(scope=sys.argv[1], backend=sys.argv[2]) as manager:
        manager.systemd.list_units()
        manager.systemd.start_unit("basic.target")
        manager.list()
        used = others()
        time.sleep(2.5)  # longer than a private connection lies idle
        idle = others()
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
    thread = ["pm2go-idle"] if backend == "dbus" else []
    assert programs.run(COUNT, SCOPE, backend) == [thread, [], 0, 1]
