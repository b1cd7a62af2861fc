"""Values of properties: typed the same over every way, fit for JSON, and an error where there is no unit."""

from __future__ import annotations

import asyncio
import copy
import json
import math
import pickle
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import ROOT, TARGET
from live.fixtures.systemctl import systemctl
from live.fixtures.ways import WAYS, Way, connect
from pm2go._plain import plain

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles

#: All bits, as systemd writes a set that has every member.
FULL = 2**64 - 1


@pytest.fixture
def no_busctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there is no message bus: systemctl, and systemd's private socket."""
    for program in ("systemctl", "journalctl"):
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_a_full_set_is_not_unset(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    properties = systemd.get_unit_properties(name)
    # Without RestrictNamespaces= all namespaces are allowed.
    assert properties["RestrictNamespaces"] == FULL
    assert systemd.get_unit_property(name, "RestrictNamespaces") == FULL
    bounding = properties["CapabilityBoundingSet"]
    assert isinstance(bounding, int)
    assert bounding > 0
    assert isinstance(properties["AmbientCapabilities"], int)
    # What has no limit, or is not kept, is.
    for unset in ("MemoryMax", "TTYRows", "RuntimeMaxUSec", "FailureActionExitStatus", "NUMAPolicy"):
        assert properties.get(unset) is None
        if unset in properties:
            assert systemd.get_unit_property(name, unset) is None


SETTINGS = """\
ExecStartPre=-/bin/true one "two three"
Environment="A=b c"
EnvironmentFile=-/etc/nowhere
SystemCallFilter=~@mount
SuccessExitStatus=4 SIGTERM
LogExtraFields=A=b
CPUAffinity=0
"""
#: A user's manager may not do these.
SETTINGS_OF_ROOT = """\
CapabilityBoundingSet=CAP_NET_ADMIN
SetCredential=name:va\\x01lue
IPAddressDeny=10.0.0.0/8
DeviceAllow=/dev/null rw
BindPaths=-/nowhere:/mnt
"""
if ROOT:
    SETTINGS += SETTINGS_OF_ROOT
#: They may move between two looks.
COUNTERS = {"CPUUsageNSec", "MemoryCurrent", "MemoryPeak", "MemoryAvailable", "TasksCurrent"}


@pytest.mark.usefixtures("no_busctl")
def test_all_properties_are_there_without_a_message_bus(units: UnitFiles) -> None:
    name = units.service(unit="ConditionPathExists=/etc\nAssertPathExists=!/nowhere", service=SETTINGS)
    with connect(Way.PRIVATE) as dbus, connect(Way.COMMAND) as command:
        dbus.start_unit(name)
        expected = dbus.get_unit_properties(name)
        found = command.get_unit_properties(name)
        assert command.backend == "command"
    assert list(found) == list(expected)
    assert len(found) > 300
    assert found["ExecStart"][0][1] == ["/bin/sleep", "300"]
    assert found["ExecStartPre"][0][1] == ["/bin/true", "one", "two three"]
    assert found["Conditions"][0][:4] == ("ConditionPathExists", False, False, "/etc")
    different = {key for key in expected if found[key] != expected[key]}
    assert different <= COUNTERS


@pytest.mark.usefixtures("no_busctl")
def test_lists_are_exact_without_a_message_bus(units: UnitFiles) -> None:
    names = [units.service(), units.service()]
    with connect(Way.PRIVATE) as dbus, connect(Way.COMMAND) as command:
        dbus.start_unit(names[0])
        assert command.list_units(*names) == dbus.list_units(*names)


def test_properties_are_fit_for_json(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(unit="ConditionPathExists=/etc", service=SETTINGS)
    systemd.start_unit(name)
    properties = systemd.get_unit_properties(name)
    assert isinstance(properties, dict)
    assert type(properties) is pm2go.UnitProperties
    again = json.loads(json.dumps(properties.to_dict(), allow_nan=False))
    assert list(again) == list(properties)
    assert again["Id"] == name
    assert again["InvocationID"] == properties["InvocationID"].hex()
    assert again["ExecStart"][0][0] == "/bin/sleep"
    assert again["Conditions"][0][0] == "ConditionPathExists"
    assert pickle.loads(pickle.dumps(properties)) == properties == copy.copy(properties)


def test_properties_are_the_same_when_they_are_awaited(systemd: pm2go.Systemd, way: Way) -> None:
    async def ask() -> pm2go.UnitProperties:
        async with pm2go.AsyncSystemd(**WAYS[way]) as awaited:
            return await awaited.get_unit_properties(TARGET)

    awaited = asyncio.run(ask())
    assert type(awaited) is pm2go.UnitProperties
    assert awaited == systemd.get_unit_properties(TARGET)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x00\xff", "00ff"),
        ((1, [b"a", None]), [1, ["61", None]]),
        ({1: (True,)}, {"1": [True]}),
        (math.nan, None),
        (math.inf, "infinity"),
        (-math.inf, "-infinity"),
        (1.5, 1.5),
        (FULL, FULL),
    ],
)
def test_every_value_has_a_form_in_json(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


#: Of a unit that systemd knows nothing of: what it says, what is a default, and what is not there at all.
NAMES = [
    "LoadState",
    "ActiveState",
    "SubState",
    "Id",
    "MainPID",
    "Restart",
    "RestartUSec",
    "MemoryCurrent",
    "Nonsense",
]


@pytest.mark.parametrize("property_name", NAMES)
def test_a_property_of_a_unit_that_is_not_there_is_an_error(
    systemd: pm2go.Systemd, units: UnitFiles, property_name: str
) -> None:
    name = units.name("nowhere")
    with pytest.raises(pm2go.UnitNotFoundError) as caught:
        systemd.get_unit_property(name, property_name)
    assert caught.value.unit == name
    assert caught.value.hint


@pytest.mark.parametrize("property_name", NAMES[:-1])
def test_a_property_of_a_unit_that_is_down_is_none(
    systemd: pm2go.Systemd, units: UnitFiles, property_name: str
) -> None:
    name = units.service()
    assert systemd.get_unit_property(name, property_name) == systemd.get_unit_properties(name)[property_name]
    with pytest.raises(pm2go.ConfigError, match="Nonsense"):
        systemd.get_unit_property(name, "Nonsense")


def test_a_unit_that_runs_on_without_its_file_is_there(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    systemd.start_unit(name)
    (units.folder / name).unlink()
    systemctl("daemon-reload")
    assert systemd.get_unit_property(name, "LoadState") == "not-found"
    assert systemd.get_unit_property(name, "ActiveState") == "active"
    assert systemd.get_unit_property(name, "Restart") == "no"
