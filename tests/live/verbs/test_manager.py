"""The manager itself: what it tells of itself over each way, and what can be set of it."""

from __future__ import annotations

import asyncio
import json
import pickle
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.scope import ROOT, UNIT_FOLDER
from live.fixtures.systemctl import manager_pid, systemctl, systemd_version
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What moves between two looks.
MOVES = {
    "Progress",
    "NJobs",
    "NInstalledJobs",
    "NFailedJobs",
    "NNames",
    "NFailedUnits",
    "SystemState",
}


def shown() -> dict[str, str]:
    """The manager's properties as systemctl shows them."""
    lines = systemctl("show", "--all").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_the_status_is_what_systemctl_shows(systemd: pm2go.Systemd) -> None:
    status, properties = systemd.get_manager_status(), shown()
    assert status.version == properties["Version"]
    assert status.version.startswith(str(systemd_version()))
    assert " ".join(status.features) == properties["Features"]
    assert status.architecture == properties["Architecture"]
    assert (status.virtualization or "") == properties["Virtualization"]
    assert ":".join(status.tainted) == properties["Tainted"]
    assert (status.control_group or "") == properties["ControlGroup"]
    assert status.unit_path == tuple(properties["UnitPath"].split())
    assert str(UNIT_FOLDER) in status.unit_path
    assert (status.log_level, status.log_target) == (properties["LogLevel"], properties["LogTarget"])
    assert status.system_state in {"running", "degraded", "starting"}
    assert status.userspace_timestamp is not None
    assert status.userspace_timestamp <= datetime.now(timezone.utc)
    assert status.default_timeout_start is not None
    assert status.default_timeout_start.total_seconds() == 90
    assert f"{status.default_start_limit_burst}" == properties["DefaultStartLimitBurst"]
    limits = {limit.name: limit for limit in status.default_limits}
    for name, limit in limits.items():
        for number, key in [(limit.hard, f"DefaultLimit{name}"), (limit.soft, f"DefaultLimit{name}Soft")]:
            assert ("infinity" if number is None else str(number)) == properties[key]
    assert pickle.loads(pickle.dumps(status)) == status
    assert json.loads(json.dumps(status.to_dict()))["version"] == status.version
    assert repr(status) == f"<ManagerStatus {status.version} {status.system_state}>"
    assert status.version in status._repr_html_()


def test_the_times_of_the_boot_are_those_of_systemd_analyze(systemd: pm2go.Systemd) -> None:
    status = systemd.get_manager_status()
    begun, finished = status.userspace_timestamp, status.finish_timestamp
    assert begun is not None
    assert finished is not None
    assert status.userspace_time is not None
    # Two clocks tell it, one of which may be set.
    assert abs((finished - begun) - status.userspace_time).total_seconds() < 0.1
    # The box is a container; a user's manager does not boot a machine either.
    assert (status.kernel_time, status.startup_time) == (None, status.userspace_time)


def test_all_ways_tell_the_same() -> None:
    found = []
    for way in Way:
        with connect(way) as systemd:
            found.append(dict(systemd.get_manager_properties()))
    same = [{name: value for name, value in told.items() if name not in MOVES} for told in found]
    assert same[0] == same[1] == same[2]
    assert len(found[0]) > 100
    assert found[0]["UnitPath"]
    assert found[0]["DefaultLimitCORE"] is None
    json.dumps(found[0] and pm2go.UnitProperties(found[0]).to_dict())


