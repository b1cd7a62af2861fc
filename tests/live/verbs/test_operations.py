"""The operations of the interface, each on every way."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import SCOPE, TARGET, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles


def test_the_way_is_the_one_that_was_asked_for(systemd: pm2go.Systemd, way: Way) -> None:
    assert systemd.backend is None
    systemd.connect()
    assert systemd.backend == ("command" if way is Way.COMMAND else "dbus")
    assert systemd.scope == SCOPE
    expected = {Way.PRIVATE: "private socket", Way.BUS: "message bus", Way.COMMAND: "None"}[way]
    assert str(systemd.endpoint).startswith(expected)


def test_start_restart_and_stop_wait_for_the_unit(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    assert systemd.start_unit(name) == pm2go.JobResult(name, "start", "done", changed=True)
    first = show(name, "MainPID")
    assert first != "0"
    assert systemd.start_unit(name) == pm2go.JobResult(name, "start", "done")
    assert show(name, "MainPID") == first
    assert systemd.restart_unit(name) == pm2go.JobResult(name, "restart", "done", changed=True)
    assert show(name, "MainPID") not in {"0", first}
    assert systemd.stop_unit(name) == pm2go.JobResult(name, "stop", "done", changed=True)
    assert show(name, "ActiveState") == "inactive"
    assert systemd.stop_unit(name) == pm2go.JobResult(name, "stop", "done")


def test_a_name_without_a_suffix_is_a_service(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    assert systemd.start_unit(name[: -len(".service")]).unit == name
    assert show(name, "ActiveState") == "active"


def test_enable_and_disable_report_the_links_and_reload(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(install="WantedBy=basic.target")
    link = UNIT_FOLDER / "basic.target.wants" / name
    change = pm2go.UnitFileChange("symlink", str(link), str(UNIT_FOLDER / name))
    assert systemd.enable_unit(name) == pm2go.UnitFileChanges((change,), carries_install_info=True)
    assert link.is_symlink()
    assert systemd.get_unit_status(name).unit_file_state == "enabled"
    assert "basic.target" in show(name, "WantedBy")
    assert not systemd.enable_unit(name)
    gone = systemd.disable_unit(name)
    assert [(change.kind, change.path) for change in gone.changes] == [("unlink", str(link))]
    assert not link.is_symlink()
    assert show(name, "WantedBy") == ""
    assert not systemd.disable_unit(name)


def test_enable_of_a_unit_without_install_changes_nothing(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    told = systemd.enable_unit(units.service())
    assert (told.changes, told.carries_install_info) == ((), False)


def test_list_takes_patterns_and_knows_what_systemctl_knows(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    running, failed = units.service(stem="a"), units.service("/bin/false", kind="oneshot", stem="b")
    systemctl("start", running)
    systemctl("start", failed, check=False)
    rows = {row.name: row for row in systemd.list_units(running, failed)}
    assert rows[running] == pm2go.UnitInfo(running, "live test", "loaded", "active", "running")
    assert rows[failed] == pm2go.UnitInfo(failed, "live test", "loaded", "failed", "failed")
    everything = {row.name for row in systemd.list_units()}
    listed = systemctl("list-units", "--all", "--plain", "--no-legend", "--full").splitlines()
    assert {line.split()[0] for line in listed} <= everything | {"●"}
    assert systemd.list_units("no-such-unit-*") == []


def test_status_has_the_facts_in_python_types(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    before = datetime.now(timezone.utc)
    name = units.service(service="MemoryAccounting=yes\nCPUAccounting=yes")
    systemctl("start", name)
    status = systemd.get_unit_status(name)
    assert (status.name, status.description) == (name, "live test")
    assert (status.load_state, status.active_state, status.sub_state) == ("loaded", "active", "running")
    assert (status.unit_file_state, status.result, status.n_restarts) == ("static", "success", 0)
    assert status.main_pid == int(show(name, "MainPID"))
    assert status.fragment_path == str(UNIT_FOLDER / name)
    assert status.active_enter_timestamp is not None
    assert (
        timedelta(0) <= status.active_enter_timestamp - before + timedelta(seconds=1) < timedelta(seconds=30)
    )
    assert status.invocation_id == show(name, "InvocationID")
    assert re.fullmatch("[0-9a-f]{32}", status.invocation_id or "")
    assert status.control_group == show(name, "ControlGroup")
    assert status.cpu_usage_nsec is None or status.cpu_usage_nsec > 0
    assert status.is_active
    systemctl("stop", name)
    stopped = systemd.get_unit_status(name)
    assert (stopped.main_pid, stopped.is_active, stopped.control_group) == (None, False, None)


def test_properties_have_real_types(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(
        "/bin/sleep 300", service="Environment=A=1 'B=two words'\nNice=5\nMemoryMax=64M\nTimeoutStopSec=7"
    )
    systemctl("start", name)
    found = systemd.get_unit_properties(name)
    tasks = show(name, "TasksCurrent")
    expected: dict[str, Any] = {
        "Id": name,
        "Names": [name],
        "ActiveState": "active",
        "CanStart": True,
        "RefuseManualStart": False,
        "Nice": 5,
        "MemoryMax": 64 * 1024 * 1024,
        "MemoryHigh": None,
        "TasksCurrent": None if tasks == "[not set]" else int(tasks),
        "TimeoutStopUSec": 7_000_000,
        "Environment": ["A=1", "B=two words"],
        "NeedDaemonReload": False,
        "MainPID": int(show(name, "MainPID")),
        "FragmentPath": str(UNIT_FOLDER / name),
    }
    assert {key: found[key] for key in expected} == expected
    assert {type(found[key]) for key in ("CanStart", "NeedDaemonReload")} == {bool}


def test_the_names_of_properties_are_made_once(units: UnitFiles) -> None:
    name = units.service()
    known: dict[str, str] = {}
    with connect(Way.PRIVATE) as systemd:
        # Of different types in turn, so that each name comes after different ones.
        for unit in (name, "basic.target", "-.slice", name, "-.slice", "basic.target"):
            found = systemd.get_unit_properties(unit)
            assert found["Id"] == unit
            assert all(known.setdefault(key, key) is key for key in found)


def test_all_ways_give_the_same_properties(units: UnitFiles) -> None:
    name = units.service(unit="Documentation=man:sleep(1)", service="Environment=A=1\nRestart=on-failure")
    systemctl("start", name)
    moving = {"CPUUsageNSec", "MemoryCurrent", "MemoryPeak", "IOReadBytes", "IOReadOperations"}
    moving |= {"MemoryAvailable", "EffectiveMemoryMax", "EffectiveMemoryHigh", "IOWriteBytes", "TasksCurrent"}
    moving |= {"OOMKills", "ManagedOOMKills"}
    # From systemd 256 on it tells when the program has taken over; that comes after the end of the job.
    wait_until(lambda: show(name, "ExecMainHandoffTimestampMonotonic") != "0")
    answers = []
    for way in Way:
        with connect(way) as client:
            found = client.get_unit_properties(name)
            answers.append({key: value for key, value in found.items() if key not in moving})
    private, bus, command = answers
    assert private == bus
    assert {
        key: (private.get(key), command.get(key)) for key in private if private[key] != command.get(key)
    } == {}
    assert set(command) == set(private)


def test_reload_reads_unit_files_again(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.name()
    units.write(name, "[Service]\nExecStart=/bin/true\n", reload=False)
    units.folder.joinpath(name).write_text("[Unit]\nDescription=before\n[Service]\nExecStart=/bin/true\n")
    systemd.daemon_reload()
    assert systemd.get_unit_status(name).description == "before"
    units.folder.joinpath(name).write_text("[Unit]\nDescription=after\n[Service]\nExecStart=/bin/true\n")
    systemd.daemon_reload()
    assert systemd.get_unit_status(name).description == "after"


def test_reset_failed_clears_the_state(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service("/bin/false", kind="oneshot")
    systemctl("start", name, check=False)
    assert systemd.get_unit_status(name).active_state == "failed"
    systemd.reset_failed_unit(name)
    assert systemd.get_unit_status(name).active_state == "inactive"


def test_watching_through_systemctl_is_unavailable() -> None:
    with connect(Way.COMMAND) as systemd:
        with pytest.raises(pm2go.MonitoringUnavailableError, match="systemctl") as caught:
            next(iter(systemd.watch_units()))
        assert "dbus" in (caught.value.hint or "")


@pytest.mark.parametrize("dbus_way", DBUS_WAYS, ids=lambda dbus_way: dbus_way.value)
def test_watching_begins_with_how_things_are(dbus_way: Way) -> None:
    with connect(dbus_way) as systemd, systemd.watch_units(TARGET) as watch:
        event = next(iter(watch))
        assert (event.unit, event.active_state) == (TARGET, "active")


@pytest.mark.parametrize("given", ["false", "0", "no", "off", "False"])
@pytest.mark.parametrize("way", DBUS_WAYS)
def test_watching_can_be_turned_off(way: Way, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM2GO_ENABLE_MONITORING", given)
    with connect(way) as systemd:
        assert systemd.monitoring is False
        with pytest.raises(pm2go.MonitoringUnavailableError, match="PM2GO_ENABLE_MONITORING"):
            systemd.watch_units()
    with connect(way, monitoring=True) as systemd:
        assert systemd.monitoring is True


def test_a_closed_client_refuses_and_closes_twice(way: Way) -> None:
    systemd = connect(way)
    systemd.list_units(TARGET)
    systemd.close()
    systemd.close()
    assert systemd.closed
    for call in (systemd.list_units, systemd.daemon_reload, systemd.connect, systemd.__enter__):
        with pytest.raises(pm2go.ConfigError, match="closed"):
            call()
