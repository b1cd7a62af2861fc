"""Greenlets of gevent's and eventlet's: while one waits, the others of its thread go on.

What is waited for comes only when another greenlet brings it: had the wait stopped the thread, nothing would.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from live.fixtures.scope import TARGET
from live.fixtures.systemctl import show
from live.fixtures.ways import DBUS_WAYS, Way

from .greenlets import LIBRARIES, run

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

SLOW = "ExecStartPre=-/bin/sleep 300"
MANY = 50


@pytest.fixture(params=list(LIBRARIES))
def library(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(params=DBUS_WAYS, ids=lambda way: way.value)
def dbus_way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


START = """
    waiting = spawn(systemd.start_unit, names[0])
    until(lambda: state(names[0]) == "start-pre")
    others_go_on()
    systemctl("kill", "--kill-who=control", "--signal=KILL", names[0])
    print(json.dumps([result(waiting).result, state(names[0])]))
    systemd.close()
"""


def test_others_go_on_while_one_waits_for_a_job(library: str, way: Way, units: UnitFiles) -> None:
    assert run(library, way, START, units.service(service=SLOW)) == ["done", "running"]


#: It says a line when another greenlet has let it.
TOLD = """
    told = []
    waiting = spawn(lambda: systemd.start_unit(names[0], log=lambda entry: told.append(entry.message)))
    until(lambda: "begun" in told)
    others_go_on()
    systemctl("kill", "--kill-who=control", "--signal=TERM", names[0])
    print(json.dumps([result(waiting).result, [line for line in told if line in ("begun", "ended")]]))
    systemd.close()
"""


def test_others_go_on_while_one_is_told_the_log(library: str, way: Way, units: UnitFiles) -> None:
    script = 'trap "echo ended; exit 0" TERM; echo begun; while :; do sleep 0.05; done'
    name = units.service(service=f"ExecStartPre=/bin/sh -c '{script}'")
    assert run(library, way, TOLD, name) == ["done", ["begun", "ended"]]


#: What comes when the unit is started, and how it is waited for.
WAITS = {
    "wait_for_unit": """
        def wait():
            return systemd.wait_for_unit(names[0], "active").active_state
    """,
    "watch_units": """
        def wait():
            with systemd.watch_units(names[0], states=["active"]) as watch:
                for event in watch:
                    if event.kind != "snapshot":
                        return event.new.active_state
    """,
    "watch_unit_properties": """
        def wait():
            with systemd.watch_unit_properties(names[0], ["ActiveState"]) as watch:
                for event in watch:
                    if event.changed["ActiveState"] == "active":
                        return event.changed["ActiveState"]
    """,
    "job": """
        def wait():
            systemd.enqueue_job("start", names[0]).wait()
            return systemd.get_unit_status(names[0]).active_state
    """,
}
WAIT = """
    {wait}
    waiting = [spawn(wait) for _ in range(3)]
    others_go_on()
    assert state(names[0]) != "running"
    starting = spawn(systemctl, "start", names[0])
    let_start(names[0])
    print(json.dumps([result(one) for one in waiting]))
    result(starting)
    systemd.close()
"""


@pytest.mark.parametrize("wait", WAITS)
def test_others_go_on_while_some_wait_for_a_unit(
    library: str, dbus_way: Way, wait: str, units: UnitFiles
) -> None:
    program = textwrap.dedent(WAIT).format(wait=textwrap.dedent(WAITS[wait]))
    assert run(library, dbus_way, program, units.service(service=SLOW)) == ["active"] * 3


MANY_AT_ONCE = """
    events = []

    def watch():
        with systemd.watch_units(*names, states=["active"]) as stream:
            for event in stream:
                if event.new.sub_state == "running":
                    events.append(event.unit)
                if len(set(events)) == len(names):
                    return

    watching = spawn(watch)
    systemd.connect()
    before = descriptors()
    starting = [spawn(systemd.start_unit, name) for name in names]
    found = [result(one).result for one in starting]
    result(watching)
    ran = subprocess.run(["/bin/true"], check=True)
    asked = [spawn(systemd.get_unit_status, name) for name in names]
    pids = {result(one).main_pid for one in asked}
    others_go_on()
    print(json.dumps([found, len(pids), sorted(set(events)) == sorted(names), descriptors() - before]))
