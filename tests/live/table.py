"""The verbs that a row of the core stands for: what is there before, how each is called, what systemctl shows after it.

tests/live/verbs/test_verbs.py drives all of them over each way to systemd and by both faces, on names that are nobody's,
without rights, and over connections that break.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pm2go
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.systemctl import show, systemctl, systemd_version
from live.fixtures.waiting import wait_until
from live.scenes import (
    Scene,
    changed,
    counting,
    defaults,
    delegated,
    elsewhere,
    enabled,
    failed,
    frozen,
    kept,
    linked,
    littered,
    masked,
    of_nobody,
    overridden,
    plain,
    preset_alone,
    running,
    scoped,
    starting,
    status,
    storing,
    target,
    undo_presets,
    with_variable,
)

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

#: How a dump begins with each unit: with an arrow, `->` or a character of its own.
UNIT_LINE = re.compile(r"^\S+ Unit .*$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One verb, called once."""

    verb: str
    #: The manager's D-Bus method.
    method: str
    prepare: Callable[[UnitFiles], Scene]
    #: The arguments, from the scene.
    arguments: Callable[[Scene], tuple[Any, ...]]
    #: Compares what it gave, and what systemctl shows, with what is expected.
    check: Callable[[Scene, Any], None]
    options: dict[str, Any] = field(default_factory=dict)
    #: What is raised where the unit is nobody's; none where that is no error.
    nobody: type[Exception] | None = pm2go.UnitNotFoundError
    #: The polkit action of who may ask; none where everybody may.
    polkit: str | None = "manage-units"
    #: The systemd that it came with.
    since: int = 0


def ended(scene: Scene, result: str, status: str) -> None:
    wait_until(lambda: show(scene["unit"], "SubState") in {"failed", "dead"})
    assert (show(scene["unit"], "Result"), show(scene["unit"], "ExecMainStatus")) == (result, status)


def shows(name: str, expected: str) -> Callable[[Scene, Any], None]:
    """Tell that one property is so, and that the verb has nothing to say."""

    def check(scene: Scene, gave: object) -> None:
        assert gave is None
        assert show(scene["unit"], name) == expected

    return check


def is_file(*states: str) -> Callable[[Scene, Any], None]:
    """Tell that something changed and what the unit's file is now: one of these."""

    def check(scene: Scene, gave: pm2go.UnitFileChanges) -> None:
        assert gave.changed, gave
        assert systemctl("is-enabled", scene["unit"], check=False) in states

    return check


def lists_the_job(scene: Scene, gave: pm2go.JobList) -> None:
    assert pm2go.JobInfo(scene["id"], scene["unit"], "start", "running") in gave
    assert [job.id for job in gave] == sorted(job.id for job in gave)
    # Others come and go meanwhile: it may not be long since the boot.
    shown = systemctl("list-jobs", "--plain", "--no-legend", "--full").splitlines()
    told = [[str(job.id), job.unit, job.type, job.state] for job in gave if job.unit == scene["unit"]]
    assert [line.split() for line in shown if scene["unit"] in line] == told


def tells_of_the_units(scene: Scene, gave: str) -> None:
    assert f"Unit {scene['unit']}:" in gave
    # The rest of it is the same but for what counts and ages.
    analyze = ["systemd-analyze", *SCOPE_OPTION, "--no-pager", "dump"]
    shown = subprocess.run(analyze, check=True, capture_output=True, text=True).stdout
    assert sorted(UNIT_LINE.findall(gave)) == sorted(UNIT_LINE.findall(shown))


def is_preset_among_all(scene: Scene, gave: pm2go.UnitFileChanges) -> None:
    try:
        assert scene["unit"] in {Path(change.path).name for change in gave.changes}
        assert {change.kind for change in gave.changes} == {"symlink"}
        assert systemctl("is-enabled", scene["unit"], check=False) == "enabled"
    finally:
        undo_presets(scene, gave)


def has_no_job(scene: Scene, gave: object) -> None:
    assert gave in {None, True}
    assert show(scene["unit"], "Job") in {"", "0"}


def is_reverted(scene: Scene, gave: pm2go.UnitFileChanges) -> None:
    assert {change.kind for change in gave.changes} == {"unlink"}
    assert not scene["folder"].exists()
    assert show(scene["unit"], "DropInPaths") == ""


def is_the_unit(scene: Scene, gave: str | None) -> None:
    assert gave == scene["unit"]


