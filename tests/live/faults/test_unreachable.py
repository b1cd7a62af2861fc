"""No systemd, no bus, or one that does not answer: an exception in time, and life goes on afterwards."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.bus import bus_pid
from live.fixtures.scope import ROOT, SCOPE, TARGET
from live.fixtures.systemctl import manager_pid, show
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, Way, connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live.fixtures.units import UnitFiles


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Stop a process as Ctrl-Z does."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


@pytest.mark.parametrize("backend", ["auto", "dbus", None])
@pytest.mark.parametrize(
    "address", ["unix:path=/nowhere/bus", "/nowhere/systemd/private", "unix:abstract=nowhere"]
)
def test_an_address_that_leads_nowhere(backend: Any, address: str) -> None:
    with pm2go.Systemd(backend=backend, address=address) as systemd:
        for call in (systemd.connect, systemd.list_units):
            with pytest.raises(pm2go.UnavailableError) as caught:
                call()
            assert "nowhere" in caught.value.message
            assert caught.value.hint
            assert isinstance(caught.value, ConnectionError)
        assert systemd.backend is None


def test_no_socket_and_only_dbus_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM2GO_BACKEND", "dbus")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    if SCOPE == "user":
        # A user's other sockets are where the user's number says; so ask for the machine's, which has none.
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        scope: Any = "system"
        with pm2go.Systemd(scope=scope) as systemd, pytest.raises(pm2go.UnavailableError, match="nowhere"):
            systemd.list_units()
        return
    with pm2go.Systemd(scope="user", runtime_dir=tmp_path) as systemd:
        with pytest.raises(pm2go.UnavailableError) as caught:
            systemd.list_units()
        assert str(tmp_path) in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize("name", ["bus", "systemd/private"])
def test_a_socket_that_nobody_answers_on(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pm2go.Systemd(address=str(path), timeout=0.3) as systemd, within(20):
            with pytest.raises(pm2go.OperationTimeoutError) as caught:
                systemd.list_units()
    assert isinstance(caught.value, TimeoutError)
    assert "300ms" in caught.value.message
    assert "PM2GO_DBUS_TIMEOUT" in (caught.value.hint or "")


def test_a_socket_on_which_something_else_answers(tmp_path: Path) -> None:
    path = tmp_path / "bus"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(100)
                peer.sendall(b"220 mail.example.org ESMTP\r\n" * 10)
                peer.recv(100)

        thread = threading.Thread(target=answer)
        thread.start()
        with pm2go.Systemd(address=f"unix:path={path}", timeout=5) as systemd:
            with pytest.raises(pm2go.UnavailableError) as caught:
                systemd.list_units()
        thread.join()
    assert str(path) in caught.value.message


def test_a_bus_that_stops_answering(units: UnitFiles) -> None:
    name = units.service()
    with connect(Way.BUS, timeout=0.4) as systemd:
        assert systemd.list_units(TARGET)
        with stopped(bus_pid()):
            for call in (
                lambda: systemd.list_units(TARGET),
                lambda: systemd.start_unit(name),
                systemd.daemon_reload,
            ):
                with within(20), pytest.raises(pm2go.OperationTimeoutError) as caught:
                    call()
                assert caught.value.hint
            with (
                connect(Way.BUS, timeout=0.4) as other,
                within(20),
                pytest.raises(pm2go.OperationTimeoutError),
            ):
                other.connect()
        assert systemd.list_units(TARGET, timeout=60)
        # The start that was sent is systemd's: it is done once, when the bus goes on.
        wait_until(lambda: show(name, "ActiveState") == "active")


def test_the_call_after_a_timeout_gets_its_own_answer() -> None:
    """Answers to calls that were given up must not be taken for those to later ones."""
    with connect(Way.BUS) as systemd:
        systemd.connect()
        with stopped(bus_pid()):
            for _ in range(5):
                with pytest.raises(pm2go.OperationTimeoutError):
                    systemd.get_unit_status("default.target", timeout=0.05)
        assert [row.name for row in systemd.list_units(TARGET)] == [TARGET]
        assert systemd.get_unit_status(TARGET).name == TARGET


def test_a_user_manager_that_stops_answering() -> None:
    """The first process of a machine cannot be stopped; a user's manager can, and root reaches one, too."""
    uid, pid = _tester() if ROOT else (os.geteuid(), manager_pid())
    address = f"/run/user/{uid}/systemd/private"
    with pm2go.Systemd(scope="user", address=address, timeout=0.4) as systemd:
        assert systemd.list_units(TARGET)
        with stopped(pid):
            for call in (lambda: systemd.list_units(TARGET), lambda: systemd.start_unit(TARGET)):
                with within(20), pytest.raises(pm2go.OperationTimeoutError):
                    call()
        assert systemd.list_units(TARGET, timeout=60)


def _tester() -> tuple[int, int]:
    uid = pwd.getpwnam("tester").pw_uid
    return uid, int(show(f"user@{uid}.service", "MainPID"))


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_a_call_that_takes_its_time_is_given_it(way: Way, units: UnitFiles) -> None:
    name = units.service(service="ExecStartPre=/bin/sleep 1")
    with connect(way, timeout="20s") as systemd:
        assert systemd.start_unit(name).result == "done"