"""


def test_many_start_units_at_once_over_one_client(library: str, dbus_way: Way, units: UnitFiles) -> None:
    template = units.write(units.name("many@"), "[Service]\nType=exec\nExecStart=/bin/sleep 300\n")
    names = [template.replace("@.", f"@{number}.") for number in range(MANY)]
    found, pids, are_told, more = run(library, dbus_way, MANY_AT_ONCE, *names)
    assert (found, pids, are_told) == (["done"] * MANY, MANY, True)
    # The watch's connection, and what the keeper has.
    assert more <= 4


KILLED = """
    systemd.connect()
    before = descriptors()
    waiting = [spawn(ended, systemd.start_unit, names[0]) for _ in range(4)]
    watching = [spawn(ended, systemd.wait_for_unit, names[0], "active") for _ in range(3)]
    until(lambda: state(names[0]) == "start-pre")
    others_go_on()
    # Whoever reads for the others goes first.
    for one in (waiting[0], watching[0], waiting[2], watching[2]):
        one.kill()
        others_go_on()
    systemctl("kill", "--kill-who=control", "--signal=KILL", names[0])
    told = [getattr(result(one), "result", result(one)) for one in (waiting[1], waiting[3])]
    told += [getattr(result(watching[1]), "active_state", result(watching[1]))]
    last = spawn(ended, systemd.wait_for_unit, names[0], "failed")
    others_go_on()
    last.kill()
    print(json.dumps([told, [row.name for row in systemd.list_units(names[1])], descriptors() - before]))
"""


def test_a_greenlet_that_is_killed_hands_over(library: str, dbus_way: Way, units: UnitFiles) -> None:
    told, listed, more = run(library, dbus_way, KILLED, units.service(service=SLOW), TARGET)
    assert (told, listed) == (["done", "done", "active"], [TARGET])
    assert more <= 4


TIMEOUT = """
    waiting = spawn(systemd.start_unit, names[0])
    until(lambda: state(names[0]) == "start-pre")
    told = []
    for wait in (lambda: systemd.start_unit(names[0]), lambda: systemd.wait_for_unit(names[0], "active")):
        try:
            with Timeout(0.05):
                wait()
        except Timeout:
            told.append(True)
    try:
        systemd.wait_for_unit(names[0], "active", timeout=0.05)
    except pm2go.OperationTimeoutError as error:
        told.append(error.sub_state)
    systemctl("kill", "--kill-who=control", "--signal=KILL", names[0])
    print(json.dumps([*told, result(waiting).result, systemd.get_unit_status(names[0]).active_state]))
"""


def test_time_outs_end_a_wait(library: str, dbus_way: Way, units: UnitFiles) -> None:
    found = run(library, dbus_way, TIMEOUT, units.service(service=SLOW))
    assert found == [True, True, "start-pre", "done", "active"]


NATIVE = """
    # The greenlet reads for all, until a thread of its own comes; it does not come to the processor meanwhile.
    waiting = spawn(systemd.start_unit, names[0])
    watching = spawn(systemd.wait_for_unit, names[0], "active")
    until(lambda: state(names[0]) == "start-pre")
    lock = original("_thread", "allocate_lock")()
    lock.acquire()
    told = []

    def ask():
        try:
            told.append([row.name for row in systemd.list_units(names[1])])
            told.append(ended(lambda: systemd.wait_for_unit(names[0], "active", timeout=0.05)))
        finally:
            lock.release()

    start = original("_thread", "start_new_thread")
    for _ in range(3):
        start(ask, ())
        if not lock.acquire(True, 60):
            raise SystemExit("a thread waits for a greenlet")
        others_go_on()
    # A thread of the pool waits, and the greenlets go on.
    again = spawn(in_native_thread, lambda: systemd.start_unit(names[0]).result)
    others_go_on()
    systemctl("kill", "--kill-who=control", "--signal=KILL", names[0])
    ends = [result(waiting).result, result(watching).active_state, result(again)]
    print(json.dumps([told, ends]))
    sys.stdout.flush()
    os._exit(0)
