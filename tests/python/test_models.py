from __future__ import annotations

import copy
import dataclasses
import gc
import json
import pickle
import weakref
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pm2go
from pm2go import UnitInfo, _core, manager_status, start_times
from pm2go.app_models import app_description, app_list, app_status
from pm2go.models import moment, unit_file_changes, unit_status
from pm2go.rows import unit_list

from .test_unit_models import RECORDS

ROW = UnitInfo("nginx.service", "A web server", "loaded", "active", "running")
STATUS: dict[str, Any] = {
    "name": "pm2-api.service",
    "description": "api",
    "load_state": "loaded",
    "active_state": "active",
    "sub_state": "running",
    "unit_file_state": "enabled",
    "result": "success",
    "main_pid": 812,
    "exec_main_pid": 812,
    "exec_main_code": None,
    "exec_main_status": None,
    "n_restarts": 2,
    "memory_current": 3 * 1024 * 1024,
    "cpu_usage_nsec": 1_500_000_000,
    "tasks_current": 4,
    "active_enter_timestamp": 1_700_000_000_123_456,
    "exec_main_start_timestamp": 1_700_000_000_123_457,
    "state_change_timestamp": None,
    "fragment_path": "/etc/systemd/system/pm2-api.service",
    "drop_in_paths": ["/etc/a.conf"],
    "need_daemon_reload": False,
    "invocation_id": "0" * 32,
    "control_group": "/system.slice/pm2-api.service",
}
APP: dict[str, Any] = {
    "name": "api",
    "command": ["/bin/api", "--password=hunter2"],
    "cwd": "/srv",
    "env": {"DB_PASSWORD": "hunter2"},
    "restart": "always",
    "restart_delay": 0.1,
    "max_restarts": 16,
    "kill_timeout": 10.0,
    "autostart": True,
    "extra": {"Service": {"Environment": ["TOKEN=hunter2"]}},
}
MANAGER_STATUS = manager_status.of_fields(
    {
        "version": "252.39",
        "features": ["+PAM", "-XKBCOMMON"],
        "architecture": "x86-64",
        "system_state": "running",
        "log_level": "info",
        "log_target": "auto",
        "finish_timestamp": 1_700_000_000_123_456,
        "startup_time": 2_500_000,
        "default_timeout_start": 90_000_000,
        "default_timeout_stop": None,
        "default_limits": [("NOFILE", 1024, None)],
    }
)


def description() -> pm2go.AppDescription:
    return app_description(
        {
            "app": _core.CheckedApp.restore(APP),
            "status": STATUS,
            "stopped": False,
            "exec_start": [["/bin/api", "***"]],
            "environment": {"DB_PASSWORD": "***"},
            "working_directory": "/srv",
            "unit_path": STATUS["fragment_path"],
            "log": ["it failed"],
        }
    )


def records() -> list[Any]:
    return [
        *unit_list([ROW]),
        unit_status(STATUS),
        *app_list([("api", STATUS, False)]),
        description(),
        pm2go.JobResult("api.service", "start", "done"),
        pm2go.AppResult("api", "pm2-api.service", "started"),
        unit_file_changes(True, [("symlink", "/a", "/b")], ["a remark"]),  # noqa: FBT003
        pm2go.UnitFileChange("unlink", "/a"),
        pm2go.AffectedJob(7, "a.service", "start"),
        MANAGER_STATUS,
        *RECORDS,
        start_times.of_row("a.service", 1_500_000, None, 2_000_000, 1),
        pm2go.JobPlan("a.service", "start", ("a.service",)),
    ]


def twin_of(record: Any) -> Any:
    """Return another record with the same fields."""
    return UnitInfo(*record) if isinstance(record, UnitInfo) else dataclasses.replace(record)


@pytest.mark.parametrize("record", records(), ids=lambda record: type(record).__name__)
def test_records_are_values(record: Any) -> None:
    assert pickle.loads(pickle.dumps(record)) == record
    assert record == twin_of(record)
    json.dumps(record.to_dict())
    assert len(repr(record)) < 100
    with pytest.raises(AttributeError):  # a dataclass's FrozenInstanceError is one
        setattr(record, next(iter(record.to_dict())), "other")