def is_text(expected: str) -> Callable[[Scene, Any], None]:
    """Tell that this was given, and that systemctl prints the same."""

    def check(scene: Scene, gave: str) -> None:
        assert gave == systemctl("is-enabled", scene["unit"], check=False) == expected

    return check


def is_in_subgroup(scene: Scene, gave: object) -> None:
    assert gave is None
    assert Path(f"/proc/{scene['pid']}/cgroup").read_text().rstrip().endswith(f"{scene['unit']}/inner")


def stores_nothing(scene: Scene, gave: pm2go.DescriptorList) -> None:
    assert gave == []
    assert show(scene["unit"], "NFileDescriptorStore") == "0"


def is_gone(scene: Scene, gave: object) -> None:
    assert gave is None
    wait_until(lambda: not scene["path"].exists())


def has_variable(value: str | None) -> Callable[[Scene, Any], None]:
    """Tell that the variable has this value, or is not set."""

    def check(scene: Scene, gave: object) -> None:
        shown = dict(line.split("=", 1) for line in systemctl("show-environment").splitlines())
        systemctl("unset-environment", scene["variable"], "LIVE_OTHER")
        assert gave is None
        # systemctl quotes what needs it.
        assert shown.get(scene["variable"]) == value

    return check


def unit(scene: Scene) -> tuple[Any, ...]:
    return (scene["unit"],)


def with_timers(scene: Scene) -> tuple[Any, ...]:
    return ("timers", scene["unit"])


def nothing(_: Scene) -> tuple[Any, ...]:
    return ()


