"""Ctrl-C ends a wait at once, and the client works afterwards; a wait lets the rest of the program live."""

from __future__ import annotations

import asyncio
import json
import signal
import statistics
import subprocess
import textwrap
import time
from typing import TYPE_CHECKING, Any

import pytest

from . import programs
from .place import DBUS_WAYS, TARGET, WAYS, Way, connect, show, wait_until

if TYPE_CHECKING:
    import pm2go

    from .units import UnitFiles

LIMIT = 0.050
TRIES = 5

PROGRAM = """
    import json, sys, threading, time
    import pm2go
    options, name, threads = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    out = {"others": []}
    with pm2go.Systemd(**options) as systemd:
        systemd.connect()

        def other():
            try:
                out["others"].append(systemd.start_unit(name).result)
            except pm2go.Pm2goError as error:
                out["others"].append(type(error).__name__)

        workers = [threading.Thread(target=other) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            systemd.start_unit(name)
        except KeyboardInterrupt:
            out["moment"] = time.monotonic()
        out["after"] = systemd.get_unit_status(name).active_state
        systemd.stop_unit(name)
        for worker in workers:
            worker.join()
    print(json.dumps(out))
"""


#: What a blocking call or a watch waits for that does not come; and the same call again, which then ends.
WAITS = {
    "wait_for": """
        systemd.wait_for(name, "active")
    """,
    "wait_for with a deadline": """
        systemd.wait_for(name, "active", timeout=60)
    """,
    "watch, next": """
        assert watch.next().unit == name
    """,
    "watch, next with a deadline": """
        assert watch.next(60).unit == name
    """,
    "watch, for": """
        for event in watch:
            assert event.unit == name
            break
    """,
}
WAITING = """
    import json, sys, time
    import pm2go
    options, name = json.loads(sys.argv[1]), sys.argv[2]
    with pm2go.Systemd(**options) as systemd, systemd.watch_units(name, "basic.target") as watch:
        assert next(watch).unit == "basic.target"

        def wait():
            {wait}

        print("ready", flush=True)
        try:
            wait()
        except KeyboardInterrupt:
            moment = time.monotonic()
        systemd.start_unit(name, settle=0)
        wait()
        systemd.stop_unit(name)
    print(json.dumps(moment))
"""


def interrupt_wait(way: Way, name: str, wait: str) -> float:
    """Send SIGINT into something that waits; return how long it took to become an exception."""
    code = WAITING.replace("{wait}", textwrap.indent(textwrap.dedent(wait), " " * 12).strip())
    command = programs.command(code, json.dumps(WAYS[way]), name)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.15)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
    moment: float = json.loads(output)
    return moment - sent


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_ctrl_c_ends_a_watch(way: Way, units: UnitFiles, wait: str) -> None:
    """What waited is sound afterwards: the same again gets what it waits for."""
    name = units.service()
    late = [interrupt_wait(way, name, wait) for _ in range(TRIES)]
    assert statistics.median(late) < LIMIT, late


def interrupt(way: Way, name: str, *, threads: int = 0) -> dict[str, Any]:
    """Send SIGINT into a start that waits; `late` is how long it took to become an exception."""
    command = programs.command(PROGRAM, json.dumps(WAYS[way]), name, str(threads))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        wait_until(lambda: show(name, "SubState") == "start-pre")
        time.sleep(0.1)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    found["late"] = found["moment"] - sent
    return found


def test_ctrl_c_ends_a_wait(way: Way, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 300")
    found = [interrupt(way, name) for _ in range(TRIES)]
    assert {(one["after"], tuple(one["others"])) for one in found} == {("activating", ())}
    assert statistics.median(one["late"] for one in found) < LIMIT, found


def test_ctrl_c_while_other_threads_wait(way: Way, units: UnitFiles) -> None:
    """The others go on waiting; here until the job is canceled by the stop after it."""
    name = units.service(service="ExecStartPre=/bin/sleep 300")
    found = [interrupt(way, name, threads=3) for _ in range(TRIES)]
    for one in found:
        assert one["after"] == "activating"
        assert one["others"] == ["JobCanceledError"] * 3
    assert statistics.median(one["late"] for one in found) < LIMIT, found


def test_a_signal_handler_runs_during_a_wait_and_the_wait_goes_on(way: Way, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 1")
    moments: list[float] = []
    before = signal.signal(signal.SIGUSR1, lambda *_: moments.append(time.monotonic()))
    try:
        killer = subprocess.Popen(["sh", "-c", "sleep 0.4; kill -USR1 $PPID"])
        with killer, connect(way) as systemd:
            started = time.monotonic()
            assert systemd.start_unit(name).result == "done"
            ended = time.monotonic()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(moments) == 1
    assert started < moments[0] < ended - 0.3


def test_a_call_inside_a_running_event_loop(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()

    async def work() -> None:
        assert systemd.start_unit(name).result == "done"
        await asyncio.sleep(0)
        found = await asyncio.gather(*(asyncio.to_thread(systemd.list_units, TARGET) for _ in range(5)))
        assert all([row.name for row in rows] == [TARGET] for rows in found)
        assert systemd.stop_unit(name).result == "done"

    asyncio.run(work())