HASHABLE = [record for record in records() if not isinstance(record, pm2go.AppDescription)]


@pytest.mark.parametrize("record", HASHABLE, ids=lambda record: type(record).__name__)
def test_records_are_hashable_unless_they_hold_mappings(record: Any) -> None:
    assert len({record, twin_of(record)}) == 1


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (unit_list([ROW])[0], "<UnitInfo nginx.service active/running>"),
        (unit_status(STATUS), "<UnitStatus pm2-api.service active/running pid=812>"),
        (unit_status({**STATUS, "main_pid": None}), "<UnitStatus pm2-api.service active/running>"),
        (app_list([("api", STATUS, False)])[0], "<App api online pid=812>"),
        (pm2go.JobResult("a.service", "start", "done"), "<JobResult start a.service done>"),
        (pm2go.UnitFileChanges(), "<UnitFileChanges none>"),
        (pm2go.AffectedJob(7, "a.service", "start"), "<AffectedJob 7 start a.service>"),
        (pm2go.JobPlan("a.service", "start", ("b",)), "<JobPlan start a.service: about: starts 1, stops 0>"),
        (start_times.of_row("a.service", 1_500_000, None, None, 0), "<StartTime a.service 1.500s>"),
        (MANAGER_STATUS, "<ManagerStatus 252.39 running>"),
        (MANAGER_STATUS.default_limits[0], "<ResourceLimit NOFILE 1024:infinity>"),
    ],
)
def test_reprs(record: Any, text: str) -> None:
    assert repr(record) == text


USEC = 1_700_000_000_123_457
STATE = pm2go.UnitState("loaded", "active", "running", main_pid=3)
EVENTS = [
    pm2go.UnitEvent(7, USEC, "changed", "a.service", new=STATE),
    pm2go.PropertiesEvent(7, USEC, "changed", "a.service", {"Id": "a"}, {"Id": "a", "Job": (0, "/")}, 1, "x"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events_are_values(event: pm2go.UnitEvent | pm2go.PropertiesEvent) -> None:
    for twin in (pickle.loads(pickle.dumps(event)), copy.copy(event), copy.deepcopy(event)):
        assert (twin, hash(twin), repr(twin)) == (event, hash(event), repr(event))
    kind, fields = event.__reduce__()
    made: Any = kind
    assert (kind, event != made(8, *fields[1:])) == (type(event), True)
    assert (event == 7, event != 7) == (False, True)
    plain = json.loads(json.dumps(event.to_dict()))
    assert (plain["sequence"], plain["timestamp"]) == (7, "2023-11-14T22:13:20.123457+00:00")
    with pytest.raises(AttributeError):
        event.kind = "added"  # type: ignore[misc]
    with pytest.raises(pm2go.ConfigError, match='kind of event "nonsense"') as raised:
        made(*fields[:2], "nonsense", *fields[3:])
    assert "snapshot" in str(raised.value.hint)


def test_an_event_has_values_of_its_own() -> None:
    values = {"Id": "a"}
    event = pm2go.PropertiesEvent(1, USEC, "changed", "a.service", MappingProxyType(values), values)
    values["Id"] = "b"
    assert event.changed == event.values == {"Id": "a"}
    assert event.to_dict()["changed"] == {"Id": "a"}
    empty = pm2go.PropertiesEvent(1, USEC, "gap", "a.service")
    assert (empty.changed, empty.values, empty.dropped, empty.reason) == ({}, {}, None, None)


def test_an_event_that_leads_to_itself_is_collected() -> None:
    class Held(list[object]):
        pass

    held = Held()
    held.append(pm2go.PropertiesEvent(1, USEC, "changed", "a.service", {"Id": held}))
    is_there = weakref.ref(held)
    del held
    gc.collect()
    assert is_there() is None


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_times_are_exact(microseconds: int) -> None:
    time = moment(microseconds)
    if time is None:
        assert microseconds > 253_402_300_799_999_999  # the end of the year 9999
        return
    assert time.tzinfo is timezone.utc
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert (time - epoch) // timedelta(microseconds=1) == microseconds


def test_a_status_has_pythons_types() -> None:
    status = unit_status(STATUS)
    assert status.active_enter_timestamp == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=timezone.utc)
    assert status.state_change_timestamp is None
    assert status.drop_in_paths == ("/etc/a.conf",)
    assert status.cpu_seconds == 1.5
    assert status.to_dict()["active_enter_timestamp"] == "2023-11-14T22:13:20.123456+00:00"


def test_the_managers_status_has_pythons_types() -> None:
    assert MANAGER_STATUS.startup_time == timedelta(seconds=2.5)
    assert MANAGER_STATUS.default_timeout_start == timedelta(seconds=90)
    assert MANAGER_STATUS.default_timeout_stop is None
    assert MANAGER_STATUS.finish_timestamp == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=timezone.utc)
    plain = MANAGER_STATUS.to_dict()
    assert (plain["startup_time"], plain["features"]) == (2.5, ["+PAM", "-XKBCOMMON"])
    assert plain["default_limits"] == [{"name": "NOFILE", "soft": 1024, "hard": None}]


