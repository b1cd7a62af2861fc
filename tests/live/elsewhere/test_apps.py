"""Apps of other hosts, users and containers: deployed there as they are here, byte for byte."""

from __future__ import annotations

import json
import pwd
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.container import Container
from live.fixtures.entries import messages
from live.fixtures.scope import UNIT_FOLDER
from live.fixtures.ssh_server import SshServer
from live.fixtures.systemctl import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.fixtures.units import UnitFiles

TESTER = pwd.getpwnam("tester")
SLEEP: dict[str, Any] = {"command": ["/bin/sleep", "300"], "cwd": "/"}

#: There is no such specifier, which only systemd says.
REFUSED = {"Service": {"ExecStartPre": "/bin/true %z"}}

#: What is deployed: each has another unit file.
APPS: dict[str, dict[str, Any]] = {
    "plain": SLEEP,
    "not at boot": {**SLEEP, "autostart": False},
    "odd words": {
        "command": ["/bin/sh", "-c", "exec sleep 300", "it's", '"$HOME" `id` \\ %n', "a\nb", "ü"],
        "cwd": "/tmp",
        "env": {"A": "it's", "B": 'x "y" $z %n'},
        "kill_timeout": 3,
        "extra": {"Service": {"TasksMax": "50"}},
    },
}


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    with Container("live-apps") as started:
        yield started


@pytest.fixture(params=["host", "container"])
def there(request: pytest.FixtureRequest, server: SshServer) -> Iterator[pm2go.Manager]:
    """This machine's manager, as one of another host's and of a container's."""
    options: dict[str, Any] = {
        "host": {"host": server.host},
        "container": {"machine": ".host"},
    }[request.param]
    with pm2go.Manager(**options, timeout=60) as manager:
        yield manager


def files_of(name: str, folder: Path = UNIT_FOLDER) -> dict[str, tuple[int, str]]:
    """What there is of an app: of each file its mode and what is in it; of a link where it leads."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            str(path.readlink()) if path.is_symlink() else path.read_text(),
        )
        for path in folder.rglob(f"*{name}*")
    }


def life(manager: pm2go.Manager, described: dict[str, Any], folder: Path = UNIT_FOLDER) -> list[Any]:
    """All that is told of an app from its start to its end, and all that there is of it then."""
    name = described["name"]
    told: list[Any] = [manager.start(described), files_of(name, folder), manager.start(described)]
    told.append([(row.name, row.status, row.enabled) for row in manager.list() if row.name == name])
    found = manager.describe(name)
    told.append((found.config, found.commands, found.environment, found.working_directory, found.unit_path))
    told.append(manager.start({**described, "description": "another"}).to_dict())
    told += [manager.restart(name).result, manager.stop(name).result]
    told.append([row.status for row in manager.list() if row.name == name])
    told += [manager.enqueue_job("start", described).wait(timeout=60).result, files_of(name, folder)]
    told += [manager.delete(name), files_of(name, folder)]
    with pytest.raises(pm2go.UnitNotFoundError) as caught:
        manager.delete(name)
    return [*told, str(caught.value), str(caught.value.hint)]


def all_lives(manager: pm2go.Manager) -> list[Any]:
    """The same of each app, but of the others than the first it is shorter."""
    apps = [{"name": f"elsewhere-{number}", **described} for number, described in enumerate(APPS.values())]
    told: list[Any] = [life(manager, apps[0])]
    for app in apps[1:]:
        told += [manager.start(app), files_of(app["name"]), manager.describe(app["name"]).config]
        told += [manager.delete(app["name"]), files_of(app["name"])]
    return told


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    """What a manager here tells and leaves."""
    with pm2go.Manager(timeout=60) as here:
        return all_lives(here)


def test_apps_are_deployed_as_they_are_here(there: pm2go.Manager, expected: list[Any]) -> None:
    assert all_lives(there) == expected


def test_it_goes_by_systemctl_as_well(server: SshServer, units: UnitFiles) -> None:
    app: dict[str, Any] = {"name": units.app(), **SLEEP}
    told = []
    for options in ({}, {"host": server.host, "backend": "command"}):
        with pm2go.Manager(**options, timeout=60) as manager:  # type: ignore[arg-type]
            told.append((manager.start(app), files_of(app["name"]), manager.delete(app["name"])))
    assert told[0] == told[1]


def test_a_container_of_its_own(container: Container, units: UnitFiles) -> None:
    """With a program that is there alone, and a folder of its own."""
    name = units.app()
    script = container.root / "srv/an app.sh"
    script.parent.mkdir(exist_ok=True)
    script.write_text("#!/bin/sh\necho started in $PWD\nexec sleep 300\n")
    described: dict[str, Any] = {
        "name": name,
        "script": "an app.sh",
        "cwd": "/srv",
        "interpreter": "none",
    }
    with pm2go.Manager(machine=container.name, timeout=60) as manager:
        with pytest.raises(pm2go.ConfigError, match="not executable"):
            manager.start(described)
        script.chmod(0o755)
        with pytest.raises(pm2go.ConfigError):
            pm2go.AppConfig(**described)
        app = manager.check_app(described)
        assert (app.script, app.cwd) == ("/srv/an app.sh", "/srv")
        assert manager.start(app).action == "started"
        folder = container.root / "etc/systemd/system"
        assert (folder / f"pm2-{name}.service").exists()
        assert files_of(name) == {}
        assert "started in /srv" in "\n".join(messages(manager.logs(name)))
        assert manager.delete(name) == []
        assert files_of(name, folder) == {}


#: What somebody who is root's neighbour does with his own manager, and then tells.
OF_TESTER = """
import json, sys, pm2go
from live.elsewhere.test_apps import life
with pm2go.Manager(timeout=60) as manager:
    print(json.dumps(life(manager, json.loads(sys.argv[1]), manager.unit_folder), default=str))