def test_systemctl_alone_tells_it_too(public_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (public_path / "systemctl").symlink_to("/usr/bin/systemctl")
    with connect(Way.PRIVATE) as systemd:
        expected = systemd.get_manager_status()
    monkeypatch.setenv("PATH", str(public_path))
    with connect(Way.COMMAND) as systemd:
        found = systemd.get_manager_status()
    assert (found.version, found.unit_path) == (expected.version, expected.unit_path)
    assert found.finish_timestamp == expected.finish_timestamp


def test_one_property(systemd: pm2go.Systemd) -> None:
    assert systemd.get_manager_property("Version") == shown()["Version"]
    assert systemd.get_manager_property("DefaultLimitCORE") is None
    with pytest.raises(pm2go.ConfigError, match='no property "Verison"') as caught:
        systemd.get_manager_property("Verison")
    assert caught.value.hint == 'did you mean "Version"?'
    if systemd_version() < 262:
        with pytest.raises(pm2go.UnsupportedError, match="ReloadCount") as caught_too:
            systemd.get_manager_property("ReloadCount")
        assert caught_too.value.hint == "systemd 262 has it"


@pytest.fixture
def log() -> Iterator[None]:
    """The log's level and target are as before in the end."""
    before = shown()
    yield
    systemctl("log-level", before["LogLevel"])
    systemctl("log-target", before["LogTarget"])


@pytest.mark.usefixtures("log")
def test_what_can_be_set(systemd: pm2go.Systemd) -> None:
    systemd.set_log_level("notice")
    assert systemctl("log-level") == "notice"
    assert systemd.get_log_level() == "notice"
    systemd.set_log_target("null")
    assert systemctl("log-target") == systemd.get_log_target() == "null"
    systemd.set_manager_property("ServiceWatchdogs", value=False)
    assert systemd.get_manager_property("ServiceWatchdogs") is False
    systemd.set_manager_property("ServiceWatchdogs", value=True)
    assert systemctl("service-watchdogs") == "yes"


def test_what_cannot_be_set(systemd: pm2go.Systemd) -> None:
    values: list[tuple[str, str | int]] = [("LogLevel", "loud"), ("LogLevel", 3), ("LogTarget", "nowhere")]
    for name, value in [*values, ("Version", "1"), ("X", "1")]:
        with pytest.raises(pm2go.ConfigError, match=name) as caught:
            systemd.set_manager_property(name, value)
        assert caught.value.hint


def test_the_environment_is_a_dict(systemd: pm2go.Systemd) -> None:
    value = "a=b c\té\n$HOME"
    before = systemd.get_environment()
    systemd.set_environment({"LIVE_A": value, "LIVE_B": ""})
    assert systemd.get_environment() == {**before, "LIVE_A": value, "LIVE_B": ""}
    systemd.set_environment({"LIVE_C": "1"}, unset=["LIVE_A", "LIVE_B"])
    assert systemd.get_environment() == {**before, "LIVE_C": "1"}
    systemd.unset_environment("LIVE_C")
    assert systemd.get_environment() == before


def test_no_value_is_told(systemd: pm2go.Systemd) -> None:
    calls: list[Callable[[], None]] = [
        lambda: systemd.set_environment({"A-B": "secret"}),
        lambda: systemd.set_environment({"A=secret": "secret"}),
        lambda: systemd.set_environment({"A": "secret\0"}),
        lambda: systemd.set_environment({"A": "secret\x1b"}),
        lambda: systemd.set_environment({"A": b"secret"}),  # type: ignore[dict-item]
        lambda: systemd.set_environment({}),
        lambda: systemd.set_environment("A=secret"),  # type: ignore[arg-type]
        lambda: systemd.unset_environment("1=secret"),
        systemd.unset_environment,
    ]
    for call in calls:
        with pytest.raises(pm2go.ConfigError) as caught:
            call()
        assert caught.value.hint
        assert "secret" not in str(caught.value)


def test_the_manager_executes_itself_again(systemd: pm2go.Systemd) -> None:
    # Where a program lies in memory is drawn anew each time it is executed.
    maps = Path(f"/proc/{manager_pid()}/maps")
    before = maps.read_text()
    systemd.daemon_reexec()
    assert maps.read_text() != before
    assert systemd.get_manager_property("SystemState") in {"running", "degraded"}


@pytest.mark.parametrize("way", DBUS_WAYS)
def test_all_that_watches_outlives_it(way: Way, units: Any) -> None:
    name, other = units.service(), units.service()
    systemctl("start", name)
    with (
        pm2go.Systemd(**WAYS[way]) as systemd,
        systemd.watch_units(name) as watch,
        systemd.watch_unit_properties(name, "ActiveState") as properties,
        systemd.live_units(name, other) as table,
    ):
        assert watch.next(10)
        assert properties.next(10)
        systemd.daemon_reexec()
        systemctl("stop", name)
        assert any(event.active_state == "inactive" for event in (watch.next(10) for _ in range(20)) if event)
        told = (properties.next(10) for _ in range(20))
        assert any(event.values.get("ActiveState") == "inactive" for event in told if event)
        systemd.start_unit(other)
        assert table[other].active_state == "active"


def test_it_can_be_awaited() -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd() as systemd:
            version = (await systemd.get_manager_status()).version
            await systemd.daemon_reexec()
            assert await systemd.get_manager_property("Version") == version

    asyncio.run(main())


ENDS = ["reboot", "power_off", "halt", "kexec", "soft_reboot", "exit"]


def test_nothing_ends_unless_it_is_meant(systemd: pm2go.Systemd) -> None:
    for verb in ENDS:
        with pytest.raises(pm2go.ConfigError, match=f"{verb} ends what runs") as caught:
            getattr(systemd, verb)(force=True)
        assert caught.value.hint == "give confirm=True if it is meant"
    with pytest.raises(pm2go.ConfigError, match="switch_root ends what runs"):
        systemd.switch_root("/")


if not ROOT:

    def test_a_users_manager_does_not_end_the_machine(systemd: pm2go.Systemd) -> None:
        for verb in ENDS[:-1]:
            for force in (False, True):
                with pytest.raises(pm2go.UnsupportedError, match="a user's manager cannot") as caught:
                    getattr(systemd, verb)(confirm=True, force=force)
                assert caught.value.hint == 'ask the machine\'s: scope="system"'


if ROOT:  # nobody else may make a cgroup in the box

    @pytest.mark.parametrize("force", [False, True])
    def test_a_manager_ends(*, force: bool) -> None:
        with pm2go.embedded() as box:
            with box.systemd() as systemd:
                systemd.exit(confirm=True, force=force, exit_code=7)
            wait_until(lambda: not box.running)

    def test_only_an_initial_ramdisk_is_left() -> None:
        with connect(Way.PRIVATE) as systemd, pytest.raises(pm2go.Pm2goError) as caught:
            systemd.switch_root("/nowhere", confirm=True)
        assert "another root folder" in str(caught.value)
