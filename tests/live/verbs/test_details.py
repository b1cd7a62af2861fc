"""What is known of units: properties of many at once, processes, dependencies, files; as systemctl tells it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import ROOT, SCOPE, SCOPE_OPTION, TARGET, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

CHOSEN = ("Id", "ActiveState", "MainPID", "FragmentPath", "NextElapseUSecRealtime")


def test_chosen_properties_of_many_units(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    running, idle = units.service(), units.service()
    systemctl("start", running)
    found = systemd.get_units_properties([idle, TARGET, running.removesuffix(".service")], *CHOSEN[:4])
    assert [*found] == [idle, TARGET, running]
    assert found[running] == {
        "Id": running,
        "ActiveState": "active",
        "MainPID": int(show(running, "MainPID")),
        "FragmentPath": show(running, "FragmentPath"),
    }
    assert found[idle]["ActiveState"] == "inactive"
    # A target has no processes.
    assert found[TARGET]["MainPID"] is None
    assert isinstance(found[TARGET], pm2go.UnitProperties)


def test_all_properties_of_many_units_are_those_of_each(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    names = [units.service(), "timers.target", "-.slice"]
    systemctl("start", names[0])
    found = systemd.get_units_properties(names)
    moving = ("CPUUsage", "Memory", "IO", "Tasks", "Effective", "OOM", "ExecMainHandoff")
    for name in names:
        alone = systemd.get_unit_properties(name)
        assert set(found[name]) == set(alone)
        assert {
            key for key in alone if alone[key] != found[name][key] and not key.startswith(moving)
        } == set()


def test_many_properties_come_as_few_do(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(service="Environment=A=1\nNice=5")
    systemctl("start", name)
    wanted = [
        *(
            "Id",
            "Names",
            "Description",
            "LoadState",
            "ActiveState",
            "SubState",
            "FragmentPath",
            "DropInPaths",
        ),
        *("Nice", "Environment", "MainPID", "ExecStart", "TimeoutStopUSec"),
    ]
    alone = systemd.get_unit_properties(name)
    for names in (wanted, wanted[:4], wanted[8:]):
        found = systemd.get_units_properties(name, *names)
        assert found == {name: {key: alone[key] for key in names}}


def test_patterns_stand_for_the_units_in_memory(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    running, idle = units.service(), units.service()
    systemctl("start", running)
    found = systemd.get_units_properties(["live-*", TARGET], "ActiveState")
    assert found[running] == {"ActiveState": "active"}
    assert next(iter(found)) == TARGET
    assert idle not in found
    assert systemd.get_units_properties([], "Id") == systemd.get_units_properties("no-such-*") == {}


def test_of_many_units_one_that_does_not_exist_is_told(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name, nowhere = units.service(), units.name("nowhere")
    for names in ([], ["Description"], ["ActiveState", "SubState"], [*CHOSEN, *"abcdefgh"]):
        with pytest.raises(pm2go.UnitNotFoundError) as caught:
            systemd.get_units_properties([name, nowhere], *names)
        assert caught.value.unit == nowhere


def test_among_many_units_each_that_exists_is_told_from_one_that_does_not(
    systemd: pm2go.Systemd, units: UnitFiles
) -> None:
    down = [units.service(), *(f"live-{number}.slice" for number in range(30)), "-.slice"]
    found = systemd.get_units_properties(down, "ActiveState", "MainPID")
    assert [*found] == down
    assert {one["ActiveState"] for one in found.values()} == {"active", "inactive"}
    nowhere = units.name("nowhere")
    with pytest.raises(pm2go.UnitNotFoundError) as caught:
        systemd.get_units_properties([*down, nowhere], "ActiveState")
    assert caught.value.unit == nowhere
    # What runs on without its file exists.
    gone = units.service()
    systemctl("start", gone)
    (UNIT_FOLDER / gone).unlink()
    systemctl("daemon-reload")
    assert (
        systemd.get_units_properties([*down, gone], "Description", "ActiveState")[gone]["ActiveState"]
        == "active"
    )


@pytest.mark.parametrize("wrong", ["Nonsense", "NextElapseUSecRealtime", ""])
def test_of_many_units_a_property_that_none_has_is_told(
    systemd: pm2go.Systemd, units: UnitFiles, wrong: str
) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        systemd.get_units_properties([units.service(), TARGET], "Id", wrong)
    assert caught.value.hint


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_a_thousand_units_are_asked_at_once(way: Way) -> None:
    names = [f"live-{number}.slice" for number in range(1000)]
    with connect(way) as client:
        rows = client.list_units_by_names(*names)
        assert [row.name for row in rows] == names
        found = client.get_units_properties(names, "Slice", "ActiveState")
    assert [*found] == names
    assert {one["Slice"] for one in found.values()} == {"live.slice"}


def test_processes_are_told_with_their_command_lines(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service("/bin/bash -c 'sleep 301 & sleep 302 & wait'")
    systemctl("start", name)
    group = show(name, "ControlGroup")

    def in_group() -> set[int]:
        text = Path(f"/proc/{show(name, 'MainPID')}/task").parent.parent
        found = set()
        for path in text.glob("[0-9]*/cgroup"):
            try:
                lines = path.read_text().splitlines()
            except OSError:
                continue
            if any(line.endswith((f":{group}", f"/{name}")) for line in lines):
                found.add(int(path.parent.name))
        return found

    wait_until(lambda: {line[1] for line in commands(systemd, name)} >= {"sleep 301", "sleep 302"})
    found = systemd.get_unit_processes(name)
    assert {process.pid for process in found} == in_group()
    assert {process.control_group for process in found} == {group}
    assert [process.pid for process in found] == sorted(process.pid for process in found)
    systemctl("stop", name)
    assert systemd.get_unit_processes(name) == []
    with pytest.raises(pm2go.UnitNotFoundError):
        systemd.get_unit_processes(units.name("nowhere"))


def commands(systemd: pm2go.Systemd, name: str) -> list[tuple[int, str]]:
    return [(process.pid, process.command_line) for process in systemd.get_unit_processes(name)]


def test_processes_that_cannot_be_attached(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(service="Delegate=yes")
    systemctl("start", name)
    for pids, wrong in [([], "empty"), ([0], "range"), (["1"], "type"), ("1", "type")]:
        with pytest.raises(pm2go.ConfigError, match=wrong):
            systemd.attach_processes(name, pids)  # type: ignore[arg-type]


PROGRAM = f"""
import json, sys
sys.path.insert(0, {programs.PACKAGE!r})
import pm2go
told = []
for options in json.loads(sys.argv[1]):
    with pm2go.Systemd(**options) as systemd:
        try:
            unit = systemd.current_unit()
            told.append(unit and unit.to_dict())
        except pm2go.UnavailableError as error:
            told.append(str(error))
