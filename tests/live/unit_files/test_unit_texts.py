"""Drop-ins and unit files that are written and changed: what is on disk, what systemd has in force, what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import PRIVATE, ROOT, RUNTIME, RUNTIME_UNIT_FOLDER, TARGET, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.ways import Way, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from live.fixtures.units import UnitFiles

TEXT = "# top\n[Unit]\nDescription=a sleeper\n\n[Service]\n; why\nExecStart=/bin/sleep 300\nNice=1\n"


@pytest.fixture
def service(units: UnitFiles) -> Iterator[str]:
    name = units.write(units.name("text"), TEXT)
    yield name
    for folder in (UNIT_FOLDER, RUNTIME_UNIT_FOLDER):
        for path in (folder / f"{name}.d").glob("*"):
            path.unlink()
        if (folder / f"{name}.d").exists():
            (folder / f"{name}.d").rmdir()


def hidden(folder: Path) -> list[str]:
    """What a writer leaves behind."""
    return [path.name for path in folder.glob(".pm2go*") if path.name != ".pm2go.units"]


@pytest.mark.parametrize("runtime", [False, True])
def test_a_drop_in_is_written_read_listed_and_removed(
    systemd: pm2go.Systemd,
    service: str,
    runtime: bool,  # noqa: FBT001 - of a table
) -> None:
    folder = (RUNTIME_UNIT_FOLDER if runtime else UNIT_FOLDER) / f"{service}.d"
    content: pm2go.UnitText = {"Service": {"Nice": 5, "Environment": ["A=1", "B=2"]}}
    planned = systemd.write_drop_in(service, content, runtime=runtime, dry_run=True)
    assert planned.changed
    assert not folder.exists()
    change = systemd.write_drop_in(service, content, runtime=runtime)
    assert change == planned
    assert Path(change.path) == folder / "50-pm2go.conf"
    assert (Path(change.path).read_text(), Path(change.path).stat().st_mode & 0o777) == (change.after, 0o644)
    assert (show(service, "Nice"), show(service, "Environment")) == ("5", "A=1 B=2")
    assert show(service, "NeedDaemonReload") == "no"
    assert not systemd.write_drop_in(service, content, runtime=runtime)
    assert systemd.read_drop_in(service, runtime=runtime).get("Service", "Nice") == "5"
    listed = systemd.list_drop_ins(service)
    assert [(found.path, found.name, found.owned) for found in listed] == [(change.path, "50-pm2go", True)]
    assert systemd.remove_drop_in(service, runtime=runtime, dry_run=True).changed
    assert Path(change.path).exists()
    gone = systemd.remove_drop_in(service, runtime=runtime)
    assert (gone.before, gone.after) == (change.after, None)
    assert not folder.exists()
    assert show(service, "Nice") == "1"
    assert not systemd.remove_drop_in(service, runtime=runtime)
    assert systemd.list_drop_ins(service) == []
    with pytest.raises(pm2go.UnitNotFoundError):
        systemd.read_drop_in(service, runtime=runtime)


def test_drop_ins_of_others_are_not_touched(systemd: pm2go.Systemd, service: str) -> None:
    folder = UNIT_FOLDER / f"{service}.d"
    folder.mkdir()
    (folder / "override.conf").write_text("[Service]\nNice=3\n")
    systemctl("daemon-reload")
    works: list[Callable[[], Any]] = [
        lambda: systemd.write_drop_in(service, "[Service]\nNice=4\n", name="override"),
        lambda: systemd.remove_drop_in(service, name="override"),
    ]
    for work in works:
        with pytest.raises(pm2go.NotOwnedError) as caught:
            work()
        assert caught.value.hint
        assert caught.value.unit == service
    assert systemd.read_drop_in(service, name="override.conf").get("Service", "Nice") == "3"
    assert [found.owned for found in systemd.list_drop_ins(service)] == [False]
    systemd.write_drop_in(service, "[Service]\nNice=4 \\", name="zz-more")
    assert show(service, "Nice") == "4"
    systemd.remove_drop_in(service, name="zz-more")
    assert (folder / "override.conf").read_text() == "[Service]\nNice=3\n"


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("../x", "[Service]\nNice=1\n", pm2go.ConfigError),
        ("", "[Service]\nNice=1\n", pm2go.ConfigError),
        (".x", "[Service]\nNice=1\n", pm2go.ConfigError),
        ("x" * 251, "[Service]\nNice=1\n", pm2go.ConfigError),
        ("x", "[Service\n", pm2go.UnitLoadError),
        ("x", "[Service]\nNice=1\0\n", pm2go.UnitLoadError),
        ("x", "[Service]\nNiec=1\n", pm2go.ConfigError),
        ("x", "[Service]\nNice=lots\n", pm2go.ConfigError),
        ("x", {"Service": {"Nice": "1\nUser=x"}}, pm2go.ConfigError),
        ("x", {"Service": 5}, pm2go.ConfigError),
        ("x", 5, pm2go.ConfigError),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_written(
    systemd: pm2go.Systemd, service: str, name: str, content: Any, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        systemd.write_drop_in(service, content, name=name)
    assert isinstance(content, dict) or caught.value.hint  # type: ignore[attr-defined]
    assert not (UNIT_FOLDER / f"{service}.d").exists()
    assert hidden(UNIT_FOLDER) == []


def test_what_the_verifier_says_names_the_line(systemd: pm2go.Systemd, service: str, tmp_path: Path) -> None:
    with pytest.raises(pm2go.ConfigError, match=r"line 3: .*Niec"):
        systemd.write_drop_in(service, "[Service]\nNice=4\nNiec=1\n")
    assert systemd.write_drop_in(service, "[Service]\nNice=4\nNiec=1\n", check=False)
    found = systemd.check_unit("[Service]\nExecStart=/nowhere/at/all\nNiec=1\n")
    assert [problem.line for problem in found] == [3, None]
    assert "/nowhere/at/all" in str(found[1])
    assert str(found[0]).startswith("line 3: ")
    path = tmp_path / "live-checked.service"
    path.write_text("[Service]\nExecStart=/bin/true\n")
    assert systemd.check_unit(path) == []
    assert systemd.check_unit(pm2go.UnitFile(path.read_text()), name="x.service") == []
    assert systemd.check_unit("[Service]\nRestart=always\n"), "there is nothing to start"


def test_the_verifier_knows_what_the_manager_knows_and_leaves_it_its_socket(
    systemd: pm2go.Systemd, units: UnitFiles
) -> None:
    """That of systemd 247 and of some 257 takes the place of a user's manager on its private socket."""
    before = PRIVATE.stat()
    program = RUNTIME / "live-program"
    program.symlink_to("/bin/true")
    other = units.write(units.name("other"), TEXT, folder=RUNTIME_UNIT_FOLDER)
    try:
        text = f"[Unit]\nRequires={other}\n[Service]\nExecStart=%t/live-program\n"
        assert systemd.check_unit(text) == []
    finally:
        program.unlink()
    assert (PRIVATE.stat().st_ino, PRIVATE.stat().st_ctime) == (before.st_ino, before.st_ctime)
    with connect(Way.PRIVATE) as again:
        assert again.list_units(TARGET)


