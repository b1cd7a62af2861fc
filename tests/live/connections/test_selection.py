"""Which backend is taken, and how one learns of it."""

from __future__ import annotations

import logging
import math
import os
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import BUS, PRIVATE, ROOT, TARGET
from live.fixtures.ways import Way, connect

if TYPE_CHECKING:
    from pathlib import Path

BACKENDS: dict[str, tuple[dict[str, str], dict[str, Any], str, str]] = {
    # the environment, the arguments, what is chosen, what the reason says
    "nothing": ({}, {}, "dbus", "private socket"),
    "auto": ({"PM2GO_BACKEND": "auto"}, {}, "dbus", "private socket"),
    "empty": ({"PM2GO_BACKEND": ""}, {}, "dbus", "private socket"),
    "dbus": ({"PM2GO_BACKEND": "dbus"}, {}, "dbus", "private socket"),
    "command": ({"PM2GO_BACKEND": "command"}, {}, "command", "PM2GO_BACKEND"),
    "argument": ({"PM2GO_BACKEND": "dbus"}, {"backend": "command"}, "command", "argument"),
    "argument-dbus": ({"PM2GO_BACKEND": "command"}, {"backend": "dbus"}, "dbus", "private socket"),
    "argument-auto": ({"PM2GO_BACKEND": "command"}, {"backend": "auto"}, "dbus", "private socket"),
    "address": ({}, {"address": f"unix:path={BUS}"}, "dbus", str(BUS)),
    "path": ({}, {"address": str(PRIVATE)}, "dbus", str(PRIVATE)),
    "list": ({}, {"address": f"unix:path=/nowhere;unix:path={BUS}"}, "dbus", str(BUS)),
}


@pytest.mark.parametrize(("variables", "arguments", "backend", "reason"), BACKENDS.values(), ids=BACKENDS)
def test_the_choice(
    variables: dict[str, str],
    arguments: dict[str, Any],
    backend: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with caplog.at_level(logging.DEBUG, "pm2go"), pm2go.Systemd(**arguments) as systemd:
        assert (systemd.backend, systemd.endpoint, systemd.reason) == (None, None, None)
        assert caplog.records == []
        assert systemd.list_units(TARGET)
        assert systemd.backend == backend
        assert (systemd.endpoint is None) == (backend == "command")
        assert reason in str(systemd.reason)
    assert [(record.name, record.levelname) for record in caplog.records] == [("pm2go", "INFO")]
    assert backend in caplog.text
    assert str(systemd.reason or reason) in caplog.text


TIMEOUTS: list[tuple[str | None, Any, float | None]] = [
    (None, None, 30.0),
    ("500ms", None, 0.5),
    ("2min", None, 120.0),
    ("1min 30s", None, 90.0),
    ("7", None, 7.0),
    ("infinity", None, None),
    ("500ms", 3, 3.0),
    ("500ms", "2s", 2.0),
    ("500ms", math.inf, None),
]


@pytest.mark.parametrize(("variable", "argument", "seconds"), TIMEOUTS)
def test_the_timeout(
    variable: str | None, argument: Any, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable is not None:
        monkeypatch.setenv("PM2GO_DBUS_TIMEOUT", variable)
    with pm2go.Systemd(timeout=argument) as systemd:
        assert systemd.timeout == seconds
        assert systemd.list_units(TARGET)


@pytest.mark.parametrize(("text", "allowed"), [("true", True), ("1", True), ("yes", True), ("off", False)])
def test_whether_watching_is_allowed(text: str, allowed: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setenv("PM2GO_ENABLE_MONITORING", text)
    assert pm2go.Systemd().monitoring is allowed
    assert pm2go.Systemd(monitoring=not allowed).monitoring is not allowed


def test_variables_are_read_when_the_client_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM2GO_BACKEND", "command")
    systemd = pm2go.Systemd()
    monkeypatch.setenv("PM2GO_BACKEND", "dbus")
    systemd.connect()
    assert systemd.backend == "command"


#: Hides systemd's sockets from D-Bus, but not from systemctl, and says what happens.
FALLBACK = """
    import json, logging, os, sys
    import pm2go
    records = []
    class Keep(logging.Handler):
        def emit(self, record):
            records.append([record.name, record.levelname, record.getMessage()])
    logging.getLogger("pm2go").addHandler(Keep())
    logging.getLogger("pm2go").setLevel(logging.DEBUG)
    out = {}
    try:
        with pm2go.Systemd(scope=sys.argv[1], backend=sys.argv[2]) as systemd:
            out["units"] = [row.name for row in systemd.list_units("basic.target")]
            out["backend"], out["reason"] = systemd.backend, systemd.reason
    except pm2go.Pm2goError as error:
        out["error"], out["hint"], out["text"] = type(error).__name__, error.hint, error.message
    print(json.dumps({**out, "records": records}))
"""
#: The variable leads systemctl astray as well, so there is one that does not listen to it.
SYSTEMCTL = '#!/bin/sh\nunset DBUS_SYSTEM_BUS_ADDRESS\nexec /usr/bin/systemctl "$@"\n'
NOWHERE = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nowhere/bus"}


def test_auto_takes_systemctl_where_no_socket_can_be_reached(public_path: Path) -> None:
    tool = public_path / "systemctl"
    tool.write_text(SYSTEMCTL)
    tool.chmod(0o755)
    environment = {**NOWHERE, "PATH": f"{public_path}:{os.environ['PATH']}"}
    user = programs.TESTER if ROOT else None
    found = programs.run(FALLBACK, "system", "auto", env=environment, user=user)
    assert (found.get("backend"), found.get("units")) == ("command", ["basic.target"]), found
    assert "/nowhere/bus" in found["reason"]
    assert [record[:2] for record in found["records"]] == [["pm2go", "INFO"]]
    assert "/nowhere/bus" in found["records"][0][2]
    refused = programs.run(FALLBACK, "system", "dbus", env=environment, user=user)
    assert refused["error"] == "UnavailableError"
    assert refused["hint"]


def test_without_sockets_and_without_systemctl() -> None:
    user = programs.TESTER if ROOT else None
    found = programs.run(FALLBACK, "system", "auto", env={**NOWHERE, "PATH": "/nowhere"}, user=user)
    assert found["error"] == "UnavailableError"
    assert "systemctl" in found["text"]
    assert found["hint"]


def test_errors_that_systemd_answered_are_final(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "pm2go"), connect(Way.PRIVATE) as systemd:
        with pytest.raises(pm2go.UnitNotFoundError):
            systemd.start_unit("no-such-unit-at-all.service")
        assert systemd.backend == "dbus"
    assert [record.levelname for record in caplog.records].count("INFO") == 1
