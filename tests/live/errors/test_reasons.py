"""What an error has besides its kind: the manager's own words, the system call's number, the right rule of polkit."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import ROOT
from live.fixtures.systemctl import systemctl
from live.fixtures.ways import Way, connect

from .test_permissions import PROBE, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live.fixtures.units import UnitFiles

#: Files that systemd cannot load, and what its journal names.
BAD_FILES = {
    "[Service]\nExecStart=bin/relative\n": ":2: ",
    "[Service]\nType=oneshot\nRestart=always\nExecStart=/bin/true\n": "Restart=",
    "[Unit]\nDescription=nothing to run\n": "ExecStart=",
    '[Service]\nExecStart=/bin/true "x\n': ":2: ",
    "[Service]\nExecStart=/bin/true\nExecStart=/bin/true\n": "ExecStart=",
}


@pytest.mark.parametrize(("text", "named"), BAD_FILES.items(), ids=range(len(BAD_FILES)))
def test_a_bad_setting_is_named_in_the_managers_words(
    systemd: pm2go.Systemd, units: UnitFiles, text: str, named: str
) -> None:
    name = units.write(units.name("bad"), text)
    calls: list[Callable[[], Any]] = [
        lambda: systemd.start_unit(name),
        lambda: systemd.restart_unit(name),
        lambda: systemd.enqueue_job("start", name).wait(),
    ]
    for call in calls:
        with pytest.raises(pm2go.UnitLoadError) as caught:
            call()
        assert named in caught.value.message
        assert caught.value.hint
        assert "\n" not in str(caught.value)


def test_a_bad_setting_of_an_app_is_named(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    # What only systemd knows to be wrong.
    bad = {"Service": {"ExecStartPre": "/bin/true %z"}}  # there is no such specifier
    app = pm2go.AppConfig(units.app(), command=["/bin/true"], extra=bad)
    with pm2go.Manager(systemd) as manager, pytest.raises(pm2go.UnitLoadError) as caught:
        manager.start(app)
    assert "%z" in caught.value.message


ACTIONS = {
    "start": "manage-units",
    "begin": "manage-units",
    "stop": "manage-units",
    "restart": "manage-units",
    "reset": "manage-units",
    "enable": "manage-unit-files",
    "disable": "manage-unit-files",
    "reload": "reload-daemon",
}


@pytest.mark.parametrize(
    "options",
    [{"address": "unix:path=/run/dbus/system_bus_socket"}, {"backend": "command"}],
    ids=["bus", "command"],
)
def test_each_verb_names_its_own_polkit_action(options: dict[str, Any]) -> None:
    found = programs.run(PROBE, json.dumps(options), UNIT, user=programs.TESTER if ROOT else None)
    for verb, action in ACTIONS.items():
        _, _, hint, _, message = found[verb]
        assert hint.endswith(f" org.freedesktop.systemd1.{action}"), verb
        assert hint not in message


def refused(path: Path) -> str:
    """A socket that nobody listens to."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return f"unix:path={path}"


def test_a_failed_connection_has_the_number_of_its_system_call(tmp_path: Path) -> None:
    for address, number in (
        ("unix:path=/nowhere/bus", errno.ENOENT),
        (refused(tmp_path / "socket"), errno.ECONNREFUSED),
    ):
        with pm2go.Systemd(address=address) as systemd:
            with pytest.raises(pm2go.UnavailableError) as caught:
                systemd.connect()
            assert caught.value.errno == number
            with pytest.raises(pm2go.MonitoringUnavailableError) as watched:
                systemd.watch_units().next()
            assert watched.value.errno == number


def test_a_missing_systemctl_has_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with connect(Way.COMMAND) as systemd, pytest.raises(pm2go.UnavailableError) as caught:
        systemd.connect()
    assert caught.value.errno == errno.ENOENT
    assert "systemctl" in caught.value.message