def test_a_unit_file_is_edited_without_losing_a_comment(systemd: pm2go.Systemd, service: str) -> None:
    path = UNIT_FOLDER / service
    path.chmod(0o640)
    edit = systemd.edit_unit(service)
    assert (edit.text, edit.unit, edit.path, edit.source) == (TEXT, service, str(path), str(path))
    assert not edit.save()
    edit.file.set("Service", "Nice", 7)
    edit.file.add("Service", "Environment", "A=1")
    planned = edit.save(dry_run=True)
    assert path.read_text() == TEXT
    change = edit.save()
    assert change == planned
    expected = TEXT.replace("Nice=1\n", "Nice=7\nEnvironment=A=1\n")
    assert (change.before, change.after, path.read_text()) == (TEXT, expected, expected)
    assert "-Nice=1\n+Nice=7\n+Environment=A=1\n" in change.diff
    assert path.stat().st_mode & 0o777 == 0o640
    assert show(service, "Nice") == "7"
    assert show(service, "NeedDaemonReload") == "no"
    edit.text = TEXT
    assert edit.save()
    assert path.read_text() == TEXT
    assert hidden(UNIT_FOLDER) == []


def test_an_edit_is_refused_where_the_file_has_changed_meanwhile(
    systemd: pm2go.Systemd, service: str
) -> None:
    path = UNIT_FOLDER / service
    edit = systemd.edit_unit(service)
    edit.file.set("Service", "Nice", 7)
    path.write_text(TEXT + "# somebody else\n")
    for dry_run in (True, False):
        with pytest.raises(pm2go.StorageError, match="somebody else") as caught:
            edit.save(dry_run=dry_run)
        assert caught.value.hint
    assert path.read_text() == TEXT + "# somebody else\n"
    with pytest.raises(pm2go.UnitLoadError):
        edit.text = "[Service\n"


