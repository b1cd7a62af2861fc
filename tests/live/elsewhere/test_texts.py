"""Unit files and drop-ins of other hosts, users and containers: written by a shell there, with the same care as here."""

from __future__ import annotations

import pwd
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import UNIT_FOLDER
from live.fixtures.ssh_server import SshServer
from live.fixtures.systemctl import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.fixtures.units import UnitFiles

TESTER = pwd.getpwnam("tester")


@pytest.fixture(params=["host", "machine"])
def there(request: pytest.FixtureRequest, server: SshServer) -> Iterator[pm2go.Systemd]:
    """This machine's manager, as one of another host's and of a container's."""
    options: dict[str, Any] = {"host": {"host": server.host}, "machine": {"machine": ".host"}}[request.param]
    with pm2go.Systemd(**options, timeout=60) as systemd:
        yield systemd


def test_a_drop_in_is_written_read_and_removed(there: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(stem=r"it\x27s")
    text = '[Service]\n# it\'s "quoted" $HOME `id` \\\nTasksMax=50\n'
    change = there.write_drop_in(name, text)
    path = UNIT_FOLDER / f"{name}.d" / "50-pm2go.conf"
    assert (change.changed, change.path, change.before) == (True, str(path), None)
    assert path.read_text() == change.after
    assert show(name, "TasksMax") == "50"
    assert path.stat().st_mode & 0o7777 == 0o644
    assert not there.write_drop_in(name, text).changed
    assert str(there.read_drop_in(name)) == change.after
    assert [row.path for row in there.list_drop_ins(name)] == [str(path)]
    assert there.remove_drop_in(name).changed
    assert not path.parent.exists()
    assert show(name, "DropInPaths") == ""


def test_its_files_are_read_there(there: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(unit="# a comment")
    there.write_drop_in(name, {"Service": {"TasksMax": 50}})
    with pm2go.Systemd() as here:
        assert there.cat_unit(name) == here.cat_unit(name)
        assert there.get_unit_configuration(name) == here.get_unit_configuration(name)
        masked = units.mask(units.name("masked"))
        assert there.cat_unit(masked) == here.cat_unit(masked)


def test_a_unit_file_is_edited(there: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(unit="# a comment\nDocumentation=man:sleep(1)")
    edit = there.edit_unit(name)
    edit.file.set("Service", "Nice", 5)
    foreseen = edit.save(dry_run=True)
    assert "Nice" not in (UNIT_FOLDER / name).read_text()
    assert edit.save() == foreseen
    assert "# a comment\n" in (UNIT_FOLDER / name).read_text()
    assert show(name, "Nice") == "5"


def test_the_file_of_an_instance_is_that_of_its_template(there: pm2go.Systemd, units: UnitFiles) -> None:
    stem = units.name("template").removesuffix(".service")
    text = "[Service]\nExecStart=/bin/true %i\n"
    template = units.write(f"{stem}@.service", text)
    for name in (template, f"{stem}@one.service"):
        edit = there.edit_unit(name)
        assert (edit.unit, edit.text) == (template, text)
    with pytest.raises(pm2go.UnitNotFoundError):
        there.edit_unit(f"{stem}-other@.service")


def test_what_was_changed_meanwhile_stays(there: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    edit = there.edit_unit(name)
    edit.file.set("Service", "Nice", 5)
    other = (UNIT_FOLDER / name).read_text() + "# by hand\n"
    (UNIT_FOLDER / name).write_text(other)
    with pytest.raises(pm2go.Pm2goError, match="changed by somebody else"):
        edit.save()
    assert (UNIT_FOLDER / name).read_text() == other


def test_systemd_there_looks_at_it_first(there: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    with pytest.raises(pm2go.ConfigError, match="Invalid maximum tasks value"):
        there.write_drop_in(name, "[Service]\nTasksMax=many\n")
    assert not (UNIT_FOLDER / f"{name}.d").exists()
    (problem,) = there.check_unit("[Service]\nExecStart=/bin/true\nNonsense=1\n")
    assert problem.line == 3


def test_somebody_elses_drop_in_is_not_written_over(there: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    folder = UNIT_FOLDER / f"{name}.d"
    folder.mkdir()
    (folder / "50-pm2go.conf").write_text("[Service]\nTasksMax=7\n")
    with pytest.raises(pm2go.NotOwnedError):
        there.write_drop_in(name, {"Service": {"TasksMax": 5}})
    assert (folder / "50-pm2go.conf").read_text() == "[Service]\nTasksMax=7\n"


def test_a_full_disk_leaves_nothing_half(there: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    folder = UNIT_FOLDER / f"{name}.d"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=755", "tmpfs", str(folder)], check=True)
    try:
        with pytest.raises(pm2go.Pm2goError, match="No space left on device") as caught:
            there.write_drop_in(name, "[Service]\n" + "# much\n" * 20_000, check=False)
        assert str(folder) in str(caught.value)
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def test_writers_here_and_there_come_one_after_the_other(server: SshServer, units: UnitFiles) -> None:
    name = units.service()
    failures: list[BaseException] = []

    def write(options: dict[str, Any], number: int) -> None:
        try:
            with pm2go.Systemd(**options, timeout=60) as systemd:
                for round_ in range(5):
                    systemd.write_drop_in(
                        name, {"Service": {"TasksMax": 10 + round_}}, name=f"{number}-x", check=False
                    )
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            failures.append(error)

    options: list[dict[str, Any]] = [{}, {"host": server.host}, {}, {"host": server.host}]
    threads = [threading.Thread(target=write, args=(each, number)) for number, each in enumerate(options)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    folder = UNIT_FOLDER / f"{name}.d"
    assert sorted(path.name for path in folder.iterdir()) == [f"{number}-x.conf" for number in range(4)]
    assert all("TasksMax=14" in path.read_text() for path in folder.iterdir())


@pytest.mark.parametrize("user", ["tester", str(TESTER.pw_uid)])
def test_the_files_of_another_user_are_his(user: str) -> None:
    with pm2go.Systemd(user=user, timeout=60) as systemd:
        change = systemd.write_drop_in(
            "live-of-tester.service", {"Unit": {"Description": "his"}}, check=False
        )
        path = Path(TESTER.pw_dir) / ".config/systemd/user/live-of-tester.service.d/50-pm2go.conf"
        assert change.path == str(path)
        found = path.stat()
        assert (found.st_uid, found.st_gid) == (TESTER.pw_uid, TESTER.pw_gid)
        assert systemd.remove_drop_in("live-of-tester.service").changed
        assert not path.exists()


def test_he_who_logs_in_has_his_own_folder(server: SshServer) -> None:
    with pm2go.Systemd(host=f"tester@{server.host}", scope="user", timeout=60) as systemd:
        change = systemd.write_drop_in(
            "live-of-tester.service", {"Unit": {"Description": "his"}}, runtime=True
        )
        assert change.path.startswith(f"/run/user/{TESTER.pw_uid}/systemd/user/")
        assert Path(change.path).stat().st_uid == TESTER.pw_uid
        assert systemd.remove_drop_in("live-of-tester.service", runtime=True).changed


def test_without_rights_it_is_told(server: SshServer, units: UnitFiles) -> None:
    name = units.service()
    with pm2go.Systemd(host=f"tester@{server.host}", timeout=60) as systemd:
        with pytest.raises(pm2go.PermissionDeniedError) as caught:
            systemd.write_drop_in(name, {"Service": {"TasksMax": 5}}, check=False)
        assert name in str(caught.value)
    assert not (UNIT_FOLDER / f"{name}.d").exists()
