"""What units of another host and of a container log is told while it is waited for, and followed; and what they use."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any, Optional

import pytest

import pm2go
from live.fixtures.container import Container
from live.fixtures.scope import UNIT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live.fixtures.ssh_server import SshServer

#: It uses the processor meanwhile.
SLOW = (
    "/bin/sh -c 'for i in 1 2 3; do echo line $$i; sleep 0.3; done;"
    " i=0; while [ $$i -lt 50000 ]; do i=$$((i+1)); done; exit {code}'"
)
SERVICE = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={command}\n"


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    with Container("live-told") as started:
        yield started


@dataclasses.dataclass
class There:
    """Another manager: how it is reached, and where its unit files are."""

    options: dict[str, Any]
    folder: Path

    def write(self, name: str, code: int) -> str:
        (self.folder / name).write_text(SERVICE.format(command=SLOW.format(code=code)))
        with pm2go.Systemd(**self.options) as systemd:
            systemd.daemon_reload()
        return name


@pytest.fixture(
    params=["host", "host by systemctl", "container", "container by systemctl"],
    ids=lambda way: way.replace(" ", "-"),
)
def there(request: pytest.FixtureRequest, server: SshServer, container: Container) -> Iterator[There]:
    options: dict[str, Any] = {"timeout": 60}
    if request.param.startswith("host"):
        options["host"], folder = server.host, UNIT_FOLDER
    else:
        options["machine"], folder = container.name, container.root / "etc/systemd/system"
        folder.mkdir(parents=True, exist_ok=True)
    if request.param.endswith("systemctl"):
        options["backend"] = "command"
    made = There(options, folder)
    yield made
    with pm2go.Systemd(**options) as systemd:
        for name in ("live-told.service", "live-broken.service"):
            if (folder / name).exists():
                systemd.stop_unit(name)
                with contextlib.suppress(pm2go.UnitNotFoundError):
                    systemd.reset_failed_unit(name)
                (folder / name).unlink()
        systemd.daemon_reload()


def test_lines_are_told_while_a_start_goes_on(there: There) -> None:
    name = there.write("live-told.service", 0)
    told: list[Optional[str]] = []
    with pm2go.Systemd(**there.options) as systemd:
        assert systemd.start_unit(name, log=lambda entry: told.append(entry.message)).result == "done"
        assert [line for line in told if line and line.startswith("line")] == ["line 1", "line 2", "line 3"]


def test_what_units_use_there_is_what_systemd_tells(there: There) -> None:
    with pm2go.Systemd(**there.options) as systemd:

        def told() -> float:
            return float(systemd.get_unit_property("init.scope", "CPUUsageNSec") / 1e9)

        before = told()
        (found,) = systemd.figures("init.scope")
        assert found.cpu_time is not None
        assert before - 1e-6 <= found.cpu_time <= told() + 1e-6
        with pytest.raises(pm2go.UnitNotFoundError):
            systemd.figures("live-nobody")


def test_lines_of_a_start_that_fails_are_told_on_a_loop(there: There) -> None:
    name = there.write("live-broken.service", 7)
    told: list[Optional[str]] = []

    async def start() -> None:
        async with pm2go.AsyncSystemd(**there.options) as systemd:
            await systemd.start_unit(name, log=lambda entry: told.append(entry.message))

    with pytest.raises(pm2go.JobFailedError) as caught:
        asyncio.run(start())
    assert caught.value.exit_code == 7
    assert [line for line in told if line and line.startswith("line")] == ["line 1", "line 2", "line 3"]
    assert {"line 3"} <= {*caught.value.log} <= {*told}


def test_the_log_of_an_app_is_followed(server: SshServer) -> None:
    app = {
        "name": "live-told-app",
        "script": "/bin/sh",
        "interpreter": "none",
        "args": ["-c", "echo begun; while :; do sleep 0.2; echo again; done"],
    }
    with pm2go.Manager(host=server.host, timeout=60) as manager:
        manager.start(app)
        try:
            with manager.logs("live-told-app", lines=5, follow=True) as entries:
                said = [entries.next(60) for _ in range(8)]
            assert [entry.message for entry in said if entry].count("again") >= 2
            assert {entry.unit for entry in said if entry} == {"pm2-live-told-app.service"}
        finally:
            manager.delete("live-told-app")
