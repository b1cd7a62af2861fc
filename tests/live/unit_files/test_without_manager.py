"""Unit files in a root folder, and those that all users have: beside what systemctl itself does to a copy."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.scope import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "[Unit]\nDescription=a sleeper\n[Service]\nExecStart=/opt/only/here\n"
INSTALL = "[Install]\nWantedBy=multi-user.target\nAlias=other.service\n"
FILES = {
    "usr/lib/systemd/system/multi-user.target": "[Unit]\nDescription=target\n",
    "usr/lib/systemd/system/rescue.target": "[Unit]\nDescription=target\n",
    "usr/lib/systemd/system/a.service": SERVICE + INSTALL,
    "usr/lib/systemd/system/b.service": SERVICE,
    "usr/lib/systemd/system/t@.service": SERVICE + "[Install]\nWantedBy=multi-user.target\n",
    "usr/lib/systemd/system/b.service.d/10-vendor.conf": "[Service]\nNice=1\n",
    "usr/lib/systemd/system-preset/50-all.preset": "disable b.service\nenable *\n",
    "etc/systemd/system/c.service": SERVICE + INSTALL.replace("other", "again"),
    "opt/linked.service": SERVICE,
    "usr/lib/systemd/user/u.service": SERVICE + "[Install]\nWantedBy=default.target\n",
    "usr/lib/systemd/user/default.target": "[Unit]\nDescription=target\n",
}
Do = Callable[..., pm2go.UnitFileChanges]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a small system in it, whose /lib is a link."""
    folder = tmp_path / "image"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "lib").symlink_to("usr/lib")
    return folder


def systemctl(root: Path, *words: str) -> str:
    """What systemctl prints of a root folder, whether that is an error or not."""
    command = ["systemctl", f"--root={root}", *words]
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment
    ).stdout.strip()


