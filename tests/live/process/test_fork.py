"""A forked child uses the library, only drops it, or does nothing, while its parent goes on using it."""

from __future__ import annotations

import json
import os
import signal
import threading
import traceback
from typing import TYPE_CHECKING, Any, Callable

from live.fixtures import programs
from live.fixtures.scope import TARGET
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

#: For a long run: PM2GO_FORKS=100.
CHILDREN = int(os.environ.get("PM2GO_FORKS", "50"))


def fork(work: Callable[[], object]) -> int:
    """Run something in a forked child that ends with 0 if that went well."""
    child = os.fork()
    if child:
        return child
    try:
        signal.alarm(30)  # whatever hangs is ended
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing may get back into pytest
        traceback.print_exc()
    finally:
        os._exit(1)


def codes(children: list[int]) -> set[int]:
    return {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children}


def test_children_and_parent(way: Way, units: UnitFiles) -> None:
    name = units.service()
    holder = [connect(way)]

    def use() -> None:
        assert [row.name for row in holder[0].list_units(TARGET)] == [TARGET]
        assert holder[0].start_unit(name).result == "done"
        holder[0].close()

    def drop() -> None:
        holder.clear()

    def nothing() -> None:
        pass

    def close() -> None:
        holder[0].close()

    def grandchild() -> None:
        use_again = holder[0].list_units(TARGET)
        assert use_again
        assert codes([fork(use)]) == {0}
        assert holder[0].list_units(TARGET) == use_again

    holder[0].list_units(TARGET)
    children = []
    works = (use, drop, nothing, close, grandchild)
    for number in range(CHILDREN):
        children.append(fork(works[number % len(works)]))
        assert holder[0].get_unit_status(TARGET).name == TARGET
        assert holder[0].start_unit(name, settle=0).result == "done"
    assert codes(children) == {0}
    assert holder[0].stop_unit(name).result == "done"
    holder[0].close()


def test_a_fork_before_the_first_call(way: Way) -> None:
    with connect(way) as systemd:
        child = fork(lambda: systemd.list_units(TARGET)[0])
        assert systemd.list_units(TARGET)
        assert codes([child]) == {0}
        assert systemd.list_units(TARGET)


def test_a_fork_while_another_thread_is_inside_a_call(way: Way, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=-/bin/sleep 300")
    with connect(way) as systemd:
        systemd.connect()
        thread = threading.Thread(target=systemd.start_unit, args=(name,))
        thread.start()
        wait_until(lambda: show(name, "SubState") == "start-pre")
        children = [fork(lambda: systemd.list_units(TARGET)[0]) for _ in range(5)]
        assert codes(children) == {0}
        assert thread.is_alive()
        systemctl("kill", "--kill-who=control", "--signal=KILL", name)
        thread.join()
        assert show(name, "ActiveState") == "active"
        assert systemd.stop_unit(name).result == "done"


def test_forks_amid_a_storm_of_calls(way: Way) -> None:
    with connect(way) as systemd:
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                assert systemd.list_units(TARGET)
                latest[0] += 1

        latest = [0]

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        children = []
        for _ in range(20):
            before = latest[0]
            wait_until(lambda: latest[0] > before)  # noqa: B023
            children.append(fork(lambda: systemd.list_units(TARGET)[0]))
        assert codes(children) == {0}
        stop.set()
        for thread in threads:
            thread.join(120)
        assert systemd.list_units(TARGET)


#: What becomes of the sockets of a client that a program had before it became a daemon.
DAEMON = """
    import json, os, sys
    import pm2go

    def sockets():
        links = []
        for number in os.listdir("/proc/self/fd"):
            try:
                links.append(os.readlink(f"/proc/self/fd/{number}"))
            except FileNotFoundError:
                pass
        return sum(link.startswith("socket:") for link in links)

    options, unit = json.loads(sys.argv[1]), sys.argv[2]
    systemd = pm2go.Systemd(**options)
    watch = systemd.watch_units(unit)
    assert next(watch).unit == unit
    before = sockets()
    until, over = os.pipe()
    if os.fork():
        os._exit(0)  # as a daemon's parent does: nothing is closed
    after = sockets()
    with pm2go.Systemd(**options) as own:
        print(json.dumps([before > 0, after, own.get_unit_status(unit).active_state]))
"""


def test_a_child_that_outlives_its_parent_is_not_its_client(dbus_options: dict[str, Any]) -> None:
    """It would read nothing, and systemd would queue for it."""
    assert programs.run(DAEMON, json.dumps(dbus_options), TARGET) == [True, 0, "active"]
