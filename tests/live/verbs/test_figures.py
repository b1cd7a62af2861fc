"""What units use, compared with systemd's own properties, with /proc, and with what a program was told to use."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.control_groups import HAS_VERSION_1, ROOT_FOLDER, counts_processor_time, group_of, unified
from live.fixtures.scope import ROOT, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import WAYS, Way, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

#: It has 64 MiB, two threads and ten more descriptors, uses the processor for a while, and then rests; at each SIGUSR1 it
#: uses some more.
HUNGRY = """
import os, signal, threading, time
memory = bytearray(b"x" * (64 << 20))
files = [os.open("/dev/null", os.O_RDONLY) for _ in range(10)]
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
while time.process_time() < 0.3:
    pass
def work_on(*_):
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
signal.signal(signal.SIGUSR1, work_on)
open(os.environ["READY"], "w").close()
while True:
    time.sleep(1000)
"""


def hungry(units: UnitFiles, tmp_path: Path) -> str:
    ready = tmp_path / "ready"
    tmp_path.chmod(0o777)
    script = tmp_path / "hungry.py"
    script.write_text(HUNGRY)
    name = units.service(f"/usr/bin/env python3 {script}", service=f"Environment=READY={ready}")
    systemctl("start", name)
    wait_until(ready.exists)
    return name


def test_what_a_program_uses(systemd: pm2go.Systemd, units: UnitFiles, tmp_path: Path) -> None:
    name = hungry(units, tmp_path)
    (before,) = systemd.figures(name)
    told = show(name, "CPUUsageNSec")
    (found,) = systemd.figures(name, details=True)
    # It rests: what is told after it is told before.
    if counts_processor_time(name):
        assert before.cpu_time is not None
        assert found.cpu_time is not None
        assert before.cpu_time >= 0.28
        # systemd does not tell what version 2 counts where it keeps its controllers in version 1.
        assert told.isdecimal() or HAS_VERSION_1
        if told.isdecimal():
            assert before.cpu_time - 0.01 <= int(told) / 1e9 <= found.cpu_time + 0.01
        assert found.cpu_user is not None
        assert found.cpu_system is not None
        assert found.cpu_user + found.cpu_system == pytest.approx(found.cpu_time, abs=0.02)
    else:
        assert (found.cpu_time, found.cpu_user, told) == (None, None, "[not set]")
    assert found.cpu_percent is None
    assert found.memory is not None
    assert found.memory_without_cache is not None
    assert found.memory_without_cache >= 64 << 20
    assert found.memory >= found.memory_without_cache
    counted = [show(name, "MemoryCurrent"), show(name, "TasksCurrent")]
    if all(each.isdecimal() for each in counted):
        assert found.memory == pytest.approx(int(counted[0]), abs=1 << 20)
        assert (found.memory_source, found.tasks) == ("control-group", int(counted[1]))
        assert found.memory_peak is not None
        assert found.memory_peak >= found.memory
        assert found.oom_kills == 0
    else:
        # A user's manager is not given controllers of version 1.
        assert not (ROOT and (ROOT_FOLDER / "memory").is_dir())
    pid = show(name, "MainPID")
    assert found.tasks == found.threads == len(os.listdir(f"/proc/{pid}/task")) == 2
    assert found.descriptors == len(os.listdir(f"/proc/{pid}/fd"))
    assert found.restarts == 0
    assert before.descriptors is None
    assert before.threads is None
    assert json.loads(json.dumps(found.to_dict()))["name"] == name
    assert name in str(systemd.figures(name))


def test_pressure_is_what_the_kernel_tells(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    systemctl("start", name)
    folder = unified(name)
    (found,) = systemd.figures(name)
    for pressure, file in (
        (found.cpu_pressure, "cpu.pressure"),
        (found.memory_pressure, "memory.pressure"),
        (found.io_pressure, "io.pressure"),
    ):
        text = (folder / file).read_text() if folder and (folder / file).exists() else ""
        assert (pressure is not None) == text.startswith("some ")
        if pressure is not None:
            assert (pressure.full is not None) == ("full " in text)


def test_which_units_have_figures(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    running, idle = units.service(), units.service()
    systemctl("start", running)
    assert [row.name for row in systemd.figures(running, idle)] == [running]
    assert [row.name for row in systemd.figures(running.removesuffix(".service"))] == [running]
    stem = running.rpartition("-")[0]
    assert running in [row.name for row in systemd.figures(f"{stem}-*")]
    everything = systemd.figures()
    names = [row.name for row in everything]
    assert len(names) == len({*names})
    assert {running, "init.scope"} <= {*names}
    assert any(name.endswith(".slice") for name in names)
    # What is loaded, active and in a control group has figures, and nothing else.
    properties = systemd.get_units_properties("*", "ControlGroup", "ActiveState")
    expected = {unit for unit, told in properties.items() if told["ControlGroup"]} - {"-.slice"}
    assert {*names} ^ expected <= {row for row in expected if row.endswith((".mount", ".socket", ".swap"))}
    with pytest.raises(pm2go.UnitNotFoundError) as caught:
        systemd.figures("live-nobody")
    assert caught.value.unit == "live-nobody.service"
    with pytest.raises(pm2go.ConfigError):
        systemd.figures("live-[")


def test_an_alias_has_the_figures_of_its_unit(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    alias = name.replace("live-", "live-alias-")
    (UNIT_FOLDER / alias).symlink_to(UNIT_FOLDER / name)
    try:
        systemctl("daemon-reload")
        systemctl("start", name)
        assert [row.name for row in systemd.figures(alias)] == [name]
        stream = systemd.sample(0.05, alias)
        assert [[row.name for row in next(stream)] for _ in range(2)] == [[name], [name]]
    finally:
        (UNIT_FOLDER / alias).unlink()
        systemctl("daemon-reload")


@pytest.mark.parametrize("way", WAYS)
def test_each_way_tells_the_same(way: Way, units: UnitFiles) -> None:
    name = units.service(service="RestartSec=0\nRestart=always")
    systemctl("start", name)
    systemctl("kill", "--signal=KILL", name)
    wait_until(lambda: show(name, "NRestarts") == "1" and show(name, "ActiveState") == "active")
    with connect(way) as systemd:
        (found,) = systemd.figures(name)
        assert (found.restarts, found.tasks) == (1, 1)


def test_a_stream_tells_percent_and_who_came_and_went(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    busy = units.service('/bin/sh -c "while :; do :; done"')
    late = units.service()
    systemctl("start", busy)
    stream = systemd.sample("100ms", busy, late, history=3)
    (first,) = next(stream)
    if counts_processor_time(busy):
        assert first.cpu_percent is not None
        assert first.cpu_percent > 1
    else:
        assert first.cpu_percent is None
    systemctl("start", late)
    assert {row.name for row in next(stream)} == {busy, late}
    systemctl("stop", busy)
    assert {row.name for row in next(stream)} == {late}
    assert [row.name for row in next(stream)] == [late]
    assert len(stream.history) == 3
    assert stream.series(busy, "restarts") == [0, None, None]
    with pytest.raises(pm2go.ConfigError, match="blocking"):
        stream.__aiter__()


def test_a_stream_on_a_loop(units: UnitFiles) -> None:
    name = units.service()
    systemctl("start", name)

    async def watch() -> list[str]:
        async with pm2go.AsyncSystemd() as systemd:
            stream = systemd.sample(0.05, name)
            with pytest.raises(pm2go.ConfigError, match="loop"):
                iter(stream)
            # A wait that is given up loses nothing.
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(systemd.sample(1000, name).__anext__(), 0.05)
            found = []
            async for figures in stream:
                found += [row.name for row in figures]
                if len(found) == 2:
                    return found
        return found

    assert asyncio.run(watch()) == [name, name]


@pytest.mark.parametrize("interval", [0, 0.001, -1, float("nan"), "soon", True])
def test_an_interval_is_a_time(systemd: pm2go.Systemd, interval: object) -> None:
    with pytest.raises(pm2go.ConfigError, match="interval"):
        systemd.sample(interval)  # type: ignore[arg-type]


@pytest.mark.parametrize("history", [-1, True, 1.5, "x"])
def test_a_history_is_a_number(systemd: pm2go.Systemd, history: object) -> None:
    with pytest.raises(pm2go.ConfigError, match="history"):
        systemd.sample(1, history=history)  # type: ignore[arg-type]


def test_a_stream_of_nobody(systemd: pm2go.Systemd) -> None:
    with pytest.raises(pm2go.UnitNotFoundError):
        next(systemd.sample(1, "live-nobody"))


if HAS_VERSION_1 and ROOT:

    def test_what_version_1_counts(systemd: pm2go.Systemd, units: UnitFiles, tmp_path: Path) -> None:
        """Its processor time and its input and output, which systemd asks for where a machine has the controllers as it
        wants them (`cpu,cpuacct`)."""
        name = hungry(units, tmp_path)
        accounts = ROOT_FOLDER / "cpuacct" / group_of(name)
        accounts.mkdir(parents=True, exist_ok=True)
        try:
            (accounts / "cgroup.procs").write_text(show(name, "MainPID"))
            os.kill(int(show(name, "MainPID")), signal.SIGUSR1)
            wait_until(lambda: int((accounts / "cpuacct.usage").read_text()) > 100_000_000)
            before = int((accounts / "cpuacct.usage").read_text()) / 1e9
            (found,) = systemd.figures(name)
            after = int((accounts / "cpuacct.usage").read_text()) / 1e9
            assert found.cpu_time is not None
            # Version 2 has counted it from the beginning.
            assert before <= found.cpu_time + 1e-6
            assert unified(name) is not None or found.cpu_time <= after + 1e-6
        finally:
            (ROOT_FOLDER / "cpuacct" / "cgroup.procs").write_text(show(name, "MainPID"))
            accounts.rmdir()
