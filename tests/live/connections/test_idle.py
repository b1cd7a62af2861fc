"""systemd's memory stays as it is while our connections lie idle, and others still hear what happens."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from live.fixtures import programs
from live.fixtures.descriptors import descriptors, open_sockets
from live.fixtures.private_socket import PrivateSocket
from live.fixtures.scope import ROOT, SCOPE, TARGET
from live.fixtures.systemctl import manager_pid, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, connect

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

JOBS = 2500
#: What a connection that nobody reads costs is many times this; so is what the allocator may keep for itself.
NOISE_KB = 3000

#: Starts a unit that is up, again and again: two signals a job go to every private connection.
CLIENT = """
    import json, sys
    import pm2go
    with pm2go.Systemd(scope=sys.argv[1], backend="dbus") as systemd:
        for _ in range(int(sys.argv[3])):
            systemd.start_unit(sys.argv[2], settle=0)
    print(json.dumps("done"))
"""


def memory() -> int:
    """The manager's resident memory in kB."""
    status = Path(f"/proc/{manager_pid()}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1])


def growth(name: str, *, jobs: int = JOBS) -> int:
    """How many kB the manager grows by while another client runs its jobs."""
    before = memory()
    assert programs.run(CLIENT, SCOPE, name, str(jobs), timeout=120) == "done"
    return memory() - before


def test_idle_connections_cost_systemd_nothing(units: UnitFiles) -> None:
    name, other = units.service(), units.service(stem="other")
    systemctl("start", name)
    assert programs.run(CLIENT, SCOPE, name, "500") == "done"  # so that its buffers have the size they need
    control = growth(name)
    with ExitStack() as stack:
        for way in DBUS_WAYS * 4:
            systemd = stack.enter_context(connect(way))
            systemd.start_unit(name)
            assert systemd.list_units(TARGET)
        idle = growth(name)
        watcher = PrivateSocket()
        systemctl("start", other)
        path = other.replace("-", "_2d").replace(".", "_2e").encode()
        assert watcher.hears(b"PropertiesChanged", path)
    # The watcher is not read any more: this is what it looks like when somebody gets it wrong.
    unread = growth(name)
    watcher.close()
    print(f"growth in kB: without us {control}, beside us {idle}, beside one that does not read {unread}")
    assert idle < control + NOISE_KB
    assert unread > control + NOISE_KB


def test_nothing_is_left_behind(units: UnitFiles) -> None:
    """Neither descriptors here nor clients there, however many come and go."""
    name = units.service()

    def once() -> None:
        for way in DBUS_WAYS:
            with connect(way) as systemd:
                systemd.start_unit(name, settle=0)
                systemd.stop_unit(name)

    def theirs() -> int:
        # Those of a user's manager are nobody's business but its own, not even its user's.
        return len(os.listdir("/proc/1/fd")) if ROOT else 0

    once()
    wait_until(lambda: not open_sockets())
    ours, before = descriptors(), theirs()
    for _ in range(20):
        once()
    assert descriptors() == ours
    wait_until(lambda: theirs() <= before + 2)
