"""Dry runs: each tells exactly what the real run then does, and changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.scope import RUNTIME_UNIT_FOLDER, UNIT_FOLDER
from live.fixtures.systemctl import systemctl
from live.scenes import preset_alone, undo_presets

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

SERVICE = "[Service]\nExecStart=/bin/sleep 300\n"
INSTALL = "[Install]\nWantedBy=basic.target\n"
#: What is done, with a unit's name.
Work = Callable[[pm2go.Systemd, str, bool], pm2go.UnitFileChanges]


def nothing(_: str) -> None:
    """Nothing is done before."""


def quietly(*words: str) -> Callable[[str], None]:
    """Have systemctl do something with the unit before."""
    return lambda unit: void(systemctl(*words, "--quiet", unit))


def void(_: object) -> None:
    """Nothing is made of it."""


def beside(text: str) -> Callable[[str], None]:
    """Write a drop-in for the unit before."""

    def write(unit: str) -> None:
        folder = UNIT_FOLDER / f"{unit}.d"
        folder.mkdir()
        (folder / "x.conf").write_text(text)

    return write


def enable(**options: Any) -> Work:
    return lambda systemd, unit, dry_run: systemd.enable_unit(unit, dry_run=dry_run, **options)


def disable(**options: Any) -> Work:
    return lambda systemd, unit, dry_run: systemd.disable_unit(unit, dry_run=dry_run, **options)


def reenable(systemd: pm2go.Systemd, unit: str, dry_run: bool) -> pm2go.UnitFileChanges:  # noqa: FBT001
    return systemd.reenable_unit(unit, dry_run=dry_run)


def mask(**options: Any) -> Work:
    return lambda systemd, unit, dry_run: systemd.mask_unit(unit, dry_run=dry_run, **options)


def unmask(systemd: pm2go.Systemd, unit: str, dry_run: bool) -> pm2go.UnitFileChanges:  # noqa: FBT001
    return systemd.unmask_unit(unit, dry_run=dry_run)


def preset(systemd: pm2go.Systemd, unit: str, dry_run: bool) -> pm2go.UnitFileChanges:  # noqa: FBT001
    return systemd.preset_unit(unit, dry_run=dry_run)


def revert(systemd: pm2go.Systemd, unit: str, dry_run: bool) -> pm2go.UnitFileChanges:  # noqa: FBT001
    return systemd.revert_unit(unit, dry_run=dry_run)


def link(systemd: pm2go.Systemd, unit: str, dry_run: bool) -> pm2go.UnitFileChanges:  # noqa: FBT001
    folder = UNIT_FOLDER.parent / "elsewhere"
    folder.mkdir(exist_ok=True)
    (folder / unit).write_text(SERVICE)
    return systemd.link_unit(folder / unit, dry_run=dry_run)


def enable_path(systemd: pm2go.Systemd, unit: str, dry_run: bool) -> pm2go.UnitFileChanges:  # noqa: FBT001
    folder = UNIT_FOLDER.parent / "elsewhere"
    folder.mkdir(exist_ok=True)
    (folder / unit).write_text(SERVICE + INSTALL)
    return systemd.enable_unit(folder / unit, dry_run=dry_run)


def added(**options: Any) -> Work:
    return lambda systemd, unit, dry_run: systemd.add_unit_dependencies(
        "timers", unit, dry_run=dry_run, **options
    )


#: The text of the unit's file, if there is one; what is done before; what is planned and done.
CASES: dict[str, tuple[str | None, Callable[[str], None], Work]] = {
    "enable": (SERVICE + INSTALL, nothing, enable()),
    "enable, runtime": (SERVICE + INSTALL, nothing, enable(runtime=True)),
    "enable what is enabled": (SERVICE + INSTALL, quietly("enable"), enable()),
    "enable what cannot be": (SERVICE, nothing, enable()),
    "enable, two targets": (SERVICE + INSTALL + "RequiredBy=timers.target\n", nothing, enable()),
    "enable, an alias": (SERVICE + INSTALL + "Alias=live-other-name.service\n", nothing, enable()),
    "enable, by its path": (None, nothing, enable_path),
    "enable, also of a drop-in": (SERVICE, beside(INSTALL), enable()),
    "enable of nobody": (None, nothing, enable()),
    "enable what is masked": (None, quietly("mask"), enable()),
    "disable": (SERVICE + INSTALL, quietly("enable"), disable()),
    "disable what is disabled": (SERVICE + INSTALL, nothing, disable()),
    "disable, runtime": (SERVICE + INSTALL, quietly("enable", "--runtime"), disable(runtime=True)),
    "re-enable": (SERVICE + INSTALL, quietly("enable"), reenable),
    "re-enable what is disabled": (SERVICE + INSTALL, nothing, reenable),
    "mask": (None, nothing, mask()),
    "mask, runtime": (SERVICE, nothing, mask(runtime=True)),
    "mask what has a file": (SERVICE, nothing, mask()),
    "mask what is masked": (None, quietly("mask"), mask()),
    "unmask": (None, quietly("mask"), unmask),
    "unmask what is not masked": (SERVICE, nothing, unmask),
    "link": (None, nothing, link),
    "preset": (SERVICE + INSTALL, nothing, preset),
    "preset what is enabled": (SERVICE + INSTALL, quietly("enable"), preset),
    "add a dependency": (SERVICE, nothing, added()),
    "add a dependency, required, runtime": (SERVICE, nothing, added(kind="Requires", runtime=True)),
    "add a dependency that is there": (
        SERVICE,
        lambda unit: void(systemctl("add-wants", "--quiet", "timers.target", unit)),
        added(),
    ),
    "add a dependency on nobody": (None, nothing, added()),
    "revert": (SERVICE + INSTALL, beside("[Service]\nNice=1\n"), revert),
    "revert what is as it was": (SERVICE, nothing, revert),
}


def on_disk() -> dict[str, str]:
    """All that is in the folders that are written to."""
    found = {}
    for folder in (UNIT_FOLDER, RUNTIME_UNIT_FOLDER):
        for path in folder.rglob("*"):
            if path.is_symlink():
                found[str(path)] = f"-> {path.readlink()}" if hasattr(path, "readlink") else "link"
            elif path.is_file() and not path.name.startswith("."):
                found[str(path)] = path.read_text()
    return found


def told(work: Work, systemd: pm2go.Systemd, unit: str, *, dry_run: bool) -> Any:
    """What is answered; an exception by its class."""
    try:
        return work(systemd, unit, dry_run)
    except pm2go.Pm2goError as error:
        assert error.unit == unit
        return type(error)


@pytest.mark.parametrize("case", CASES)
def test_a_dry_run_tells_what_the_real_run_does(systemd: pm2go.Systemd, units: UnitFiles, case: str) -> None:
    text, before, work = CASES[case]
    unit = units.name("plan")
    if text is not None:
        units.write(unit, text)
    before(unit)
    systemctl("daemon-reload")
    was = on_disk()
    planned = told(work, systemd, unit, dry_run=True)
    assert on_disk() == was
    done = told(work, systemd, unit, dry_run=False)
    assert planned == done
    # What is enabled anew may be as it was.
    assert on_disk() == was or (isinstance(done, pm2go.UnitFileChanges) and done.changed)
    for path in [
        *UNIT_FOLDER.rglob("live-other-name.service"),
        *UNIT_FOLDER.parent.glob(f"elsewhere/{unit}"),
    ]:
        path.unlink()


def test_presets_of_all_units_can_be_planned(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    scene = preset_alone(units)
    was = on_disk()
    planned = systemd.preset_all_units(mode="enable-only", dry_run=True)
    assert on_disk() == was
    done = systemd.preset_all_units(mode="enable-only")
    undo_presets(scene, done)
    assert scene["unit"] in {Path(change.path).name for change in done.changes}
    # They are made in the order in which the folders are read.
    assert sorted(map(repr, planned.changes)) == sorted(map(repr, done.changes))
    assert sorted(planned.notes) == sorted(done.notes)


def test_the_awaited_face_plans_too(units: UnitFiles) -> None:
    unit = units.write(units.name("plan"), SERVICE + INSTALL)

    async def work() -> None:
        async with pm2go.AsyncSystemd() as systemd:
            planned = await systemd.enable_unit(unit, dry_run=True)
            assert planned.changed
            assert not Path(planned.changes[0].path).exists()
            assert await systemd.enable_unit(unit) == planned

    asyncio.run(work())


def test_the_default_target_can_be_planned(systemd: pm2go.Systemd) -> None:
    before = systemd.get_default_target()
    was = on_disk()
    # Examples in docstrings may have set it.
    other = next(target for target in ("timers.target", "sockets.target") if target != before)
    assert systemd.set_default_target(other, dry_run=True)
    assert (systemd.get_default_target(), on_disk()) == (before, was)
