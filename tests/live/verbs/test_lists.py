"""Lists: of units, of unit files, of the units that start others; each as systemctl tells it, on every way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import TARGET, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl, systemd_version
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles


def listed(*arguments: str) -> list[list[str]]:
    """The columns that systemctl prints."""
    printed = systemctl(*arguments, "--plain", "--no-legend", "--full")
    return [line.split() for line in printed.splitlines()]


def told(*arguments: str) -> list[dict[str, Any]]:
    """What systemctl prints as JSON."""
    rows: list[dict[str, Any]] = json.loads(systemctl(*arguments, "--output=json"))
    return rows


def scene(units: UnitFiles) -> tuple[str, str, str]:
    """A service that runs, one that failed, and one that was never started."""
    running, failed, idle = units.service(stem="run"), units.service("/bin/false", kind="oneshot"), ""
    idle = units.service(stem="idle")
    systemctl("start", running)
    systemctl("start", failed, check=False)
    return running, failed, idle


@pytest.mark.parametrize("state", ["active", "failed", "running", "not-found", "dead", "loaded"])
def test_units_are_listed_by_state_as_systemctl_does(
    systemd: pm2go.Systemd, units: UnitFiles, state: str
) -> None:
    names = scene(units)
    found = {row.name for row in systemd.list_units("live-*", TARGET, states=state)}
    expected = listed("list-units", "--all", f"--state={state}", "live-*", TARGET)
    assert found == {line[0] for line in expected}
    assert (names[1] in found) == (state in {"failed", "loaded"})


def test_units_are_listed_by_type(systemd: pm2go.Systemd) -> None:
    found = systemd.list_units(types=["target", "slice"])
    assert {row.name.rpartition(".")[2] for row in found} == {"target", "slice"}
    expected = listed("list-units", "--all", "--type=target,slice")
    assert {row.name for row in found} == {line[0] for line in expected}


def test_units_are_listed_by_slice_with_those_below(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    inner = units.service(service="Slice=live-inner.slice")
    outer = units.service(service="Slice=live.slice")
    other = units.service(service="Slice=livelier.slice")
    systemctl("start", inner, outer, other)
    for given, expected in [
        ("live-inner.slice", {inner}),
        ("live", {inner, outer}),
        ("livelier", {other}),
        ("-.slice", {inner, outer, other}),
    ]:
        found = systemd.list_units(slice=given, types="service", states="running")
        assert {row.name for row in found} & {inner, outer, other} == expected, given
    assert "live-inner.slice" in {row.name for row in systemd.list_units(slice="live.slice")}


def test_units_that_there_are_only_files_of(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    running, _, idle = scene(units)
    masked = units.mask(units.name("masked"))
    template = units.write(units.name("template", "@.service"), "[Service]\nExecStart=/bin/true\n")
    assert idle not in {row.name for row in systemd.list_units("live-*")}
    rows = {row.name: row for row in systemd.list_units("live-*", all_files=True)}
    assert rows[idle] == pm2go.UnitInfo(idle, "live test", "loaded", "inactive", "dead")
    assert rows[masked].load_state == show(masked, "LoadState") == "masked"
    assert rows[running].active_state == "active"
    assert template not in rows
    assert [*rows] == sorted(rows)
    inactive = systemd.list_units("live-*", all_files=True, states="inactive")
    assert {row.name for row in inactive} >= {idle, masked}
    assert running not in {row.name for row in inactive}


def test_all_files_gives_the_units_of_all_files(systemd: pm2go.Systemd) -> None:
    files = listed("list-unit-files", "--type=target", "--state=static,disabled,enabled,indirect")
    rows = {row.name: row for row in systemd.list_units(types="target", all_files=True)}
    assert {line[0] for line in files if "@." not in line[0]} <= set(rows)


def test_units_are_told_by_name_whether_they_are_loaded_or_not(
    systemd: pm2go.Systemd, units: UnitFiles
) -> None:
    running, failed, idle = scene(units)
    nowhere = units.name("nowhere")
    rows = systemd.list_units_by_names(idle, running, nowhere, failed)
    assert [(row.name, row.load_state, row.active_state, row.sub_state) for row in rows] == [
        (name, *(show(name, kind) for kind in ("LoadState", "ActiveState", "SubState")))
        for name in (idle, running, nowhere, failed)
    ]
    assert rows[2].load_state == "not-found"
    assert systemd.list_units_by_names() == []
    with pytest.raises(pm2go.ConfigError, match="template") as caught:
        systemd.list_units_by_names("live@.service")
    assert "live@NAME.service" in (caught.value.hint or "")


def test_an_alias_gives_the_row_of_its_unit(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    alias = units.name("alias")
    name = units.service(install=f"Alias={alias}")
    systemctl("enable", "--quiet", name)
    assert [row.name for row in systemd.list_units_by_names(alias)] == [name]
    assert [row.name for row in systemd.list_units(alias, all_files=True)] == [name]


@pytest.mark.parametrize(
    ("options", "meant"),
    [
        ({"states": "faild"}, "failed"),
        ({"states": ["active", "online"]}, "active"),
        ({"types": "services"}, "service"),
        ({"slice": "a.service"}, "slice"),
    ],
)
def test_what_is_mistyped_is_told_before_anybody_is_asked(
    systemd: pm2go.Systemd, options: dict[str, Any], meant: str
) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        systemd.list_units(**options)
    assert meant in f"{caught.value} {caught.value.hint}"
    assert systemd.backend is None


def test_unit_files_are_those_that_systemctl_lists(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    names = scene(units)
    files = {file.name: file for file in systemd.list_unit_files()}
    expected = told("list-unit-files")
    assert {(name, file.state) for name, file in files.items()} == {
        (row["unit_file"], row["state"]) for row in expected
    }
    column = "preset" if "preset" in expected[0] else "vendor_preset"
    assert {name: file.preset for name, file in files.items()} == {
        row["unit_file"]: None if row[column] in {"-", None} else row[column] for row in expected
    }
    assert files[names[0]].path == str(UNIT_FOLDER / names[0])
    assert [*files] == sorted(files)


def test_unit_files_are_chosen_by_state_and_type(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(install="WantedBy=basic.target")
    systemctl("enable", "--quiet", name)
    found = systemd.list_unit_files(states="enabled", types="service")
    expected = listed("list-unit-files", "--state=enabled", "--type=service")
    assert [file.name for file in found] == sorted(line[0] for line in expected)
    assert name in {file.name for file in found}
    assert [file.name for file in systemd.list_unit_files(name.removesuffix(".service"))] == [name]
    assert systemd.list_unit_files("no-such-*") == []
    with pytest.raises(pm2go.ConfigError, match="active"):
        systemd.list_unit_files(states="active")


TIMER = "[Timer]\n{}\nUnit={}\n"


def test_timers_fire_when_systemctl_says(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    service = units.service("/bin/true", kind="oneshot")
    lines = {
        "calendar": "OnCalendar=2100-01-01 03:00:00 UTC",
        "active": "OnActiveSec=5h",
        "both": "OnActiveSec=2d\nOnCalendar=2100-01-01",
        "never": "OnActiveSec=0",
    }
    names = {}
    for stem, line in lines.items():
        names[stem] = units.write(units.name(stem, ".timer"), TIMER.format(line, service))
    fired = units.write(
        units.name("fired", ".timer"), TIMER.format("OnActiveSec=0\nOnUnitActiveSec=9h", service)
    )
    systemctl("start", *names.values(), fired)
    wait_until(lambda: show(names["never"], "SubState") == "elapsed")
    wait_until(lambda: show(fired, "SubState") == "waiting")
    found = {timer.name: timer for timer in systemd.list_timers()}
    for name in names.values():
        assert found[name].triggers == (service,)
    calendar = found[names["calendar"]]
    assert calendar.next_elapse is not None
    assert calendar.next_elapse.isoformat() == "2100-01-01T03:00:00+00:00"
    assert found[names["never"]].next_elapse is None
    rows = told("list-timers", "--all") if systemd_version() >= 252 else []
    rows = [row for row in rows if show(row["unit"], "LoadState") != "not-found"]
    assert {row["unit"] for row in rows} in ({*found}, set())
    for row in rows:
        timer = found[row["unit"]]
        # What counts from the boot is put on the clock at another moment.
        following = 0 if timer.next_elapse is None else timer.next_elapse.timestamp()
        assert following == pytest.approx((row["next"] or 0) / 1e6, abs=2), row
        last = 0 if timer.last_trigger is None else timer.last_trigger.timestamp()
        assert last == pytest.approx((row["last"] or 0) / 1e6, abs=1e-6), row
        assert [row["activates"]] == [*timer.triggers][:1] or not row["activates"]
    order = [timer.next_elapse for timer in systemd.list_timers("live-*")]
    known = [moment for moment in order if moment is not None]
    assert order == sorted(known) + [None] * (len(order) - len(known))
    assert [timer.name for timer in systemd.list_timers(names["active"].removesuffix(".timer"))] == [
        names["active"]
    ]
    left = found[names["active"]].left
    assert left is not None
    assert 0 < left.total_seconds() <= 5 * 3600


def test_sockets_tell_where_they_listen(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.name("socket", ".socket")
    service = units.write(name.replace(".socket", ".service"), "[Service]\nExecStart=/bin/true\n")
    folder = UNIT_FOLDER.parent
    addresses = f"ListenStream={folder}/a\nListenDatagram={folder}/b\nListenStream=127.0.0.1:4711\n"
    units.write(name, f"[Socket]\n{addresses}RemoveOnStop=yes\n")
    systemctl("start", name)
    rows = [row for row in systemd.list_sockets() if row.name == name]
    assert [(row.listen, row.type) for row in rows] == [
        (f"{folder}/a", "Stream"),
        (f"{folder}/b", "Datagram"),
        ("127.0.0.1:4711", "Stream"),
    ]
    assert {(row.triggers, row.accepted, row.connections, row.refused, row.active_state) for row in rows} == {
        ((service,), 0, 0, 0, "active")
    }
    # systemctl of systemd 247 says "Out of memory" where the first of all has no address, as one that is masked.
    which = [name] if systemd_version() < 252 else []
    # An address of a netlink socket has two words.
    expected = {(" ".join(line[:-2]), line[-2]) for line in listed("list-sockets", "--all", *which)}
    assert {(row.listen, row.name) for row in systemd.list_sockets(*which)} == expected


def test_paths_tell_what_they_watch(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.name("path", ".path")
    service = units.write(name.replace(".path", ".service"), "[Service]\nExecStart=/bin/true\n")
    units.write(name, "[Path]\nPathExists=/nowhere/a\nDirectoryNotEmpty=/nowhere/b\n")
    systemctl("start", name)
    found = systemd.list_paths(name)
    assert found == [
        pm2go.PathInfo(name, "/nowhere/a", "PathExists", (service,), "active"),
        pm2go.PathInfo(name, "/nowhere/b", "DirectoryNotEmpty", (service,), "active"),
    ]
    if systemd_version() >= 254:
        expected = {(row["path"], row["condition"], row["unit"]) for row in told("list-paths", "--all")}
        assert {(row.path, row.condition, row.name) for row in systemd.list_paths()} == expected


def test_automounts_tell_what_they_mount(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    where = f"/tmp/{units.name('x', '').replace('-', '')}"
    stem = where[1:].replace("/", "-")
    mount, automount = f"{stem}.mount", f"{stem}.automount"
    units.write(mount, f"[Mount]\nWhat=tmpfs\nWhere={where}\nType=tmpfs\n")
    units.write(automount, f"[Automount]\nWhere={where}\nTimeoutIdleSec=90\n")
    units.keep(automount)
    found = {row.name: row for row in systemd.list_automounts()}
    row = found[automount]
    assert (row.where, row.what, row.mounted, row.triggers) == (where, "tmpfs", False, (mount,))
    assert row.idle_timeout is not None
    assert row.idle_timeout.total_seconds() == 90
    known = listed("list-units", "--all", "--type=automount", "--state=loaded")
    assert {line[0] for line in known} == set(found)


def test_lists_show_themselves_and_become_frames(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    service = units.service("/bin/true", kind="oneshot")
    timer = units.write(units.name("t", ".timer"), TIMER.format("OnActiveSec=1h", service))
    systemctl("start", timer)
    for rows in (systemd.list_timers(timer), systemd.list_unit_files(timer)):
        assert timer in str(rows)
        assert timer in rows._repr_html_()
        json.dumps(rows.to_dicts())


def test_a_name_of_another_type_is_refused(systemd: pm2go.Systemd) -> None:
    for verb in (systemd.list_timers, systemd.list_sockets, systemd.list_paths, systemd.list_automounts):
        with pytest.raises(pm2go.ConfigError, match=r"a\.service is no ") as caught:
            verb("a.service")
        assert caught.value.hint