with open(sys.argv[2], "w") as file:
    json.dump(told, file)
input_never_comes = __import__("time").sleep(300)
"""


def told_by_a_service(units: UnitFiles, options: list[dict[str, Any]], folder: Path) -> tuple[str, list[Any]]:
    """What a program that runs as a service is told of itself."""
    program, answer = folder / "program.py", folder / "answer"
    program.write_text(PROGRAM)
    answer.write_text("")
    answer.chmod(0o666)
    quoted = json.dumps(options).replace('"', '\\"')
    command = f'{sys.executable} -B {program} "{quoted}" {answer}'
    name = units.service(command, service="Restart=on-failure\nRestartSec=9")
    systemctl("start", name)
    wait_until(answer.read_text)
    found: list[Any] = json.loads(answer.read_text())
    return name, found


def test_a_program_is_told_its_own_unit(units: UnitFiles, public_path: Path) -> None:
    options = [{"scope": SCOPE, **way} for way in WAYS.values()]
    name, found = told_by_a_service(units, options, public_path)
    expected = {
        "name": name,
        "scope": SCOPE,
        "user_unit": None,
        "slice": show(name, "Slice"),
        "restart": "on-failure",
        "main_pid": int(show(name, "MainPID")),
        "invocation_id": show(name, "InvocationID"),
        "control_group": show(name, "ControlGroup"),
    }
    assert found == [expected] * len(WAYS)


# Only a user's unit is in two managers' hands.
if not ROOT:

    def test_for_the_machines_manager_a_users_unit_is_the_users_manager(
        units: UnitFiles, public_path: Path
    ) -> None:
        bus = {"address": "unix:path=/run/dbus/system_bus_socket"}
        name, found = told_by_a_service(units, [{"scope": "system", **bus}], public_path)
        assert found[0]["name"].startswith("user@")
        assert (found[0]["scope"], found[0]["user_unit"]) == ("system", name)


def test_whoever_is_in_no_unit_of_the_manager_is_told_so(systemd: pm2go.Systemd) -> None:
    busctl = ["busctl", *SCOPE_OPTION, "--json=short", "call", "org.freedesktop.systemd1"]
    asked = ["/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "GetUnitByPID", "u", "0"]
    answered = subprocess.run([*busctl, *asked], check=False, capture_output=True, text=True)
    unit = systemd.current_unit()
    if answered.returncode:
        assert "does not belong to any loaded unit" in answered.stderr
        assert unit is None
    else:
        assert unit is not None
        assert answered.stdout.count(unit.name.replace("-", "_2d").replace(".", "_2e").replace("@", "_40"))


def plain(*arguments: str) -> set[str]:
    """The units that systemctl draws."""
    lines = systemctl("list-dependencies", "--plain", "--all", "--full", *arguments).splitlines()
    return {re.sub(r"^[^\w-]+", "", line).removesuffix(" ...") for line in lines}


@pytest.mark.parametrize("unit", ["basic.target", "timers.target", "default.target"])
@pytest.mark.parametrize("reverse", [False, True])
def test_dependencies_are_those_that_systemctl_draws(
    systemd: pm2go.Systemd, unit: str, *, reverse: bool
) -> None:
    tree = systemd.get_unit_dependencies(unit, reverse=reverse)
    names = [node.name for node in tree.walk()]
    drawn = plain(*["--reverse"][:reverse], unit)
    assert {tree.name, *names} == {tree.name, *drawn - {unit}}
    for node in tree.walk():
        assert [below.name for below in node.dependencies] == sorted(
            below.name for below in node.dependencies
        )
    with_own = [node.name for node in tree.walk() if node.dependencies]
    assert len(with_own) == len(set(with_own))
    assert {node.name for node in tree.walk() if node.repeated} <= set(with_own)


def test_dependencies_are_told_by_kind_and_level(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    last = units.service()
    middle = units.service(unit=f"Wants={last}\nAfter={last}")
    first = units.service(unit=f"Requires={middle}\nWants={middle}\nAfter={middle}")
    last_path = UNIT_FOLDER / last
    last_path.write_text(last_path.read_text().replace("[Service]", f"Wants={first}\n[Service]"))
    systemctl("daemon-reload")
    systemctl("start", first)
    tree = systemd.get_unit_dependencies(first, kinds=["Requires", "Wants"])
    [second] = [node for node in tree.dependencies if node.name == middle]
    assert (second.kinds, second.active_state) == (("Requires", "Wants"), "active")
    [third] = [node for node in second.dependencies if node.name == last]
    assert (third.name, third.kinds) == (last, ("Wants",))
    # A circle has an end.
    [again] = [node for node in third.dependencies if node.name == first]
    assert (again.name, again.repeated, again.dependencies) == (first, True, ())
    assert str(tree).splitlines()[0] == first
    assert any(line.endswith(f"─{first} ...") for line in str(tree).splitlines())
    flat = systemd.get_unit_dependencies(first, kinds="Requires", depth=1)
    assert [below.name for below in flat.dependencies].count(middle) == 1
    assert all(not below.dependencies for below in flat.dependencies)
    back = systemd.get_unit_dependencies(middle, kinds="Requires", reverse=True, depth=1)
    assert [(node.name, node.kinds) for node in back.dependencies] == [(first, ("RequiredBy",))]
    json.dumps(tree.to_dict())


def test_dependencies_of_nobody_and_of_no_kind(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    with pytest.raises(pm2go.UnitNotFoundError):
        systemd.get_unit_dependencies(units.name("nowhere"))
    with pytest.raises(pm2go.ConfigError, match="Requries") as caught:
        systemd.get_unit_dependencies(TARGET, kinds="Requries")
    assert "Requires" in (caught.value.hint or "")
    with pytest.raises(pm2go.ConfigError, match="depth"):
        systemd.get_unit_dependencies(TARGET, depth=0)


def overridden(units: UnitFiles) -> str:
    """A service with drop-ins of its own and of its type."""
    name = units.service(service="Environment=A=1\nNice=5", install="WantedBy=basic.target")
    for number, text in [
        (10, "[Service]\nExecStart=\nExecStart=/bin/sleep \\\n  301\nEnvironment=B=2\n"),
        (20, "[Unit]\nDescription=another\n\n[Service]\n# a comment\nNice=6\n"),
    ]:
        units.write(f"{number}.conf", text, folder=UNIT_FOLDER / f"{name}.d", reload=False)
    systemctl("daemon-reload")
    return name


def test_the_text_is_what_systemctl_shows(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = overridden(units)
    systemctl("start", name)
    found = systemd.cat_unit(name)
    assert (found.name, found.need_daemon_reload) == (name, False)
    assert str(found).strip() == systemctl("cat", name)
    assert [file.path for file in found.files] == [
        show(name, "FragmentPath"),
        *show(name, "DropInPaths").split(),
    ]
    path = Path(found.files[1].path)
    path.write_text("[Service]\nNice=7\n")
    later = systemd.cat_unit(name)
    assert (later.need_daemon_reload, later.files[1].text) == (True, "[Service]\nNice=7\n")


def test_units_without_files_and_without_text(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    assert systemd.cat_unit("live-nowhere.slice").files == ()
    masked = systemd.cat_unit(units.mask(units.name("masked")))
    assert [file.text for file in masked.files] == [""]
    with pytest.raises(pm2go.UnitNotFoundError):
        systemd.cat_unit(units.name("nowhere"))
    gone = units.service()
    systemctl("start", gone)
    (UNIT_FOLDER / gone).unlink()
    with pytest.raises(pm2go.StorageError, match="No such file") as caught:
        systemd.cat_unit(gone)
    assert caught.value.unit == gone
    assert "daemon_reload" in (caught.value.hint or "")


def test_what_is_in_force_is_told_with_its_file_and_line(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = overridden(units)
    found = systemd.get_unit_configuration(name)
    base, first, second = (file.path for file in systemd.cat_unit(name).files)
    told = {(it.section, it.name, it.value): (it.path, it.line) for it in found}
    assert told == {
        ("Unit", "Description", "another"): (second, 2),
        ("Service", "Type", "exec"): (base, 5),
        ("Service", "ExecStart", "/bin/sleep    301"): (first, 3),
        ("Service", "Environment", "A=1"): (base, 7),
        ("Service", "Environment", "B=2"): (first, 5),
        ("Service", "Nice", "6"): (second, 6),
        ("Install", "WantedBy", "basic.target"): (base, 10),
    }
    # As systemd has it.
    assert show(name, "Environment") == "A=1 B=2"
    assert (show(name, "Nice"), show(name, "Description")) == ("6", "another")
    assert "argv[]=/bin/sleep 301 " in show(name, "ExecStart")
    assert "another" not in repr(found[0])
    for setting in found:
        text = Path(setting.path).read_text().splitlines()[setting.line - 1]
        assert text.startswith(f"{setting.name}=")


def test_a_file_that_systemd_refuses_is_told_with_its_line(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    path = UNIT_FOLDER / name
    path.write_text(path.read_text() + "[broken\n")
    with pytest.raises(pm2go.UnitLoadError, match=r"line \d+") as caught:
        systemd.get_unit_configuration(name)
    assert str(path) in str(caught.value)
