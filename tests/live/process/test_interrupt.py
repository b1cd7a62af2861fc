"""Ctrl-C ends a wait, and the client works afterwards; a wait lets the rest of the program live.

What is waited for never comes by itself: had Ctrl-C not ended the wait, nothing would.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import textwrap
import threading
from typing import TYPE_CHECKING, Any

import pytest

from live.fixtures import programs
from live.fixtures.scope import TARGET
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until, waits_in_poll
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    import pm2go
    from live.fixtures.units import UnitFiles

TRIES = 5
PATIENCE = 120

PROGRAM = """
    import json, sys, threading
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
        try:
            for worker in workers:
                worker.start()
            print("ready", flush=True)
            systemd.start_unit(name)
        except KeyboardInterrupt:
            out["interrupted"] = True
        out["after"] = systemd.get_unit_status(name).active_state
        systemd.stop_unit(name)
        for worker in workers:
            worker.join()
    print(json.dumps(out))
"""


#: What a blocking call or a watch waits for that does not come; and the same call again, which then ends.
WAITS = {
    "wait_for_unit": """
        systemd.wait_for_unit(name, "active")
    """,
    "wait_for_unit with a deadline": """
        systemd.wait_for_unit(name, "active", timeout=60)
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
    import json, sys
    import pm2go
    options, name = json.loads(sys.argv[1]), sys.argv[2]
    with pm2go.Systemd(**options) as systemd, systemd.watch_units(name, "basic.target") as watch:
        assert next(watch).unit == "basic.target"

        def wait():
            {wait}

        try:
            print("ready", flush=True)
            wait()
        except KeyboardInterrupt:
            interrupted = True
        systemd.start_unit(name, settle=0)
        wait()
        systemd.stop_unit(name)
    print(json.dumps(interrupted))
"""


def interrupt_wait(way: Way, name: str, wait: str) -> None:
    """Send SIGINT into something that waits."""
    code = WAITING.replace("{wait}", textwrap.indent(textwrap.dedent(wait), " " * 12).strip())
    command = programs.command(code, json.dumps(WAYS[way]), name)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        wait_until(lambda: waits_in_poll(process.pid))
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    assert json.loads(output) is True


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_ctrl_c_ends_a_watch(way: Way, units: UnitFiles, wait: str) -> None:
    """What waited is sound afterwards: the same again gets what it waits for."""
    name = units.service()
    for _ in range(TRIES):
        interrupt_wait(way, name, wait)


def interrupt(way: Way, name: str, *, threads: int = 0) -> dict[str, Any]:
    """Send SIGINT into a start that waits."""
    command = programs.command(PROGRAM, json.dumps(WAYS[way]), name, str(threads))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        wait_until(lambda: show(name, "SubState") == "start-pre" and waits_in_poll(process.pid))
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    assert found["interrupted"]
    return found


def test_ctrl_c_ends_a_wait(way: Way, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 300")
    found = [interrupt(way, name) for _ in range(TRIES)]
    assert {(one["after"], tuple(one["others"])) for one in found} == {("activating", ())}


def test_ctrl_c_while_other_threads_wait(way: Way, units: UnitFiles) -> None:
    """The others go on waiting; here until the job is canceled by the stop after it."""
    name = units.service(service="ExecStartPre=/bin/sleep 300")
    found = [interrupt(way, name, threads=3) for _ in range(TRIES)]
    for one in found:
        assert one["after"] == "activating"
        assert one["others"] == ["JobCanceledError"] * 3


def test_a_signal_handler_runs_during_a_wait_and_the_wait_goes_on(way: Way, units: UnitFiles) -> None:
    """Only what the handler does ends the wait."""
    name = units.service(service="ExecStartPre=-/bin/sleep 300")
    states: list[str] = []

    def go_on(*_: object) -> None:
        states.append(show(name, "SubState"))
        systemctl("kill", "--kill-who=control", "--signal=KILL", name)

    def tell() -> None:
        wait_until(lambda: show(name, "SubState") == "start-pre" and waits_in_poll(os.getpid()))
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, go_on)
    try:
        with connect(way) as systemd:
            teller = threading.Thread(target=tell)
            teller.start()
            assert systemd.start_unit(name).result == "done"
            teller.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert states == ["start-pre"]


def test_a_call_inside_a_running_event_loop(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()

    async def work() -> None:
        assert systemd.start_unit(name).result == "done"
        await asyncio.sleep(0)
        found = await asyncio.gather(*(asyncio.to_thread(systemd.list_units, TARGET) for _ in range(5)))
        assert all([row.name for row in rows] == [TARGET] for rows in found)
        assert systemd.stop_unit(name).result == "done"

    asyncio.run(work())
