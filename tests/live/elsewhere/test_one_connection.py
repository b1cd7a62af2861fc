"""What goes to a host logs in once, and goes over that connection."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pm2go
from live.fixtures.ssh_server import SshServer
from pm2go import journal

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

#: Where the sockets of kept connections are, as root.
SOCKETS = Path("/run/pm2go")


def use(host: str, name: str) -> None:
    """Have all kinds of clients started."""
    with pm2go.Systemd(host=host, timeout=60) as systemd:
        assert systemd.list_units("basic.target")
        change = systemd.write_drop_in(name, {"Service": {"Nice": 5}}, check=False)
        assert str(systemd.read_drop_in(name)) == change.after
        assert systemd.remove_drop_in(name).changed
        assert systemd.run(["echo", "here"]).stdout == "here\n"
        assert systemd.run(["sh", "-c", "echo there >&2"]).stderr == "there\n"
    assert list(journal.read("init.scope", lines=1, host=host))


def test_clients_of_one_host_log_in_once(units: UnitFiles) -> None:
    name = units.service()
    with SshServer() as server:
        for _ in range(2):
            use(server.host, name)
            assert server.connections() == 1
        # It is nobody else's.
        assert SOCKETS.stat().st_mode & 0o777 == 0o700


def test_a_configuration_of_ones_own_stays_what_it_is(units: UnitFiles) -> None:
    name = units.service()
    with SshServer() as server:
        before = set(SOCKETS.iterdir()) if SOCKETS.exists() else set()
        use(f"own-control-path:{server.port}", name)
        assert server.connections() == 0
        assert before >= set(SOCKETS.iterdir() if SOCKETS.exists() else ())


def test_more_commands_at_once_than_a_connection_takes() -> None:
    """By default ten sessions go over one (`MaxSessions`); the rest log in by themselves, and say nothing of it."""

    async def main(host: str) -> None:
        async with pm2go.AsyncSystemd(host=host, timeout=60) as systemd:
            script = "sleep 1; echo out; echo err >&2"
            results = await asyncio.gather(*(systemd.run(["sh", "-c", script]) for _ in range(14)))
            assert {(result.stdout, result.stderr) for result in results} == {("out\n", "err\n")}

    with SshServer() as server:
        asyncio.run(main(server.host))


def test_a_connection_that_is_lost_is_made_again() -> None:
    with SshServer() as server, pm2go.Systemd(host=server.host, timeout=60) as systemd:
        assert systemd.list_units("basic.target")
        server.cut()
        assert systemd.list_units("basic.target")
        assert systemd.run(["echo", "again"]).stdout == "again\n"
