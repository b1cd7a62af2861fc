"""A user on the machine's manager: refused, in a way that says what would help."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from box.prepare import POLKIT_ACTIVATION, POLKIT_OFF
from live.fixtures import programs
from live.fixtures.scope import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

BUS = "unix:path=/run/dbus/system_bus_socket"
#: A unit that every box has, and whose state does not matter.
UNIT = "systemd-logind.service"

#: Asks for everything that needs rights, and tells what came of it.
PROBE = """
    import json, pickle, sys
    import pm2go
    options = json.loads(sys.argv[1])
    unit = sys.argv[2]
    found = {}
    with pm2go.Systemd(scope="system", **options) as systemd:
        for name, call in {
            "start": lambda: systemd.start_unit(unit),
            "begin": lambda: systemd.enqueue_job("start", unit).wait(),
            "stop": lambda: systemd.stop_unit(unit),
            "restart": lambda: systemd.restart_unit(unit),
            "enable": lambda: systemd.enable_unit(unit),
            "disable": lambda: systemd.disable_unit(unit),
            "reload": systemd.daemon_reload,
            "reset": lambda: systemd.reset_failed_unit(unit),
            "list": lambda: systemd.list_units(unit),
            "status": lambda: systemd.get_unit_status(unit),
            "properties": lambda: systemd.get_unit_properties(unit),
        }.items():
            try:
                call()
                found[name] = None
            except pm2go.Pm2goError as error:
                again = pickle.loads(pickle.dumps(error))
                assert vars(again) == vars(error)
                assert isinstance(error, PermissionError)
                found[name] = [type(error).__name__, error.dbus_name, error.hint, error.unit, error.message]
    print(json.dumps(found))
"""
READS = ("list", "status", "properties")
WITH_POLKIT = ("AuthorizationRequiredError", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
WITHOUT = ("PermissionDeniedError", "org.freedesktop.DBus.Error.AccessDenied")


def set_polkit(on: bool) -> None:  # noqa: FBT001 - a switch
    """What `Box.set_polkit` does from outside."""
    there, here = (POLKIT_OFF, "") if on else ("", POLKIT_OFF)
    Path(POLKIT_ACTIVATION + there).rename(POLKIT_ACTIVATION + here)
    reload = ["busctl", "call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ReloadConfig"]
    for command in (reload, ["systemctl", "start" if on else "stop", "polkit.service"]):
        subprocess.run(command, check=True, capture_output=True, timeout=60)


#: Only root can take polkit away.
@pytest.fixture(params=["with polkit", "without"] if ROOT else ["with polkit"])
def refusal(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    if request.param == "with polkit":
        yield WITH_POLKIT
        return
    set_polkit(False)
    try:
        yield WITHOUT
    finally:
        set_polkit(True)


@pytest.mark.parametrize(
    "options", [{"address": BUS}, {"backend": "command"}, {}], ids=["bus", "command", "auto"]
)
def test_a_user_may_look_and_not_touch(refusal: tuple[str, str], options: dict[str, Any]) -> None:
    user = programs.TESTER if ROOT else None
    found = programs.run(PROBE, json.dumps(options), UNIT, user=user)
    for name in READS:
        assert found.pop(name) is None
    for name, told in found.items():
        assert told is not None, f"{name} was allowed"
        kind, dbus_name, hint, unit, message = told
        assert (name, kind, dbus_name) == (name, *refusal)
        assert unit == (None if name == "reload" else UNIT)
        assert "root" in hint
        assert 'scope="user"' in hint
        assert ("polkit" in hint) == (refusal == WITH_POLKIT)
        assert message


DEPLOY = """
    import json
    import pm2go
    with pm2go.Manager(scope="system") as manager:
        try:
            manager.start(pm2go.AppConfig("refused", command=["/bin/sleep", "60"]))
        except pm2go.PermissionDeniedError as error:
            print(json.dumps([error.path, error.errno, error.hint, str(error)]))
"""


def test_a_user_cannot_deploy_to_the_machine() -> None:
    path, errno, hint, text = programs.run(DEPLOY, user=programs.TESTER if ROOT else None)
    assert path.startswith("/etc/systemd/system")
    assert errno == 13
    assert hint
    assert "/etc/systemd/system" in text
    assert not Path("/etc/systemd/system/pm2-refused.service").exists()


def test_a_folder_that_nobody_can_write_to() -> None:
    folder = "/proc/self"
    config = pm2go.AppConfig("refused", command=["/bin/sleep", "60"])
    with pm2go.Manager(unit_dir=folder) as manager, pytest.raises((PermissionError, OSError)) as caught:
        manager.start(config)
    assert isinstance(caught.value, pm2go.Pm2goError)
    assert folder in str(caught.value)


def test_somebody_elses_manager_is_out_of_reach() -> None:
    """The private socket of another user, asked by one who is not root."""
    code = """
        import json
        import pm2go
        with pm2go.Systemd(scope="user", address="/run/systemd/private") as systemd:
            try:
                systemd.list_units()
            except pm2go.Pm2goError as error:
                print(json.dumps([type(error).__name__, error.message, error.hint]))
    """
    kind, message, hint = programs.run(code, user=programs.TESTER if ROOT else None)
    assert kind in {"UnavailableError", "PermissionDeniedError"}
    assert "/run/systemd/private" in message
    assert hint