"""


def test_native_threads_wait_for_no_greenlet(library: str, dbus_way: Way, units: UnitFiles) -> None:
    told, ends = run(library, dbus_way, NATIVE, units.service(service=SLOW), TARGET)
    assert told == [[TARGET], "OperationTimeoutError"] * 3
    assert ends == ["done", "active", "done"]


INTERRUPT = """
    import signal
    waiting = spawn(ended, systemd.start_unit, names[0])
    watching = spawn(ended, systemd.wait_for_unit, names[0], "failed")

    def interrupt():
        until(lambda: state(names[0]) == "start-pre")
        others_go_on()
        os.kill(os.getpid(), signal.SIGINT)

    spawn(interrupt)
    told = [ended(systemd.start_unit, names[0])]
    others_go_on()
    let_start(names[0])
    told.append(result(waiting).result)
    watching.kill()
    print(json.dumps([*told, systemd.stop_unit(names[0]).result]))
"""


def test_ctrl_c_ends_the_wait_of_the_main_greenlet(library: str, dbus_way: Way, units: UnitFiles) -> None:
    found = run(library, dbus_way, INTERRUPT, units.service(service=SLOW))
    assert found == ["KeyboardInterrupt", "done", "done"]


FORK = """
    waiting = spawn(systemd.start_unit, names[0])
    watching = spawn(systemd.wait_for_unit, names[0], "active")
    until(lambda: state(names[0]) == "start-pre")
    codes = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            try:
                after_fork()
                found = [row.name for row in systemd.list_units(names[1])]
                os._exit(0 if found == [names[1]] else 2)
            except BaseException:
                import traceback
                traceback.print_exc()
                os._exit(1)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        subprocess.run(["/bin/true"], check=True)
        others_go_on()
    systemctl("kill", "--kill-who=control", "--signal=KILL", names[0])
    print(json.dumps([codes, result(waiting).result, result(watching).active_state]))
"""


def test_a_forked_child_takes_nothing_from_the_greenlets_of_its_parent(
    library: str, dbus_way: Way, units: UnitFiles
) -> None:
    found = run(library, dbus_way, FORK, units.service(service=SLOW), TARGET)
    assert found == [[0, 0, 0], "done", "active"]


DEPLOY = """
    import fcntl
    from pathlib import Path
    folder, name = names
    lock = Path(folder) / ".pm2go.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    app = pm2go.AppConfig(name=name, command=["/bin/sleep", "300"])
    manager = pm2go.Manager(systemd)
    starting = [spawn(manager.start, app) for _ in range(3)]
    others_go_on(1000)
    lock.unlink()
    os.close(held)
    for one in starting:
        result(one)
    others_go_on()
    print(json.dumps(systemd.get_unit_status(f"pm2-{name}.service").active_state))
    manager.delete(name)
"""


def test_others_go_on_while_an_app_is_deployed(library: str, way: Way, units: UnitFiles) -> None:
    assert run(library, way, DEPLOY, str(units.folder), units.app()) == "active"


CLOSE = """
    waiting = [spawn(ended, systemd.start_unit, names[0]) for _ in range(3)]
    until(lambda: state(names[0]) == "start-pre")
    systemd.close()
    print(json.dumps([result(one) for one in waiting]))
"""


def test_closing_ends_the_waits_of_greenlets(library: str, way: Way, units: UnitFiles) -> None:
    name = units.service(service=SLOW)
    assert run(library, way, CLOSE, name) == ["ConnectionLostError"] * 3
    assert show(name, "SubState") == "start-pre"
