"""Properties that are set at run time: the same as with `systemctl set-property`, and what is refused."""

from __future__ import annotations

import math
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.systemctl import show, systemctl

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

#: What is set, the same for systemctl, and the properties that show it.
CASES: list[tuple[str, Any, list[str], list[str]]] = [
    ("Description", "a description", ["a description"], ["Description"]),
    ("MemoryMax", "512M", ["512M"], ["MemoryMax"]),
    ("MemoryMax", 1 << 29, ["512M"], ["MemoryMax"]),
    ("MemoryMax", "12.5%", ["12.5%"], ["MemoryMax"]),
    ("MemoryHigh", math.inf, ["infinity"], ["MemoryHigh"]),
    ("MemorySwapMax", 0, ["0"], ["MemorySwapMax"]),
    ("MemoryLow", None, [""], ["MemoryLow"]),
    ("TasksMax", "33%", ["33%"], ["TasksMax"]),
    ("TasksMax", 17, ["17"], ["TasksMax"]),
    ("CPUQuota", "150%", ["150%"], ["CPUQuotaPerSecUSec"]),
    ("CPUQuotaPeriodSec", timedelta(milliseconds=20), ["20ms"], ["CPUQuotaPeriodUSec"]),
    ("CPUWeight", 70, ["70"], ["CPUWeight"]),
    ("IOWeight", 70, ["70"], ["IOWeight"]),
    ("CPUAccounting", True, ["yes"], ["CPUAccounting"]),
    ("MemoryAccounting", False, ["no"], ["MemoryAccounting"]),
    ("DevicePolicy", "closed", ["closed"], ["DevicePolicy"]),
    ("DeviceAllow", ("/dev/null", "rw"), ["/dev/null rw"], ["DeviceAllow"]),
    ("DeviceAllow", {"/dev/null": "r", "/dev/zero": "w"}, ["/dev/null r", "/dev/zero w"], ["DeviceAllow"]),
    ("IPAddressDeny", "any", ["any"], ["IPAddressDeny"]),
    ("IPAddressAllow", ["10.0.0.0/8", "::1"], ["10.0.0.0/8 ::1"], ["IPAddressAllow"]),
    ("AllowedCPUs", "0", ["0"], ["AllowedCPUs"]),
    ("IOReadBandwidthMax", ("/dev/null", "5M"), ["/dev/null 5M"], ["IOReadBandwidthMax"]),
    ("IOWriteIOPSMax", [("/dev/null", 500)], ["/dev/null 500"], ["IOWriteIOPSMax"]),
    ("IODeviceWeight", {"/dev/null": 50}, ["/dev/null 50"], ["IODeviceWeight"]),
    ("IODeviceLatencyTargetSec", ("/dev/null", "25ms"), ["/dev/null 25ms"], ["IODeviceLatencyTargetUSec"]),
    ("ManagedOOMMemoryPressureLimit", "50%", ["50%"], ["ManagedOOMMemoryPressureLimit"]),
    ("StandardOutput", "journal", ["journal"], ["StandardOutput"]),
]


def name_of(case: tuple[str, Any, list[str], list[str]]) -> str:
    return f"{case[0]}={case[1]}".replace("/", "")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_it_is_the_same_as_with_systemctl(systemd: pm2go.Systemd, units: UnitFiles, case: Any) -> None:
    name, value, texts, shown = case
    ours, theirs = units.service(stem="ours"), units.service(stem="theirs")
    systemctl("start", ours, theirs)
    if is_refused(theirs, name, texts):
        with pytest.raises(pm2go.Pm2goError) as caught:
            systemd.set_unit_properties(ours, {name: value}, runtime=True)
        assert ours in str(caught.value)
        return
    systemd.set_unit_properties(ours, {name: value}, runtime=True)
    assert [show(ours, one) for one in shown] == [show(theirs, one) for one in shown]


def is_refused(unit: str, name: str, texts: list[str]) -> bool:
    """Set it by systemctl, and tell whether systemd has refused it."""
    try:
        systemctl("set-property", "--runtime", unit, *(f"{name}={text}" for text in texts))
    except subprocess.CalledProcessError:
        return True
    return False


def test_what_is_set_for_good_is_in_a_file(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    unit = units.service()
    systemctl("start", unit)
    systemd.set_unit_properties(unit, {"TasksMax": 51})
    assert "/run/" not in show(unit, "DropInPaths").replace("/run/user/", "")
    assert "TasksMax=51" in systemctl("cat", unit)
    systemd.set_unit_properties(unit, {"TasksMax": 52}, runtime=True)
    assert show(unit, "TasksMax") == "52"
    systemctl("revert", unit)


@pytest.mark.parametrize(
    ("properties", "words", "hint"),
    [
        ({"MemoyMax": "5M"}, ["MemoyMax"], "MemoryMax"),
        ({"MemoryMax": "s3cret"}, ["MemoryMax"], "512M"),
        ({"RuntimeMaxUSec": 5}, ["RuntimeMaxUSec"], "RuntimeMaxSec"),
        ({}, ["empty"], "at least one"),
        ("MemoryMax=5M", ["one text"], "mapping"),
        ({"Description": "a\nb"}, ["Description"], "line break"),
        ({"Description": "\ud800"}, ["Description"], "surrogate"),
        ({"MemoryMax": object()}, ["MemoryMax"], "object"),
    ],
)
def test_what_cannot_be_set_is_told_before_systemd_hears_of_it(
    systemd: pm2go.Systemd, properties: Any, words: list[str], hint: str
) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        systemd.set_unit_properties("basic.target", properties)
    assert all(word in caught.value.message for word in words)
    assert hint.replace("512M", "300M") in (caught.value.hint or "")
    assert "s3cret" not in str(caught.value)


def test_what_a_unit_cannot_change_at_run_time_is_systemds_answer(
    systemd: pm2go.Systemd, units: UnitFiles
) -> None:
    unit = units.service()
    systemctl("start", unit)
    with pytest.raises(pm2go.SystemdError, match="Type") as caught:
        systemd.set_unit_properties(unit, {"Type": "oneshot"}, runtime=True)
    assert caught.value.unit == unit
    # None of them is set, if one cannot be.
    with pytest.raises(pm2go.SystemdError):
        systemd.set_unit_properties(unit, {"TasksMax": 60, "Type": "oneshot"}, runtime=True)
    assert show(unit, "TasksMax") != "60"
