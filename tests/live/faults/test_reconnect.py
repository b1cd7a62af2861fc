"""A lost connection is made again by the next call; what systemd may have heard is not sent twice."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from fake_systemd import answer, messages, serial_of, text
from live.fixtures.bus import forget_starts_of_the_bus
from live.fixtures.descriptors import open_sockets
from live.fixtures.scope import BUS, PRIVATE, SCOPE_OPTION, TARGET
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, Way, connect
from live.table import ROWS, Row, name_of

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


class Sink:
    """Where a relay writes to: descriptors that have come go with the next bytes."""

    def __init__(self, sink: socket.socket) -> None:
        self._sink = sink
        self.descriptors: list[int] = []

    def sendall(self, data: bytes) -> None:
        sent = 0
        if self.descriptors:
            sent = socket.send_fds(self._sink, [data], self.descriptors)
            self.close_descriptors()
        self._sink.sendall(data[sent:])

    def close_descriptors(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []


class Relay:
    """A socket in front of another one, which can cut a connection at any point of the talk."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path, self._target = path, target
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._sent = b""
        self._mute = False
        self._muted = b""
        self._was_answered = threading.Event()
        #: When the client sends this word, the connection is cut: before the word gets through, or after it,
        #: but then before the answer does.
        self.word: bytes | None = None
        self.lets_through = False
        #: What systemd's answer has in it, and nothing else that comes.
        self.answer = b""
        #: The next call that has this word in it is answered as by a bus that systemd has left.
        self.absent: bytes | None = None
        #: What has this word in it does not reach the client.
        self.swallows: bytes | None = None
        self.has_swallowed = threading.Event()
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._target))
            self._sockets += [client, server]
            self._mute = False
            self._start(self._pass, client, server, functools.partial(self._answer, client))
            self._start(self._pass, server, client, self._to_client)

    def _pass(self, source: socket.socket, sink: socket.socket, handle: Callable[..., bool]) -> None:
        there = Sink(sink)
        with suppress(OSError):
            while True:
                data, there.descriptors, *_ = socket.recv_fds(source, 65536, 253)
                if not data or not handle(there, data):
                    break
        there.close_descriptors()
        shut_down(source, sink)

    def _answer(self, client: socket.socket, sink: Sink, data: bytes) -> bool:
        if self.absent is None or self.absent not in data:
            return self._to_systemd(sink, data)
        for message in messages(data):
            if self.absent is None or self.absent not in message:
                self._to_systemd(sink, message)
                continue
            self._sent += message
            self.absent = None
            client.sendall(nobody_there(message))
        return True

    def _to_systemd(self, sink: Sink, data: bytes) -> bool:
        self._sent += data
        if self.word is None or self.word not in data:
            sink.sendall(data)
            return True
        self.word = None
        if self.lets_through:
            self._mute = True
            sink.sendall(data)
            assert self._was_answered.wait(60)
        return False

    def _to_client(self, sink: Sink, data: bytes) -> bool:
        if self.swallows is not None and self.swallows in data:
            sink.sendall(b"".join(message for message in messages(data) if self.swallows not in message))
            self.has_swallowed.set()
        elif not self._mute:
            sink.sendall(data)
        else:
            self._muted += data
            if self.answer in self._muted:
                self._was_answered.set()
        return True

    def cut(self) -> None:
        """Cut all connections."""
        shut_down(*self._sockets)

    def count(self, word: bytes) -> int:
        """How often the client has sent this word."""
        return self._sent.count(word)

    def close(self) -> None:
        shut_down(self._listener, *self._sockets)
        for thread in self._threads:
            thread.join(10)
        for end in (self._listener, *self._sockets):
            end.close()


def shut_down(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def nobody_there(call: bytes) -> bytes:
    """What a bus answers to a call whose receiver has left it."""
    return answer(
        serial_of(call), "s", text("nobody is there"), error="org.freedesktop.DBus.Error.NameHasNoOwner"
    )


def make_relay(way: Way, folder: Path) -> Relay:
    private = way is Way.PRIVATE
    path = folder / ("systemd/private" if private else "bus")
    path.parent.mkdir(exist_ok=True)
    return Relay(path, PRIVATE if private else BUS)


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


@pytest.mark.parametrize("word", [b"StartUnit", b"GetAll", b"ActiveState\0"], ids=["job", "all", "state"])
@pytest.mark.parametrize("wait", [True, False])
def test_a_job_outlives_that_systemd_leaves_the_bus(
    bus_relay: Relay,
    units: UnitFiles,
    word: bytes,
    wait: bool,  # noqa: FBT001
) -> None:
    """A call that the bus could not hand on was not heard; what became of a job is asked for again."""
    name = units.service(kind="oneshot", command="/bin/true")
    with pm2go.Systemd(address=str(bus_relay.path)) as systemd:
        systemd.connect()
        bus_relay.absent = word
        result = systemd.start_unit(name) if wait else systemd.enqueue_job("start", name).wait()
        assert result.result == "done"
    assert bus_relay.absent is None
    assert bus_relay.count(b"StartUnit") == (2 if word == b"StartUnit" else 1)


@pytest.mark.parametrize("wait", [True, False])
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
    assert bus_relay.count(b"StartUnit") == 1


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