def test_a_status_needs_no_more_than_what_every_unit_has() -> None:
    every = ("name", "description", "load_state", "active_state", "sub_state")
    status = unit_status({key: STATUS[key] for key in every})
    assert status.main_pid is None
    assert status.drop_in_paths == ()


@pytest.mark.parametrize(
    ("code", "number", "exit_code", "signal"),
    [(1, 3, 3, None), (2, 9, None, 9), (3, 11, None, 11), (0, 0, None, None), (None, None, None, None)],
)
def test_how_a_process_ended(
    code: int | None, number: int | None, exit_code: int | None, signal: int | None
) -> None:
    status = unit_status({**STATUS, "exec_main_code": code, "exec_main_status": number})
    assert (status.exit_code, status.signal) == (exit_code, signal)
    row = app_list([("api", {**STATUS, "exec_main_code": code, "exec_main_status": number}, False)])[0]
    assert (row.exit_code, row.signal) == (exit_code, signal)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ("loaded active running", "online"),
        ("loaded active exited", "online"),
        ("loaded reloading reload", "online"),
        ("loaded refreshing refresh-extensions", "online"),
        ("loaded activating start", "launching"),
        ("loaded activating start-pre", "launching"),
        ("loaded activating condition", "launching"),
        ("loaded activating auto-restart", "waiting restart"),
        ("loaded activating auto-restart-queued", "waiting restart"),
        ("loaded failed failed-before-auto-restart", "waiting restart"),
        ("loaded inactive dead-before-auto-restart", "waiting restart"),
        ("loaded deactivating stop-sigterm", "stopping"),
        ("loaded inactive dead", "stopped"),
        ("loaded failed failed", "errored"),
        ("not-found inactive dead", "not-found"),
        ("masked inactive dead", "masked"),
        ("bad-setting inactive dead", "bad-setting"),
        ("not-found active running", "online"),
        ("loaded maintenance new-in-systemd-300", "maintenance"),
    ],
)
def test_pm2_words(states: str, status: str) -> None:
    assert app_status(*states.split()) == status


def test_changes_are_true_when_something_changed() -> None:
    changes = unit_file_changes(True, [("symlink", "/a", "/b")], [])  # noqa: FBT003
    assert changes
    assert changes.to_dict() == {
        "changed": True,
        "changes": [{"kind": "symlink", "path": "/a", "destination": "/b"}],
        "carries_install_info": True,
        "notes": [],
    }
    assert not pm2go.UnitFileChanges()


