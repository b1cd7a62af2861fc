"""What enabling and disabling changed, and what systemd only remarked, over every way and beside systemctl."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.scope import SCOPE_OPTION, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl, systemd_version

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

INSTALL = "[Install]\nWantedBy=basic.target\n"
SERVICE = "[Service]\nExecStart=/bin/sleep 300\n"


def reloads(name: str) -> Callable[[], bool]:
    """Tell whether the manager has read its files since: a file that changed is one that it has not read."""
    path = UNIT_FOLDER / name
    path.write_text(path.read_text() + "# changed\n")
    return lambda: show(name, "NeedDaemonReload") == "no"


#: A unit's file, what is done, whether that changes something, and what is remarked.
REMARKS: dict[str, tuple[str, str, bool, str]] = {
    "nothing to remark": (f"{SERVICE}{INSTALL}", "enable", True, ""),
    "no section": (SERVICE, "enable", False, "[Install]"),
    "an auxiliary unit that is not there": (
        f"{SERVICE}{INSTALL}Also=live-nowhere.service\n",
        "enable",
        True,
        "live-nowhere.service",
    ),
    "a target that is not there": (
        f"{SERVICE}[Install]\nWantedBy=live-nowhere.target\n",
        "enable",
        True,
        "live-nowhere.target",
    ),
    "only an auxiliary unit": (
        f"{SERVICE}[Install]\nAlso=live-nowhere.service\n",
        "enable",
        False,
        "live-nowhere.service",
    ),
}


if systemd_version() < 250:
    # A unit of Also= that is not there is an error for it, and it says nothing of a target that is not there.
    REMARKS = {case: row for case, row in REMARKS.items() if "live-nowhere" not in row[3]}


@pytest.mark.parametrize(("text", "verb", "changed", "remark"), REMARKS.values(), ids=REMARKS)
def test_a_remark_is_a_note_and_no_change(
    systemd: pm2go.Systemd,
    units: UnitFiles,
    text: str,
    verb: str,
    changed: bool,  # noqa: FBT001 - of a table
    remark: str,
) -> None:
    name = units.write(units.name("remark"), text)
    units.keep(name)
    was_read = reloads(name)
    told = getattr(systemd, f"{verb}_unit")(name)
    assert (told.changed, bool(told), told.to_dict()["changed"]) == (changed, changed, changed)
    assert {change.kind for change in told.changes} == ({"symlink"} if changed else set())
    assert all((UNIT_FOLDER / change.path).is_symlink() for change in told.changes)
    assert remark in " ".join(told.notes)
    assert bool(told.notes) == bool(remark)
    assert was_read() == changed, "a remark is no reason to read the files again"
    # What is also enabled does not say when this one starts.
    assert told.carries_install_info == ("WantedBy" in text)
    assert bool(systemd.disable_unit(name)) == changed


def test_disabling_a_masked_unit_changes_nothing(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.mask(units.name("masked"))
    told = systemd.disable_unit(name)
    assert (told.changed, told.changes) == (False, ())
    assert "masked" in told.notes[0]
    assert name in told.notes[0]


def test_a_unit_without_an_install_section_is_told_so(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    told = systemd.enable_unit(name)
    assert (told.changed, told.carries_install_info) == (False, False)
    assert name in told.notes[0]
    assert "[Install]" in repr(told)
    assert systemd.get_unit_status(name).unit_file_state == "static"


def test_an_alias_is_refused_and_its_unit_named(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.write(units.name("real"), f"{SERVICE}{INSTALL}")
    alias = units.name("alias")
    link = UNIT_FOLDER / alias
    link.symlink_to(name)
    try:
        systemctl("daemon-reload")
        code = subprocess.run(
            ["systemctl", *SCOPE_OPTION, "enable", alias], check=False, capture_output=True
        ).returncode
        assert code != 0, "systemctl refuses it too"
        with pytest.raises(pm2go.UnsupportedError) as caught:
            systemd.enable_unit(alias)
        assert caught.value.unit == alias
        assert caught.value.dbus_name == "org.freedesktop.systemd1.UnitLinked"
        assert name in (caught.value.hint or "")
        assert systemd.enable_unit(name).changed
        assert systemd.disable_unit(name).changed
    finally:
        link.unlink(missing_ok=True)


def calls(systemd: pm2go.Systemd, template: str) -> dict[str, Callable[[], Any]]:
    return {
        "start": lambda: systemd.start_unit(template),
        "begin": lambda: systemd.enqueue_job("start", template).wait(),
        "stop": lambda: systemd.stop_unit(template),
        "restart": lambda: systemd.restart_unit(template),
        "enable": lambda: systemd.enable_unit(template),
        "reset": lambda: systemd.reset_failed_unit(template),
        "status": lambda: systemd.get_unit_status(template),
        "properties": lambda: systemd.get_unit_properties(template),
        "property": lambda: systemd.get_unit_property(template, "ActiveState"),
        "another property": lambda: systemd.get_unit_property(template, "Restart"),
    }


def test_a_template_gets_the_same_hint_from_every_verb(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    template = units.write(units.name("template", "@.service"), f"{SERVICE}{INSTALL}")
    instance = template.replace("@.", "@NAME.")
    for verb, call in calls(systemd, template).items():
        if verb == "enable" and systemd_version() < 250:
            assert not call(), "it does nothing, and says nothing"
            continue
        with pytest.raises(pm2go.ConfigError) as caught:
            call()
        assert instance in (caught.value.hint or ""), verb
        assert caught.value.unit == template
    # What is no mistake is none: it takes all instances out of the boot.
    assert not systemd.disable_unit(template)


def test_a_template_that_names_an_instance_can_be_enabled(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    template = units.write(units.name("template", "@.service"), f"{SERVICE}{INSTALL}DefaultInstance=x\n")
    told = systemd.enable_unit(template)
    assert told.changes[0].path.endswith(template.replace("@.", "@x."))
    assert systemd.disable_unit(template).changed


def test_to_reset_what_systemd_does_not_remember_is_an_error(
    systemd: pm2go.Systemd, units: UnitFiles
) -> None:
    nowhere, idle = units.name("nowhere"), units.service()
    for name in (nowhere, idle):
        command = ["systemctl", *SCOPE_OPTION, "reset-failed", name]
        assert subprocess.run(command, check=False, capture_output=True).returncode != 0
        with pytest.raises(pm2go.UnitNotFoundError) as caught:
            systemd.reset_failed_unit(name)
        assert caught.value.unit == name
        assert name in caught.value.message
        assert caught.value.hint
    failed = units.service("/bin/false", kind="oneshot")
    with pytest.raises(pm2go.JobFailedError):
        systemd.start_unit(failed)
    systemd.reset_failed_unit(failed)
    assert show(failed, "ActiveState") == "inactive"