@pytest.fixture
def no_descriptors_left() -> Iterator[None]:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, limits[1]))
    held = []
    with contextlib.suppress(OSError):
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    try:
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.usefixtures("no_descriptors_left")
def test_too_many_open_files_are_told_as_such(way: Way) -> None:
    with connect(way) as systemd, pytest.raises(pm2go.UnavailableError) as caught:
        systemd.connect()
    assert caught.value.errno == errno.EMFILE
    assert "open" in (caught.value.hint or "")


#: The one that allows a user only some hundred connections.
SYSTEM_BUS = "/run/dbus/system_bus_socket"


@pytest.fixture
def full_bus() -> Iterator[None]:
    """A message bus that takes no more connections of this user."""
    held = []
    with contextlib.suppress(OSError):
        for _ in range(400):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(60)
            held.append(connection)
            connection.connect(SYSTEM_BUS)
            connection.sendall(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n")
            connection.recv(100)
            connection.sendall(b"BEGIN\r\n" + HELLO)
            if b"LimitsExceeded" in connection.recv(1000):
                break
    try:
        yield
    finally:
        for connection in held:
            connection.close()


def hello() -> bytes:
    """`org.freedesktop.DBus.Hello` as a message."""

    def field(code: int, kind: str, text: str) -> bytes:
        data = (
            bytes([code, 1]) + kind.encode() + b"\0" + len(text).to_bytes(4, "little") + text.encode() + b"\0"
        )
        return data + b"\0" * (-len(data) % 8)

    bus = "org.freedesktop.DBus"
    fields = (
        field(1, "o", "/org/freedesktop/DBus")
        + field(2, "s", bus)
        + field(3, "s", "Hello")
        + field(6, "s", bus)
    )
    length = len(fields.rstrip(b"\0")) + 1
    head = b"l\1\0\1" + (0).to_bytes(4, "little") + (1).to_bytes(4, "little") + length.to_bytes(4, "little")
    return head + fields


HELLO = hello()


@pytest.mark.usefixtures("full_bus")
def test_too_many_connections_are_told_as_such() -> None:
    with (
        pm2go.Systemd(scope="system", address=f"unix:path={SYSTEM_BUS}") as systemd,
        pytest.raises(pm2go.UnavailableError) as caught,
    ):
        systemd.connect()
    assert caught.value.dbus_name in {"org.freedesktop.DBus.Error.LimitsExceeded", None}
    assert "connections" in (caught.value.hint or "")
    assert (caught.value.hint or "") not in caught.value.message


def test_no_hint_is_told_twice(systemd: pm2go.Systemd, units: UnitFiles, tmp_path: Path) -> None:
    nowhere, masked = units.name("nowhere"), units.mask(units.name("masked"))
    bad = units.write(units.name("bad"), "[Unit]\n")
    failing = units.service("/bin/false", kind="oneshot")
    systemctl("daemon-reload")
    calls: list[Any] = [
        lambda: systemd.start_unit(nowhere),
        lambda: systemd.enable_unit(nowhere),
        lambda: systemd.start_unit(masked),
        lambda: systemd.start_unit(bad),
        lambda: systemd.start_unit(failing),
        lambda: systemd.get_unit_property(nowhere, "Id"),
        lambda: pm2go.Systemd(address=refused(tmp_path / "socket")).connect(),
        lambda: pm2go.Systemd(address="unix:path=/nowhere/bus").watch_units().next(),
    ]
    if ROOT:  # a user's own manager is found elsewhere too
        calls += [
            lambda: pm2go.Systemd(scope="user", runtime_dir=tmp_path).connect(),
            lambda: pm2go.Systemd(scope="user", runtime_dir=tmp_path, backend="command").connect(),
        ]
    for call in calls:
        with pytest.raises(pm2go.Pm2goError) as caught:
            call()
        hint = caught.value.hint
        assert hint
        assert str(caught.value).count(hint) == 1
        # Nor is part of it in the reason.
        assert not [part for part in hint.split("; ") if part in caught.value.message]
