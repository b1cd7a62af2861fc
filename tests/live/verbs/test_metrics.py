"""The text for those who gather figures, compared with what systemd tells."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.control_groups import counts_processor_time
from live.fixtures.systemctl import show, systemctl, systemd_version
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

BUSY = '/bin/sh -c "i=0; while [ $$i -lt 100000 ]; do i=$$((i+1)); done; exec /bin/sleep 300"'


def samples(text: str) -> dict[str, float]:
    """The numbers by what stands before them; what prometheus-client makes of such a text is tested in tests/python."""
    assert text.endswith("\n# EOF\n")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
    assert len(found) == len(lines)
    return found


def labels(unit: str, more: str = "") -> str:
    return f'{{name="{unit}",type="{unit.rpartition(".")[2]}"{more}}}'


def test_what_systemd_tells(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(stem=r"a\x2db", kind="simple")
    stem = name.removesuffix(".service")
    timer = units.write(
        units.name("often", ".timer"), f"[Timer]\nOnActiveSec=0\nAccuracySec=1us\nUnit={name}\n"
    )
    address = f"@{stem}"
    socket = units.write(
        units.name("door", ".socket"), f"[Socket]\nListenStream={address}\nService={units.service()}\n"
    )
    systemctl("start", socket, timer)
    wait_until(lambda: show(name, "ActiveState") == "active" and show(timer, "LastTriggerUSec") != "")
    found = samples(systemd.metrics(name, timer, socket, "basic.target"))
    escaped = name.replace("\\", "\\\\")
    service = labels(escaped)
    states = {
        state: found["systemd_unit_state" + labels(escaped, f',state="{state}"')]
        for state in ("active", "activating", "deactivating", "inactive", "failed")
    }
    assert states == {"active": 1, "activating": 0, "deactivating": 0, "inactive": 0, "failed": 0}
    assert found["systemd_unit_info" + labels(escaped, ',mount_type="",service_type="simple"')] == 1
    started = systemd.get_unit_status(name).active_enter_timestamp
    assert started is not None
    # So does that of systemd 247 of all.
    exact = 1e-3 if systemd_version() > 247 else 1
    assert found[f"systemd_unit_start_time_seconds{service}"] == pytest.approx(started.timestamp(), abs=exact)
    assert found[f"systemd_unit_tasks_current{service}"] == 1
    assert found[f"systemd_unit_memory_bytes{service}"] > 0
    assert found[f'systemd_service_restart_total{{name="{escaped}"}}'] == 0
    # systemctl prints whole seconds of this one.
    elapsed = systemd.get_unit_property(timer, "LastTriggerUSec")
    assert found[f'systemd_timer_last_trigger_seconds{{name="{timer}"}}'] == pytest.approx(
        elapsed / 1e6, abs=1
    )
    for kind in ("accepted_connections_total", "current_connections", "refused_connections_total"):
        # The last one came with systemd 247.
        assert found[f'systemd_socket_{kind}{{name="{socket}"}}'] == 0
    assert found['systemd_unit_state{name="basic.target",type="target",state="active"}'] == 1


def test_counters_go_on(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(BUSY, service="Restart=on-failure\nRestartSec=0")
    restarts = f'systemd_service_restart_total{{name="{name}"}}'
    used = [
        f"systemd_unit_cpu_seconds_total{labels(name, more)}" for more in (',mode="user"', ',mode="system"')
    ]

    def read() -> tuple[float, ...]:
        found = samples(systemd.metrics(name))
        assert is_counted == (used[0] in found) == (used[1] in found)
        return found[restarts], *(found[each] for each in used if is_counted)

    systemctl("start", name)
    is_counted = counts_processor_time(name)
    pid = show(name, "MainPID")
    wait_until(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
    first = read()
    os.kill(int(show(name, "MainPID")), signal.SIGKILL)
    wait_until(lambda: show(name, "NRestarts") == "1" and show(name, "ActiveState") == "active")
    second = read()
    assert second[0] == 1
    systemctl("restart", name)
    assert show(name, "NRestarts") == "0"
    third = read()
    assert third[0] == 1
    assert all(one <= later for one, later in zip(first + second, second + third))
    units.keep(name)
    systemctl("stop", name)
    assert read() == third
    with pm2go.Systemd() as other:
        assert samples(other.metrics(name))[restarts] == 0


def test_which_units_are_told(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    systemctl("start", name)
    targets = samples(systemd.metrics(types="target"))
    assert all(',type="target"' in sample for sample in targets)
    everything = systemd.metrics()
    heads = [line for line in everything.splitlines() if line.startswith("# TYPE")]
    assert len(heads) == len({*heads})
    assert f'name="{name}"' in everything
    assert 'type="slice"' in everything
    assert 'type="device"' not in everything
    stem = name.rpartition("-")[0]
    assert f'name="{name}"' in systemd.metrics(f"{stem}-*")
    with pytest.raises(pm2go.UnitNotFoundError):
        systemd.metrics("live-nobody")
    with pytest.raises(pm2go.ConfigError):
        systemd.metrics(types="nothing")