def test_the_file_of_a_vendor_is_copied_and_stays(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    """For the runtime folder stands any folder that is not the administrator's."""
    name = units.write(units.name("vendor"), TEXT, folder=RUNTIME_UNIT_FOLDER)
    edit = systemd.edit_unit(name)
    assert (edit.path, edit.source) == (str(UNIT_FOLDER / name), str(RUNTIME_UNIT_FOLDER / name))
    assert not edit.save()
    assert not (UNIT_FOLDER / name).exists()
    edit.file.set("Service", "Nice", 9)
    try:
        change = edit.save()
        assert (change.before, change.changed) == (None, True)
        assert (RUNTIME_UNIT_FOLDER / name).read_text() == TEXT
        assert show(name, "FragmentPath") == change.path
        assert show(name, "Nice") == "9"
    finally:
        (UNIT_FOLDER / name).unlink(missing_ok=True)


def test_what_has_no_file_to_edit_is_told(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    masked = units.name("masked")
    systemctl("mask", "--quiet", masked)
    linked = units.name("linked")
    folder = UNIT_FOLDER.parent / "elsewhere"
    units.write(linked, TEXT, folder=folder, reload=False)
    systemctl("link", "--quiet", str(folder / linked))
    for name, error in [
        (units.name("nobody"), pm2go.UnitNotFoundError),
        ("live-nobody@.service", pm2go.UnitNotFoundError),
        (masked, pm2go.UnitMaskedError),
        (linked, pm2go.NotOwnedError),
        ("-.slice", pm2go.UnsupportedError),
    ]:
        with pytest.raises(error):
            systemd.edit_unit(name)


def test_the_file_of_an_instance_is_that_of_its_template(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    stem = units.name("template").removesuffix(".service")
    template = units.write(f"{stem}@.service", TEXT)
    for name in (template, f"{stem}@one.service"):
        edit = systemd.edit_unit(name)
        assert (edit.unit, edit.text) == (template, TEXT)
    edit.file.set("Service", "Nice", 3)
    assert edit.save()
    assert show(f"{stem}@two.service", "Nice") == "3"


def test_the_awaited_face_does_the_same(service: str) -> None:
    async def work() -> None:
        async with pm2go.AsyncSystemd() as systemd:
            assert await systemd.write_drop_in(service, {"Service": {"Nice": 6}})
            assert show(service, "Nice") == "6"
            assert await systemd.remove_drop_in(service)
            edit = await systemd.edit_unit(service)
            assert isinstance(edit, pm2go.AsyncUnitEdit)
            edit.file.set("Service", "Nice", 8)
            assert await edit.save()
            assert show(service, "Nice") == "8"

    asyncio.run(work())


def test_writers_at_once_leave_one_of_their_texts(service: str) -> None:
    async def work() -> None:
        async with pm2go.AsyncSystemd() as systemd:
            writes = (
                systemd.write_drop_in(service, {"Service": {"Nice": number}}, check=False)
                for number in range(8)
            )
            done = await asyncio.gather(*writes, return_exceptions=True)
        assert any(isinstance(change, pm2go.UnitTextChange) for change in done)
        assert all(isinstance(change, (pm2go.UnitTextChange, pm2go.StorageError)) for change in done)

    asyncio.run(work())
    text = (UNIT_FOLDER / f"{service}.d/50-pm2go.conf").read_text()
    assert pm2go.UnitFile(text).get("Service", "Nice") == show(service, "Nice")
    assert hidden(UNIT_FOLDER / f"{service}.d") == []


# Root may write everywhere.
if not ROOT:

    def test_without_rights_it_is_told() -> None:
        with pm2go.Systemd(scope="system") as systemd, pytest.raises(PermissionError) as caught:
            systemd.write_drop_in("basic.target", {"Unit": {"Documentation": "man:init(1)"}})
        assert isinstance(caught.value, pm2go.PermissionDeniedError)
        assert caught.value.hint


def test_a_place_that_cannot_be_reached_is_told() -> None:
    with pm2go.Systemd(machine="nowhere") as systemd:
        for work in (lambda: systemd.edit_unit("a"), lambda: systemd.write_drop_in("a", "[Unit]\n")):
            with pytest.raises(pm2go.UnavailableError):
                work()