@pytest.mark.parametrize(
    "rows", [unit_list([ROW, ROW]), app_list([("api", STATUS, False)])], ids=["units", "apps"]
)
def test_lists_go_into_pandas_and_json_and_through_pickle(rows: Any) -> None:
    # pandas takes a list whose first item is a dataclass, or a sequence with `_fields` as a named tuple has
    # them, and makes a column of each field.
    assert issubclass(type(rows), list)
    row = rows[0]
    if isinstance(row, UnitInfo):
        assert isinstance(row, Sequence)
        fields = dict(zip(row._fields, row))
    else:
        fields = dataclasses.asdict(row)
    scalars = (str, int, float, bool, datetime, type(None))
    assert fields
    assert all(isinstance(value, scalars) for value in fields.values())
    assert json.loads(json.dumps(rows.to_dicts()))[0]["name"] == rows[0].name
    again = pickle.loads(pickle.dumps(rows))
    assert (type(again), again) == (type(rows), rows)


def test_a_row_of_units_is_a_sequence() -> None:
    fields = ("nginx.service", "A web server", "loaded", "active", "running", None, 7, "start")
    row = UnitInfo(*fields)
    assert (tuple(row), len(row), row[0], row[-1], row[2:4]) == (fields, 8, *fields[::7], fields[2:4])
    assert tuple(reversed(row)) == fields[::-1]
    assert (row.index(7), row.count(None), "start" in row, "stop" in row) == (6, 1, True, False)
    assert UnitInfo(**row.to_dict()) == row
    assert list(row.to_dict()) == list(UnitInfo._fields)
    assert (row.followed, row.job_id, row.job_type) == fields[5:]
    with pytest.raises(IndexError):
        row[8]
    with pytest.raises(ValueError, match="not in tuple"):
        row.index("stop")


def test_rows_of_units_have_an_order() -> None:
    other = UnitInfo("apache.service", "A web server", "loaded", "active", "running")
    assert sorted([ROW, other]) == [other, ROW]
    assert tuple(ROW) != ROW
    with pytest.raises(TypeError):
        tuple(ROW) > ROW  # noqa: B015 - it is what raises


@pytest.mark.parametrize("wrong", [{"name": 1}, {"followed": 1}, {"job_id": "1"}, {"job_type": b""}])
def test_a_row_of_units_is_made_of_texts_and_numbers(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        UnitInfo(**{**ROW.to_dict(), **wrong})


def test_a_list_is_a_table_in_a_terminal() -> None:
    wide = UnitInfo("x.service", "d" * 500, "loaded", "inactive", "dead\x1b[2J")
    lines = str(unit_list([ROW, wide])).splitlines()
    assert lines[0].split() == ["name", "load_state", "active_state", "sub_state", "description"]
    assert {line.find("loaded") for line in lines[1:]} == {lines[0].find("load_state")}
    assert max(map(len, lines)) < 130
    assert "\x1b" not in "".join(lines)


def test_an_empty_list_shows_its_columns() -> None:
    assert str(pm2go.AppList()).split()[:2] == ["name", "status"]
    assert "<th>status</th>" in pm2go.AppList()._repr_html_()


def test_html_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    shown: list[Any] = [
        unit_list([UnitInfo(evil, evil, evil, evil, evil)]),
        unit_status({**STATUS, "description": evil, "name": evil}),
        app_list([(evil, {**STATUS, "result": evil}, False)]),
    ]
    for value in shown:
        html = value._repr_html_()
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


def test_a_description_shows_no_secret() -> None:
    found = description()
    shown = [str(found), repr(found), found._repr_html_(), json.dumps(found.to_dict()), repr(found.config)]
    for text in shown:
        assert "hunter2" not in text
    assert "DB_PASSWORD=***" in str(found)
    assert found.config.env == {"DB_PASSWORD": "hunter2"}
    assert (found.name, found.unit, found.status) == ("api", "pm2-api.service", "online")


def test_uptime_is_that_of_the_running_process() -> None:
    row = app_list([("api", STATUS, False)])[0]
    assert row.uptime is not None
    assert row.uptime > timedelta(days=365)
    assert dataclasses.replace(row, main_pid=None).uptime is None


def test_memory_and_processor_time_are_numbers() -> None:
    row = app_list([("api", STATUS, False)])[0]
    assert (row.memory, row.cpu, row.restarts, row.enabled) == (3 * 1024 * 1024, 1.5, 2, True)
    assert "3.0M" in str(app_list([("api", STATUS, False)]))
