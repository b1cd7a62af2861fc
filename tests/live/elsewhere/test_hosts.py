"""Managers of other hosts, over OpenSSH: this machine is its own host."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.ssh_server import SshServer, clients
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.fixtures.units import UnitFiles

#: It uses the processor for a while, and then rests.
BUSY = '/bin/sh -c "i=0; while [ $$i -lt 100000 ]; do i=$$((i+1)); done; exec /bin/sleep 300"'


@pytest.fixture(params=["dbus", "command"])
def remote(server: SshServer, request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    with pm2go.Systemd(host=server.host, backend=request.param) as systemd:
        yield systemd


def test_units_of_a_host_are_controlled(remote: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(stem=r"a\x2db")
    assert remote.start_unit(name).changed
    assert show(name, "ActiveState") == "active"
    assert [row.name for row in remote.list_units(name)] == [name]
    assert remote.get_unit_status(name).main_pid == int(show(name, "MainPID"))
    assert remote.get_unit_property(name, "Id") == name
    assert remote.get_unit_properties(name)["ActiveState"] == "active"
    assert remote.get_unit_by_pid(int(show(name, "MainPID"))) == name
    assert remote.stop_unit(name).changed
    assert remote.backend in ("dbus", "command")


def test_a_failed_start_tells_what_the_host_logged(remote: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service("/bin/sh -c 'echo it is broken; exit 7'", kind="oneshot")
    with pytest.raises(pm2go.JobFailedError) as caught:
        remote.start_unit(name)
    assert caught.value.exit_code == 7
    assert "it is broken" in "\n".join(caught.value.log)


def test_what_units_of_a_host_use_is_what_systemd_tells(remote: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service(BUSY)
    systemctl("start", name)
    command = Path("/proc", show(name, "MainPID"), "comm")
    wait_until(lambda: command.read_text() == "sleep\n")
    (found,) = remote.figures(name)
    assert found.cpu_time == pytest.approx(int(show(name, "CPUUsageNSec")) / 1e9, abs=0.01)
    assert found.restarts == 0
    for figure, of_systemd in ((found.memory, "MemoryCurrent"), (found.tasks, "TasksCurrent")):
        assert (figure is None) == (show(name, of_systemd) in ("[not set]", str(2**64 - 1)))
    samples = [line.rpartition(" ")[0] for line in remote.metrics(name).splitlines()]
    labels = f'{{name="{name}",type="service"}}'
    assert {f"systemd_unit_cpu_seconds_total{labels}", f"systemd_unit_start_time_seconds{labels}"} <= {
        *samples
    }
    with pytest.raises(pm2go.UnitNotFoundError):
        remote.figures("live-nobody")


def test_a_host_is_watched(server: SshServer, units: UnitFiles) -> None:
    name = units.service()
    with pm2go.Systemd(host=server.host) as systemd, systemd.watch_units(name, "basic.target") as watch:
        assert next(watch).kind == "snapshot"
        systemctl("start", name)
        while next(watch).active_state != "active":
            pass
        assert str(systemd.endpoint) == f"message bus of the host {server.host}"


def test_a_watch_outlives_its_client(server: SshServer, units: UnitFiles) -> None:
    name = units.service()
    with pm2go.Systemd(host=server.host) as systemd, systemd.watch_units(name, "basic.target") as watch:
        assert next(watch).kind == "snapshot"
        for client in clients():
            os.kill(client, signal.SIGKILL)
        systemctl("start", name)
        events = []
        for event in watch:
            events.append(event)
            if (event.unit, event.active_state) == (name, "active"):
                break
        assert "gap" in {event.kind for event in events}


def test_a_host_that_does_not_answer_is_given_up_in_time(server: SshServer) -> None:
    with pm2go.Systemd(host=server.host, timeout=60) as systemd:
        systemd.get_unit_status("basic.target")
        (client,) = clients()
        os.kill(client, signal.SIGSTOP)
        with pytest.raises(pm2go.OperationTimeoutError):
            systemd.get_unit_status("basic.target", timeout=0.5)
        os.kill(client, signal.SIGCONT)
        assert systemd.get_unit_status("basic.target").active_state == "active"


def test_a_child_makes_a_connection_of_its_own(server: SshServer) -> None:
    with pm2go.Systemd(host=server.host) as systemd:
        systemd.get_unit_status("basic.target")
        child = os.fork()
        if not child:
            try:
                is_up = systemd.get_unit_status("basic.target").active_state == "active"
                systemd.close()
            finally:
                os._exit(0 if is_up else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert systemd.get_unit_status("basic.target").active_state == "active"
        assert len(clients()) == 1


def test_a_host_is_awaited(server: SshServer, units: UnitFiles) -> None:
    name = units.service()

    async def main() -> None:
        async with pm2go.AsyncSystemd(host=server.host) as systemd:
            results = await asyncio.gather(*(systemd.get_unit_status("basic.target") for _ in range(50)))
            assert {result.active_state for result in results} == {"active"}
            assert (await systemd.start_unit(name)).changed
            assert len(clients()) == 1

    asyncio.run(asyncio.wait_for(main(), 120))


def test_one_connection_is_kept(server: SshServer) -> None:
    with pm2go.Systemd(host=server.host) as systemd:
        systemd.get_unit_status("basic.target")
        (client,) = clients()
        systemd.list_units()
        assert clients() == [client]
    assert clients() == []


def test_the_manager_of_who_logs_in(server: SshServer) -> None:
    with pm2go.Systemd(host=f"tester@{server.host}", scope="user") as systemd:
        assert systemd.get_unit_property("basic.target", "ActiveState") == "active"
        groups = systemd.get_unit_property("-.slice", "ControlGroup")
        assert "user@" in str(groups)


def test_rights_are_those_of_who_logs_in(server: SshServer, units: UnitFiles) -> None:
    name = units.service()
    with pm2go.Systemd(host=f"tester@{server.host}") as systemd:
        assert systemd.get_unit_status("basic.target").active_state == "active"
        with pytest.raises(pm2go.PermissionDeniedError):
            systemd.start_unit(name)


def test_a_killed_client_ends_the_call_and_the_next_connects_anew(
    server: SshServer, units: UnitFiles
) -> None:
    name = units.service()
    with pm2go.Systemd(host=server.host, timeout=60) as systemd:
        systemd.get_unit_status(name)
        for _ in range(3):
            (client,) = clients()
            os.kill(client, signal.SIGKILL)
            assert systemd.get_unit_status(name).active_state == "inactive"


def test_a_client_that_is_killed_in_the_middle(server: SshServer, units: UnitFiles) -> None:
    """The job goes on: what became of it is asked for on another connection."""
    name = units.service("/bin/sleep 2", kind="oneshot")

    async def main() -> None:
        async with pm2go.AsyncSystemd(host=server.host) as systemd:
            await systemd.get_unit_status(name)
            starting = asyncio.ensure_future(systemd.start_unit(name))
            while show(name, "ActiveState") != "activating":
                await asyncio.sleep(0.05)
            for client in clients():
                os.kill(client, signal.SIGKILL)
            assert (await asyncio.wait_for(starting, 60)).result == "done"

    asyncio.run(main())


#: Hosts that cannot be reached, what is said of that, and what to do.
UNREACHED = {
    "127.0.0.1:1": "Connection refused",
    "no-such-host.invalid": "Could not resolve hostname",
}


@pytest.mark.parametrize("host", UNREACHED)
def test_a_host_that_cannot_be_reached_is_told(host: str) -> None:
    with pm2go.Systemd(host=host) as systemd:
        with pytest.raises(pm2go.UnavailableError, match=UNREACHED[host]) as caught:
            systemd.list_units()
        assert f"ssh {host} true" in str(caught.value.hint)


def test_a_host_that_nobody_knows_is_told(server: SshServer) -> None:
    with pm2go.Systemd(host=f"nobody-knows-it:{server.port}") as systemd:
        with pytest.raises(pm2go.UnavailableError, match="Host key verification failed"):
            systemd.list_units()


def test_a_missing_client_is_told(server: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMD_SSH", "no-such-ssh")
    with pm2go.Systemd(host=server.host) as systemd:
        with pytest.raises(pm2go.UnavailableError, match="no-such-ssh is not installed"):
            systemd.list_units()


def test_what_is_about_this_machine_is_not_taken_for_that_of_a_host(
    remote: pm2go.Systemd, units: UnitFiles
) -> None:
    name = units.service()
    [file] = remote.list_unit_files(name)
    assert (file.state, file.preset) == ("static", None)
    assert remote.get_unit_dependencies(name, depth=1).name == name
    # The bridge over there has a unit, and this program none.
    assert remote.current_unit() is None
