"""Managers of other users, and of containers: the machine itself is one, by the name .host."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures import left
from live.fixtures.scope import ROOT
from live.fixtures.systemctl import show, systemd_version
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

#: The first systemd whose programs reach the manager of a user of a machine.
REACHES_USERS = 248
WAYS_TO_USERS = ["dbus", "command"] if systemd_version() >= REACHES_USERS else ["dbus"]
UID = pwd.getpwnam("tester").pw_uid


def of_tester(*words: str) -> str:
    """What systemctl says of tester's manager."""
    line = ["setpriv", "--reuid=tester", "--regid=tester", "--init-groups", "systemctl", "--user", *words]
    environment = {"XDG_RUNTIME_DIR": f"/run/user/{UID}", "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    done = subprocess.run(line, check=True, capture_output=True, text=True, env=environment, timeout=60)
    return done.stdout.strip()


if ROOT:

    @pytest.fixture(params=["dbus", "command"])
    def backend(request: pytest.FixtureRequest) -> Any:
        return request.param

    @pytest.fixture(params=WAYS_TO_USERS)
    def to_user(request: pytest.FixtureRequest) -> Any:
        return request.param

    @pytest.mark.parametrize("user", ["tester", str(UID)])
    def test_the_manager_of_another_user(user: str, to_user: Any) -> None:
        with pm2go.Systemd(user=user, backend=to_user) as systemd:
            assert systemd.scope == "user"
            groups = str(systemd.get_unit_property("-.slice", "ControlGroup"))
            assert groups.endswith(f"user@{UID}.service")
            assert systemd.get_default_target() == of_tester("get-default")
            assert not systemd.start_unit("basic.target").changed

    def test_what_a_users_unit_logged(to_user: Any) -> None:
        name = "live-of-another.service"
        folder = Path(f"/run/user/{UID}/systemd/user")
        text = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo it is broken; exit 7'\n"
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, UID, -1)
        (folder / name).write_text(text)
        with pm2go.Systemd(user="tester", backend=to_user) as systemd:
            systemd.daemon_reload()
            with pytest.raises(pm2go.JobFailedError) as caught:
                systemd.start_unit(name)
            assert caught.value.exit_code == 7
            assert "it is broken" in "\n".join(caught.value.log)
            (folder / name).unlink()
            systemd.reset_failed_unit(name)
            systemd.daemon_reload()

    def test_the_own_manager_by_the_own_name(backend: Any) -> None:
        def is_there() -> bool:
            """A logind that still takes leave of root stops it again."""
            subprocess.run(["systemctl", "start", "user@0.service"], check=True, timeout=60)
            return Path("/run/user/0/systemd/private").exists()

        wait_until(is_there)
        try:
            with pm2go.Systemd(user="root", backend=backend) as systemd:
                assert str(systemd.get_unit_property("-.slice", "ControlGroup")).endswith("user@0.service")
        finally:
            left.stop_manager_of_root()

    def test_a_container(backend: Any, units: UnitFiles) -> None:
        name = units.service()
        with pm2go.Systemd(machine=".host", backend=backend) as systemd:
            assert systemd.scope == "system"
            assert systemd.start_unit(name).changed
            assert show(name, "ActiveState") == "active"
            assert [row.name for row in systemd.list_units(name)] == [name]

    if systemd_version() >= REACHES_USERS:

        def test_a_user_of_a_container(backend: Any) -> None:
            with pm2go.Systemd(machine=".host", user="tester", backend=backend) as systemd:
                groups = str(systemd.get_unit_property("-.slice", "ControlGroup"))
                assert groups.endswith(f"user@{UID}.service")

    @pytest.mark.parametrize(
        ("options", "uid"), [({"machine": ".host"}, 0), ({"user": "tester"}, UID)], ids=["machine", "user"]
    )
    def test_a_command_is_run_there(options: dict[str, Any], uid: int) -> None:
        with pm2go.Systemd(**options) as systemd:
            assert (
                systemd.run(["/bin/sh", "-c", "id -u; cat"], input="it is read\n").stdout
                == f"{uid}\nit is read\n"
            )

    if systemd_version() < REACHES_USERS:

        def test_what_systemctl_cannot_do_is_told() -> None:
            with pm2go.Systemd(user="tester", backend="command") as systemd:
                with pytest.raises(pm2go.UnsupportedError, match="since systemd 248") as caught:
                    systemd.list_units()
                assert "dbus" in str(caught.value.hint)

    def test_a_container_is_awaited(units: UnitFiles) -> None:
        name = units.service()

        async def main() -> None:
            async with pm2go.AsyncSystemd(machine=".host") as systemd:
                assert (await systemd.start_unit(name)).changed
                async for event in systemd.watch_units(name):
                    assert event.active_state == "active"
                    break

        asyncio.run(asyncio.wait_for(main(), 60))

    @pytest.mark.parametrize("message", ["no-such-container"])
    def test_a_missing_container_is_told(backend: Any, message: str) -> None:
        with pm2go.Systemd(machine=message, backend=backend) as systemd:
            with pytest.raises(pm2go.UnavailableError, match=message) as caught:
                systemd.list_units()
            assert "machinectl" in str(caught.value.hint)

else:

    def test_others_are_refused() -> None:
        with pm2go.Systemd(user="root") as systemd, pytest.raises(pm2go.Pm2goError) as caught:
            systemd.list_units()
        assert isinstance(caught.value, (pm2go.UnavailableError, pm2go.PermissionDeniedError))

    def test_the_own_manager_by_a_name() -> None:
        with pm2go.Systemd(user="tester") as systemd:
            assert systemd.get_default_target() == of_own()

    def of_own() -> str:
        done = subprocess.run(
            ["systemctl", "--user", "get-default"], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


def test_a_user_who_is_not_there_is_told() -> None:
    with pytest.raises(pm2go.ConfigError, match="no user 'no-such-user'|no user \"no-such-user\"") as caught:
        pm2go.Systemd(user="no-such-user")
    assert "getent" in str(caught.value.hint)
