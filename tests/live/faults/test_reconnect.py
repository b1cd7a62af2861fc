"""A lost connection is made again by the next call; what systemd may have heard is not sent twice."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.bus import forget_starts_of_the_bus
from live.fixtures.descriptors import open_sockets
from live.fixtures.scope import SCOPE_OPTION, TARGET, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, Way, connect
from live.table import ROWS, Row, name_of

from .relay import Relay, make_relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live.fixtures.units import UnitFiles


PATIENCE = 60


def restart_bus() -> None:
    forget_starts_of_the_bus()
    systemctl("restart", "dbus.service")


def reexec() -> None:
    systemctl("daemon-reexec")


def bus_is_back() -> bool:
    busctl = ["busctl", *SCOPE_OPTION, "status", "org.freedesktop.systemd1"]
    return subprocess.run(busctl, check=False, capture_output=True, timeout=30).returncode == 0


def manager_is_back() -> bool:
    """An answer on a new connection says that the old ones are closed."""
    return systemctl("show", "--property=Version", check=False).startswith("Version=") and bus_is_back()


@pytest.fixture(autouse=True)
def all_as_before() -> Iterator[None]:
    yield
    wait_until(bus_is_back)


@pytest.mark.parametrize("event", [restart_bus, reexec])
def test_the_next_call_works(systemd: pm2go.Systemd, units: UnitFiles, event: Callable[[], None]) -> None:
    name = units.service()
    for _ in range(2):
        assert systemd.start_unit(name).result == "done"
        backend, pid = systemd.backend, show(name, "MainPID")
        event()
        assert systemd.get_unit_status(name).main_pid == int(pid)
        event()
        # What reads works at once. What was sent to a manager that goes away that very moment is not sent again.
        wait_until(manager_is_back)
        assert systemd.restart_unit(name).result == "done"
        assert systemd.backend == backend
    assert show(name, "MainPID") != pid


def test_a_private_connection_that_lay_idle_is_made_again(units: UnitFiles) -> None:
    name = units.service()
    with connect(Way.PRIVATE) as systemd:
        for _ in range(2):
            assert systemd.start_unit(name).result == "done"
            assert len(open_sockets()) == 1
            wait_until(lambda: not open_sockets())
            assert systemd.stop_unit(name).result == "done"


@pytest.fixture(params=DBUS_WAYS, ids=lambda way: way.value)
def relay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Relay]:
    relay = make_relay(request.param, tmp_path)
    yield relay
    relay.close()


@pytest.fixture
def bus_relay(tmp_path: Path) -> Iterator[Relay]:
    relay = make_relay(Way.BUS, tmp_path)
    yield relay
    relay.close()


def test_a_connection_that_was_closed_while_idle_is_made_again(relay: Relay, units: UnitFiles) -> None:
    name = units.service()
    with pm2go.Systemd(address=str(relay.path)) as systemd:
        assert systemd.list_units(TARGET)
        for _ in range(3):
            relay.cut()
            assert systemd.start_unit(name).result == "done"
            relay.cut()
            assert systemd.stop_unit(name).result == "done"
    assert relay.count(b"StartUnit") == 3


@pytest.mark.parametrize("lets_through", [False, True])
def test_what_only_reads_is_asked_again(relay: Relay, lets_through: bool) -> None:  # noqa: FBT001
    with pm2go.Systemd(address=str(relay.path)) as systemd:
        systemd.connect()
        relay.word, relay.lets_through = b"ListUnitsByPatterns", lets_through
        relay.answer = TARGET.encode()
        assert [row.name for row in systemd.list_units(TARGET)] == [TARGET]
    assert relay.count(b"ListUnitsByPatterns") == 2


@pytest.mark.parametrize("lets_through", [False, True])
def test_what_was_sent_is_not_sent_again(relay: Relay, units: UnitFiles, lets_through: bool) -> None:  # noqa: FBT001
    name = units.service()
    with pm2go.Systemd(address=str(relay.path)) as systemd:
        systemd.connect()
        relay.word, relay.lets_through = b"StartUnit", lets_through
        relay.answer = b"/org/freedesktop/systemd1/job/"
        with pytest.raises(pm2go.ConnectionLostError) as caught:
            systemd.start_unit(name)
        assert "look before asking again" in (caught.value.hint or "")
        assert isinstance(caught.value, ConnectionError)
        assert relay.count(b"StartUnit") == 1
        expected = "active" if lets_through else "inactive"
        wait_until(lambda: show(name, "ActiveState") == expected)
        assert systemd.get_unit_status(name).active_state == expected


#: The method that asks for a job: with what is waited for, and with what is told besides.
METHODS = {True: b"StartUnit", False: b"EnqueueUnitJob"}


@pytest.mark.parametrize("word", [None, b"GetAll", b"ActiveState\0"], ids=["job", "all", "state"])
@pytest.mark.parametrize("wait", METHODS)
def test_a_job_outlives_that_systemd_leaves_the_bus(
    bus_relay: Relay,
    units: UnitFiles,
    word: bytes | None,
    wait: bool,  # noqa: FBT001
) -> None:
    """A call that the bus could not hand on was not heard; what became of a job is asked for again."""
    name = units.service(kind="oneshot", command="/bin/true")
    with pm2go.Systemd(address=str(bus_relay.path)) as systemd:
        systemd.connect()
        bus_relay.absent = word or METHODS[wait]
        result = systemd.start_unit(name) if wait else systemd.enqueue_job("start", name).wait()
        assert result.result == "done"
    assert bus_relay.absent is None
    assert bus_relay.count(METHODS[wait]) == (2 if word is None else 1)


@pytest.mark.parametrize("wait", METHODS)
def test_a_job_may_end_while_systemd_is_not_on_the_bus(
    bus_relay: Relay,
    units: UnitFiles,
    wait: bool,  # noqa: FBT001
) -> None:
    """Its end is told to nobody then."""
    name = units.service(kind="oneshot", command="/bin/true")
    bus_relay.swallows = b"JobRemoved"

    def start() -> Any:
        with pm2go.Systemd(address=str(bus_relay.path)) as systemd:
            if wait:
                return systemd.start_unit(name, timeout=PATIENCE)
            return systemd.enqueue_job("start", name).wait(timeout=PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(start)
        assert bus_relay.has_swallowed.wait(PATIENCE)
        reexec()
        assert result.result().result == "done"
    assert bus_relay.count(METHODS[wait]) == 1


@pytest.mark.parametrize(
    "word", [b"DisableUnitFiles", b"\6\0\0\0Reload\0", b"ResetFailedUnit"], ids=["disable", "reload", "reset"]
)
@pytest.mark.parametrize("lets_through", [False, True])
def test_an_app_is_deleted_wherever_the_connection_breaks(
    relay: Relay,
    units: UnitFiles,
    word: bytes,
    lets_through: bool,  # noqa: FBT001
) -> None:
    """What is done a second time then may find its work done."""
    name = units.app()
    with pm2go.Manager(address=str(relay.path)) as manager:
        manager.start(pm2go.AppConfig(name, command=["sleep", "300"]))
        relay.word, relay.lets_through = word, lets_through
        assert manager.delete(name) == []
        assert relay.word is None
        assert name not in [app.name for app in manager.list()]
    assert not (UNIT_FOLDER / f"pm2-{name}.service").exists()


def test_jobs_in_a_row_are_listened_for_once(bus_relay: Relay, units: UnitFiles) -> None:
    """A message bus is asked for the ends of jobs, and told soon that nobody listens any more."""
    name = units.service()

    def open_rules() -> int:
        return asks() - bus_relay.count(b"RemoveMatch")

    def asks() -> int:
        return bus_relay.count(b"member='JobRemoved'") - bus_relay.count(b"RemoveMatch")

    with pm2go.Systemd(address=str(bus_relay.path)) as systemd:
        for round_ in range(2):
            for _ in range(5):
                assert systemd.start_unit(name).result == "done"
                assert systemd.stop_unit(name).changed
            wait_until(lambda: open_rules() == 0)
            # On a busy machine more than the limit may lie between two jobs.
            assert round_ < asks() < 10 * (round_ + 1)


JOBS = {
    "stop_unit": b"StopUnit",
    "restart_unit": b"RestartUnit",
    "try_restart_unit": b"TryRestartUnit",
    "reload_unit": b"ReloadUnit",
    "reload_or_restart_unit": b"ReloadOrRestartUnit",
    "reload_or_try_restart_unit": b"ReloadOrTryRestartUnit",
}


@pytest.mark.parametrize(("verb", "word"), JOBS.items(), ids=JOBS)
def test_no_job_is_repeated(relay: Relay, units: UnitFiles, verb: str, word: bytes) -> None:
    name = units.service()
    with pm2go.Systemd(address=str(relay.path)) as systemd:
        systemd.connect()
        relay.word = word
        with pytest.raises(pm2go.ConnectionLostError):
            getattr(systemd, verb)(name)
    assert relay.count(word) == 1


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_only_questions_are_repeated(relay: Relay, units: UnitFiles, row: Row) -> None:
    scene = row.prepare(units)
    word = row.method.encode()
    with pm2go.Systemd(address=str(relay.path)) as systemd:
        systemd.connect()
        relay.word = word

        def call() -> Any:
            return getattr(systemd, row.verb)(*row.arguments(scene), **row.options)

        if row.polkit is None:
            row.check(scene, call())
        else:
            with pytest.raises(pm2go.ConnectionLostError):
                call()
    assert relay.count(word) == (2 if row.polkit is None else 1)