"""


def as_json(told: list[Any]) -> Any:
    return json.loads(json.dumps(told, default=str))


@pytest.mark.parametrize("way", ["user", "host"])
def test_the_apps_of_another_user(server: SshServer, units: UnitFiles, way: str) -> None:
    """His files are as those that he writes himself, and are his."""
    app: dict[str, Any] = {"name": units.app(), **APPS["odd words"]}
    folder = Path(TESTER.pw_dir) / ".config/systemd/user"
    code = OF_TESTER.replace("manager.unit_folder", f"__import__('pathlib').Path({str(folder)!r})")
    line = ["runuser", "-u", "tester", "--", "env", f"XDG_RUNTIME_DIR=/run/user/{TESTER.pw_uid}"]
    line += [f"HOME={TESTER.pw_dir}", "PYTHONPATH=tests", sys.executable, "-c", code, json.dumps(app)]
    his = subprocess.run(line, check=True, capture_output=True, text=True, timeout=100)
    options: dict[str, Any] = {"user": {"user": "tester"}, "host": {"host": f"tester@{server.host}"}}[way]
    with pm2go.Manager(**options, scope="user", timeout=60) as manager:
        assert as_json(life(manager, app, folder)) == json.loads(his.stdout)
        manager.start(app)
        found = (folder / f"pm2-{app['name']}.service").stat()
        assert (found.st_uid, found.st_gid) == (TESTER.pw_uid, TESTER.pw_gid)
        manager.delete(app["name"])


def test_what_is_somebody_elses_stays(there: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    path = units.folder / f"pm2-{name}.service"
    path.write_text("[Service]\nExecStart=/bin/sleep 300\n")
    for call in (lambda: there.start({"name": name, **SLEEP}), lambda: there.delete(name)):
        with pytest.raises(pm2go.NotOwnedError):
            call()
    assert path.read_text() == "[Service]\nExecStart=/bin/sleep 300\n"
    path.unlink()
    path.symlink_to("/dev/null")
    with pytest.raises(pm2go.UnitMaskedError):
        there.start({"name": name, **SLEEP})
    path.unlink()


def test_what_systemd_refuses_is_taken_back(there: pm2go.Manager, units: UnitFiles) -> None:
    app: dict[str, Any] = {"name": units.app(), **SLEEP}
    there.start(app)
    before = files_of(app["name"])
    with pytest.raises(pm2go.UnitLoadError):
        there.start({**app, "extra": REFUSED})
    assert files_of(app["name"]) == before
    assert not there.start(app).changed
    there.delete(app["name"])
    with pytest.raises(pm2go.UnitLoadError):
        there.start({**app, "extra": REFUSED})
    assert files_of(app["name"]) == {}


def test_what_fails_there_tells_its_log(there: pm2go.Manager, units: UnitFiles) -> None:
    failing = {"command": ["/bin/sh", "-c", "echo it is broken; exit 7"], "cwd": "/", "restart": "no"}
    with pytest.raises(pm2go.JobFailedError) as caught:
        there.start({"name": units.app(), **failing})
    assert caught.value.exit_code == 7
    assert "it is broken" in "\n".join(caught.value.log)
    assert caught.value.done == ("unit file written", "enabled")


def test_without_rights_it_is_told(server: SshServer, units: UnitFiles) -> None:
    name = units.app()
    with pm2go.Manager(host=f"tester@{server.host}", scope="system", timeout=60) as manager:
        with pytest.raises(pm2go.PermissionDeniedError) as caught:
            manager.start({"name": name, **SLEEP})
        assert f"pm2-{name}.service" in str(caught.value)
    assert files_of(name) == {}


def test_of_many_who_deploy_at_once_one_does_it(server: SshServer, units: UnitFiles) -> None:
    """Here and there alike."""
    app: dict[str, Any] = {"name": units.app(), **SLEEP}
    results: list[pm2go.AppResult] = []
    failures: list[BaseException] = []

    def start(options: dict[str, Any]) -> None:
        try:
            with pm2go.Manager(**options, timeout=60) as manager:
                results.append(manager.start(app))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            failures.append(error)

    options: list[dict[str, Any]] = [{}, {"host": server.host}, {}, {"host": server.host}]
    threads = [threading.Thread(target=start, args=(each,)) for each in options]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(result.action for result in results) == ["started", *["unchanged"] * 3]
    assert show(f"pm2-{app['name']}.service", "NRestarts") == "0"
    with pm2go.Manager() as manager:
        manager.delete(app["name"])