of_files = partial(Row, polkit="manage-unit-files")
of_any_files = partial(of_files, nobody=None)
of_environment = partial(Row, polkit="set-environment", nobody=None)
sets = partial(Row, "set_unit_properties", "SetUnitProperties", running)
reads = partial(Row, polkit=None, nobody=None)
missing = pm2go.UnitNotFoundError
ROWS = [
    Row(
        "kill_unit",
        "KillUnit",
        kept,
        lambda it: (it["unit"], "SIGKILL"),
        lambda it, _: ended(it, "signal", "9"),
    ),
    Row(
        "kill_unit",
        "KillUnit",
        kept,
        lambda it: (it["unit"], 15),
        lambda it, _: ended(it, "success", "15"),
        {"whom": "main"},
    ),
    Row(
        "kill_unit",
        "QueueSignalUnit",
        counting,
        lambda it: (it["unit"], "rtmin+1"),
        lambda it, _: ended(it, "success", "0"),
        {"value": 7, "whom": "main"},
        since=254,
    ),
    Row(
        "abandon_scope",
        "AbandonScope",
        scoped,
        unit,
        shows("SubState", "abandoned"),
        nobody=pm2go.ConfigError,
    ),
    Row("freeze_unit", "FreezeUnit", running, unit, shows("FreezerState", "frozen")),
    Row("thaw_unit", "ThawUnit", frozen, unit, shows("FreezerState", "running")),
    Row("clean_unit", "CleanUnit", littered, lambda it: (it["unit"], "state"), is_gone),
    Row("clean_unit", "CleanUnit", littered, lambda it: (it["unit"], ["cache", "all"]), is_gone),
    sets(lambda it: (it["unit"], {"TasksMax": 50}), shows("TasksMax", "50"), {"runtime": True}),
    Row("reset_failed_unit", "ResetFailedUnit", failed, unit, shows("ActiveState", "inactive")),
    of_files("enable_unit", "EnableUnitFiles", plain, unit, is_file("enabled")),
    of_files("enable_unit", "EnableUnitFiles", plain, unit, is_file("enabled-runtime"), {"runtime": True}),
    of_files("enable_unit", "EnableUnitFiles", elsewhere, lambda it: (it["file"],), is_file("linked")),
    of_files("disable_unit", "DisableUnitFiles", enabled, unit, is_file("disabled")),
    of_files("reenable_unit", "ReenableUnitFiles", enabled, unit, is_file("enabled")),
    of_any_files("mask_unit", "MaskUnitFiles", of_nobody, unit, is_file("masked")),
    of_any_files("mask_unit", "MaskUnitFiles", of_nobody, unit, is_file("masked-runtime"), {"runtime": True}),
    of_any_files("mask_unit", "MaskUnitFiles", linked, unit, is_file("masked"), {"force": True}),
    of_any_files("unmask_unit", "UnmaskUnitFiles", masked, unit, is_file("", "not-found")),
    of_files("link_unit", "LinkUnitFiles", elsewhere, lambda it: (Path(it["file"]),), is_file("linked")),
    of_files("preset_unit", "PresetUnitFiles", plain, unit, is_file("enabled")),
    of_files("preset_unit", "PresetUnitFiles", plain, unit, is_file("enabled"), {"mode": "enable-only"}),
    of_any_files(
        "preset_all_units",
        "PresetAllUnitFiles",
        preset_alone,
        nothing,
        is_preset_among_all,
        {"mode": "enable-only"},
    ),
    of_files("add_unit_dependencies", "AddDependencyUnitFiles", plain, with_timers, is_file("enabled")),
    of_files(
        "add_unit_dependencies",
        "AddDependencyUnitFiles",
        plain,
        with_timers,
        is_file("enabled-runtime"),
        {"kind": "Requires", "runtime": True},
    ),
    of_any_files("revert_unit", "RevertUnitFiles", overridden, unit, is_reverted),
    reads("get_default_target", "GetDefaultTarget", defaults, nothing, is_the_unit),
    reads("get_unit_file_state", "GetUnitFileState", enabled, unit, is_text("enabled"), nobody=missing),
    reads("get_unit_file_state", "GetUnitFileState", masked, unit, is_text("masked"), nobody=missing),
    reads("get_unit_file_state", "GetUnitFileState", plain, unit, is_text("disabled"), nobody=missing),
    reads("load_unit", "LoadUnit", plain, unit, is_the_unit),
    Row(
        "attach_processes",
        "AttachProcessesToUnit",
        delegated,
        lambda it: (it["unit"], it["pid"]),
        is_in_subgroup,
        {"subgroup": "inner"},
    ),
    Row(
        "kill_unit_subgroup",
        "KillUnitSubgroup",
        delegated,
        lambda it: (it["unit"], "inner", "SIGTERM"),
        lambda it, _: ended(it, "success", "0"),
        since=258,
    ),
    reads(
        "dump_unit_file_descriptor_store",
        "DumpUnitFileDescriptorStore",
        storing,
        unit,
        stores_nothing,
        nobody=missing,
        since=254,
    ),
    of_files(
        "set_default_target",
        "SetDefaultTarget",
        target,
        unit,
        lambda it, _: is_the_unit(it, systemctl("get-default")),
    ),
    Row(
        "daemon_reload",
        "Reload",
        changed,
        nothing,
        shows("NeedDaemonReload", "no"),
        polkit="reload-daemon",
        nobody=None,
    ),
    of_environment(
        "set_environment",
        "SetEnvironment",
        with_variable,
        lambda it: ({it["variable"]: "it's é"},),
        has_variable("$'it\\'s é'"),
    ),
    of_environment(
        "set_environment",
        "UnsetAndSetEnvironment",
        with_variable,
        lambda _: ({"LIVE_OTHER": "after"},),
        has_variable(None),
        {"unset": "LIVE_VARIABLE"},
    ),
    of_environment(
        "unset_environment",
        "UnsetEnvironment",
        with_variable,
        lambda it: (it["variable"],),
        has_variable(None),
    ),
    reads("dump", "DumpByFileDescriptor", running, nothing, tells_of_the_units),
    reads("list_jobs", "ListJobs", starting, nothing, lists_the_job),
    Row("cancel_job", "CancelJob", starting, lambda it: (it["id"],), has_no_job, nobody=None),
    Row("clear_jobs", "ClearJobs", starting, nothing, has_no_job, nobody=None),
    reads("get_unit_by_pid", "GetUnitByPIDFD", running, lambda it: (it["pid"],), is_the_unit),
    reads(
        "get_unit_by_invocation_id",
        "GetUnitByInvocationID",
        status("InvocationID"),
        lambda it: (it["InvocationID"],),
        is_the_unit,
    ),
    reads(
        "get_unit_by_control_group",
        "GetUnitByControlGroup",
        status("ControlGroup"),
        lambda it: (it["ControlGroup"],),
        is_the_unit,
    ),
]
#: What the systemd that runs here does not have.
TOO_NEW = [row for row in ROWS if row.since > systemd_version()]
ROWS = [row for row in ROWS if row.since <= systemd_version()]


def name_of(row: Row) -> str:
    """The verb with its arguments, for the tests' names."""
    scene = {"unit": "NAME", "pid": "PID", "id": "ID", "file": "FILE", "variable": "VARIABLE"}
    given = (row.arguments({**scene, "InvocationID": "ID", "ControlGroup": "GROUP"}), row.options.items())
    words = [*map(str, given[0]), *(f"{name}={value}" for name, value in given[1])]
    return f"{row.verb}({', '.join(word.replace(os.sep, '') for word in words)})"