def tree(root: Path) -> dict[str, str]:
    """All that is in a folder: texts, and where links lead."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(root))] = f"-> {path.readlink()}"
        elif path.is_file():
            found[str(path.relative_to(root))] = path.read_text()
    return found


#: What is done before by systemctl, what systemctl does to the copy, and what is called; in the scope of all users where the
#: first word says so.
CASES: dict[str, tuple[list[list[str]], list[str], Do]] = {
    "enable": ([], ["enable", "a"], lambda it, dry: it.enable_unit("a", dry_run=dry)),
    "enable, runtime": (
        [],
        ["enable", "--runtime", "a"],
        lambda it, dry: it.enable_unit("a", runtime=True, dry_run=dry),
    ),
    "enable what cannot be": ([], ["enable", "b"], lambda it, dry: it.enable_unit("b", dry_run=dry)),
    "enable, by a path in it": (
        [],
        ["enable", "/opt/linked.service"],
        lambda it, dry: it.enable_unit("/opt/linked.service", dry_run=dry),
    ),
    "disable": ([["enable", "a"]], ["disable", "a"], lambda it, dry: it.disable_unit("a", dry_run=dry)),
    "re-enable": ([["enable", "a"]], ["reenable", "a"], lambda it, dry: it.reenable_unit("a", dry_run=dry)),
    "mask": ([], ["mask", "nobody"], lambda it, dry: it.mask_unit("nobody", dry_run=dry)),
    "unmask": ([["mask", "b"]], ["unmask", "b"], lambda it, dry: it.unmask_unit("b", dry_run=dry)),
    "link": (
        [],
        ["link", "/opt/linked.service"],
        lambda it, dry: it.link_unit("/opt/linked.service", dry_run=dry),
    ),
    "revert": ([["mask", "b"]], ["revert", "b"], lambda it, dry: it.revert_unit("b", dry_run=dry)),
    "preset": ([], ["preset", "a"], lambda it, dry: it.preset_unit("a", dry_run=dry)),
    "preset all": ([["enable", "t@x"]], ["preset-all"], lambda it, dry: it.preset_all_units(dry_run=dry)),
    "add a dependency": (
        [],
        ["add-wants", "rescue.target", "b"],
        lambda it, dry: it.add_unit_dependencies("rescue", "b", dry_run=dry),
    ),
    "require": (
        [],
        ["add-requires", "rescue.target", "b", "a"],
        lambda it, dry: it.add_unit_dependencies("rescue", "b", "a", kind="Requires", dry_run=dry),
    ),
    "default target": (
        [],
        ["set-default", "rescue.target"],
        lambda it, dry: it.set_default_target("rescue", dry_run=dry),
    ),
    "enable for all users": (
        [],
        ["--global", "enable", "u"],
        lambda it, dry: it.enable_unit("u", dry_run=dry),
    ),
    "mask for all users": ([], ["--global", "mask", "u"], lambda it, dry: it.mask_unit("u", dry_run=dry)),
}


@pytest.mark.parametrize("case", CASES)
def test_it_does_what_systemctl_does_to_a_copy(root: Path, case: str) -> None:
    before, words, do = CASES[case]
    for line in before:
        systemctl(root, *line)
    copy = root.parent / "copy"
    shutil.copytree(root, copy, symlinks=True)
    systemctl(copy, *words)
    scope: Any = "global" if words[0] == "--global" else None
    was = tree(root)
    with pm2go.Systemd(root=root, scope=scope) as systemd:
        planned = do(systemd, dry=True)
        assert tree(root) == was
        done = do(systemd, dry=False)
    assert tree(root) == tree(copy)
    # What is enabled anew may be as it was.
    assert done.changed == (tree(root) != was) or case == "re-enable"
    assert sorted(map(repr, planned.changes)) == sorted(map(repr, done.changes))
    assert (planned.notes, planned.carries_install_info) == (done.notes, done.carries_install_info)
    for path, kind in {change.path: change.kind for change in done.changes}.items():
        assert path.startswith(f"{root}/")
        assert os.path.lexists(path) == (kind == "symlink")


def test_states_and_lists_are_those_of_systemctl(root: Path) -> None:
    for words in (["enable", "a"], ["mask", "b"], ["link", "/opt/linked.service"], ["enable", "t@x"]):
        systemctl(root, *words)
    with pm2go.Systemd(root=root) as systemd:
        listed = systemd.list_unit_files()
        shown = systemctl(root, "list-unit-files", "--plain", "--no-legend", "--full").splitlines()
        rows = sorted(tuple(line.split()) for line in shown)
        assert [(file.name, file.state, file.preset or "-") for file in listed] == rows
        for file in listed:
            assert os.path.lexists(file.path)
            assert Path(file.path).name == file.name
            assert systemd.get_unit_file_state(file.name) == systemctl(root, "is-enabled", file.name)
        assert [file.name for file in systemd.list_unit_files("a*", states="enabled")] == ["a.service"]
        assert [file.name for file in systemd.list_unit_files(types="target")] == [
            "multi-user.target",
            "rescue.target",
        ]
        systemd.set_default_target("rescue")
        assert systemd.get_default_target() == systemctl(root, "get-default") == "rescue.target"
        assert (systemd.backend, systemd.scope) == ("command", "system")
        for name in ("nobody", "nobody@x"):
            with pytest.raises(pm2go.UnitNotFoundError, match="nobody") as caught:
                systemd.get_unit_file_state(name)
            assert caught.value.unit == f"{name}.service"
            assert caught.value.hint
        with pytest.raises(pm2go.UnitNotFoundError, match="nobody"):
            systemd.enable_unit("nobody")


def test_texts_in_it_are_read_and_written(root: Path) -> None:
    folder = root / "etc/systemd/system"
    with pm2go.Systemd(root=root) as systemd:
        text = systemd.cat_unit("b")
        assert [file.path for file in text.files] == [
            str(root / "usr/lib/systemd/system/b.service"),
            str(root / "usr/lib/systemd/system/b.service.d/10-vendor.conf"),
        ]
        change = systemd.write_drop_in("b", {"Service": {"Nice": 5}})
        assert Path(change.path) == folder / "b.service.d/50-pm2go.conf"
        assert Path(change.path).read_text() == change.after
        assert [Path(found.path).name for found in systemd.list_drop_ins("b")] == [
            "10-vendor.conf",
            "50-pm2go.conf",
        ]
        nice = [setting for setting in systemd.get_unit_configuration("b") if setting.name == "Nice"]
        assert [(setting.value, setting.path) for setting in nice][-1] == ("5", change.path)
        assert systemd.remove_drop_in("b").changed
        assert not (folder / "b.service.d").exists()
        # The vendor's file is copied into the administrator's folder.
        edit = systemd.edit_unit("b")
        edit.file.set("Service", "Nice", 7)
        assert edit.save().changed
        assert "Nice=7" in (folder / "b.service").read_text()
        assert (root / "usr/lib/systemd/system/b.service").read_text() == SERVICE
        # An instance's file is its template's.
        edit = systemd.edit_unit("t@x")
        edit.file.set("Service", "Nice", 8)
        assert edit.save().changed
        assert "Nice=8" in (folder / "t@.service").read_text()
        assert not systemd.check_unit(SERVICE, name="b")
        assert systemd.check_unit(SERVICE + "Foo=1\n", name="b")
        with pytest.raises(pm2go.UnitNotFoundError, match="nobody"):
            systemd.cat_unit("nobody")
        systemctl(root, "mask", "nobody")
        assert [file.text for file in systemd.cat_unit("nobody").files] == [""]
        with pytest.raises(pm2go.UnitMaskedError) as caught:
            systemd.edit_unit("nobody")
        assert f"systemctl --root={root} unmask nobody.service" in (caught.value.hint or "")


def test_no_link_leads_out_of_it(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "escape.service").write_text(SERVICE)
    (root / "usr/lib/systemd/system/escape.service").symlink_to(outside / "escape.service")
    (root / "usr/lib/systemd/system/b.service.d/20-out.conf").symlink_to(outside / "escape.service")
    with pm2go.Systemd(root=root) as systemd:
        for name in ("escape", "b"):
            with pytest.raises(pm2go.Pm2goError, match="No such file"):
                systemd.cat_unit(name)
        # Nor does one of a folder in them, which systemctl would follow.
        (root / "etc/systemd/system/multi-user.target.wants").symlink_to(outside)
        with pytest.raises(pm2go.UnsupportedError, match="multi-user.target.wants leads out of"):
            systemd.enable_unit("a")
        assert [path.name for path in outside.iterdir()] == ["escape.service"]
        shutil.rmtree(root / "etc/systemd/system")
        (root / "etc/systemd/system").symlink_to(outside)
        # Where the link leads in the folder itself nothing is.
        with pytest.raises(pm2go.StorageError):
            systemd.write_drop_in("a", {"Service": {"Nice": 5}}, check=False)
        # systemctl would follow it.
        calls: tuple[Callable[[str], object], ...] = (systemd.mask_unit, systemd.get_unit_file_state)
        for call in calls:
            with pytest.raises(pm2go.UnsupportedError, match="leads out of") as caught:
                call("a")
            assert "etc/systemd/system" in caught.value.message
        with pytest.raises(pm2go.UnsupportedError, match="leads out of"):
            systemd.list_unit_files()
        # One that leads to where it leads from outside as well is followed.
        (root / "etc/systemd/system").unlink()
        (root / "srv").mkdir()
        (root / "etc/systemd/system").symlink_to("../../srv")
        change = systemd.write_drop_in("a", {"Service": {"Nice": 5}}, check=False)
        assert (root / "srv/a.service.d/50-pm2go.conf").read_text() == change.after
        assert systemd.mask_unit("nobody").changed
        assert (root / "srv/nobody.service").is_symlink()
    assert [path.name for path in outside.iterdir()] == ["escape.service"]


#: What only a manager can do.
OF_MANAGERS: dict[str, Callable[[pm2go.Systemd], object]] = {
    "start of a.service": lambda it: it.start_unit("a"),
    "status of a.service": lambda it: it.get_unit_status("a"),
    "list of units": lambda it: it.list_units(),
    "list of jobs": lambda it: it.list_jobs(),
    "status of the manager": lambda it: it.get_manager_status(),
    "properties of a.service": lambda it: it.get_unit_properties("a"),
    "daemon-reload|reload": lambda it: it.daemon_reload(),
    "run": lambda it: it.run(["/bin/true"]),
    "manager": pm2go.Manager,
    "a watch": lambda it: it.watch_units("a.service").next(),
    "a job": lambda it: it.enqueue_job("start", "a").wait(),
}


def test_what_needs_a_manager_is_refused_with_the_next_step(root: Path) -> None:
    places: list[tuple[dict[str, Any], str]] = [({"root": root}, "machine"), ({"scope": "global"}, "user")]
    for options, step in places:
        with pm2go.Systemd(**options) as systemd:
            for what, call in OF_MANAGERS.items():
                with pytest.raises(pm2go.UnsupportedError, match="needs a manager") as caught:
                    call(systemd)
                assert step in (caught.value.hint or ""), what


def test_the_awaited_face_works_on_it_too(root: Path) -> None:
    async def work() -> None:
        async with pm2go.AsyncSystemd(root=str(root)) as systemd:
            assert (await systemd.enable_unit("a")).changed
            assert await systemd.get_unit_file_state("a") == "enabled"
            assert (await systemd.write_drop_in("a", {"Service": {"Nice": 5}})).changed
            with pytest.raises(pm2go.UnsupportedError):
                await systemd.start_unit("a")

    asyncio.run(work())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"root": "/"}, "root folder of this machine"),
        ({"root": "/nowhere/at/all"}, "nowhere"),
        ({"root": "/etc/hostname"}, "no folder"),
        ({"root": "IMAGE", "host": "web1"}, "whose manager"),
        ({"root": "IMAGE", "machine": "c1"}, "whose manager"),
        ({"root": "IMAGE", "user": "root"}, "whose manager"),
        ({"root": "IMAGE", "address": "unix:path=/x"}, "address"),
        ({"root": "IMAGE", "backend": "dbus"}, "D-Bus"),
        ({"root": "IMAGE", "scope": "user"}, "one user"),
        ({"root": "IMAGE", "runtime_dir": "/x"}, "runtime folder"),
        ({"scope": "global", "host": "web1"}, "whose manager"),
        ({"scope": "global", "backend": "dbus"}, "D-Bus"),
        ({"scope": "global", "address": "unix:path=/x"}, "address"),
    ],
)
def test_what_excludes_one_another_is_told_at_once(options: dict[str, Any], message: str, root: Path) -> None:
    given: dict[str, Any] = {
        name: str(root) if value == "IMAGE" else value for name, value in options.items()
    }
    with pytest.raises(pm2go.ConfigError, match=message) as caught:
        pm2go.Systemd(**given)
    assert caught.value.hint


if ROOT:

    @pytest.fixture
    def of_all_users() -> Iterator[str]:
        """A unit file that all users have."""
        path = Path("/etc/systemd/user/live-of-all.service")
        path.write_text(SERVICE + "[Install]\nWantedBy=default.target\n")
        yield path.name
        path.unlink()

    def test_what_all_users_have(of_all_users: str) -> None:
        with pm2go.Systemd(scope="global") as systemd:
            assert systemd.get_unit_file_state(of_all_users) == "disabled"
            done = systemd.enable_unit(of_all_users)
            link = Path("/etc/systemd/user/default.target.wants") / of_all_users
            assert [change.path for change in done.changes] == [str(link)]
            assert systemd.get_unit_file_state(of_all_users) == "enabled"
            assert systemd.disable_unit(of_all_users, dry_run=True) == systemd.disable_unit(of_all_users)
            assert not link.exists()
            assert [file.path for file in systemd.list_unit_files(of_all_users)] == [
                f"/etc/systemd/user/{of_all_users}"
            ]
            assert systemd.cat_unit(of_all_users).files[0].text.startswith("[Unit]")
else:

    def test_what_all_users_have_is_only_roots_to_change() -> None:
        with pm2go.Systemd(scope="global") as systemd:
            assert systemd.list_unit_files("*.socket")
            with pytest.raises(pm2go.PermissionDeniedError):
                systemd.mask_unit("live-nobody")
